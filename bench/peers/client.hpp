#pragma once

// What the clients of other systems share. They know nothing of Daybook and link none of its libraries.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace peers {

using clock_type = std::chrono::steady_clock;

inline double seconds_since(clock_type::time_point begun) {
  return std::chrono::duration<double>(clock_type::now() - begun).count();
}

inline void require(bool holds, const std::string& what) {
  if (!holds)
    throw std::runtime_error{what};
}

/// `--name value …`, nothing else; asking for a name that was not given answers with a default.
class arguments {
public:
  arguments(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; i += 2)
      given_.emplace_back(argv[i], argv[i + 1]);
    require(argc % 2 == 1, "options come as --name value");
  }

  std::string text(const std::string& name, std::string otherwise) const {
    for (const auto& [key, value] : given_)
      if (key == name)
        return value;
    return otherwise;
  }

  std::size_t number(const std::string& name, std::size_t otherwise) const {
    return std::stoul(text(name, std::to_string(otherwise)));
  }

private:
  std::vector<std::pair<std::string, std::string>> given_;
};

inline double percentile(std::vector<double>& values, double share) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

/// The one JSON object that every client ends with. `settings` is JSON, too.
inline void print_result(const std::string& name, const std::string& version, const std::string& settings, std::size_t count,
                         double seconds, std::vector<double>& latencies) {
  std::printf("{\"name\":\"%s\",\"version\":\"%s\",\"settings\":%s,\"count\":%zu,\"seconds\":%.6f,\"per_second\":%.1f,"
              "\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
              name.c_str(), version.c_str(), settings.c_str(), count, seconds, static_cast<double>(count) / seconds,
              percentile(latencies, 0.5) * 1e6, percentile(latencies, 0.99) * 1e6);
}

/// An event of a payment as a JSON text of `size` bytes; what an event of Daybook has without digest and framing.
inline std::string make_record(std::size_t size) {
  std::string text = R"({"position":1000000,"stream":"order-019aafcd-0000-7910-8a2d-ec89025cc100","version":100,)"
                     R"("type":"PaymentRecorded","recorded_at":"2026-11-23T10:15:00.123456Z",)"
                     R"("command_id":"019aafcd-0000-7910-8a2d-ec89025cc101",)"
                     R"("data":{"amount_minor":2208,"currency":"GBP","reference":""}})";
  if (size > text.size())
    text.insert(text.size() - 3, std::string(size - text.size(), 'x'));
  return text;
}

/// `main` of every client.
template <class Run>
int guarded(const char* name, Run run) {
  try {
    run();
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s: %s\n", name, problem.what());
    return 2;
  }
}

} // namespace peers
