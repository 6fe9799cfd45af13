#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace daybook::load {

/// What figures were measured on; what is not known is empty or 0.
struct machine {
  std::string processor;
  unsigned processors = 0;
  std::uint64_t memory_bytes = 0;
  std::string kernel;
  /// Type and device under the data directory; empty for a server's.
  std::string file_system;
};

/// @param data the data directory; empty: a server's.
machine this_machine(const std::filesystem::path& data);

/// Type and device of the file system that a path is on, by a text like /proc/self/mountinfo.
std::string file_system_of(const std::string& path, const std::string& mountinfo);

} // namespace daybook::load
