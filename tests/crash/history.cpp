#include "daybook/tests/crash/history.hpp"

#include <algorithm>
#include <set>

#include "daybook/persistence/journal_format.hpp"
#include "daybook/tests/support/commit_texts.hpp"

namespace daybook::testing {

namespace {

/// What `commit` will be when it is recorded.
std::string facts_expected(const commit& wanted, position_t first, time_us recorded_at) {
  recorded_commit made;
  auto version = wanted.expected_version;
  for (const auto& each : wanted.events)
    made.events.push_back({first++, wanted.stream, ++version, each.type, recorded_at, wanted.command_id, wanted.command_id,
                           wanted.command_id, wanted.command_hash, each.open, each.data});
  return facts_of(made);
}

} // namespace

std::string facts_of(const recorded_commit& commit) {
  std::string text;
  for (const auto& each : commit.events)
    text += text_of(each);
  return text;
}

result<std::vector<recorded_commit>> read_commits(const file_journal& books) {
  std::vector<recorded_commit> all;
  for (position_t next = 1; next <= books.last_position();) {
    auto read = books.read_from(next);
    if (!read)
      return read.error();
    if (read->empty())
      return error{errc::internal, "nothing is read at position " + std::to_string(next)};
    for (auto& each : *read)
      all.push_back(std::move(each));
    next = all.back().last_position() + 1;
  }
  return all;
}

std::vector<recorded_commit> commits_of(const file_journal& books) {
  auto all = read_commits(books);
  if (!all)
    throw violation{"it cannot be read: " + all.error().message};
  return std::move(*all);
}

history::history(file_journal_options options, mood how) : mood_(how), options_(std::move(options)), now_(journal_time) {
  files.record(is_tolerant());
  if (how == mood::strict)
    files.watch([this](const memory_disk& before, const disk_call& next) {
      moments_.push_back(
        {before, describe(next), promised_.told.size(), books_ ? books_->last_position() : 0, promised_.asked});
    });
}

history::~history() {
  files.watch({});
}

void history::keep_moment(const std::string& next_call) {
  moments_.push_back({files.disk(), next_call, promised_.told.size(), books_ ? books_->last_position() : 0, promised_.asked});
}

result<done> history::try_open() {
  files.forget_calls();
  auto opened = file_journal::open(directory(), options_, ++now_, files);
  check_syncs();
  if (!opened)
    return opened.error();
  books_ = std::move(*opened);
  if (!files.is_running())
    return done{};
  auto shown = take_shown();
  if (!shown && !is_tolerant())
    throw violation{shown.error().message};
  if (!shown) {
    // Who cannot read was shown nothing.
    check_refusal(shown.error(), false);
    kill();
  }
  return shown;
}

history& history::open() {
  auto opened = try_open();
  if (!opened && is_tolerant())
    check_refusal(opened.error(), false);
  else if (!opened)
    throw violation{"a start was refused: " + opened.error().message};
  return *this;
}

/// A fault is no damage, and an append that a fault meets says whether its outcome is known.
void history::check_refusal(const error& cause, bool is_append) const {
  const bool fits = cause.code == errc::disk_full || cause.code == (is_append ? errc::storage_failed : errc::io_error)
                    || (!is_append && cause.code == errc::not_found);
  if (!fits)
    throw violation{"the wrong error: " + std::string{name(cause.code)} + ": " + cause.message};
}

/// A sync that failed is not tried again before the next start, unless its file was made anew.
void history::check_syncs() const {
  std::set<std::string> failed;
  for (const auto& each : files.calls()) {
    if (each.what == file_call::open)
      failed.erase(each.path);
    if (each.what != file_call::sync && each.what != file_call::sync_directory)
      continue;
    if (failed.count(each.path) != 0)
      throw violation{"a sync that failed was tried again: " + describe(each)};
    if (each.outcome < 0)
      failed.insert(each.path);
  }
}

/// Whatever a start shows is promised from then on.
result<done> history::take_shown() {
  const auto read = read_commits(*books_);
  if (!read)
    return read.error();
  const auto& found = *read;
  check_kept(found, promised_, {{}, "", promised_.told.size(), 0, promised_.asked}, "after a start");
  promised_ = {};
  versions_.clear();
  for (const auto& each : found) {
    promised_.told.push_back(text_of(each));
    versions_[each.events.back().stream] = each.events.back().version;
    last_recorded_at_ = each.events.back().recorded_at;
  }
  told_position_ = books_->last_position();
  return done{};
}

commit history::commit_for(const wish& wished, version_t version) const {
  auto made = wanted(wished.stream, version, wished.events, wished.open);
  for (auto& each : made.events)
    if (wished.bytes > 0)
      each.data = R"({"text":")" + std::string(wished.bytes, 'x') + "\"}";
  return made;
}

result<done> history::append(const std::vector<wish>& wishes) {
  if (!books_)
    return error{errc::shutting_down, "there is no journal"};
  std::vector<commit> batch;
  // Once something is unknown nothing more is written before the next start.
  const bool is_over = !promised_.asked.empty();
  auto versions = versions_;
  auto position = told_position_ + 1;
  const auto recorded_at = std::max(++now_, last_recorded_at_);
  for (const auto& each : wishes) {
    batch.push_back(commit_for(each, versions[each.stream]));
    versions[each.stream] += static_cast<version_t>(each.events);
    if (!is_over)
      promised_.asked.push_back(facts_expected(batch.back(), position, recorded_at));
    position += static_cast<position_t>(each.events);
  }
  const auto outcomes = books_->append(batch, now_);
  check_syncs();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (is_over && (outcomes[i] || outcomes[i].error().code != errc::storage_failed))
      throw violation{"something was answered behind a write whose outcome is unknown"};
    if (!outcomes[i]) {
      if (is_tolerant())
        check_refusal(outcomes[i].error(), true);
      // Unknown: it may be found. Everything else: it must not.
      if (outcomes[i].error().code != errc::storage_failed)
        promised_.asked.clear();
      return outcomes[i].error();
    }
    if (facts_of(*outcomes[i]) != promised_.asked.front())
      throw violation{"acknowledged is something else than what was asked for:\n" + facts_of(*outcomes[i])};
    promised_.told.push_back(text_of(*outcomes[i]));
    promised_.asked.erase(promised_.asked.begin());
    told_position_ = outcomes[i]->last_position();
    last_recorded_at_ = recorded_at;
    versions_[batch[i].stream] = outcomes[i]->events.back().version;
  }
  return done{};
}

std::size_t history::size_of(const wish& wished) const {
  const auto version = versions_.find(wished.stream);
  const auto made = commit_for(wished, version == versions_.end() ? 0 : version->second);
  std::string bytes;
  sha256 hash;
  auto digest = journal_format::first_digest();
  const auto first = told_position_ + 1;
  journal_format::append_commit(bytes, made, {first, made.expected_version + 1, now_, first}, hash, digest);
  return bytes.size();
}

history& history::append_wrong(const std::string& stream) {
  if (!books_ || is_tolerant())
    return *this;
  const auto outcomes = books_->append({commit_for({stream}, versions_[stream] + 7)}, ++now_);
  if (outcomes.front() || outcomes.front().error().code != errc::version_conflict)
    throw violation{"a wrong version was taken"};
  return *this;
}

history& history::stop() {
  if (!books_)
    return *this;
  auto closed = books_->close();
  check_syncs();
  if (!closed && !is_tolerant())
    throw violation{"a stop failed: " + closed.error().message};
  books_.reset();
  return *this;
}

void history::end_of_program() {
  books_.reset();
  files.restart();
}

history& history::kill() {
  files.kill();
  end_of_program();
  return *this;
}

history& history::kill_in(std::uint64_t nth, const std::function<void()>& act) {
  files.kill_at_change(nth);
  act();
  return kill();
}

history& history::power_cut(std::uint64_t seed) {
  files.replace(files.disk().after_power_cut(seed));
  end_of_program();
  return *this;
}

history& history::remember() {
  const auto position = told_position_;
  if (!books_)
    return *this;
  const auto digest = books_->digest_at(position);
  if (!digest && is_tolerant())
    return *this;
  if (!digest)
    throw violation{"no digest at " + std::to_string(position) + ": " + digest.error().message};
  options_.ask_view = [position, digest = *digest] { return std::optional{journal_witness{position, digest}}; };
  return *this;
}

history& history::remove_index(const std::string& name) {
  auto disk = files.disk();
  disk.erase(std::string{directory()} + "/index/" + name);
  files.replace(std::move(disk));
  files.restart();
  return *this;
}

history& history::damage_index(const std::string& name) {
  auto disk = files.disk();
  const auto path = std::string{directory()} + "/index/" + name;
  auto bytes = disk.contents(path).value_or("");
  if (!bytes.empty()) {
    bytes[bytes.size() / 2] ^= 4;
    disk.put(path, bytes);
  }
  files.replace(std::move(disk));
  files.restart();
  return *this;
}

void history::end(std::uint64_t seed) {
  files.heal();
  files.kill();
  books_.reset();
  const auto disk = files.disk();
  const auto all = promised_;
  const auto look = [&](memory_disk left, const std::string& how) {
    memory_files machine{std::move(left)};
    auto opened = file_journal::open(directory(), options_, now_ + 1, machine);
    if (!opened)
      throw violation{how + " a start was refused: " + opened.error().message};
    check_kept(commits_of(**opened), all, {{}, "", all.told.size(), 0, all.asked}, how);
  };
  look(disk, "after a kill");
  for (const auto each : {std::uint64_t{0}, std::uint64_t{1}, seed})
    look(disk.after_power_cut(each), "after a power cut (" + std::string{memory_disk::damage_name(each)} + ", seed "
                                       + std::to_string(each) + ")");
}

void check_kept(const std::vector<recorded_commit>& found, const promises& all, const moment& at, const std::string& where) {
  const auto fail = [&](std::size_t i, const std::string& expected) {
    throw violation{where + ": commit " + std::to_string(i + 1) + " of " + std::to_string(found.size()) + "\n  is       "
                    + (i < found.size() ? text_of(found[i]) : "missing\n") + "  promised " + expected};
  };
  for (std::size_t i = 0; i < at.told_count; ++i)
    if (i >= found.size() || text_of(found[i]) != all.told[i])
      fail(i, all.told[i]);
  position_t position = at.told_count > 0 ? found[at.told_count - 1].last_position() : 0;
  for (std::size_t i = 0; i < at.asked.size(); ++i) {
    const auto number = at.told_count + i;
    if (number >= found.size()) {
      if (position < at.shown)
        fail(number, "shown: " + at.asked[i]);
      return;
    }
    if (facts_of(found[number]) != at.asked[i])
      fail(number, "at the most " + at.asked[i]);
    position = found[number].last_position();
  }
  if (found.size() > at.told_count + at.asked.size())
    fail(at.told_count + at.asked.size(), "nothing");
}

} // namespace daybook::testing
