#pragma once

namespace daybook {

/// A VFS of SQLite's that is the system's own, but for two things.
///
/// Pages of a WAL that follow each other go to the system sixteen at a time, where SQLite makes two calls for each. The end
/// of a transaction is not kept back: whoever is told of a transaction finds all of it in the file. A write that fails later
/// than SQLite asked for it makes the call fail that came meanwhile, and the transaction cannot end before all of it was
/// written. For `synchronous = NORMAL`, and for one connection that writes: pages of a transaction that was rolled back may
/// be written when the next one begins.
///
/// What is written to a database and its WAL goes to the device piece by piece. Of a WAL, the kernel is told to begin with
/// it; of a database, which a checkpoint writes, it is synced. SQLite leaves it to a checkpoint to sync 16 MiB at once, and
/// whoever syncs another file on that device meanwhile, as the journal does, waits until all of it is there: 50 to 70 ms
/// where its own takes 0.3 (docs/performance.md). What a sync of SQLite's own promises is as before. A piece of a database
/// that cannot be synced is a failed write.
///
/// Any thread.
/// @return the name to open databases with, registered at the first call; null, for the default, when that failed or the host
/// has a default VFS of its own.
const char* paced_vfs() noexcept;

} // namespace daybook
