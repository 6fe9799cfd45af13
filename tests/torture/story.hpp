#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daybook/domain/commands.hpp"
#include "daybook/domain/money.hpp"

namespace daybook::torture {

/// An order as it must be after a step of its story: written down by hand, not computed by the rules under test.
struct expectation {
  std::string status = "unknown";
  /// Of the step itself; what an order was rejected for stays with it.
  std::vector<std::string> reasons;
  bool refused = false;
  /// Types of the events that the step records; none when it is refused.
  std::vector<std::string> events;
  std::optional<minor_units> total;
  minor_units paid = 0;
  minor_units due_back = 0;
  minor_units refunded = 0;
  /// Pieces that came back, by line.
  std::vector<std::int64_t> returned;
  /// Events of the order so far.
  std::uint32_t version = 0;
};

struct step {
  order_command wish;
  expectation after;
};

/// One order's life: commands in the order in which they are sent, and what each must lead to. Refusals among them hold in
/// every state that a lost command could leave behind.
struct story {
  std::string id;
  std::string customer;
  std::string currency;
  std::int64_t units = 0;
  std::size_t lines = 0;
  std::vector<step> steps;
};

/// Invents stories; the same seed the same ones, command ids included.
class story_teller {
public:
  explicit story_teller(std::uint64_t seed);

  story next();

private:
  std::uint64_t seed_;
  std::mt19937_64 random_;
  std::uint64_t count_ = 0;
};

/// A number from `low` to `high`. (The standard's distributions differ between libraries: seeds shall not.)
std::uint64_t pick(std::mt19937_64& random, std::uint64_t low, std::uint64_t high);

} // namespace daybook::torture
