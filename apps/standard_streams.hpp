#pragma once

namespace daybook {

/// Takes the numbers of standard streams that are closed: what is opened later would get them otherwise, and a line of the
/// log would go into a pipe of the network layer. Reading ends at once, writing fails as before. To be called first.
void keep_standard_streams() noexcept;

} // namespace daybook
