#include <string>

#include <catch2/catch.hpp>

#include "daybook/domain/commands.hpp"
#include "daybook/domain/events.hpp"
#include "daybook/domain/ids.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/domain/reasons.hpp"

using namespace daybook;

TEST_CASE("an id has 1 to 64 characters of a small alphabet", "[ids]") {
  CHECK(is_legal_id("536365"));
  CHECK(is_legal_id("A-Z.a_z:0-9"));
  CHECK(is_legal_id("-"));
  CHECK(is_legal_id(std::string(64, 'x')));
  CHECK_FALSE(is_legal_id(""));
  CHECK_FALSE(is_legal_id(std::string(65, 'x')));
}

TEST_CASE("every other character makes an id illegal", "[ids]") {
  const std::string legal = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
  int count = 0;
  for (int c = 0; c < 256; ++c) {
    const std::string id(1, static_cast<char>(c));
    INFO(c);
    CHECK(is_legal_id(id) == (legal.find(id) != std::string::npos));
    count += is_legal_id(id) ? 1 : 0;
  }
  CHECK(count == 66);
}

TEST_CASE("statuses and rejections are found by their names", "[ids]") {
  for (int i = 0; i < order_status_count; ++i)
    CHECK(order_status_from(name(static_cast<order_status>(i))) == static_cast<order_status>(i));
  for (int i = 0; i < rejection_count; ++i)
    CHECK(rejection_from(name(static_cast<rejection>(i))) == static_cast<rejection>(i));
  CHECK_FALSE(order_status_from("Paid").has_value());
  CHECK_FALSE(order_status_from("").has_value());
  CHECK_FALSE(rejection_from("not_found").has_value());
}

TEST_CASE("commands, events and refusals carry the names of the contract", "[ids]") {
  CHECK(name(order_action(submit_order{})) == "submit_order");
  CHECK(name(order_action(record_payment{})) == "record_payment");
  CHECK(name(order_action(ship_order{})) == "ship_order");
  CHECK(name(order_action(deliver_order{})) == "deliver_order");
  CHECK(name(order_action(mark_undeliverable{})) == "mark_undeliverable");
  CHECK(name(order_action(cancel_order{})) == "cancel_order");
  CHECK(name(order_action(return_items{})) == "return_items");
  CHECK(name(order_action(record_refund{})) == "record_refund");
  CHECK(type_name(order_requested{}) == "OrderRequested");
  CHECK(type_name(order_validated{}) == "OrderValidated");
  CHECK(type_name(order_rejected{}) == "OrderRejected");
  CHECK(type_name(payment_recorded{}) == "PaymentRecorded");
  CHECK(type_name(order_shipped{}) == "OrderShipped");
  CHECK(type_name(order_delivered{}) == "OrderDelivered");
  CHECK(type_name(order_undeliverable{}) == "OrderUndeliverable");
  CHECK(type_name(order_cancelled{}) == "OrderCancelled");
  CHECK(type_name(items_returned{}) == "ItemsReturned");
  CHECK(type_name(refund_recorded{}) == "RefundRecorded");
  CHECK(name(refusal::not_found) == "not_found");
  CHECK(name(refusal::refunds_more_than_due) == "refunds_more_than_due");
  CHECK(name(order_status::partly_returned) == "partly_returned");
}
