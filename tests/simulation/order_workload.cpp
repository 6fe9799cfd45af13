#include "daybook/tests/simulation/order_workload.hpp"

#include <algorithm>
#include <utility>

namespace daybook::simulation {

namespace {

freshness some_freshness(dice& random, position_t known) {
  switch (random.below(4)) {
    case 0: return {freshness::kind::stale_ok, 0};
    case 1: return {freshness::kind::at_least, known};
    default: return {};
  }
}

} // namespace

order_workload::order_workload(std::uint64_t seed) : generator_(seed) {
  // nop
}

void order_workload::on_end() {
  requests_.lose_open();
}

void order_workload::act(world& in) {
  auto& random = generator_.random();
  const auto kind = random.below(100);
  if (kind < 45)
    return send(in, generator_.next(in.wall()));
  if (kind < 58)
    return repeat(in);
  if (kind < 66)
    return send_pack(in);
  if (kind < 69)
    return send(in, generator_.unreadable(in.wall()));
  query(in);
}

// -- commands ------------------------------------------------------------------------------------------------------------

std::size_t order_workload::remember(world& in, const order_command& wish) {
  return requests_.add(wish, order_codec::fingerprint(wish.action), in.life());
}

void order_workload::send(world& in, order_command wish) {
  const auto number = remember(in, wish);
  in.ask<receipt>(std::move(wish), [this, &in, number](result<receipt> answer) { on_answer(in, number, answer); });
}

void order_workload::send_pack(world& in) {
  std::vector<order_command> wishes;
  std::vector<std::size_t> numbers;
  for (auto left = generator_.random().between(1, 12); left > 0; --left) {
    wishes.push_back(generator_.next(in.wall()));
    numbers.push_back(remember(in, wishes.back()));
  }
  in.ask<std::vector<outcome>>(std::move(wishes), [this, &in, numbers](result<std::vector<outcome>> answer) {
    if (answer && answer->size() != numbers.size())
      in.broken.add("every request is answered by its deadline", "a pack has more or fewer outcomes than commands");
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (!answer)
        on_answer(in, numbers[i], answer.error());
      else if (const auto& each = (*answer)[i]; each.answered)
        on_answer(in, numbers[i], each.answer);
      else
        on_answer(in, numbers[i], error{each.code, each.message});
    }
  });
}

/// Somebody whose answer got lost, or who does not believe it; sometimes with other content under the same id.
void order_workload::repeat(world& in) {
  auto& random = generator_.random();
  const auto& known = requests_.entries();
  if (known.empty())
    return;
  const auto back = random.one_in(3) ? random.below(known.size()) : random.below(std::min<std::size_t>(known.size(), 12));
  auto wish = known[known.size() - 1 - back].wish;
  if (random.one_in(4))
    wish = generator_.other_content(std::move(wish));
  send(in, std::move(wish));
}

void order_workload::on_answer(world& in, std::size_t number, const result<receipt>& answer) {
  const auto& entry = requests_.answered(number, answer);
  in.trace.add(number);
  in.trace.add(answer ? answer->position : 1000 + static_cast<std::uint64_t>(answer.error().code));
  if (!answer)
    return on_command_error(in, entry);
  durable_before_acknowledged(in, answer->position);
  silent_after_failure(in, answer->position);
  if (!order_codec::check_readable(entry.wish))
    in.broken.add("every request is answered by its deadline", "a command that nobody may take has a receipt");
}

/// 9: an error names what really happened.
void order_workload::on_command_error(world& in, const sent_command<order_action>& what) {
  const auto code = what.cause.code;
  const auto& disturbed = in.disturbed();
  bool is_fair = false;
  switch (code) {
    case errc::overloaded: is_fair = true; break;
    case errc::illegal_id:
    case errc::unreadable_request: is_fair = !order_codec::check_readable(what.wish); break;
    case errc::shutting_down: is_fair = disturbed.kills; break;
    case errc::disk_full:
    case errc::io_error: is_fair = disturbed.faults; break;
    case errc::timed_out:
    case errc::unavailable: is_fair = !disturbed.none(); break;
    case errc::storage_failed: is_fair = disturbed.faults || disturbed.journal_killed; break;
    default: break;
  }
  if (!is_fair)
    in.broken.add("every error is clear and fair", std::string{name(code)} + ": " + what.cause.message);
}

// -- questions -----------------------------------------------------------------------------------------------------------

void order_workload::on_query_error(world& in, const error& cause) {
  in.trace.add(2000 + static_cast<std::uint64_t>(cause.code));
  const auto& disturbed = in.disturbed();
  bool is_fair = false;
  switch (cause.code) {
    case errc::view_behind:
    case errc::overloaded:
    case errc::not_found: is_fair = true; break;
    case errc::shutting_down: is_fair = disturbed.kills; break;
    case errc::io_error: is_fair = disturbed.faults; break;
    case errc::timed_out:
    case errc::unavailable: is_fair = !disturbed.none(); break;
    default: break;
  }
  if (!is_fair)
    in.broken.add("every error is clear and fair", std::string{name(cause.code)} + ": " + cause.message);
}

void order_workload::query(world& in) {
  auto& random = generator_.random();
  switch (random.below(9)) {
    case 0: case 1: case 2: return query_show(in);
    case 3: return query_history(in);
    case 4: return query_commits(in);
    case 5: {
      const auto fresh = some_freshness(random, requests_.known_position());
      const auto at_least = fresh.wanted == freshness::kind::stale_ok ? 0 : requests_.known_position();
      return in.ask<summary_report>(summary_query{fresh}, [this, &in, at_least](result<summary_report> answer) {
        if (!answer)
          return on_query_error(in, answer.error());
        durable_before_acknowledged(in, answer->position);
        summarised_.push_back({std::move(*answer), at_least});
      });
    }
    case 6: {
      list_query question;
      question.filter.limit = 20;
      question.fresh = some_freshness(random, requests_.known_position());
      return in.ask<std::vector<order_summary>>(question, [this, &in](result<std::vector<order_summary>> answer) {
        if (!answer)
          return on_query_error(in, answer.error());
        for (auto& each : *answer)
          shown_.push_back({{std::move(each), {}}, 0, 0});
      });
    }
    case 7:
      return in.ask<node_status>(status_query{}, [this, &in](result<node_status> answer) {
        if (!answer)
          return on_query_error(in, answer.error());
        if (answer->parked_orders > 0)
          in.broken.add("nothing is skipped silently", "an order is parked, and every event can be applied");
      });
    default:
      if (random.one_in(6))
        return in.ask<position_t>(rebuild_atom_v, [this, &in](result<position_t> answer) {
          if (!answer)
            on_query_error(in, answer.error());
        });
      return query_show(in);
  }
}

void order_workload::query_show(world& in) {
  auto& random = generator_.random();
  show_query question;
  question.order_id = generator_.some_order_id();
  const auto known = requests_.known_position();
  shown expected{{}, 0, 0};
  if (known > 0 && random.one_in(4))
    expected.at = question.at.position = random.between(1, known);
  else
    question.fresh = some_freshness(random, known);
  const bool is_fresh = question.at.is_now() && question.fresh.wanted != freshness::kind::stale_ok;
  const auto version = is_fresh ? requests_.known_version(question.order_id) : 0;
  in.ask<order_details>(question, [this, &in, expected, version, id = question.order_id](result<order_details> answer) mutable {
    if (!answer && answer.error().code == errc::not_found && version > 0)
      in.broken.add("a query sees what was acknowledged before it", id + " is not found");
    if (!answer)
      return on_query_error(in, answer.error());
    const auto& summary = answer->summary;
    in.trace.add(summary.version);
    if (summary.version < version)
      in.broken.add("a query sees what was acknowledged before it", id + " is shown with version "
                      + std::to_string(summary.version) + ", " + std::to_string(version) + " was acknowledged");
    durable_before_acknowledged(in, summary.position);
    expected.details = std::move(*answer);
    shown_.push_back(std::move(expected));
  });
}

void order_workload::query_history(world& in) {
  const auto id = generator_.some_order_id();
  const auto version = requests_.known_version(id);
  in.ask<std::vector<recorded_event>>(history_query{id}, [this, &in, id, version](result<std::vector<recorded_event>> answer) {
    if (!answer)
      return on_query_error(in, answer.error());
    if (answer->size() < version)
      in.broken.add("a query sees what was acknowledged before it", "the history of " + id + " is too short");
    for (const auto& each : *answer)
      seen_.add(each, in.broken);
    durable_before_acknowledged(in, answer->back().position);
  });
}

void order_workload::query_commits(world& in) {
  auto& random = generator_.random();
  commits_query question;
  question.from = random.between(1, requests_.known_position() + 3);
  question.max_events = static_cast<std::uint32_t>(random.between(1, 30));
  question.wait = std::chrono::milliseconds{random.one_in(2) ? 0 : random.below(3'000)};
  in.ask<commit_page>(question, [this, &in, from = question.from](result<commit_page> answer) {
    if (!answer)
      return on_query_error(in, answer.error());
    position_t next = 0;
    for (const auto& commit : answer->commits) {
      for (const auto& each : commit.events)
        seen_.add(each, in.broken);
      if ((next != 0 && commit.events.front().position != next) || (next == 0 && commit.events.front().position > from))
        in.broken.add("positions have no gaps, commits are whole", "a page of commits has a gap");
      next = commit.last_position() + 1;
    }
    if (next > 0)
      durable_before_acknowledged(in, next - 1);
  });
}

} // namespace daybook::simulation
