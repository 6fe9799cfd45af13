#pragma once

namespace daybook {

/// Raises the limit of open files to what the system allows this process (RLIMIT_NOFILE, the soft limit to the hard one). A
/// node keeps two files open for each segment of its journal; with the 1,024 that many shells give, writing would end after
/// some thirty gigabytes. Where it cannot be raised, the limit stays.
void allow_many_files() noexcept;

} // namespace daybook
