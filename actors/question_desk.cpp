#include "daybook/actors/question_desk.hpp"

#include <string>
#include <utility>

#include <caf/typed_response_promise.hpp>

#include "daybook/actors/error.hpp"

namespace daybook {

question_desk::question_desk(gateway_actor::pointer self) : self_(self) {
  // nop
}

void question_desk::start(node_core_ptr core) {
  core_ = std::move(core);
}

const query_actor& question_desk::next_query(const wiring& wires) {
  next_query_ = (next_query_ + 1) % wires.queries.size();
  return wires.queries[next_query_];
}

template <class Answer, class Handle, class Query>
caf::result<Answer> question_desk::pass_on(const Handle& to, Query& question) {
  if (under_way_ >= questions_max)
    return to_caf(
      {errc::overloaded, "more than " + std::to_string(questions_max) + " questions are under way; try again later"});
  ++under_way_;
  auto promise = self_->make_response_promise<Answer>();
  self_->request(to, question_limit, std::move(question))
    .then(
      [this, promise](Answer& answer) mutable {
        --under_way_;
        promise.deliver(std::move(answer));
      },
      [this, promise](caf::error& cause) mutable {
        --under_way_;
        promise.deliver(std::move(cause));
      });
  return promise;
}

/// A question that does not say how fresh its answer must be sees what was acknowledged before it came.
template <class Answer, class Query>
caf::result<Answer> question_desk::ask_view(const wiring& wires, Query& question) {
  if (question.fresh.wanted == freshness::kind::acknowledged)
    question.fresh.position = core_->books->last_position();
  return pass_on<Answer>(next_query(wires), question);
}

caf::result<order_details> question_desk::ask(const wiring& wires, show_query& question) {
  return ask_view<order_details>(wires, question);
}

caf::result<std::vector<order_summary>> question_desk::ask(const wiring& wires, list_query& question) {
  return ask_view<std::vector<order_summary>>(wires, question);
}

caf::result<summary_report> question_desk::ask(const wiring& wires, summary_query& question) {
  return ask_view<summary_report>(wires, question);
}

caf::result<std::vector<sales_row>> question_desk::ask(const wiring& wires, sales_query& question) {
  return ask_view<std::vector<sales_row>>(wires, question);
}

caf::result<view_status> question_desk::ask(const wiring& wires, view_status_query& question) {
  return ask_view<view_status>(wires, question);
}

caf::result<std::vector<std::string>> question_desk::ask(const wiring& wires, ids_query& question) {
  return pass_on<std::vector<std::string>>(next_query(wires), question);
}

caf::result<std::vector<recorded_event>> question_desk::ask(const wiring& wires, history_query& question) {
  return pass_on<std::vector<recorded_event>>(next_query(wires), question);
}

caf::result<commit_page> question_desk::ask(const wiring& wires, commits_query& question) {
  if (question.wait.count() > 0 && question.from > core_->books->last_position())
    return pass_on<commit_page>(wires.feed, question);
  return pass_on<commit_page>(wires.archive, question);
}

caf::result<verify_report> question_desk::ask(const wiring& wires, verify_query& question) {
  return pass_on<verify_report>(wires.archive, question);
}

caf::result<stat_report> question_desk::ask(const wiring& wires, stat_query& question) {
  return pass_on<stat_report>(wires.archive, question);
}

} // namespace daybook
