#include "daybook/persistence/paced_vfs.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

// How a shim is made: https://www.sqlite.org/vfs.html, section 2.3.

namespace daybook {

namespace {

/// Bytes of a WAL that the kernel is told of at once: about a millisecond's work.
constexpr sqlite3_int64 wal_piece = sqlite3_int64{256} << 10;

/// Bytes of a database that are synced at once. The writer waits for it: smaller pieces would be more flushes in each
/// checkpoint, and a large view, whose checkpoints are many, has no time for them.
constexpr sqlite3_int64 database_piece = sqlite3_int64{1} << 20;

/// What SQLite keeps of an open file; the system's own part stands behind it.
struct paced_file {
  sqlite3_file base;
  /// Written since the last piece, or sync.
  sqlite3_int64 pending;
  bool is_database;
  /// Of a WAL, to tell the kernel of a piece. SQLite's own is not to be had; the locks, which closing another would give up,
  /// are not on the WAL. -1: none.
  int wal;
};

paced_file& paced(sqlite3_file* file) noexcept {
  return *reinterpret_cast<paced_file*>(file);
}

sqlite3_file* inner(sqlite3_file* file) noexcept {
  return reinterpret_cast<sqlite3_file*>(&paced(file) + 1);
}

template <auto Method, class... Args>
auto forward(sqlite3_file* file, Args... args) {
  auto* to = inner(file);
  return (to->pMethods->*Method)(to, args...);
}

int close_file(sqlite3_file* file) {
  if (const int wal = paced(file).wal; wal >= 0)
    ::close(wal);
  return forward<&sqlite3_io_methods::xClose>(file);
}

int sync(sqlite3_file* file, int flags) {
  paced(file).pending = 0;
  return forward<&sqlite3_io_methods::xSync>(file, flags);
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const int outcome = forward<&sqlite3_io_methods::xWrite>(file, from, size, offset);
  auto& on = paced(file);
  on.pending += size;
  if (outcome != SQLITE_OK || on.pending < (on.is_database ? database_piece : wal_piece))
    return outcome;
  on.pending = 0;
  // Only begun: a transaction does not wait, and the checkpoint's sync finds little left. It is a hint, and may fail.
  if (on.wal >= 0)
    ::sync_file_range(on.wal, 0, 0, SYNC_FILE_RANGE_WRITE);
  return on.is_database ? sync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) : outcome;
}

using io = sqlite3_io_methods;

const io methods{3,
                 close_file,
                 forward<&io::xRead>,
                 write,
                 forward<&io::xTruncate>,
                 sync,
                 forward<&io::xFileSize>,
                 forward<&io::xLock>,
                 forward<&io::xUnlock>,
                 forward<&io::xCheckReservedLock>,
                 forward<&io::xFileControl>,
                 forward<&io::xSectorSize>,
                 forward<&io::xDeviceCharacteristics>,
                 forward<&io::xShmMap>,
                 forward<&io::xShmLock>,
                 forward<&io::xShmBarrier>,
                 forward<&io::xShmUnmap>,
                 forward<&io::xFetch>,
                 forward<&io::xUnfetch>};

/// The system's own; set before the shim is registered.
sqlite3_vfs* system_vfs = nullptr;

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  auto* to = inner(file);
  file->pMethods = nullptr;
  to->pMethods = nullptr;
  const int outcome = system_vfs->xOpen(system_vfs, name, to, flags, flags_out);
  // SQLite closes what has methods, also after an error.
  if (to->pMethods == nullptr)
    return outcome;
  paced(file).pending = 0;
  paced(file).is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  // Above the standard streams: SQLite, which opened it just now, has filled their places if they were closed.
  paced(file).wal = (flags & SQLITE_OPEN_WAL) != 0 ? ::open(name, O_RDONLY | O_CLOEXEC) : -1;
  file->pMethods = &methods;
  return outcome;
}

const char* register_vfs() noexcept {
  // A host's own default may be more than its first part, which is all that is copied, and its files may know less.
  system_vfs = sqlite3_vfs_find("unix");
  if (system_vfs == nullptr || system_vfs != sqlite3_vfs_find(nullptr))
    return nullptr;
  // All but the opening of files is the system's.
  static sqlite3_vfs made = *system_vfs;
  made.zName = "daybook-paced";
  made.szOsFile = static_cast<int>(sizeof(paced_file)) + system_vfs->szOsFile;
  made.xOpen = open_file;
  made.pNext = nullptr;
  return sqlite3_vfs_register(&made, 0) == SQLITE_OK ? made.zName : nullptr;
}

} // namespace

const char* paced_vfs() noexcept {
  static const char* const name = register_vfs();
  return name;
}

} // namespace daybook
