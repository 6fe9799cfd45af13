#include "daybook/apps/load/machine.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/utsname.h>
#include <unistd.h>

namespace daybook::load {

namespace {

std::string read_all(const char* path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string processor_name() {
  std::istringstream lines{read_all("/proc/cpuinfo")};
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (colon != std::string::npos && (line.compare(0, 10, "model name") == 0 || line.compare(0, 5, "Model") == 0))
      return line.substr(colon + 2);
  }
  return {};
}

bool is_below(const std::string& path, const std::string& mount) {
  return mount == "/" || path == mount ||
         (path.size() > mount.size() && path.compare(0, mount.size(), mount) == 0 && path[mount.size()] == '/');
}

} // namespace

std::string file_system_of(const std::string& path, const std::string& mountinfo) {
  std::string best;
  std::size_t longest = 0;
  std::istringstream lines{mountinfo};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    const std::vector<std::string> all{std::istream_iterator<std::string>{words}, {}};
    std::size_t dash = 6;
    while (dash < all.size() && all[dash] != "-")
      ++dash;
    // A later mount on the same place hides an earlier one.
    if (dash + 2 < all.size() && is_below(path, all[4]) && all[4].size() >= longest) {
      longest = all[4].size();
      best = all[dash + 1] + " on " + all[dash + 2];
    }
  }
  return best;
}

machine this_machine(const std::filesystem::path& data) {
  machine found;
  found.processor = processor_name();
  found.processors = std::thread::hardware_concurrency();
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0)
    found.memory_bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  utsname name{};
  if (::uname(&name) == 0)
    found.kernel = std::string{name.sysname} + " " + name.release + " " + name.machine;
  if (!data.empty()) {
    std::error_code failed;
    const auto path = std::filesystem::weakly_canonical(data, failed);
    found.file_system = file_system_of(failed ? data.string() : path.string(), read_all("/proc/self/mountinfo"));
  }
  return found;
}

} // namespace daybook::load
