#include "daybook/actors/error.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include "daybook/actors/protocol.hpp"

namespace daybook {

namespace {

constexpr auto our_category = caf::detail::error_factory<errc>::category;

error from_system_error(caf::sec code, std::string words) {
  switch (code) {
    case caf::sec::request_timeout:
      return {errc::timed_out, "no answer within the time allowed; whether it took effect is unknown, repeating it is safe"};
    case caf::sec::request_receiver_down:
    case caf::sec::cannot_connect_to_node:
    case caf::sec::no_route_to_receiving_node:
    case caf::sec::remote_linking_failed:
    case caf::sec::disconnect_during_handshake:
    case caf::sec::no_actor_published_at_port:
      return {errc::unavailable, "nothing answers there"};
    case caf::sec::connection_timeout:
      return {errc::unavailable, "it does not answer in time"};
    case caf::sec::unexpected_actor_messaging_interface:
      return {errc::wrong_protocol, "the server speaks another version of the protocol"};
    default:
      return {errc::internal, words};
  }
}

} // namespace

caf::error to_caf(const error& cause) {
  return caf::make_error(cause.code, cause.message);
}

error from_caf(const caf::error& cause) {
  const auto words = caf::to_string(cause);
  if (cause.category() == our_category) {
    error result{static_cast<errc>(cause.code()), {}};
    if (cause.context().match_elements<std::string>())
      result.message = cause.context().get_as<std::string>(0);
    return result;
  }
  if (cause.category() == caf::atom("system"))
    return from_system_error(static_cast<caf::sec>(cause.code()), words);
  if (cause.category() == caf::atom("exit"))
    return {errc::unavailable, "the actor that should have answered has ended (" + words + ")"};
  return {errc::internal, words};
}

void configure(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::daybook>();
  config.add_message_types<caf::id_block::daybook_handles>();
  config.add_error_category(caf::atom("daybook"),
                            [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                              auto text = std::string{name(static_cast<errc>(code))};
                              if (context.match_elements<std::string>())
                                text += ": " + context.get_as<std::string>(0);
                              return text;
                            });
}

} // namespace daybook
