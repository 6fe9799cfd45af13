#pragma once

#include <functional>
#include <string_view>

#include "daybook/persistence/os_files.hpp"
#include "daybook/tests/support/memory_files.hpp"

namespace daybook::simulation {

/// Passes every call on to files in memory and lets a simulation in before and after it: time may pass there, others may
/// run, the power may go.
class watched_files final : public os_files {
public:
  using call = testing::file_call;

  explicit watched_files(testing::memory_files& real) : real_(real) {}

  /// Told of every call before it is carried out, and of what came of it.
  std::function<void(call what, std::string_view path)> before = [](call, std::string_view) {};
  std::function<void(call what, std::string_view path, os_outcome outcome)> after = [](call, std::string_view, os_outcome) {};

  /// Says of syncs that they went well, and does none: what a simulation must find.
  bool lies_about_syncs = false;

  os_outcome open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) override;
  os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) override;
  os_outcome make_directory(const std::filesystem::path& path) override;
  os_outcome is_directory(const std::filesystem::path& path) override;
  os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  os_outcome remove(const std::filesystem::path& path) override;
  os_outcome sync_directory(const std::filesystem::path& directory) override;
  os_outcome lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into, std::int64_t& holder) override;

private:
  class watched_file;

  template <class Call>
  os_outcome pass(call what, const std::filesystem::path& path, Call call);

  testing::memory_files& real_;
};

} // namespace daybook::simulation
