#include "daybook/actors/journal.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "daybook/actors/error.hpp"
#include "daybook/actors/wiring.hpp"

namespace daybook {

namespace {

/// A batch is written at the latest when it has this many commits, so that nobody waits behind an endless stream.
constexpr std::size_t batch_commits_max = 4096;

/// How often is looked, while commits gather, whether all are there. A thread that wakes up takes 10 µs (docs/performance.md).
constexpr std::chrono::nanoseconds gathering_step = std::chrono::microseconds{250};

} // namespace

journal_state::journal_state(self_pointer self) : self_(self) {
  // nop
}

void journal_state::start(node_core_ptr core) {
  core_ = std::move(core);
}

caf::typed_response_promise<appended> journal_state::append(commit&& request) {
  auto promise = self_->make_response_promise<appended>();
  batch_.push_back(std::move(request));
  promises_.push_back(promise);
  if (batch_.size() >= batch_commits_max)
    flush();
  else if (!std::exchange(flush_is_due_, true))
    self_->send(self_, flush_atom_v);
  return promise;
}

void journal_state::on_flush() {
  const auto left = left_to_gather();
  if (left <= left.zero()) {
    flush_is_due_ = false;
    return flush();
  }
  core_->world.pause(std::min(left, gathering_step));
  // Behind what came meanwhile.
  self_->send(self_, flush_atom_v);
}

/// Nothing when as many are here as commands are under way in the node: then nobody is left to wait for. Commands that commit
/// nothing, refusals for one, are never here: beside them it is the time that ends the waiting.
std::chrono::nanoseconds journal_state::left_to_gather() const {
  const bool is_lonely = last_batch_ < gathering_commits_min || batch_.size() >= core_->commands_in_flight;
  if (batch_.empty() || is_lonely || !core_->world.has_threads)
    return {};
  return core_->settings.commit_gathering_time - (steady_clock::now() - begun_);
}

void journal_state::flush() {
  if (batch_.empty())
    return;
  begun_ = steady_clock::now();
  last_batch_ = batch_.size();
  try {
    auto outcomes = core_->books->append(std::exchange(batch_, {}), core_->world.now());
    answer(outcomes);
  } catch (const std::bad_alloc&) {
    fail_all();
  }
  promises_.clear();
}

/// Memory ran out. Whoever was answered already keeps the answer.
void journal_state::fail_all() {
  error cause{errc::overloaded, "memory ran out; nothing was stored, send it again later"};
  if (core_->books->has_failed())
    cause = {errc::storage_failed, "memory ran out while a write failed, so nothing more is written; start again"};
  core_->log->error("journal: {}", cause.message);
  for (auto& each : promises_)
    if (each.pending())
      each.deliver(to_caf(cause));
}

void journal_state::answer(std::vector<result<recorded_commit>>& outcomes) {
  auto durable = std::make_shared<std::vector<recorded_commit>>();
  durable->reserve(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto& each = outcomes[i];
    if (each) {
      const auto& events = each->events;
      promises_[i].deliver(appended{events.front().position, events.back().position, events.back().recorded_at});
      durable->push_back(std::move(*each));
      continue;
    }
    if (each.error().code == errc::storage_failed && failure.empty()) {
      failure = each.error().message;
      core_->log->critical("journal: writing has ended: {}", failure);
    }
    promises_[i].deliver(to_caf(each.error()));
  }
  if (!durable->empty() && wires)
    self_->send(wires->bus, heard_atom_v, commit_batch{std::move(durable)});
}

void journal_state::give_up_reserve() {
  if (core_->books->give_up_reserve())
    core_->log->warn("journal: the view has no room left; the reserve is given up, nothing is written before there is more");
}

void journal_state::close() {
  flush();
  if (auto closed = core_->books->close(); !closed)
    core_->log->error("journal: closing failed: {}", closed.error().message);
}

journal_actor::behavior_type journal_writer(journal_state::self_pointer self, node_core_ptr core) {
  self->state.start(std::move(core));
  return {
    [self](append_atom, commit& request) { return self->state.append(std::move(request)); },
    [self](flush_atom) { self->state.on_flush(); },
    [self](wire_atom, const wiring_ptr& wires) { self->state.wires = wires; },
    [self](failed_atom) { return self->state.failure; },
    [self](full_atom) { self->state.give_up_reserve(); },
    [self](close_atom) {
      self->state.close();
      self->quit();
      return caf::ok_atom_v;
    },
  };
}

history_actor::behavior_type history_reader(history_actor::pointer, node_core_ptr core) {
  return {
    [core](read_atom, const std::string& stream) -> caf::result<commit_batch> {
      auto events = core->books->read_stream(stream);
      if (!events)
        return to_caf(events.error());
      auto history = std::make_shared<std::vector<recorded_commit>>();
      for (auto& event : *events)
        history->push_back({{std::move(event)}, {}});
      return commit_batch{std::move(history)};
    },
  };
}

} // namespace daybook
