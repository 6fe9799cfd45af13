#include "daybook/actors/query.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "daybook/actors/wiring.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook {

namespace {

template <class T>
caf::result<T> to_caf_result(result<T> answer) {
  if (!answer)
    return to_caf(answer.error());
  return std::move(*answer);
}

error no_order(const std::string& id) {
  return {errc::not_found, "there is no order " + id};
}

std::string stream_of(const std::string& order_id) {
  return std::string{order_rules::category} + "-" + order_id;
}

bool is_up_to(const recorded_event& event, const moment& at) {
  return (at.position == 0 || event.position <= at.position) && (at.time == 0 || event.recorded_at <= at.time);
}

/// An order as it was, folded from its events; nothing when it did not exist then.
result<std::optional<order_details>> fold(const std::vector<recorded_event>& history, const std::string& id, const moment& at) {
  order state;
  const recorded_event* last = nullptr;
  for (const auto& each : history) {
    if (!is_up_to(each, at))
      break;
    auto event = order_codec::decode(each.type, each.data);
    if (!event)
      return event.error();
    evolve(state, std::move(*event));
    last = &each;
  }
  if (last == nullptr)
    return std::optional<order_details>{};
  return std::optional{details_of(state, id, last->version, last->position)};
}

} // namespace

query_state::query_state(self_pointer self) : self_(self) {
  // nop
}

void query_state::start(node_core_ptr core) {
  core_ = std::move(core);
}

template <class Answer, class Ask>
result<Answer> query_state::answer(Ask& ask) {
  const auto generation = core_->view_generation.load();
  if (reader_ == nullptr || generation_ != generation) {
    reader_.reset();
    auto opened = order_view_reader::open(core_->view.link());
    if (!opened)
      return opened.error();
    reader_ = std::move(*opened);
    generation_ = generation;
  }
  return ask(*reader_);
}

template <class Answer, class Ask>
caf::result<Answer> query_state::when_fresh(const freshness& fresh, Ask ask) {
  const auto is_fresh = [&] { return fresh.wanted == freshness::kind::stale_ok || core_->view_position >= fresh.position; };
  if (is_fresh()) {
    auto found = answer<Answer>(ask);
    // Asked again: the view may have been made anew meanwhile, and the answer be from the empty one.
    if (is_fresh())
      return to_caf_result(std::move(found));
  }
  auto promise = self_->make_response_promise<Answer>();
  self_->request(wires->projection, core_->settings.query_wait, reached_atom_v, fresh.position)
    .then(
      [this, promise, ask](position_t) mutable {
        if (auto found = answer<Answer>(ask))
          promise.deliver(std::move(*found));
        else
          promise.deliver(to_caf(found.error()));
      },
      [this, promise, wanted = fresh.position](caf::error& cause) mutable {
        auto why = from_caf(cause);
        if (why.code != errc::overloaded && why.code != errc::view_behind)
          why = {errc::view_behind, "the view is at position " + std::to_string(core_->view_position) + " of " +
                                      std::to_string(wanted) + "; try again, or ask with --stale-ok"};
        promise.deliver(to_caf(why));
      });
  return promise;
}

// -- asking the view -----------------------------------------------------------------------------------------------------

caf::result<order_details> query_state::show(const show_query& question) {
  if (!question.at.is_now()) {
    auto history = core_->books->read_stream(stream_of(question.order_id));
    if (!history)
      return to_caf(history.error());
    auto details = fold(*history, question.order_id, question.at);
    if (!details)
      return to_caf(details.error());
    if (!*details)
      return to_caf({errc::not_found, "there was no order " + question.order_id + " at that moment"});
    return std::move(**details);
  }
  return when_fresh<order_details>(question.fresh, [id = question.order_id](auto& view) -> result<order_details> {
    auto found = view.show(id);
    if (!found)
      return found.error();
    if (!*found)
      return no_order(id);
    return std::move(**found);
  });
}

caf::result<std::vector<order_summary>> query_state::list(const list_query& question) {
  return when_fresh<std::vector<order_summary>>(question.fresh,
                                                [filter = question.filter](auto& view) { return view.list(filter); });
}

caf::result<summary_report> query_state::summary(const summary_query& question) {
  return when_fresh<summary_report>(question.fresh, [](auto& view) { return view.summary(); });
}

caf::result<std::vector<sales_row>> query_state::sales(const sales_query& question) {
  return when_fresh<std::vector<sales_row>>(
    question.fresh, [by = question.by, limit = question.limit](auto& view) { return view.sales(by, limit); });
}

caf::result<std::vector<std::string>> query_state::ids(const ids_query& question) {
  const freshness whatever{freshness::kind::stale_ok, 0};
  return when_fresh<std::vector<std::string>>(
    whatever, [question](auto& view) { return view.ids(question.prefix, std::min<std::uint32_t>(question.limit, 1000)); });
}

caf::result<view_status> query_state::status(const view_status_query& question) {
  return when_fresh<view_status>(question.fresh, [](auto& view) { return view.status(); });
}

// -- asking the journal --------------------------------------------------------------------------------------------------

caf::result<std::vector<recorded_event>> query_state::history(const history_query& question) {
  auto events = core_->books->read_stream(stream_of(question.order_id));
  if (events && events->empty())
    return to_caf(no_order(question.order_id));
  return to_caf_result(std::move(events));
}

caf::result<commit_page> query_state::commits(const commits_query& question) {
  read_limit limit;
  limit.events = std::clamp<std::size_t>(question.max_events, 1, 10'000);
  // The last position first: a page that is shorter than it says is followed by another, never the other way round.
  const auto last = core_->books->last_position();
  auto commits = core_->books->read_from(std::max<position_t>(question.from, 1), limit);
  if (!commits)
    return to_caf(commits.error());
  return commit_page{std::move(*commits), last};
}

caf::result<verify_report> query_state::verify(const verify_query& question) {
  return to_caf_result(verify_journal(core_->settings.data_dir, {question.expected, {}}));
}

caf::result<stat_report> query_state::stat() {
  return to_caf_result(stat_journal(core_->settings.data_dir));
}

void query_state::reopen() {
  reader_.reset();
}

query_actor::behavior_type query(query_state::self_pointer self, node_core_ptr core) {
  self->state.start(std::move(core));
  return {
    [self](const show_query& question) { return self->state.show(question); },
    [self](const list_query& question) { return self->state.list(question); },
    [self](const summary_query& question) { return self->state.summary(question); },
    [self](const sales_query& question) { return self->state.sales(question); },
    [self](const ids_query& question) { return self->state.ids(question); },
    [self](const view_status_query& question) { return self->state.status(question); },
    [self](const history_query& question) { return self->state.history(question); },
    [self](const commits_query& question) { return self->state.commits(question); },
    [self](const verify_query& question) { return self->state.verify(question); },
    [self](const stat_query&) { return self->state.stat(); },
    [self](reopen_atom) {
      self->state.reopen();
      return caf::ok_atom_v;
    },
    [self](wire_atom, const wiring_ptr& wires) { self->state.wires = wires; },
  };
}

} // namespace daybook
