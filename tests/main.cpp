#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace {

/// A test runner may start us with closed standard streams. The next file that a test opens would then become one of
/// them, and a message to standard error would be written into it.
void open_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (::fcntl(fd, F_GETFD) == -1)
      // The lowest free number is used, which is this one.
      (void) ::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

} // namespace

int main(int argc, char* argv[]) {
  open_standard_streams();
  return Catch::Session().run(argc, argv);
}
