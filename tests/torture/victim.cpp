#include "victim.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace daybook::torture {

using testing::deadline;

victim::victim(const victim_options& how) {
  auto words = how.wrapper;
  words.push_back(how.program.empty() ? testing::program_path("daybookd") : how.program);
  words.insert(words.end(), {"--data", how.data.string(), "--listen", "127.0.0.1:0"});
  words.insert(words.end(), how.options.begin(), how.options.end());
  process_ = std::make_unique<testing::process>(words.front(), std::vector<std::string>{words.begin() + 1, words.end()});
}

bool victim::wait_until_ready(deadline until) {
  const std::string ready = "daybookd ready on 127.0.0.1:";
  if (!process_->wait_for_out(ready, until))
    return false;
  const auto begin = process_->out().find(ready) + ready.size();
  if (process_->out().find('\n', begin) == std::string::npos && !process_->wait_for_out("\n", until))
    return false;
  port_ = static_cast<std::uint16_t>(std::stoul(process_->out().substr(begin)));
  return true;
}

void victim::kill() {
  process_->signal(SIGKILL);
  const auto end = process_->wait(testing::in(std::chrono::seconds{60}));
  if (end.exit_code == -1)
    throw std::runtime_error{"a process that was killed did not end within 60 s"};
}

directory_watch::directory_watch(const std::filesystem::path& directory) {
  fd_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd_ < 0 || ::inotify_add_watch(fd_, directory.c_str(), IN_CREATE | IN_MOVED_TO) < 0)
    throw std::runtime_error{"cannot watch " + directory.string() + ": " + std::strerror(errno)};
}

directory_watch::~directory_watch() {
  ::close(fd_);
}

bool directory_watch::wait_for_change(deadline until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd watched{fd_, POLLIN, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready > 0)
      return true;
    if (ready == 0 || errno != EINTR)
      return false;
  }
}

void pause(std::chrono::microseconds time) {
  const timespec wanted{static_cast<time_t>(time.count() / 1'000'000), static_cast<long>(time.count() % 1'000'000 * 1000)};
  ::ppoll(nullptr, 0, &wanted, nullptr);
}

} // namespace daybook::torture
