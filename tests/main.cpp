// The main function is Catch2's own, compiled once by its package; what has to come before it stands here.

#include <fcntl.h>
#include <unistd.h>

namespace {

/// A test runner may start us with closed standard streams. The next file that a test opens would then become one of
/// them, and a message to standard error would be written into it.
struct open_standard_streams {
  open_standard_streams() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
      if (::fcntl(fd, F_GETFD) == -1)
        // The lowest free number is used, which is this one.
        (void) ::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  }
};

const open_standard_streams before_main;

} // namespace
