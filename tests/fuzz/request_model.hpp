#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::fuzz {

/// A value as the model reads it: a text (also the words null, true and false), or what a number means.
struct model_text {
  std::string text;
  std::optional<double> number;
};

struct model_line {
  std::string stock_code, description;
  model_text quantity, unit_price;
};

struct model_request {
  std::string order_id, customer, country, currency;
  std::optional<std::string> ordered_at;
  std::vector<model_line> lines;
};

struct model_answer {
  /// Nothing when the document is not of the documented form.
  std::optional<model_request> request;
  /// A number in it is beyond what the model's parser knows, and nothing is said about the rest.
  bool cannot_tell = false;
};

/// Reads an order request with nlohmann's parser: the form of the reference, written down a second time.
model_answer read_by_model(std::string_view json);

} // namespace daybook::fuzz
