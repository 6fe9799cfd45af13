#include "daybook/apps/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace daybook {

void keep_standard_streams() noexcept {
  // The lowest free number is taken each time.
  int opened = ::open("/dev/null", O_RDONLY);
  while (opened >= 0 && opened <= STDERR_FILENO)
    opened = ::open("/dev/null", O_RDONLY);
  if (opened > STDERR_FILENO)
    ::close(opened);
}

} // namespace daybook
