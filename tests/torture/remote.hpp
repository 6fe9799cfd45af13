#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "ledger.hpp"

#include "daybook/actors/messages.hpp"
#include "daybook/domain/result.hpp"

namespace daybook::torture {

/// The program's side of CAF's network layer; one for a program, longer-lived than every `remote`.
class network {
public:
  network();
  ~network();

  struct runtime;
  runtime& get() noexcept { return *runtime_; }

private:
  std::unique_ptr<runtime> runtime_;
};

struct load_options {
  std::uint64_t seed = 1;
  /// Commands in a message, and messages under way.
  std::size_t pack = 32;
  std::size_t packs_in_flight = 8;
  /// Nothing new is sent after the first error.
  bool ends_with_first_error = false;
};

/// A client of one daybookd's life. Belongs to one thread.
class remote {
public:
  static result<std::unique_ptr<remote>> connect(network& over, std::uint16_t port);
  ~remote();

  remote(const remote&) = delete;
  remote& operator=(const remote&) = delete;

  // -- asking; each waits for its answer ---------------------------------------------------------------------------------

  result<std::vector<outcome>> carry_out(const std::vector<order_command>& wishes);
  result<commit_page> commits(position_t from);
  result<summary_report> summary();
  result<std::vector<order_summary>> orders(const std::string& after);
  result<order_details> show(const std::string& id);
  result<std::vector<recorded_event>> history(const std::string& id);
  result<verify_report> verify();
  result<view_status> view();
  result<node_status> status();
  result<position_t> rebuild();
  /// Does not wait.
  void begin_rebuild();

  /// How long a question may take; 60 s.
  void set_timeout(std::chrono::milliseconds timeout) noexcept { timeout_ = timeout; }

  // -- load: commands out of a ledger, many under way, until told to stop or until the server is gone --------------------

  /// The ledger belongs to the load until `end_load` returns.
  void begin_load(ledger& books, const load_options& options);
  /// Whether so many commands were answered, with receipts or errors, before the deadline and before the server was gone.
  bool wait_for_answers(std::uint64_t count, std::chrono::steady_clock::time_point until);
  /// Nothing new is sent from now on.
  void stop_load();
  /// Waits until nothing is under way any more, or the server is gone; false: neither came in time.
  bool end_load(std::chrono::steady_clock::time_point until);

private:
  struct connection;
  explicit remote(std::unique_ptr<connection> to);
  template <class Answer, class... Ts>
  result<Answer> ask(Ts... message);

  std::unique_ptr<connection> to_;
  std::chrono::milliseconds timeout_{60'000};
};

} // namespace daybook::torture
