#include "noted_calls.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace daybook::noted_calls {
namespace {

::ino_t inode_of(int descriptor) {
  struct ::stat status {};
  ::fstat(descriptor, &status);
  return status.st_ino;
}

int note_sync(bool is_data_only, int descriptor, long call) {
  noted().syncs.push_back({is_data_only, inode_of(descriptor)});
  if (noted().syncs_fail) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(call, descriptor));
}

} // namespace

all& noted() {
  static all noted;
  return noted;
}

::ino_t inode_of(const std::filesystem::path& path) {
  struct ::stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

} // namespace daybook::noted_calls

using namespace daybook::noted_calls;

extern "C" int fdatasync(int descriptor) {
  return note_sync(true, descriptor, SYS_fdatasync);
}

extern "C" int fsync(int descriptor) {
  return note_sync(false, descriptor, SYS_fsync);
}

extern "C" int sync_file_range(int descriptor, off64_t offset, off64_t size, unsigned flags) {
  noted().begun.push_back(inode_of(descriptor));
  return static_cast<int>(::syscall(SYS_sync_file_range, descriptor, offset, size, flags));
}

extern "C" ssize_t pwrite64(int descriptor, const void* from, size_t size, off64_t offset) {
  noted().writes.push_back(inode_of(descriptor));
  if (noted().writes.back() == noted().without_room && noted().writes_with_room-- <= 0) {
    errno = ENOSPC;
    return -1;
  }
  return ::syscall(SYS_pwrite64, descriptor, from, size, offset);
}
