#include "daybook/apps/load_driver.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <unistd.h>

#include <caf/others.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook::load {

namespace {

/// How often the view's position is asked for.
constexpr std::chrono::milliseconds sample_pause{100};
/// What falls due within this time of the last message goes together: a message for every command, and the waking of threads at
/// both ends, would cost more than the command (measured: docs/performance.md).
constexpr nanoseconds gathering_time = 500'000;
/// Prepared orders do not need the pace of the run.
constexpr std::size_t prepare_in_flight = 2'048;

nanoseconds now_ns() noexcept {
  return static_cast<nanoseconds>(
    std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

std::uint64_t resident_kib() {
  std::ifstream in{"/proc/self/statm"};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::uint64_t open_files() {
  std::error_code failed;
  const std::filesystem::directory_iterator files{"/proc/self/fd", failed};
  return failed ? 0 : static_cast<std::uint64_t>(std::distance(begin(files), end(files)));
}

/// Causes after which nothing will get better.
bool is_fatal(errc code) noexcept {
  switch (code) {
    case errc::unavailable:
    case errc::wrong_protocol:
    case errc::shutting_down:
    case errc::storage_failed:
    case errc::journal_damaged:
    case errc::unsupported_format:
    case errc::internal: return true;
    default: return false;
  }
}

} // namespace

// -- what all may look at ------------------------------------------------------------------------------------------------

void load_run::publish(const glance& now) {
  {
    const std::lock_guard<std::mutex> guard{mutex_};
    live_ = now;
  }
  if (now.at == stage::over)
    changed_.notify_all();
}

glance load_run::look() const {
  const std::lock_guard<std::mutex> guard{mutex_};
  return live_;
}

bool load_run::wait_until_over(std::chrono::milliseconds limit) const {
  std::unique_lock<std::mutex> guard{mutex_};
  return changed_.wait_for(guard, limit, [this] { return live_.at == stage::over; });
}

// -- stages --------------------------------------------------------------------------------------------------------------

driver_state::driver_state(self_pointer self) : self_(self) {
  // nop
}

void driver_state::start(gateway_actor gateway, load_run_ptr run) {
  gateway_ = std::move(gateway);
  run_ = std::move(run);
  const auto now = now_ns();
  run_->work.begin(phase::prepared);
  enter(stage::preparing, now);
  pump();
  sample();
}

void driver_state::enter(stage next, nanoseconds now) {
  stage_ = next;
  stage_begun_ = now;
  is_finished_ = false;
  if (next == stage::warming_up || next == stage::measuring) {
    run_->work.begin(next == stage::warming_up ? phase::warm_up : phase::measured);
    given_ = 0;
    if (run_->speed.rate)
      plan_ = schedule::even(*run_->speed.rate, now);
    else if (!run_->speed.times.empty())
      plan_ = schedule::along(run_->speed.times, now);
  }
  if (next == stage::measuring) {
    run_->figures.begun = now;
    rolled_ = now;
  }
  if (next == stage::over)
    self_->quit();
  publish(now);
}

/// Goes to the next stage when this one is done.
void driver_state::advance(nanoseconds now) {
  const auto& speed = run_->speed;
  const bool is_idle = in_flight_ == 0;
  if (is_closing_ && stage_ < stage::draining) {
    run_->figures.begun = stage_ == stage::measuring ? run_->figures.begun : now;
    run_->figures.ended = now;
    enter(stage::draining, now);
  }
  if (stage_ == stage::preparing && is_finished_ && is_idle)
    enter(speed.warm_up > 0 ? stage::warming_up : stage::measuring, now);
  if (stage_ == stage::warming_up && (now - stage_begun_ >= speed.warm_up || (is_finished_ && is_idle)))
    enter(stage::measuring, now);
  if (stage_ == stage::measuring) {
    const bool is_late = speed.duration > 0 && now - stage_begun_ >= speed.duration;
    if (is_late || (is_finished_ && is_idle)) {
      run_->figures.ended = is_late ? stage_begun_ + speed.duration : now;
      enter(stage::draining, now);
    }
  }
  if (stage_ == stage::draining && is_idle) {
    if (rolled_ > 0 && (run_->figures.interval.count() > 0 || run_->figures.interval_failed > 0))
      roll(now);
    enter(stage::over, now);
  }
}

nanoseconds driver_state::next_due(nanoseconds now) const noexcept {
  if (is_finished_ || stage_ >= stage::draining)
    return schedule::never;
  return is_paced() ? plan_->due(given_) : now;
}

/// Sends what is due, as long as there is room for it, and sees to it that it is called again in time.
void driver_state::pump() {
  auto now = now_ns();
  advance(now);
  const auto before = stage_;
  fill(now);
  // Nothing under way and nothing to send: a stage may be over, and the next one begins at once.
  advance(now);
  if (stage_ != before && stage_ < stage::draining)
    fill(now);
  if (stage_ < stage::draining)
    wake_at(is_gathering(now) ? std::max(next_due(now), gathers_until_) : next_due(now), now);
}

void driver_state::fill(nanoseconds now) {
  if (is_gathering(now))
    return;
  // Nobody could have sent what would have been due while every life waited for a receipt.
  if (std::exchange(is_starved_, false) && is_paced())
    given_ = plan_->skip(given_, now);
  const auto most = stage_ == stage::preparing ? prepare_in_flight : run_->speed.in_flight;
  while (in_flight_ < most) {
    const auto due = next_due(now);
    if (due == schedule::never && is_paced())
      is_finished_ = true;
    if (due > now || !add_next(due))
      break;
    if (pack_.size() >= run_->speed.pack)
      send_pack();
  }
  if (!pack_.empty())
    gathers_until_ = now + gathering_time;
  send_pack();
}

/// Puts the next thing on its way; false when there is none.
bool driver_state::add_next(nanoseconds due) {
  asked text;
  pack_.emplace_back();
  entry next;
  next.due = due;
  const auto what = run_->work.next(pack_.back(), text, next.what);
  if (what != offer::command)
    pack_.pop_back();
  if (what == offer::wait) {
    is_starved_ = true;
    return false;
  }
  if (what == offer::finished) {
    is_finished_ = true;
    return false;
  }
  ++given_;
  ++in_flight_;
  if (what == offer::question) {
    ask(text, next);
    return true;
  }
  pack_entries_.push_back(next);
  return true;
}

void driver_state::wake_at(nanoseconds due, nanoseconds now) {
  if (is_waking || due == schedule::never || due <= now)
    return;
  is_waking = true;
  const auto pause = due - now;
  self_->delayed_send(self_, std::chrono::nanoseconds{pause}, caf::tick_atom_v);
}

void driver_state::close() {
  is_closing_ = true;
  pump();
}

// -- sending -------------------------------------------------------------------------------------------------------------

std::size_t driver_state::take_flight() {
  if (free_flights_.empty()) {
    flights_.emplace_back();
    return flights_.size() - 1;
  }
  const auto index = free_flights_.back();
  free_flights_.pop_back();
  return index;
}

void driver_state::send_pack() {
  if (pack_.empty())
    return;
  if (stage_ == stage::measuring)
    ++run_->figures.messages;
  const auto index = take_flight();
  flights_[index].swap(pack_entries_);
  pack_entries_.clear();
  const auto sent_at = system_now();
  for (auto& each : pack_)
    each.sent_at = sent_at;
  const auto on_error = [this, index](caf::error& cause) { lost(index, cause); };
  if (run_->speed.pack == 1) {
    self_->request(gateway_, run_->speed.timeout, std::move(pack_.front()))
      .then(
        [this, index](receipt& answer) {
          landed(index, {outcome{true, std::move(answer), {}, {}}});
        },
        on_error);
    pack_.clear();
    return;
  }
  auto pack = std::exchange(pack_, {});
  pack_.reserve(run_->speed.pack);
  self_->request(gateway_, run_->speed.timeout, std::move(pack))
    .then([this, index](const std::vector<outcome>& outcomes) { landed(index, outcomes); }, on_error);
}

template <class Answer, class Query>
void driver_state::ask_for(Query query, const entry& what) {
  self_->request(gateway_, run_->speed.timeout, std::move(query))
    .then(
      [this, what](const Answer&) {
        on_answer(what, true, now_ns());
        pump();
      },
      [this, what](caf::error& cause) {
        const auto why = from_caf(cause);
        const auto now = now_ns();
        if (why.code == errc::not_found)
          on_answer(what, false, now);
        else
          on_failure(what, why, now);
        pump();
      });
}

void driver_state::ask(const asked& text, const entry& what) {
  switch (text.what) {
    case question::show: return ask_for<order_details>(show_query{text.about, {}, {}}, what);
    case question::list: {
      list_query query;
      query.filter.customer = text.about;
      return ask_for<std::vector<order_summary>>(std::move(query), what);
    }
    case question::summary: return ask_for<summary_report>(summary_query{}, what);
    case question::sales: return ask_for<std::vector<sales_row>>(sales_query{sales_key::country, 0, {}}, what);
  }
}

// -- answers -------------------------------------------------------------------------------------------------------------

void driver_state::landed(std::size_t index, const std::vector<outcome>& outcomes) {
  const auto now = now_ns();
  auto entries = std::exchange(flights_[index], {});
  const outcome none{false, {}, errc::internal, "the answer has fewer outcomes than there were commands"};
  for (std::size_t i = 0; i < entries.size(); ++i)
    on_outcome(entries[i], i < outcomes.size() ? outcomes[i] : none, now);
  entries.clear();
  flights_[index] = std::move(entries);
  free_flights_.push_back(index);
  lag_.note(now, run_->last_position);
  pump();
}

void driver_state::lost(std::size_t index, const caf::error& cause) {
  const auto now = now_ns();
  const auto why = from_caf(cause);
  for (const auto& each : std::exchange(flights_[index], {}))
    on_failure(each, why, now);
  free_flights_.push_back(index);
  pump();
}

bool driver_state::counts(const entry& each) const noexcept {
  return stage_ >= stage::measuring && each.due >= run_->figures.begun;
}

bool driver_state::is_in_time(nanoseconds now) const noexcept {
  return stage_ == stage::measuring && (run_->speed.duration == 0 || now - stage_begun_ <= run_->speed.duration);
}

void driver_state::on_outcome(const entry& each, const outcome& text, nanoseconds now) {
  if (!text.answered)
    return on_failure(each, {text.code, text.message}, now);
  --in_flight_;
  run_->last_position = std::max(run_->last_position, text.answer.position);
  keep(each, text.answer.refused ? saying::refused : saying::carried_out, &text.answer);
  run_->work.ended(each.what, text.answer.refused ? ending::refused : ending::carried_out);
  if (!counts(each))
    return;
  auto& figures = run_->figures;
  figures.answered(each.what.what, now - each.due);
  if (is_in_time(now))
    ++figures.in_time;
  if (text.answer.refused)
    ++figures.refused;
  else
    ++(text.answer.reasons.empty() ? figures.carried_out : figures.rejected);
}

void driver_state::on_failure(const entry& each, const error& cause, nanoseconds) {
  --in_flight_;
  const bool is_kept_out = cause.code == errc::unreadable_request || cause.code == errc::illegal_id ||
                           (cause.code == errc::overloaded && !run_->speed.is_remote);
  if (!is_question(each.what.what))
    keep(each, is_kept_out ? saying::not_stored : saying::unknown, nullptr);
  run_->work.ended(each.what, ending::failed);
  if (counts(each))
    run_->figures.failed(each.what.what, cause.code);
  if (is_fatal(cause.code) || stage_ == stage::preparing) {
    if (!run_->fatal)
      run_->fatal = cause;
    is_closing_ = true;
  }
}

void driver_state::on_answer(const entry& each, bool is_found, nanoseconds now) {
  --in_flight_;
  if (!counts(each))
    return;
  run_->figures.answered(each.what.what, now - each.due);
  if (is_in_time(now))
    ++run_->figures.in_time;
  ++(is_found ? run_->figures.carried_out : run_->figures.refused);
}

void driver_state::keep(const entry& each, saying said, const receipt* answer) {
  kept_receipt kept;
  kept.command_hash = each.what.command_hash;
  kept.order = each.what.order;
  kept.said = static_cast<std::uint32_t>(said);
  kept.is_submit = each.what.what == operation_of(step::submit) ? 1 : 0;
  if (answer != nullptr) {
    kept.position = answer->position;
    kept.version = answer->version & 0xffffff;
    kept.status = static_cast<std::uint32_t>(order_status_from(answer->status).value_or(order_status::unknown)) & 15;
  }
  run_->receipts->add(kept);
}

// -- the view, and what is shown -----------------------------------------------------------------------------------------

void driver_state::sample() {
  if (stage_ == stage::over)
    return;
  self_->delayed_send(self_, sample_pause, sweep_atom_v);
  const auto begun = now_ns();
  if (stage_ == stage::measuring && begun - rolled_ >= run_->speed.interval)
    roll(begun);
  advance(begun);
  if (stage_ == stage::over)
    return;
  publish(begun);
  self_->request(gateway_, run_->speed.timeout, status_query{})
    .then(
      [this](const node_status& text) {
        const auto now = now_ns();
        const auto lag = lag_.sample(now, text.journal_position, text.view_position);
        if (stage_ == stage::measuring)
          run_->figures.lag_seen(lag, text.journal_position - std::min(text.journal_position, text.view_position));
      },
      [](caf::error&) {
        // The commands say what is wrong.
      });
}

void driver_state::roll(nanoseconds now) {
  auto& figures = run_->figures;
  const bool is_rest = now - rolled_ < run_->speed.interval / 2;
  figures.roll(rolled_ - figures.begun, now - figures.begun, resident_kib(), open_files(), is_rest);
  rolled_ = now;
}

void driver_state::publish(nanoseconds now) {
  const auto& figures = run_->figures;
  glance text;
  text.at = stage_;
  text.elapsed = figures.begun > 0 ? now - figures.begun : 0;
  text.done = figures.carried_out + figures.rejected + figures.refused;
  text.failed = figures.failures_total;
  if (!figures.series.points().empty())
    text.last = figures.series.points().back();
  run_->publish(text);
}

caf::behavior load_driver(caf::stateful_actor<driver_state>* self, gateway_actor gateway, load_run_ptr run) {
  self->set_default_handler(caf::drop);
  self->state.start(std::move(gateway), std::move(run));
  return {
    [self](caf::tick_atom) {
      self->state.is_waking = false;
      self->state.pump();
    },
    [self](sweep_atom) { self->state.sample(); },
    [self](close_atom) { self->state.close(); },
  };
}

} // namespace daybook::load
