#pragma once

// The architecture in one file: who there is, and what may be said to whom. The order is a command's way: in through the
// GATEWAY, through a ROUTER to the AGGREGATE of one order, to the JOURNAL, from there over the BUS to the PROJECTION; and back
// to the QUERY actors. An answer is an error where its message says so or when the node cannot serve: `caf::error` of
// category "daybook" with a `daybook::errc` and one line of text (see error.hpp). All requests need a finite timeout.

#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "daybook/actors/messages.hpp"
#include "daybook/actors/pack.hpp"

// -- message types -------------------------------------------------------------------------------------------------------
// Type ids are part of the wire format: append, never reorder. Ours end before `daybook::first_host_type_id`, where a host
// program's own block starts.

// clang-format off
CAF_BEGIN_TYPE_ID_BLOCK(daybook, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(daybook, (daybook::order_command))
  CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::order_command>))
  CAF_ADD_TYPE_ID(daybook, (daybook::receipt))
  CAF_ADD_TYPE_ID(daybook, (daybook::outcome))
  CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::outcome>))
  CAF_ADD_TYPE_ID(daybook, (daybook::server_info))
  CAF_ADD_TYPE_ID(daybook, (daybook::show_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::list_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::summary_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::sales_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::ids_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::view_status_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::history_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::commits_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::status_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::verify_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::stat_query))
  CAF_ADD_TYPE_ID(daybook, (daybook::order_details))
  CAF_ADD_TYPE_ID(daybook, (daybook::order_summary))
  CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::order_summary>))
  CAF_ADD_TYPE_ID(daybook, (daybook::summary_report))
  CAF_ADD_TYPE_ID(daybook, (daybook::sales_row))
  CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::sales_row>))
  CAF_ADD_TYPE_ID(daybook, (std::vector<std::string>))
  CAF_ADD_TYPE_ID(daybook, (daybook::view_status))
  CAF_ADD_TYPE_ID(daybook, (daybook::recorded_event))
  CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::recorded_event>))
  CAF_ADD_TYPE_ID(daybook, (daybook::recorded_commit))
  CAF_ADD_TYPE_ID(daybook, (daybook::commit_page))
  CAF_ADD_TYPE_ID(daybook, (daybook::node_status))
  CAF_ADD_TYPE_ID(daybook, (daybook::verify_report))
  CAF_ADD_TYPE_ID(daybook, (daybook::stat_report))

  // Local: never leave the process.
  CAF_ADD_TYPE_ID(daybook, (daybook::commit))
  CAF_ADD_TYPE_ID(daybook, (daybook::appended))
  CAF_ADD_TYPE_ID(daybook, (daybook::ticket))
  CAF_ADD_TYPE_ID(daybook, (daybook::commit_batch))
  CAF_ADD_TYPE_ID(daybook, (daybook::wiring_ptr))

  CAF_ADD_ATOM(daybook, daybook, hello_atom, "hello")
  CAF_ADD_ATOM(daybook, daybook, append_atom, "append")
  CAF_ADD_ATOM(daybook, daybook, flush_atom, "flush")
  CAF_ADD_ATOM(daybook, daybook, read_atom, "read")
  CAF_ADD_ATOM(daybook, daybook, resume_atom, "resume")
  CAF_ADD_ATOM(daybook, daybook, passivate_atom, "passivate")
  CAF_ADD_ATOM(daybook, daybook, stay_atom, "stay")
  CAF_ADD_ATOM(daybook, daybook, gone_atom, "gone")
  CAF_ADD_ATOM(daybook, daybook, sweep_atom, "sweep")
  CAF_ADD_ATOM(daybook, daybook, count_atom, "count")
  CAF_ADD_ATOM(daybook, daybook, heard_atom, "heard")
  CAF_ADD_ATOM(daybook, daybook, follow_atom, "follow")
  CAF_ADD_ATOM(daybook, daybook, unfollow_atom, "unfollow")
  CAF_ADD_ATOM(daybook, daybook, latest_atom, "latest")
  CAF_ADD_ATOM(daybook, daybook, reached_atom, "reached")
  CAF_ADD_ATOM(daybook, daybook, rebuild_atom, "rebuild")
  CAF_ADD_ATOM(daybook, daybook, adopt_atom, "adopt")
  CAF_ADD_ATOM(daybook, daybook, reopen_atom, "reopen")
  CAF_ADD_ATOM(daybook, daybook, wire_atom, "wire")
  CAF_ADD_ATOM(daybook, daybook, close_atom, "close")
  CAF_ADD_ATOM(daybook, daybook, failed_atom, "failed")
  CAF_ADD_ATOM(daybook, daybook, full_atom, "full")
  CAF_ADD_ATOM(daybook, daybook, packed_atom, "packed")
  CAF_ADD_ATOM(daybook, daybook, overdue_atom, "overdue")

  // Local, too.
  CAF_ADD_TYPE_ID(daybook, (daybook::slot_ptr))
  CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::slot_ptr>))

CAF_END_TYPE_ID_BLOCK(daybook)
// clang-format on

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::commit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::ticket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::commit_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::wiring_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::slot_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<daybook::slot_ptr>)
CAF_ERROR_CODE_ENUM(daybook::errc, "daybook")

#include "daybook/actors/inspect.hpp"

namespace daybook {

// -- writing -------------------------------------------------------------------------------------------------------------

/// The JOURNAL actor interface: the only writer of the log, on a thread of its own.
using journal_actor = caf::typed_actor<
  // Makes a commit durable together with whatever else is waiting, then answers.
  // Errors: version_conflict, illegal_id, invalid_argument (nothing stored); disk_full (nothing stored); storage_failed
  // (outcome unknown, and so for every later commit).
  caf::replies_to<append_atom, commit>::with<appended>,
  // INTERNAL: writes what has been waiting when this message was sent.
  caf::reacts_to<flush_atom>,
  // The supervisor tells who is who.
  caf::reacts_to<wire_atom, wiring_ptr>,
  // Why writing ended; empty while it works.
  caf::replies_to<failed_atom>::with<std::string>,
  // From the projection: the device has no room left for the view, so what the journal holds in reserve is given up.
  caf::reacts_to<full_atom>,
  // Writes what is waiting and closes the journal; the actor ends.
  caf::replies_to<close_atom>::with<caf::ok_atom>>;

/// The HISTORY actor interface: reads streams for aggregates that come back, on a thread of its own.
using history_actor = caf::typed_actor<
  // A stream's commits so far, one event or more in each; shared, because only one process ever sees it.
  // Errors: journal_damaged, io_error.
  caf::replies_to<read_atom, std::string>::with<commit_batch>>;

/// The AGGREGATE actor interface: one actor for each active aggregate. Decides commands on durable state, one at a time.
template <class Rules>
using aggregate_actor = caf::typed_actor<
  // Carries out a command or refuses it (both are receipts). Holds the ticket until it has answered.
  // Errors: those of the journal, timed_out, journal_damaged, unsupported_format.
  typename caf::replies_to<command<typename Rules::action>, ticket>::template with<receipt>,
  // The same; the answer goes into the pack that the command came in.
  caf::reacts_to<command<typename Rules::action>, slot_ptr>,
  // From the router: a request timeout has passed since it handed over a command.
  caf::reacts_to<overdue_atom>,
  // Decides what the last process left undecided, then answers.
  typename caf::replies_to<resume_atom>::template with<caf::ok_atom>,
  // Leaves memory, if nothing is going on; else says `stay` to the router.
  caf::reacts_to<passivate_atom>>;

/// The ROUTER actor interface: knows which aggregates are in memory, starts them on demand and lets idle ones go.
template <class Rules>
using router_actor = caf::typed_actor<
  // Hands the command to its aggregate, which answers.
  typename caf::replies_to<command<typename Rules::action>, ticket>::template with<receipt>,
  // The same for those of a pack, each with its place in it.
  caf::reacts_to<std::vector<command<typename Rules::action>>, std::vector<slot_ptr>>,
  // Lets an aggregate decide what the last process left undecided.
  typename caf::replies_to<resume_atom, std::string>::template with<caf::ok_atom>,
  // INTERNAL, from an aggregate: it ended / it is busy and stays.
  caf::reacts_to<gone_atom, std::string, std::uint64_t>, caf::reacts_to<stay_atom, std::string>,
  // INTERNAL: time to let idle ones go.
  caf::reacts_to<sweep_atom>,
  // How many aggregates are in memory.
  typename caf::replies_to<count_atom>::template with<std::uint64_t>>;

// -- events --------------------------------------------------------------------------------------------------------------

/// The LISTENER role: hears what became durable. Whoever has it answers each `heard` at the bus with `heard`.
using listener_actor = caf::typed_actor<
  // The next batch. Batches may be missing between two of these, when the listener was slow: positions tell.
  caf::reacts_to<heard_atom, commit_batch>,
  // Batches were left out; the journal reaches to this position.
  caf::reacts_to<latest_atom, position_t>>;

/// The BUS actor interface: passes durable batches on. A slow listener never holds up a write: it is told later that it
/// missed something, and reads the journal.
using bus_actor = caf::typed_actor<
  // From the journal.
  caf::reacts_to<heard_atom, commit_batch>,
  // Adds a listener; answered with the last position published so far.
  caf::replies_to<follow_atom, listener_actor>::with<position_t>,
  caf::reacts_to<unfollow_atom, listener_actor>,
  // A listener is done with a batch.
  caf::reacts_to<heard_atom, listener_actor>>;

/// The FEED actor interface: holds questions for commits that do not exist yet, until they do or their time is over.
using feed_actor = listener_actor::extend<
  caf::replies_to<commits_query>::with<commit_page>,
  caf::reacts_to<wire_atom, wiring_ptr>,
  // INTERNAL: looks for questions whose time is over.
  caf::reacts_to<sweep_atom>>;

/// The CONSUMER role for hosts that want every event: gets every commit once and in order, the next one after its answer.
using consumer_actor = caf::typed_actor<caf::replies_to<recorded_commit>::with<caf::ok_atom>>;

/// The PROJECTION actor interface: keeps one view level with the journal, on a thread of its own.
using projection_actor = listener_actor::extend<
  // Answers with the view's position as soon as it is at least the given one.
  caf::replies_to<reached_atom, position_t>::with<position_t>,
  // Builds the view anew beside the old one and swaps; answers with the position of the new one.
  caf::replies_to<rebuild_atom>::with<position_t>,
  // INTERNAL: the next chunk of catching up; what was heard, in one transaction; the next chunk of a rebuild.
  caf::reacts_to<read_atom>, caf::reacts_to<flush_atom>, caf::reacts_to<adopt_atom>,
  caf::reacts_to<wire_atom, wiring_ptr>,
  caf::replies_to<close_atom>::with<caf::ok_atom>>;

// -- asking --------------------------------------------------------------------------------------------------------------

/// The READING role: what can be asked. Errors: view_behind, view_failed, not_found, invalid_argument, journal_damaged.
using reading_actor = caf::typed_actor<
  caf::replies_to<show_query>::with<order_details>,
  caf::replies_to<list_query>::with<std::vector<order_summary>>,
  caf::replies_to<summary_query>::with<summary_report>,
  caf::replies_to<sales_query>::with<std::vector<sales_row>>,
  caf::replies_to<ids_query>::with<std::vector<std::string>>,
  caf::replies_to<view_status_query>::with<view_status>,
  caf::replies_to<history_query>::with<std::vector<recorded_event>>,
  caf::replies_to<commits_query>::with<commit_page>,
  caf::replies_to<verify_query>::with<verify_report>,
  caf::replies_to<stat_query>::with<stat_report>>;

/// The QUERY actor interface: one read-only connection to the view, on a thread of its own; waits for a position first
/// where a query asks for one.
using query_actor = reading_actor::extend<
  // The view is another file now: open it.
  caf::replies_to<reopen_atom>::with<caf::ok_atom>,
  caf::reacts_to<wire_atom, wiring_ptr>>;

// -- the door ------------------------------------------------------------------------------------------------------------

/// The GATEWAY actor interface: all that clients see of a node, near or far. It admits a limited number of commands
/// (`overloaded` past it) and knows how fresh a query's answer must be; the rest is done by others.
using gateway_actor = reading_actor::extend<
  // Who serves. Error: wrong_protocol.
  caf::replies_to<hello_atom, std::uint32_t>::with<server_info>,
  // Carries out one command. Errors: overloaded, shutting_down, illegal_id, unreadable_request, those of the aggregate.
  caf::replies_to<order_command>::with<receipt>,
  // The same for several at once: what a client has waiting travels in one message. One outcome each, in order.
  caf::replies_to<std::vector<order_command>>::with<std::vector<outcome>>,
  caf::replies_to<status_query>::with<node_status>,
  caf::replies_to<rebuild_atom>::with<position_t>,
  // INTERNAL, from the supervisor and the node.
  caf::reacts_to<wire_atom, wiring_ptr>, caf::replies_to<close_atom>::with<std::uint64_t>,
  // INTERNAL: a pack has its last outcome; the oldest one's time may be over.
  caf::reacts_to<packed_atom, std::uint64_t>, caf::reacts_to<overdue_atom>>;

} // namespace daybook

// Handles that travel in messages; a block of their own, because they are made of the one above.
// clang-format off
CAF_BEGIN_TYPE_ID_BLOCK(daybook_handles, caf::id_block::daybook::end)

  CAF_ADD_TYPE_ID(daybook_handles, (daybook::gateway_actor))
  CAF_ADD_TYPE_ID(daybook_handles, (daybook::listener_actor))

CAF_END_TYPE_ID_BLOCK(daybook_handles)
// clang-format on

namespace daybook {

/// Where a host's own type id block may start: CAF_BEGIN_TYPE_ID_BLOCK(my_block, ::daybook::first_host_type_id)
/// (with the leading colons: the macro's own namespace has a `daybook`, too).
inline constexpr caf::type_id_t first_host_type_id = caf::first_custom_type_id + 200;
static_assert(caf::id_block::daybook_handles::end <= first_host_type_id, "our ids would collide with those of hosts");

} // namespace daybook
