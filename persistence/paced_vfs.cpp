#include "daybook/persistence/paced_vfs.hpp"

#include <algorithm>
#include <new>
#include <utility>

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

/// What SQLite writes of a page in a WAL: first a header, of which bytes 4 to 7 say that the page is the last one of a
/// transaction, then the page (https://www.sqlite.org/fileformat2.html, section 4.1).
constexpr int frame_header_bytes = 24;
constexpr int page_bytes = 4096;

/// Bytes of a WAL that go to the system in one call.
constexpr int gathered_bytes = 16 * (frame_header_bytes + page_bytes);

/// What SQLite keeps of an open file; the system's own part stands behind it.
struct paced_file {
  sqlite3_file base;
  /// Written since the last piece, or sync.
  sqlite3_int64 pending;
  bool is_database;
  /// Of a WAL, to tell the kernel of a piece. SQLite's own is not to be had; the locks, which closing another would give up,
  /// are not on the WAL. -1: none.
  int wal;
  /// Of a WAL, `gathered_bytes`: writes that follow each other and that the system was not told of. Null: none are gathered.
  char* gathered;
  int gathered_size;
  sqlite3_int64 gathered_from;
  /// The next write ends a transaction.
  bool is_at_end;
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

/// To the system, and on its way to the device when a piece is there.
int write_through(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const int outcome = forward<&sqlite3_io_methods::xWrite>(file, from, size, offset);
  auto& on = paced(file);
  on.pending += size;
  if (outcome != SQLITE_OK || on.pending < (on.is_database ? database_piece : wal_piece))
    return outcome;
  on.pending = 0;
  // Only begun: a transaction does not wait, and the checkpoint's sync finds little left. It is a hint, and may fail.
  if (on.wal >= 0)
    ::sync_file_range(on.wal, 0, 0, SYNC_FILE_RANGE_WRITE);
  return on.is_database ? forward<&sqlite3_io_methods::xSync>(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) : outcome;
}

/// Keeps what was gathered when this fails: as long as its transaction may go on, nothing of it may be missing.
int flush(sqlite3_file* file) {
  auto& on = paced(file);
  const int outcome = on.gathered_size == 0 ? SQLITE_OK : write_through(file, on.gathered, on.gathered_size, on.gathered_from);
  if (outcome == SQLITE_OK)
    on.gathered_size = 0;
  return outcome;
}

/// Whoever measures, cuts or syncs a file finds in it what was written.
template <auto Method, class... Args>
int flushed(sqlite3_file* file, Args... args) {
  const int outcome = flush(file);
  return outcome == SQLITE_OK ? forward<Method>(file, args...) : outcome;
}

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  const auto& on = paced(file);
  const bool is_gathered = offset < on.gathered_from + on.gathered_size && on.gathered_from < offset + size;
  return is_gathered ? flushed<&sqlite3_io_methods::xRead>(file, into, size, offset)
                     : forward<&sqlite3_io_methods::xRead>(file, into, size, offset);
}

/// A failed write ends the transaction: SQLite rolls back whatever it was that it wrote.
int flush_for_write(sqlite3_file* file) {
  const int outcome = flush(file);
  paced(file).gathered_size = 0;
  return outcome;
}

bool ends_transaction(const void* from, int size) {
  const auto* bytes = static_cast<const char*>(from);
  return size == frame_header_bytes && std::any_of(bytes + 4, bytes + 8, [](char each) { return each != 0; });
}

/// Nobody looks at a frame before its transaction has ended, but for who writes it. The last header and its page are not kept
/// back: when SQLite tells the others of a transaction, all of it is with the system, or a write has failed.
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  auto& on = paced(file);
  if (on.gathered_size > 0 && (offset != on.gathered_from + on.gathered_size || size > gathered_bytes - on.gathered_size))
    if (const int outcome = flush_for_write(file); outcome != SQLITE_OK)
      return outcome;
  if (on.gathered == nullptr || size > gathered_bytes)
    return write_through(file, from, size, offset);
  if (on.gathered_size == 0)
    on.gathered_from = offset;
  std::copy_n(static_cast<const char*>(from), size, on.gathered + on.gathered_size);
  on.gathered_size += size;
  const bool is_end = ends_transaction(from, size);
  return std::exchange(on.is_at_end, is_end) || is_end ? flush_for_write(file) : SQLITE_OK;
}

int sync(sqlite3_file* file, int flags) {
  const int outcome = flushed<&sqlite3_io_methods::xSync>(file, flags);
  paced(file).pending = 0;
  return outcome;
}

int close_file(sqlite3_file* file) {
  // What is left belongs to no transaction that was committed.
  delete[] paced(file).gathered;
  if (const int wal = paced(file).wal; wal >= 0)
    ::close(wal);
  return forward<&sqlite3_io_methods::xClose>(file);
}

using io = sqlite3_io_methods;

const io methods{3,
                 close_file,
                 read,
                 write,
                 flushed<&io::xTruncate>,
                 sync,
                 flushed<&io::xFileSize>,
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
  auto& opened = paced(file);
  const bool is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  opened.pending = opened.gathered_from = 0;
  opened.gathered_size = 0;
  opened.is_at_end = false;
  opened.is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  // Above the standard streams: SQLite, which opened it just now, has filled their places if they were closed.
  opened.wal = is_wal ? ::open(name, O_RDONLY | O_CLOEXEC) : -1;
  opened.gathered = is_wal ? new (std::nothrow) char[gathered_bytes] : nullptr;
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
