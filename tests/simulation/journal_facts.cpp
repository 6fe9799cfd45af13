#include "daybook/tests/simulation/journal_facts.hpp"

#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

#include "daybook/domain/time.hpp"

namespace daybook::simulation {

namespace {

using json = nlohmann::json;

constexpr std::string_view event_start = "{\"position\":";
constexpr std::string_view digest_key = ",\"digest\":\"";
constexpr std::size_t digest_end = digest_key.size() + 43 + 3;

/// The paths of all segments, in order of their names.
std::vector<std::string> segments_of(const testing::memory_disk& disk, const std::filesystem::path& data_dir) {
  const auto prefix = (data_dir / "journal").string() + "/";
  std::vector<std::string> found;
  for (auto& path : disk.files())
    if (path.size() == prefix.size() + 26 && path.compare(0, prefix.size(), prefix) == 0
        && path.compare(path.size() - 6, 6, ".jsonl") == 0)
      found.push_back(std::move(path));
  return found;
}

bool ends_commit(std::string_view line) {
  return line.size() >= digest_end && line.substr(line.size() - digest_end, digest_key.size()) == digest_key
         && line.substr(line.size() - 3) == "\"}\n";
}

recorded_event event_of(const json& line) {
  recorded_event event;
  event.position = line.at("position").get<position_t>();
  event.stream = line.at("stream").get<std::string>();
  event.version = line.at("version").get<version_t>();
  event.type = line.at("type").get<std::string>();
  event.recorded_at = parse_time(line.at("recorded_at").get<std::string>()).value_or(-1);
  event.command_id = line.at("command_id").get<std::string>();
  event.command_hash = std::stoull(line.at("command_hash").get<std::string>(), nullptr, 16);
  event.open = line.value("open", false);
  event.data = line.at("data").dump();
  return event;
}

/// Reads one segment's lines into the facts.
class segment_reader {
public:
  segment_reader(journal_facts& into, std::map<std::string, version_t>& versions) : into_(into), versions_(versions) {}

  void read(const std::string& bytes, position_t first) {
    into_.rest = into_.room = 0;
    std::size_t at = bytes.find('\n');
    if (at == std::string::npos)
      return problem(first, "a segment without a header");
    if (json::parse(bytes.substr(0, at)).at("first_position").get<position_t>() != first || first != next())
      problem(first, "a segment that does not begin where its name says");
    ++at;
    recorded_commit commit;
    auto whole = at;
    while (at < bytes.size()) {
      const auto end = bytes.find('\n', at);
      if (end == std::string::npos)
        break;
      const auto line = std::string_view{bytes}.substr(at, end + 1 - at);
      auto parsed = json::parse(line, nullptr, false);
      if (parsed.is_discarded() || line.substr(0, event_start.size()) != event_start)
        break;
      at = end + 1;
      commit.events.push_back(event_of(parsed));
      if (!ends_commit(line))
        continue;
      commit.digest = parsed.at("digest").get<std::string>();
      take(std::move(commit));
      commit = {};
      whole = at;
    }
    const bool is_room = bytes.find_first_not_of('\n', whole) == std::string::npos;
    (is_room ? into_.room : into_.rest) = bytes.size() - whole;
  }

private:
  position_t next() const { return into_.last_position() + 1; }

  void problem(position_t position, const std::string& what) {
    into_.problems.push_back("position " + std::to_string(position) + ": " + what);
  }

  void take(recorded_commit commit) {
    auto expected = next();
    const auto before = into_.commits.empty() ? 0 : into_.commits.back().events.back().recorded_at;
    for (const auto& each : commit.events) {
      if (each.position != expected)
        problem(each.position, "expected " + std::to_string(expected));
      if (each.stream != commit.events.front().stream || each.command_id != commit.events.front().command_id)
        problem(each.position, "a commit of two streams or two commands");
      if (each.version != ++versions_[each.stream])
        problem(each.position, "version " + std::to_string(each.version) + " of " + each.stream);
      if (each.recorded_at < before)
        problem(each.position, "recorded before the one before it");
      expected = each.position + 1;
    }
    into_.commits.push_back(std::move(commit));
  }

  journal_facts& into_;
  std::map<std::string, version_t>& versions_;
};

} // namespace

const recorded_event* journal_facts::at(position_t position) const noexcept {
  return position >= 1 && position <= events.size() ? events[position - 1] : nullptr;
}

journal_facts read_facts(const testing::memory_disk& disk, const std::filesystem::path& data_dir) {
  journal_facts facts;
  std::map<std::string, version_t> versions;
  segment_reader reader{facts, versions};
  for (const auto& path : segments_of(disk, data_dir)) {
    if (facts.rest > 0 || facts.room > 0)
      facts.problems.push_back("bytes of no commit before segment " + path.substr(path.size() - 26));
    reader.read(disk.contents(path).value_or(""), std::stoull(path.substr(path.size() - 26, 20)));
  }
  for (const auto& commit : facts.commits)
    for (const auto& event : commit.events)
      facts.events.push_back(&event);
  return facts;
}

bool holds_position(const testing::memory_disk& disk, const std::filesystem::path& data_dir, position_t position) {
  const auto start = std::string{event_start} + std::to_string(position) + ",";
  const auto segments = segments_of(disk, data_dir);
  for (auto path = segments.rbegin(); path != segments.rend(); ++path) {
    if (std::stoull(path->substr(path->size() - 26, 20)) > position)
      continue;
    const auto bytes = disk.contents(*path).value_or("");
    auto at = bytes.find("\n" + start);
    while (at != std::string::npos) {
      const auto end = bytes.find('\n', at + 1);
      if (end == std::string::npos)
        return false;
      if (ends_commit(std::string_view{bytes}.substr(at + 1, end - at)))
        return true;
      at = end;
    }
    return false;
  }
  return false;
}

position_t last_whole_position(const testing::memory_disk& disk, const std::filesystem::path& data_dir) {
  const auto segments = segments_of(disk, data_dir);
  if (segments.empty())
    return 0;
  const auto bytes = disk.contents(segments.back()).value_or("");
  position_t last = std::stoull(segments.back().substr(segments.back().size() - 26, 20)) - 1;
  for (auto end = bytes.size(); end > 0;) {
    const auto feed = bytes.rfind('\n', end - 1);
    if (feed == std::string::npos)
      break;
    const auto before = feed == 0 ? std::string::npos : bytes.rfind('\n', feed - 1);
    const auto from = before == std::string::npos ? 0 : before + 1;
    const auto line = std::string_view{bytes}.substr(from, feed + 1 - from);
    if (line.substr(0, event_start.size()) == event_start && ends_commit(line))
      return std::stoull(std::string{line.substr(event_start.size(), 20)});
    end = from;
  }
  return last;
}

} // namespace daybook::simulation
