#include "daybook/apps/render.hpp"

#include "daybook/apps/json_text.hpp"
#include "daybook/domain/time.hpp"

namespace daybook {
namespace {

json time_or_null(time_us at) {
  return at == 0 ? json(nullptr) : json(format_time(at));
}

json text_list(const std::vector<std::string>& texts) {
  auto list = json::array();
  for (const auto& each : texts)
    list.push_back(each);
  return list;
}

template <class Number>
json object_of(const std::vector<std::pair<std::string, Number>>& pairs) {
  auto object = json::object();
  for (const auto& [key, number] : pairs)
    object[key] = number;
  return object;
}

json line_of(const line_details& line) {
  auto object = json::object();
  object["line"] = line.line;
  object["stock_code"] = line.stock_code;
  object["description"] = or_null(line.description);
  if (line.quantity) {
    object["quantity"] = *line.quantity;
  } else {
    object["quantity"] = line.requested_quantity;
    object["unit_price"] = line.requested_unit_price;
  }
  object["unit_price_minor"] = or_null(line.unit_price);
  object["returned"] = line.returned;
  return object;
}

/// @param lines the lines of `order show`; none for lists.
json order_object(const order_summary& order, const std::vector<line_details>* lines) {
  auto object = json::object();
  object["order_id"] = order.order_id;
  object["status"] = order.status;
  object["customer"] = order.customer;
  object["country"] = or_null(order.country);
  object["currency"] = order.currency;
  object["ordered_at"] = order.ordered_at;
  object["total_minor"] = or_null(order.total);
  object["paid_minor"] = order.paid;
  object["due_back_minor"] = order.due_back;
  object["refunded_minor"] = order.refunded;
  if (lines != nullptr) {
    auto list = json::array();
    for (const auto& each : *lines)
      list.push_back(line_of(each));
    object["lines"] = std::move(list);
  }
  object["reasons"] = text_list(order.reasons);
  object["version"] = order.version;
  object["position"] = order.position;
  return object;
}

const char* key_name(sales_key by) {
  switch (by) {
    case sales_key::country: return "country";
    case sales_key::day: return "day";
    case sales_key::customer: return "customer";
    case sales_key::product: return "stock_code";
  }
  return "key";
}

} // namespace

// -- orders -----------------------------------------------------------------------------------------------------------

std::string to_json(const receipt& answer) {
  auto object = json::object();
  object["order_id"] = answer.id;
  object["status"] = answer.status;
  object["position"] = answer.position;
  object["version"] = answer.version;
  object["reasons"] = text_list(answer.reasons);
  object["command_id"] = answer.command_id;
  return dump(object);
}

std::string to_json(const order_details& order) {
  return dump(order_object(order.summary, &order.lines));
}

std::string to_json(const order_summary& order) {
  return dump(order_object(order, nullptr));
}

std::string to_json(const recorded_event& event) {
  auto object = json::object();
  object["position"] = event.position;
  object["order_id"] = order_id_or_stream(event.stream);
  object["version"] = event.version;
  object["type"] = event.type;
  object["recorded_at"] = format_time(event.recorded_at);
  object["command_id"] = event.command_id;
  object["correlation_id"] = event.correlation_id;
  object["causation_id"] = event.causation_id;
  // The data is one JSON object already and goes out byte by byte as it was recorded.
  auto text = dump(object);
  text.pop_back();
  text += ",\"data\":";
  text += event.data.empty() ? "{}" : event.data;
  text += '}';
  return text;
}

// -- reports ----------------------------------------------------------------------------------------------------------

std::string to_json(const summary_report& report) {
  auto object = json::object();
  object["orders_requested"] = report.orders_requested;
  object["orders_validated"] = report.orders_validated;
  object["orders_rejected"] = report.orders_rejected;
  object["rejected_by_reason"] = object_of(report.rejected_by_reason);
  object["validated_lines"] = report.validated_lines;
  object["validated_units"] = report.validated_units;
  object["validated_total"] = object_of(report.validated_total);
  object["by_status"] = object_of(report.by_status);
  object["position"] = report.position;
  return dump(object);
}

std::string to_json(const std::vector<sales_row>& rows, sales_key by) {
  auto list = json::array();
  for (const auto& row : rows) {
    auto object = json::object();
    object[key_name(by)] = row.key;
    if (by == sales_key::product) {
      object["quantity"] = row.quantity;
    } else {
      object["currency"] = row.currency;
      object["orders"] = row.orders;
      object["total_minor"] = row.total;
    }
    list.push_back(std::move(object));
  }
  return dump(list);
}

// -- operation --------------------------------------------------------------------------------------------------------

std::string to_json(const node_status& status) {
  auto object = json::object();
  object["version"] = status.version;
  object["journal_id"] = status.journal_id;
  object["started_at"] = time_or_null(status.started_at);
  object["journal_position"] = status.journal_position;
  object["journal_failure"] = or_null(status.journal_failure);
  object["view_position"] = status.view_position;
  object["projection"] = status.projection ? "on" : "off";
  object["parked_orders"] = status.parked_orders;
  object["resident_orders"] = status.resident_orders;
  object["commands_in_flight"] = status.commands_in_flight;
  object["admission_limit"] = status.admission_limit;
  object["restarts"] = status.restarts;
  object["recovery"] = or_null(status.recovery);
  return dump(object);
}

std::string to_json(const view_status& status) {
  auto object = json::object();
  object["position"] = status.position;
  object["digest"] = or_null(status.digest);
  object["orders"] = status.orders;
  auto parked = json::array();
  for (const auto& each : status.parked) {
    auto order = json::object();
    order["stream"] = each.stream;
    order["position"] = each.position;
    order["error"] = each.error;
    parked.push_back(std::move(order));
  }
  object["parked"] = std::move(parked);
  return dump(object);
}

std::string to_json(const verify_report& report) {
  auto object = json::object();
  object["intact"] = report.intact;
  object["journal_id"] = or_null(report.journal_id);
  object["segments"] = report.segments;
  object["commits"] = report.commits;
  object["events"] = report.events;
  object["size_bytes"] = report.bytes;
  object["last_position"] = report.last_position;
  object["last_digest"] = or_null(report.last_digest);
  object["unfinished_bytes"] = report.unfinished_bytes;
  object["damage"] = nullptr;
  if (!report.intact) {
    auto damage = json::object();
    damage["segment"] = report.damaged_segment;
    damage["offset_bytes"] = report.damaged_offset;
    damage["position"] = report.damaged_position;
    damage["message"] = report.damage;
    object["damage"] = std::move(damage);
  }
  object["unmet"] = nullptr;
  if (report.unmet_position != 0) {
    auto unmet = json::object();
    unmet["position"] = report.unmet_position;
    unmet["doubt_from"] = report.doubt_from;
    unmet["message"] = report.unmet;
    object["unmet"] = std::move(unmet);
  }
  return dump(object);
}

std::string to_json(const stat_report& report) {
  auto object = json::object();
  object["journal_id"] = report.journal_id;
  object["segments"] = report.segments;
  object["size_bytes"] = report.bytes;
  object["first_position"] = report.first_position;
  object["last_position"] = report.last_position;
  object["created_at"] = time_or_null(report.created_at);
  object["last_recorded_at"] = time_or_null(report.last_recorded_at);
  object["index_bytes"] = report.index_bytes;
  return dump(object);
}

std::string to_json(const error& cause) {
  auto object = json::object();
  object["code"] = name(cause.code);
  object["message"] = cause.message;
  auto whole = json::object();
  whole["error"] = std::move(object);
  return dump(whole);
}

} // namespace daybook
