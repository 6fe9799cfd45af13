#pragma once

#include <string_view>

#include "daybook/domain/events.hpp"

namespace daybook {

// An event's data in the one form in which `order_codec::encode` writes it, where no text needs an escape or is other than
// ASCII: most of a journal, read several times as fast as by the general reader. False for whatever else, and `event` is
// then half filled: it is for the general reader to decide whether that is an event. Each is thread-safe.
//
// Events that are rare or short have no such form.

bool read_canonical(std::string_view data, order_requested& event);
bool read_canonical(std::string_view data, order_validated& event);
bool read_canonical(std::string_view data, order_rejected& event);
bool read_canonical(std::string_view data, payment_recorded& event);
bool read_canonical(std::string_view data, refund_recorded& event);

} // namespace daybook
