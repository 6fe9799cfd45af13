#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "story.hpp"

#include "daybook/domain/receipt.hpp"
#include "daybook/domain/result.hpp"
#include "daybook/domain/views.hpp"
#include "daybook/persistence/journal.hpp"

namespace daybook::torture {

/// A command on its way: a step of an order.
struct token {
  std::size_t order = 0;
  std::size_t step = 0;
};

struct ledger_options {
  std::uint64_t seed = 1;
  /// Orders that commands are sent for at a time.
  std::size_t active_orders = 48;
  /// Several commands of one order may be under way; without it the next one waits for the receipt.
  bool pipelined = true;
  /// Errors that are expected, besides those of a server that is lost or stops.
  std::vector<errc> may_fail_with;
};

/// The outsider's own books: which commands were sent, which receipts came, and what the journal and the view must hold
/// therefore. It lives in another process than the node and knows nothing of it but what it was told. Belongs to one thread
/// at a time.
class ledger {
public:
  explicit ledger(ledger_options options);

  // -- load --------------------------------------------------------------------------------------------------------------

  /// The next command to send, noted as sent.
  token next();
  const order_command& wish(token which) const;

  /// A receipt came. Whatever it says that it must not is a fault.
  void acknowledge(token which, const receipt& answer);

  /// An error came: the order rests until `unsettled` was sent again.
  void fail(token which, errc code);

  // -- after a restart ---------------------------------------------------------------------------------------------------

  /// The next commit of the journal, from `read_to() + 1` on.
  void read(const recorded_commit& found);
  position_t read_to() const noexcept { return read_to_; }
  const std::string& digest() const noexcept { return digest_; }

  /// All that the journal holds was read: acknowledged commands are there once and whole, others whole or not at all.
  /// @param open_requests whether requests may be there that are not decided yet (the node has not been started since).
  void settle(bool open_requests = false);

  /// Commands without a receipt, in the order in which they were sent for each order; they shall be sent again.
  std::vector<token> unsettled() const;

  std::vector<token> acknowledged_commands() const;
  /// Whether the story says that the command is refused.
  bool is_refusal(token which) const { return tales_[which.order].what.steps[which.step].after.refused; }

  /// Some commands with receipts that a repetition must bring again.
  std::vector<token> acknowledged_sample(std::mt19937_64& random, std::size_t most) const;
  /// Compares a repetition's receipt with the first.
  void repeat(token which, const receipt& again);

  // -- the view ----------------------------------------------------------------------------------------------------------

  void compare(const summary_report& found);
  void compare(const std::vector<order_summary>& all);
  void compare(const order_details& found);
  /// Ids of orders that are in the journal.
  std::vector<std::string> sample_ids(std::mt19937_64& random, std::size_t most) const;

  // -- the result --------------------------------------------------------------------------------------------------------

  void fault(const std::string& what);
  const std::vector<std::string>& faults() const noexcept { return faults_; }
  std::uint64_t acknowledged() const noexcept { return acknowledged_; }
  /// Errors that came.
  std::uint64_t failed() const noexcept { return failed_; }
  std::uint64_t lost() const noexcept { return lost_; }
  std::uint64_t doubled() const noexcept { return doubled_; }
  /// Requests that are in the journal and not decided, as far as it was read.
  std::size_t open_requests() const noexcept;
  /// Orders in the journal, as far as it was read.
  std::size_t orders() const noexcept;

private:
  struct sent_step {
    bool is_acknowledged = false;
    std::optional<errc> failure;
    receipt answer;
    /// What the journal holds of it.
    std::vector<std::string> events;
    position_t position = 0;
    std::uint32_t version = 0;
  };
  struct tale {
    story what;
    std::vector<sent_step> sent;
    bool rests = false;
    std::uint32_t version = 0;
    position_t position = 0;
  };

  void activate();
  bool can_send(const tale& each) const;
  void settle(const tale& each, std::size_t number, bool open_requests);
  /// The last step that is in the journal; nothing when there is none.
  const expectation* state_of(const tale& each) const;
  std::string describe(const tale& each, std::size_t number) const;
  std::string differs(const tale& each, const order_summary& found) const;

  ledger_options options_;
  story_teller teller_;
  std::mt19937_64 random_;
  std::vector<tale> tales_;
  std::vector<std::size_t> active_;
  std::unordered_map<std::string, token> by_command_;
  std::unordered_map<std::string, std::size_t> by_id_;
  position_t read_to_ = 0;
  time_us recorded_to_ = 0;
  std::string digest_;
  std::vector<std::string> faults_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t doubled_ = 0;
};

} // namespace daybook::torture
