#include "daybook/domain/result.hpp"

namespace daybook {

std::string_view name(errc code) noexcept {
  switch (code) {
    case errc::unreadable_request: return "unreadable_request";
    case errc::illegal_id: return "illegal_id";
    case errc::not_found: return "not_found";
    case errc::invalid_argument: return "invalid_argument";
    case errc::unavailable: return "unavailable";
    case errc::wrong_protocol: return "wrong_protocol";
    case errc::timed_out: return "timed_out";
    case errc::overloaded: return "overloaded";
    case errc::view_behind: return "view_behind";
    case errc::directory_in_use: return "directory_in_use";
    case errc::shutting_down: return "shutting_down";
    case errc::access_refused: return "access_refused";
    case errc::storage_failed: return "storage_failed";
    case errc::disk_full: return "disk_full";
    case errc::journal_damaged: return "journal_damaged";
    case errc::io_error: return "io_error";
    case errc::unsupported_format: return "unsupported_format";
    case errc::version_conflict: return "version_conflict";
    case errc::view_failed: return "view_failed";
    case errc::internal: return "internal";
  }
  return "internal";
}

} // namespace daybook
