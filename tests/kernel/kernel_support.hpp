#pragma once

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "daybook/tests/support/process.hpp"
#include "daybook/tests/support/temp_dir.hpp"
#include "daybook/tests/torture/check.hpp"
#include "daybook/tests/torture/ledger.hpp"
#include "daybook/tests/torture/remote.hpp"
#include "daybook/tests/torture/victim.hpp"

namespace daybook::testing {

using torture::ledger;
using torture::network;
using torture::remote;
using torture::victim;
using torture::victim_options;

/// Never reached on a machine that works.
constexpr std::chrono::seconds patience{120};

/// Whether this process has file systems of its own from now on: whatever it mounts is gone when it ends, however it ends.
/// Says why not.
inline bool has_own_mounts(std::string& why) {
  if (::geteuid() != 0) {
    why = "mounting needs root";
    return false;
  }
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    why = std::string{"no mount namespace: "} + std::strerror(errno);
    return false;
  }
  return true;
}

/// A file system on a directory, until this object ends.
class mounted {
public:
  /// A tmpfs of some size, e.g. "8m".
  static mounted tmpfs(const std::filesystem::path& at, const std::string& size) {
    std::filesystem::create_directories(at);
    if (::mount("tmpfs", at.c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0)
      throw std::runtime_error{"cannot mount a tmpfs: " + std::string{std::strerror(errno)}};
    return mounted{at};
  }

  mounted(mounted&& other) noexcept : at_(std::move(other.at_)) { other.at_.clear(); }
  mounted& operator=(mounted&&) = delete;
  ~mounted() {
    if (!at_.empty())
      ::umount2(at_.c_str(), MNT_DETACH);
  }

  /// Takes over what somebody else mounted.
  explicit mounted(std::filesystem::path at) : at_(std::move(at)) {}

private:
  std::filesystem::path at_;
};

/// Takes room on a device; what is given back makes room for others.
inline void take_room(const std::filesystem::path& file, std::int64_t bytes) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(fd >= 0);
  const bool is_done = ::ftruncate(fd, 0) == 0 && (bytes == 0 || ::posix_fallocate(fd, 0, bytes) == 0);
  ::close(fd);
  REQUIRE(is_done);
}

/// Asserts that the books have no fault, and shows those that they have.
inline void require_faultless(const ledger& books) {
  std::string all;
  for (const auto& each : books.faults())
    all += each + "\n";
  INFO(all);
  REQUIRE(books.faults().empty());
}

/// A daybookd, and a client of its.
struct served {
  std::unique_ptr<victim> daemon;
  std::unique_ptr<remote> node;
};

inline served serve(network& over, const victim_options& how) {
  served made;
  made.daemon = std::make_unique<victim>(how);
  const bool is_ready = made.daemon->wait_until_ready(in(patience));
  INFO(made.daemon->err());
  REQUIRE(is_ready);
  auto connected = remote::connect(over, made.daemon->port());
  REQUIRE(connected);
  made.node = std::move(*connected);
  return made;
}

/// Sends commands until the first error; the node must have said something within `patience`.
inline void load_until_error(remote& node, ledger& books, std::uint64_t seed) {
  torture::load_options load;
  load.seed = seed;
  load.pack = 32;
  load.packs_in_flight = 4;
  load.ends_with_first_error = true;
  const auto before = books.failed();
  node.begin_load(books, load);
  REQUIRE(node.end_load(in(patience)));
  REQUIRE(books.failed() > before);
}

/// Sends so many commands; fewer when errors come before.
inline void load_some(remote& node, ledger& books, std::uint64_t seed, std::uint64_t answers) {
  torture::load_options load;
  load.seed = seed;
  load.pack = 16;
  load.packs_in_flight = 4;
  load.ends_with_first_error = true;
  node.begin_load(books, load);
  node.wait_for_answers(answers, in(patience));
  node.stop_load();
  REQUIRE(node.end_load(in(patience)));
}

} // namespace daybook::testing
