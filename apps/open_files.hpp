#pragma once

namespace daybook {

/// Raises the limit of open files to what the system allows this process (RLIMIT_NOFILE, the soft limit to the hard one): each
/// remote client takes one, and many shells give 1,024. Where it cannot be raised, the limit stays.
void allow_many_files() noexcept;

} // namespace daybook
