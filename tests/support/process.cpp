#include "daybook/tests/support/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daybook::testing {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error{what + ": " + std::strerror(errno)};
}

void close_fd(int& fd) noexcept {
  if (fd >= 0)
    ::close(fd);
  fd = -1;
}

/// A file in memory that holds the text, to be read from its beginning.
int file_of(const std::string& text) {
  const int fd = ::memfd_create("input", MFD_CLOEXEC);
  if (fd < 0)
    fail("memfd_create");
  for (std::size_t done = 0; done < text.size();) {
    const auto count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0)
      fail("write to a file in memory");
    done += static_cast<std::size_t>(count);
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

/// A pipe with room for what a server says while nobody reads.
std::pair<int, int> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    fail("pipe2");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  return {ends[0], ends[1]};
}

int milliseconds_until(deadline until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

/// Between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* words, const char* directory, int in, int out, int err) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (*directory == '\0' || ::chdir(directory) == 0)
    ::execvp(words[0], words);
  ::_exit(127);
}

} // namespace

// -- process -------------------------------------------------------------------------------------------------------------

process::process(const std::string& program, const std::vector<std::string>& arguments, const start_options& options) {
  std::vector<std::string> texts{program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> words;
  for (auto& each : texts)
    words.push_back(each.data());
  words.push_back(nullptr);
  const auto directory = options.directory.string();
  int in = file_of(options.input);
  auto [out_read, out_write] = make_pipe();
  auto [err_read, err_write] = make_pipe();
  pipes_[0] = out_read;
  pipes_[1] = err_read;
  pid_ = ::fork();
  if (pid_ == 0)
    become(words.data(), directory.c_str(), in, out_write, err_write);
  close_fd(in);
  close_fd(out_write);
  close_fd(err_write);
  if (pid_ < 0)
    fail("fork");
  ::setpgid(pid_, pid_);
  pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pid_fd_ < 0) {
    kill_group();
    fail("pidfd_open");
  }
}

process::~process() {
  // The program may have ended and left children: they are of its group.
  kill_group();
  if (!has_ended_)
    reap();
  close_fd(pid_fd_);
  close_fd(pipes_[0]);
  close_fd(pipes_[1]);
}

void process::kill_group() const noexcept {
  if (pid_ > 0)
    ::kill(-pid_, SIGKILL);
}

void process::signal(int number) const noexcept {
  if (pid_ > 0 && !has_ended_)
    ::kill(pid_, number);
}

void process::drain() {
  char buffer[65536];
  for (int i = 0; i < 2; ++i) {
    while (pipes_[i] >= 0) {
      const auto count = ::read(pipes_[i], buffer, sizeof buffer);
      if (count > 0)
        text_[i].append(buffer, static_cast<std::size_t>(count));
      else if (count == 0)
        close_fd(pipes_[i]);
      else if (errno != EINTR)
        break;
    }
  }
}

void process::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    // Again.
  }
  has_ended_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool process::read_more(deadline until) {
  if (has_ended_)
    return false;
  pollfd watched[] = {{pid_fd_, POLLIN, 0}, {pipes_[0], POLLIN, 0}, {pipes_[1], POLLIN, 0}};
  const int ready = ::poll(watched, 3, milliseconds_until(until));
  if (ready < 0 && errno == EINTR)
    return true;
  if (ready <= 0)
    return false;
  if ((watched[0].revents & POLLIN) != 0)
    reap();
  drain();
  return true;
}

bool process::wait_for_out(const std::string& text, deadline until) {
  while (text_[0].find(text) == std::string::npos)
    if (!read_more(until))
      return false;
  return true;
}

bool process::wait_for_err(const std::string& text, deadline until) {
  while (text_[1].find(text) == std::string::npos)
    if (!read_more(until))
      return false;
  return true;
}

finished process::wait(deadline until) {
  while (!has_ended_ && read_more(until)) {
    // Reading.
  }
  if (!has_ended_) {
    kill_group();
    reap();
    exit_code_ = -1;
  }
  drain();
  return {exit_code_, text_[0], text_[1]};
}

finished run(const std::string& program, const std::vector<std::string>& arguments, const start_options& options,
             std::chrono::milliseconds timeout) {
  process started{program, arguments, options};
  return started.wait(in(timeout));
}

std::string program_path(const std::string& name) {
  return std::string{DAYBOOK_BINARY_DIR} + "/" + name;
}

// -- server --------------------------------------------------------------------------------------------------------------

server::server(const std::filesystem::path& data, std::vector<std::string> options, std::uint16_t port) {
  std::vector<std::string> words{"--data", data.string(), "--listen", "127.0.0.1:" + std::to_string(port)};
  words.insert(words.end(), options.begin(), options.end());
  process_ = std::make_unique<process>(program_path("daybookd"), words);
  const std::string ready = "daybookd ready on 127.0.0.1:";
  const auto until = in(std::chrono::seconds{60});
  if (!process_->wait_for_out(ready, until) || !process_->wait_for_out("\n", until)) {
    const auto left = process_->wait(in(std::chrono::seconds{1}));
    throw std::runtime_error{"daybookd did not get ready (exit " + std::to_string(left.exit_code) + "): " + left.err};
  }
  const auto& out = process_->out();
  port_ = static_cast<std::uint16_t>(std::stoul(out.substr(out.find(ready) + ready.size())));
}

void server::crash() {
  process_->signal(SIGKILL);
  process_->wait(in(std::chrono::seconds{30}));
}

finished server::stop(int signal_number) {
  process_->signal(signal_number);
  return process_->wait(in(std::chrono::seconds{30}));
}

std::uint16_t free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("a free port");
  close_fd(fd);
  return ntohs(address.sin_port);
}

} // namespace daybook::testing
