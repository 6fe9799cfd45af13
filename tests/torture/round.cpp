#include "round.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "backups.hpp"
#include "check.hpp"
#include "victim.hpp"

#include "daybook/persistence/file_journal.hpp"

namespace daybook::torture {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::in;

namespace {

/// Never reached on a machine that works: what takes longer is a fault.
constexpr auto patience = 120s;

enum class moment_kind : std::uint8_t { load, segment, index, rebuild, backup, stop };

/// Cuts the last commit off and everything that remembers it.
void lose_last_commit(const fs::path& data) {
  std::vector<fs::path> segments;
  for (const auto& each : fs::directory_iterator{data / "journal"})
    if (each.path().extension() == ".jsonl")
      segments.push_back(each.path());
  std::sort(segments.begin(), segments.end());
  std::ifstream file{segments.back(), std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  // Behind it there is room for more.
  const auto last = bytes.find_last_not_of('\n');
  fs::resize_file(segments.back(), bytes.rfind('\n', last) + 1);
  fs::remove_all(data / "index");
  fs::remove_all(data / "view");
}

void repeat_last_commit(const fs::path& data) {
  auto books = file_journal::open(data, {}, 0);
  if (!books)
    throw std::runtime_error{books.error().message};
  const auto last = (*books)->read_from((*books)->last_position());
  const auto& event = last->front().events.front();
  commit again{event.stream, event.version, event.command_id, "", "", event.command_hash, {{event.type, event.data, false}}};
  const auto outcomes = (*books)->append({again}, 0);
  if (!outcomes.front())
    throw std::runtime_error{outcomes.front().error().message};
}

/// The client beside a daybookd.
std::string daybook_beside(const std::string& daybookd) {
  const auto sibling = fs::path{daybookd}.replace_filename("daybook");
  return !daybookd.empty() && fs::exists(sibling) ? sibling.string() : testing::program_path("daybook");
}

class killing {
public:
  killing(network& over, const round_options& options) :
      over_(over), options_(options), random_(options.seed),
      books_({options.seed, 48, pick(random_, 0, 1) == 0, {}}),
      backups_(daybook_beside(options.program), options.directory / "data", options.directory / "backup") {
    how_.program = options.program;
    how_.data = options.directory / "data";
    how_.options = {"--log-level", "warn"};
    const std::vector<std::string> sizes{"64MiB", "2KiB", "16KiB", "64KiB"};
    const auto size = pick(random_, 0, 3);
    has_small_segments_ = size > 0;
    how_.options.insert(how_.options.end(), {"--segment-bytes", sizes[size]});
    // Now and then few orders stay in memory, so that histories are read; and the view takes small steps.
    if (pick(random_, 0, 2) == 0)
      how_.options.insert(how_.options.end(), {"--resident-orders-max", "16"});
    if (pick(random_, 0, 2) == 0)
      how_.options.insert(how_.options.end(), {"--projection-batch-events", "7"});
  }

  tally run() {
    try {
      kill_again_and_again();
    } catch (const std::exception& problem) {
      books_.fault(problem.what());
    }
    result_.acknowledged = books_.acknowledged();
    result_.lost = books_.lost();
    result_.doubled = books_.doubled();
    result_.faults = books_.faults();
    return result_;
  }

private:
  void kill_again_and_again() {
    start();
    while (books_.faults().empty() && result_.kills < options_.kills) {
      live();
      if (options_.damage != sabotage::none && result_.kills > 1)
        damage();
      while (result_.kills < options_.kills && pick(random_, 0, 2) == 0)
        kill_in_recovery();
      start();
      ++result_.restarts;
      check_all(*node_, books_, random_, pick(random_, 0, 7) == 0);
    }
    if (books_.faults().empty())
      say_farewell();
  }

  void start() {
    node_.reset();
    daemon_.emplace(how_);
    if (!daemon_->wait_until_ready(in(patience)))
      throw std::runtime_error{"daybookd did not get ready (exit " + std::to_string(daemon_->wait(in(1s)).exit_code) +
                               "): " + daemon_->err()};
    auto connected = remote::connect(over_, daemon_->port());
    if (!connected)
      throw std::runtime_error{"cannot connect: " + connected.error().message};
    node_ = std::move(*connected);
    if (const auto status = node_->status(); status && status->recovery.find("was cut from") != std::string::npos)
      ++result_.cut_tails;
  }

  moment_kind draw() {
    switch (pick(random_, 0, 9)) {
      case 0:
      case 1: return has_small_segments_ ? moment_kind::segment : moment_kind::load;
      case 2:
      case 3: return has_small_segments_ ? moment_kind::index : moment_kind::load;
      case 4: return moment_kind::rebuild;
      case 5: return moment_kind::stop;
      case 6: return backups_.are_possible() ? moment_kind::backup : moment_kind::load;
      default: return moment_kind::load;
    }
  }

  /// Load until the drawn moment, and the kill.
  void live() {
    const auto kind = draw();
    // Large packs make large writes, which a kill can tear.
    const std::size_t packs[] = {4, 64, 256};
    const load_options load{random_(), packs[pick(random_, 0, 2)], static_cast<std::size_t>(pick(random_, 1, 8))};
    node_->begin_load(books_, load);
    const auto answers = pick(random_, 0, 1) == 0 ? pick(random_, 0, 60) : pick(random_, 0, 600);
    if (!node_->wait_for_answers(answers, in(patience)))
      throw std::runtime_error{"the node answered less than " + std::to_string(answers) + " commands"};
    if (options_.damage != sabotage::none)
      stop_in_peace();
    wait_for(kind);
    daemon_->kill();
    ++result_.kills;
    count(kind);
    if (kind == moment_kind::backup)
      end_backup();
    if (!node_->end_load(in(patience)))
      throw std::runtime_error{"the client did not notice that the server was killed"};
    node_.reset();
  }

  void wait_for(moment_kind kind) {
    if (kind == moment_kind::segment || kind == moment_kind::index) {
      directory_watch watch{how_.data / (kind == moment_kind::segment ? "journal" : "index")};
      watch.wait_for_change(in(2s));
      pause(std::chrono::microseconds{pick(random_, 0, 600)});
    } else if (kind == moment_kind::rebuild) {
      node_->begin_rebuild();
      pause(std::chrono::microseconds{pick(random_, 0, 20'000)});
    } else if (kind == moment_kind::backup) {
      backups_.begin();
      pause(std::chrono::microseconds{pick(random_, 0, 40'000)});
    } else if (kind == moment_kind::stop) {
      daemon_->signal(SIGTERM);
      pause(std::chrono::microseconds{pick(random_, 0, 30'000)});
    } else {
      pause(std::chrono::microseconds{pick(random_, 0, 3'000)});
    }
  }

  void count(moment_kind kind) {
    result_.at_new_segment += kind == moment_kind::segment ? 1 : 0;
    result_.at_index += kind == moment_kind::index ? 1 : 0;
    result_.in_rebuild += kind == moment_kind::rebuild ? 1 : 0;
    result_.in_backup += kind == moment_kind::backup ? 1 : 0;
    result_.while_stopping += kind == moment_kind::stop ? 1 : 0;
  }

  /// The node is gone; the backup goes on, or is killed, too. What is there verifies in any case.
  void end_backup() {
    if (pick(random_, 0, 1) == 0)
      backups_.kill();
    else if (const auto problem = backups_.finish(); !problem.empty())
      books_.fault(problem);
    if (const auto problem = backups_.check(); !problem.empty())
      books_.fault(problem);
  }

  void kill_in_recovery() {
    const auto moment = std::chrono::microseconds{pick(random_, 0, 50'000)};
    daemon_.emplace(how_);
    pause(moment);
    const bool was_ready = daemon_->wait_until_ready(in(0ms));
    daemon_->kill();
    ++result_.kills;
    result_.in_recovery += was_ready ? 0 : 1;
  }

  void stop_in_peace() {
    node_->stop_load();
    node_->end_load(in(patience));
  }

  void damage() {
    if (options_.damage == sabotage::lose)
      lose_last_commit(how_.data);
    else
      repeat_last_commit(how_.data);
  }

  /// The round's end: nothing is under way, a clean stop, and the journal verifies without a node.
  void say_farewell() {
    node_->begin_load(books_, {random_(), 32, 4});
    node_->wait_for_answers(200, in(patience));
    stop_in_peace();
    check_all(*node_, books_, random_, true);
    const auto is_copied = backups_.are_possible() && books_.faults().empty() && copy();
    stop();
    if (is_copied)
      check_copy();
    const auto verified =
      testing::run(testing::program_path("daybook"), {"--data", how_.data.string(), "journal", "verify", "--json"});
    if (verified.exit_code != 0)
      books_.fault("journal verify without a node ended with " + std::to_string(verified.exit_code) + ": " + verified.err);
  }

  void stop() {
    node_.reset();
    daemon_->signal(SIGTERM);
    if (const auto end = daemon_->wait(in(patience)); end.exit_code != 0)
      books_.fault("the clean stop ended with " + std::to_string(end.exit_code) + ": " + end.err);
  }

  /// A backup of everything, restored elsewhere.
  bool copy() {
    backups_.begin();
    auto problem = backups_.finish();
    if (problem.empty() && backups_.position() != books_.read_to())
      problem = "the backup reaches position " + std::to_string(backups_.position()) + ", not " +
                std::to_string(books_.read_to());
    if (problem.empty())
      problem = backups_.restore(options_.directory / "restored");
    if (!problem.empty())
      books_.fault(problem);
    return problem.empty();
  }

  /// A node on what was restored holds all that was acknowledged.
  void check_copy() {
    auto original = std::exchange(how_.data, options_.directory / "restored");
    start();
    check_all(*node_, books_, random_);
    stop();
    how_.data = std::move(original);
  }

  network& over_;
  const round_options& options_;
  std::mt19937_64 random_;
  ledger books_;
  backups backups_;
  victim_options how_;
  bool has_small_segments_ = false;
  std::optional<victim> daemon_;
  std::unique_ptr<remote> node_;
  tally result_;
};

} // namespace

void tally::add(const tally& more) {
  kills += more.kills;
  in_recovery += more.in_recovery;
  at_new_segment += more.at_new_segment;
  at_index += more.at_index;
  in_rebuild += more.in_rebuild;
  in_backup += more.in_backup;
  while_stopping += more.while_stopping;
  restarts += more.restarts;
  cut_tails += more.cut_tails;
  acknowledged += more.acknowledged;
  lost += more.lost;
  doubled += more.doubled;
  faults.insert(faults.end(), more.faults.begin(), more.faults.end());
}

tally run_round(network& over, const round_options& options) {
  return killing{over, options}.run();
}

} // namespace daybook::torture
