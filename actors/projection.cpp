#include "daybook/actors/projection.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/send.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/wiring.hpp"

namespace daybook {

namespace {

/// How long to wait before a failed view is tried again.
constexpr std::chrono::milliseconds retry_pause{500};

/// After a failure, until the view is level again, a transaction takes this part of what it takes otherwise: when the device
/// is full, what fits is taken.
constexpr std::size_t careful_share = 8;

std::vector<const recorded_commit*> pointers_to(const std::vector<recorded_commit>& commits) {
  std::vector<const recorded_commit*> result;
  result.reserve(commits.size());
  for (const auto& each : commits)
    result.push_back(&each);
  return result;
}

} // namespace

result<std::unique_ptr<order_view_writer>> open_view(node_core& core) {
  if (auto prepared = core.view.prepare(); !prepared)
    return prepared.error();
  auto opened = order_view_writer::open(core.view.link());
  if (opened || opened.error().code != errc::view_failed)
    return opened;
  core.log->warn("view: cannot be used and is made anew: {}", opened.error().message);
  // Before there is a file that somebody could find: its answers would pass for fresh.
  core.view_position = 0;
  if (auto removed = core.view.remove_all(); !removed)
    return removed.error();
  if (auto prepared = core.view.prepare(); !prepared)
    return prepared.error();
  ++core.view_generation;
  return order_view_writer::open(core.view.link());
}

projection_state::projection_state(self_pointer self) : self_(self) {
  // nop
}

void projection_state::start(node_core_ptr core, bus_actor bus, std::unique_ptr<order_view_writer> view) {
  core_ = std::move(core);
  bus_ = std::move(bus);
  view_ = std::move(view);
  if (!core_->settings.projection) {
    core_->log->info("view: the projection is off, it stays at position {}", view_->position().position);
    // An empty one in the place of one that could not be used would give wrong answers: it is made again, once.
    if (view_->position().position == 0 && core_->view_generation > 0)
      schedule_catch_up();
    return;
  }
  caf::anon_send(bus_, follow_atom_v, listener_actor{self_});
  schedule_catch_up();
}

// -- following -----------------------------------------------------------------------------------------------------------

void projection_state::on_heard(const commit_batch& batch) {
  gathered_.push_back(batch);
  for (const auto& each : *batch)
    gathered_events_ += each.events.size();
  // `catch_up` stops where this begins.
  if (is_catching_up_)
    return;
  forget_overdue();
  if (gathered_events_ >= gathering_events())
    apply_gathered();
  else if (!waiters_.empty())
    flush_soon();
  else if (gathered_.size() == 1)
    self_->delayed_send(self_, projection_gathering_time, flush_atom_v);
}

/// Behind what waits in the mailbox by now.
void projection_state::flush_soon() {
  if (!std::exchange(flush_is_due_, true))
    self_->send(self_, flush_atom_v);
}

/// Applies what was heard, as far as it joins. A gap means that the bus left something out: that is read.
void projection_state::apply_gathered() {
  flush_is_due_ = false;
  if (is_catching_up_)
    return;
  const auto batches = std::exchange(gathered_, {});
  gathered_events_ = 0;
  auto next = view_->position().position + 1;
  bool has_gap = false;
  bool works = true;
  std::vector<const recorded_commit*> commits;
  std::size_t events = 0;
  for (const auto& batch : batches) {
    for (const auto& each : *batch) {
      const auto first = each.events.front().position;
      has_gap = has_gap || first > next;
      if (first != next)
        continue;
      commits.push_back(&each);
      events += each.events.size();
      next = each.last_position() + 1;
    }
    if (works && events >= transaction_events()) {
      works = apply(std::exchange(commits, {}));
      events = 0;
    }
  }
  // After a failure all of it is read again.
  if (works && !commits.empty())
    apply(commits);
  answer(batches.size());
  if (has_gap)
    schedule_catch_up();
}

/// Gives the bus its credit back.
void projection_state::answer(std::size_t batches) {
  for (std::size_t i = 0; i < batches; ++i)
    self_->send(bus_, heard_atom_v, listener_actor{self_});
}

void projection_state::on_latest(position_t latest) {
  if (view_->position().position < latest)
    schedule_catch_up();
}

void projection_state::schedule_catch_up() {
  if (!std::exchange(is_catching_up_, true))
    self_->send(self_, read_atom_v);
}

void projection_state::catch_up() {
  const auto next = view_->position().position + 1;
  const auto is_new = [&](const commit_batch& batch) { return batch->back().last_position() >= next; };
  const auto known = std::find_if(gathered_.begin(), gathered_.end(), is_new);
  answer(static_cast<std::size_t>(known - gathered_.begin()));
  gathered_.erase(gathered_.begin(), known);
  const bool joins = !gathered_.empty() && gathered_.front()->front().events.front().position <= next;
  if (joins || next > core_->books->last_position()) {
    is_catching_up_ = false;
    is_careful_ = false;
    return apply_gathered();
  }
  auto commits = core_->books->read_from(next, {transaction_events(), std::size_t{16} << 20});
  if (!commits)
    return retry_later(commits.error());
  if (apply(pointers_to(*commits)))
    self_->send(self_, read_atom_v);
}

std::size_t projection_state::transaction_events() const noexcept {
  const auto most = core_->settings.projection_batch_events;
  return is_careful_ ? std::max<std::size_t>(most / careful_share, 1) : most;
}

std::size_t projection_state::gathering_events() const noexcept {
  const auto room = core_->settings.reserve_bytes;
  const std::size_t fitting = room == 0 ? projection_gathering_events : room / projection_gathering_bytes;
  return std::clamp<std::size_t>(fitting, 1, transaction_events());
}

/// False when the view failed; then a later try has been arranged.
bool projection_state::apply(const std::vector<const recorded_commit*>& commits) {
  if (auto applied = view_->apply(commits); !applied) {
    retry_later(applied.error());
    return false;
  }
  if (std::exchange(has_failed_, false))
    core_->log->info("view: works again at position {}", view_->position().position);
  wake_up();
  return true;
}

void projection_state::retry_later(const error& cause) {
  if (!std::exchange(has_failed_, true))
    core_->log->error("view: stands still at position {}, commands go on: {}", view_->position().position, cause.message);
  if (cause.code == errc::disk_full && wires)
    self_->send(wires->journal, full_atom_v);
  is_catching_up_ = true;
  is_careful_ = true;
  self_->delayed_send(self_, retry_pause, read_atom_v);
}

// -- being waited for ----------------------------------------------------------------------------------------------------

caf::result<position_t> projection_state::reached(position_t wanted) {
  if (view_->position().position >= wanted)
    return view_->position().position;
  if (!core_->settings.projection)
    return to_caf({errc::view_behind, "the projection is off, and the view at position " +
                                        std::to_string(view_->position().position) + " of " + std::to_string(wanted) +
                                        "; ask with --stale-ok, rebuild the view, or start with projection = on"});
  forget_overdue();
  if (waiters_.size() >= projection_waiters_max)
    return to_caf({errc::overloaded, "too many queries are waiting for the view; try again later"});
  auto promise = self_->make_response_promise<position_t>();
  waiters_.push_back({wanted, self_->clock().now() + core_->settings.query_wait, promise});
  if (!gathered_.empty())
    flush_soon();
  return promise;
}

void projection_state::wake_up() {
  const auto reached = view_->position().position;
  core_->view_position = reached;
  core_->parked_orders = view_->parked();
  const auto is_ready = [=](waiter& each) {
    if (each.wanted <= reached)
      each.promise.deliver(reached);
    return each.wanted <= reached;
  };
  waiters_.erase(std::remove_if(waiters_.begin(), waiters_.end(), is_ready), waiters_.end());
}

/// Nobody listens any more to an answer for them.
void projection_state::forget_overdue() {
  const auto now = self_->clock().now();
  while (!waiters_.empty() && waiters_.front().until <= now)
    waiters_.pop_front();
}

// -- rebuilding ----------------------------------------------------------------------------------------------------------

caf::typed_response_promise<position_t> projection_state::rebuild() {
  auto promise = self_->make_response_promise<position_t>();
  // Who joins a rebuild that is under way wants what was written until now, too.
  rebuild_end_ = core_->books->last_position();
  rebuild_waiters_.push_back(promise);
  if (next_view_ == nullptr && rebuild_waiters_.size() == 1)
    begin_rebuild();
  return promise;
}

void projection_state::begin_rebuild() {
  auto file = core_->view.next_generation();
  if (!file)
    return fail_rebuild(file.error());
  next_file_ = *file;
  auto opened = order_view_writer::open(next_file_);
  if (!opened)
    return fail_rebuild(opened.error());
  next_view_ = std::move(*opened);
  self_->send(self_, adopt_atom_v);
}

/// A view that follows catches up with the old one, which stays level.
position_t projection_state::rebuild_goal() const noexcept {
  return core_->settings.projection ? view_->position().position : rebuild_end_;
}

/// One chunk; other messages come between two of them, so the old view stays level meanwhile.
void projection_state::go_on_rebuilding() {
  if (next_view_ == nullptr)
    return;
  const auto next = next_view_->position().position + 1;
  if (next > rebuild_goal())
    return swap_views();
  auto commits = core_->books->read_from(next, {core_->settings.projection_batch_events, std::size_t{16} << 20});
  if (!commits)
    return fail_rebuild(commits.error());
  if (auto applied = next_view_->apply(pointers_to(*commits)); !applied)
    return fail_rebuild(applied.error());
  self_->send(self_, adopt_atom_v);
}

void projection_state::swap_views() {
  if (auto adopted = core_->view.adopt(next_file_); !adopted)
    return fail_rebuild(adopted.error());
  view_ = std::move(next_view_);
  ++core_->view_generation;
  wake_up();
  core_->log->info("view: rebuilt up to position {}", view_->position().position);
  auto waiting = std::make_shared<std::size_t>(wires->queries.size() + 1);
  const auto finish = [this, waiting] {
    if (--*waiting > 0)
      return;
    if (auto removed = core_->view.remove_others(); !removed)
      core_->log->warn("view: {}", removed.error().message);
    // Somebody joined when the new view was in its place already.
    if (rebuild_goal() > view_->position().position)
      return begin_rebuild();
    for (auto& promise : std::exchange(rebuild_waiters_, {}))
      promise.deliver(view_->position().position);
  };
  for (const auto& query : wires->queries)
    self_->request(query, core_->settings.request_timeout, reopen_atom_v)
      .then([finish](caf::ok_atom) { finish(); }, [finish](caf::error&) { finish(); });
  finish();
}

void projection_state::fail_rebuild(const error& cause) {
  core_->log->error("view: the rebuild failed, the view stays as it is: {}", cause.message);
  next_view_.reset();
  // On a full device what was made of it would keep its room.
  if (auto removed = core_->view.remove_others(); !removed)
    core_->log->warn("view: {}", removed.error().message);
  for (auto& promise : std::exchange(rebuild_waiters_, {}))
    promise.deliver(to_caf(cause));
}

void projection_state::close() {
  apply_gathered();
  next_view_.reset();
  if (auto moved = view_->checkpoint_wal(); !moved)
    core_->log->warn("view: {}", moved.error().message);
}

projection_actor::behavior_type projection(projection_state::self_pointer self, node_core_ptr core, bus_actor bus,
                                           std::shared_ptr<std::unique_ptr<order_view_writer>> view) {
  self->state.start(std::move(core), std::move(bus), std::move(*view));
  return {
    [self](heard_atom, const commit_batch& batch) { self->state.on_heard(batch); },
    [self](latest_atom, position_t latest) { self->state.on_latest(latest); },
    [self](reached_atom, position_t wanted) { return self->state.reached(wanted); },
    [self](rebuild_atom) { return self->state.rebuild(); },
    [self](read_atom) { self->state.catch_up(); },
    [self](flush_atom) { self->state.apply_gathered(); },
    [self](adopt_atom) { self->state.go_on_rebuilding(); },
    [self](wire_atom, const wiring_ptr& wires) { self->state.wires = wires; },
    [self](close_atom) {
      self->state.close();
      self->quit();
      return caf::ok_atom_v;
    },
  };
}

} // namespace daybook
