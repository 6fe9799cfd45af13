#include "check.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace daybook::torture {

namespace {

/// Commands that are sent again in one message.
constexpr std::size_t pack_max = 256;

/// How long the view may be behind while nothing is written.
constexpr std::chrono::seconds view_patience{60};

/// Tells when a question had no answer.
template <class T>
bool is_answered(ledger& books, const std::string& question, const result<T>& answer) {
  if (!answer)
    books.fault(question + " was not answered: " + std::string{name(answer.error().code)} + ": " + answer.error().message);
  return answer.ok();
}

/// Sends commands packed; gives each its outcome.
template <class Use>
void carry_out(remote& node, ledger& books, const std::vector<token>& all, const Use& use) {
  for (std::size_t begin = 0; begin < all.size(); begin += pack_max) {
    std::vector<order_command> wishes;
    for (auto i = begin; i < std::min(all.size(), begin + pack_max); ++i)
      wishes.push_back(books.wish(all[i]));
    auto outcomes = node.carry_out(wishes);
    if (!is_answered(books, "a repeated pack of commands", outcomes))
      return;
    for (std::size_t i = 0; i < outcomes->size(); ++i)
      use(all[begin + i], (*outcomes)[i]);
  }
}

} // namespace

void read_journal(remote& node, ledger& books, bool open_requests) {
  if (books.read_to() > 0) {
    const auto page = node.commits(books.read_to());
    if (!is_answered(books, "events", page))
      return;
    if (page->commits.empty() || page->commits.front().last_position() != books.read_to())
      return books.fault("LOST: the journal does not reach position " + std::to_string(books.read_to()) + " any more");
    if (page->commits.front().digest != books.digest())
      return books.fault("the journal has another digest at position " + std::to_string(books.read_to()) + " than before");
  }
  for (;;) {
    const auto page = node.commits(books.read_to() + 1);
    if (!is_answered(books, "events", page) || page->commits.empty())
      break;
    const auto before = books.read_to();
    for (const auto& each : page->commits)
      books.read(each);
    if (books.read_to() == before)
      break;
  }
  books.settle(open_requests);
}

void send_again(remote& node, ledger& books) {
  carry_out(node, books, books.unsettled(), [&](token which, const outcome& found) {
    if (found.answered)
      books.acknowledge(which, found.answer);
    else
      books.fault("a command that was sent again had no receipt: " + found.message);
  });
  read_journal(node, books);
}

void repeat_some(remote& node, ledger& books, std::mt19937_64& random) {
  const auto end = books.read_to();
  carry_out(node, books, books.acknowledged_sample(random, 16), [&](token which, const outcome& found) {
    if (found.answered)
      books.repeat(which, found.answer);
    else
      books.fault("a command that was repeated had no receipt: " + found.message);
  });
  read_journal(node, books);
  if (books.read_to() != end)
    books.fault("repeated commands were recorded again");
}

void check_view(remote& node, ledger& books, std::mt19937_64& random) {
  // To be behind for longer than a query waits is no fault on a slow machine; to stay behind is.
  auto summary = node.summary();
  for (const auto until = std::chrono::steady_clock::now() + view_patience;
       !summary && summary.error().code == errc::view_behind && std::chrono::steady_clock::now() < until;)
    summary = node.summary();
  if (is_answered(books, "report summary", summary))
    books.compare(*summary);
  std::vector<order_summary> all;
  for (std::string after;;) {
    auto page = node.orders(after);
    if (!is_answered(books, "orders", page))
      return;
    all.insert(all.end(), page->begin(), page->end());
    if (page->size() < 10'000)
      break;
    after = all.back().order_id;
  }
  books.compare(all);
  for (const auto& id : books.sample_ids(random, 5)) {
    const auto details = node.show(id);
    if (is_answered(books, "order show " + id, details))
      books.compare(*details);
  }
}

void check_verify(remote& node, ledger& books) {
  const auto report = node.verify();
  if (!is_answered(books, "journal verify", report))
    return;
  if (!report->intact)
    books.fault("journal verify: " + report->damaged_segment + ": " + report->damage);
  else if (report->last_position != books.read_to())
    books.fault("journal verify ends at position " + std::to_string(report->last_position) + ", not " +
                std::to_string(books.read_to()));
}

void check_all(remote& node, ledger& books, std::mt19937_64& random, bool with_rebuild) {
  read_journal(node, books);
  // What is wrong now would be told again by every other question.
  if (!books.faults().empty())
    return;
  send_again(node, books);
  repeat_some(node, books, random);
  check_view(node, books, random);
  check_verify(node, books);
  if (!with_rebuild || !books.faults().empty())
    return;
  const auto rebuilt = node.rebuild();
  if (is_answered(books, "view rebuild", rebuilt) && *rebuilt != books.read_to())
    books.fault("view rebuild ends at position " + std::to_string(*rebuilt) + ", not " + std::to_string(books.read_to()));
  check_view(node, books, random);
}

} // namespace daybook::torture
