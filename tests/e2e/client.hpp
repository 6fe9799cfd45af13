#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daybook/tests/support/process.hpp"
#include "daybook/tests/support/temp_dir.hpp"

namespace daybook::testing {

using json = nlohmann::ordered_json;
using words = std::vector<std::string>;

/// The documents of JSON Lines.
inline std::vector<json> json_lines(const std::string& text) {
  std::vector<json> documents;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    documents.push_back(json::parse(line));
  return documents;
}

inline std::size_t count_lines(const std::string& text) {
  std::size_t count = 0;
  for (const auto each : text)
    count += each == '\n' ? 1 : 0;
  return count;
}

/// The words of daybook that say which data it works on, and its programs' runs.
class client {
public:
  static client embedded(const std::filesystem::path& data) { return client{{"--data", data.string()}}; }
  static client remote(const std::string& address) { return client{{"--connect", address}}; }
  static client remote(const server& to) { return remote(to.address()); }
  /// No data at all, e.g. for `--view FILE`.
  static client bare() { return client{{}}; }

  client with(const words& more) const {
    auto made = *this;
    made.words_.insert(made.words_.end(), more.begin(), more.end());
    return made;
  }

  words all_words(const words& command) const {
    auto all = command;
    all.insert(all.end(), words_.begin(), words_.end());
    return all;
  }

  /// Runs it as it is.
  finished run(const words& command, const std::string& input = "") const {
    return testing::run(program_path("daybook"), all_words(command), {input, {}});
  }

  /// Runs it with --json.
  finished run_json(words command, const std::string& input = "") const {
    command.emplace_back("--json");
    return run(command, input);
  }

  /// The one document on standard output; the test fails when the exit code is another.
  json ask(const words& command, int exit_code = 0, const std::string& input = "") const {
    const auto done = run_json(command, input);
    INFO(named(command) << "\nstandard error: " << done.err << "standard output: " << done.out.substr(0, 2000));
    REQUIRE(done.exit_code == exit_code);
    REQUIRE(count_lines(done.out) == 1);
    return json::parse(done.out);
  }

  /// The documents on standard output, one a line.
  std::vector<json> list(const words& command, int exit_code = 0, const std::string& input = "") const {
    const auto done = run_json(command, input);
    INFO(named(command) << "\nstandard error: " << done.err);
    REQUIRE(done.exit_code == exit_code);
    return json_lines(done.out);
  }

  /// The one error on standard error, nothing being on standard output.
  json fails(const words& command, int exit_code, const std::string& input = "") const {
    const auto done = run_json(command, input);
    INFO(named(command) << "\nstandard error: " << done.err << "standard output: " << done.out.substr(0, 2000));
    REQUIRE(done.exit_code == exit_code);
    CHECK(done.out.empty());
    REQUIRE(count_lines(done.err) == 1);
    const auto found = json::parse(done.err);
    REQUIRE(found.size() == 1);
    REQUIRE(found.at("error").size() == 2);
    CHECK(found.at("error").at("code").is_string());
    CHECK(found.at("error").at("message").is_string());
    return found.at("error");
  }

private:
  explicit client(words fixed) : words_(std::move(fixed)) {}

  static std::string named(const words& command) {
    std::string text = "daybook";
    for (const auto& each : command)
      text += ' ' + each;
    return text;
  }

  words words_;
};

/// Two lines, 6 x 2.55 and 2 x 3.39: GBP 22.08.
inline json request(const std::string& id) {
  return json::parse(R"({"order_id": ")" + id + R"(", "customer": "17850", "country": "United Kingdom",
    "currency": "GBP", "ordered_at": "2010-12-01T08:26:00",
    "lines": [{"stock_code": "85123A", "description": "WHITE HANGING HEART T-LIGHT HOLDER",
               "quantity": "6", "unit_price": "2.55"},
              {"stock_code": "71053", "description": "WHITE METAL LANTERN", "quantity": 2, "unit_price": 3.39}]})");
}

inline std::string request_text(const std::string& id) {
  return request(id).dump();
}

inline json submit(const client& to, const std::string& id) {
  return to.ask({"order", "submit", "-"}, 0, request_text(id));
}

/// The keys of an object in their order, with a space between.
inline std::string keys(const json& object) {
  std::string text;
  for (const auto& each : object.items())
    text += (text.empty() ? "" : " ") + each.key();
  return text;
}

constexpr auto receipt_keys = "order_id status position version reasons command_id";
constexpr auto summary_keys = "order_id status customer country currency ordered_at total_minor paid_minor due_back_minor "
                              "refunded_minor reasons version position";
constexpr auto details_keys = "order_id status customer country currency ordered_at total_minor paid_minor due_back_minor "
                              "refunded_minor lines reasons version position";
constexpr auto event_keys = "position order_id version type recorded_at command_id correlation_id causation_id data";

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline std::string write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary} << bytes;
  return file.string();
}

inline words split(const std::string& text) {
  words parts;
  std::istringstream in{text};
  for (std::string word; in >> word;)
    parts.push_back(word);
  return parts;
}

/// A data directory that goes with the test, and a client that opens it.
struct embedded_daybook {
  temp_dir dir;
  std::filesystem::path data = dir.path() / "data";
  client daybook = client::embedded(data);
};

} // namespace daybook::testing
