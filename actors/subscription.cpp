#include "daybook/actors/subscription.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "daybook/actors/error.hpp"

namespace daybook {

namespace {

/// How often the journal is looked at when there is no bus to tell of news.
constexpr std::chrono::milliseconds poll_pause{100};

} // namespace

subscription_state::subscription_state(self_pointer self) : self_(self) {
  // nop
}

void subscription_state::start(node_core_ptr core, bus_actor bus, consumer_actor consumer, position_t from) {
  core_ = std::move(core);
  bus_ = std::move(bus);
  consumer_ = std::move(consumer);
  next_ = std::max<position_t>(from, 1);
  self_->monitor(consumer_);
  self_->monitor(bus_);
  caf::anon_send(bus_, follow_atom_v, listener_actor{self_});
  on_news();
}

void subscription_state::on_news() {
  if (!std::exchange(is_busy_, true))
    self_->send(self_, read_atom_v);
}

void subscription_state::on_down(const caf::down_msg& down) {
  if (down.source == bus_.address()) {
    bus_is_gone_ = true;
    on_news();
  } else {
    self_->quit();
  }
}

void subscription_state::heard() {
  self_->send(bus_, heard_atom_v, listener_actor{self_});
  on_news();
}

void subscription_state::next() {
  if (delivered_ == page_.size()) {
    auto page = core_->books->read_from(next_);
    if (!page) {
      core_->log->error("subscription: ends at position {}: {}", next_, page.error().message);
      self_->quit(to_caf(page.error()));
      return;
    }
    page_ = std::move(*page);
    delivered_ = 0;
  }
  if (page_.empty()) {
    is_busy_ = false;
    // Something may have become durable between the reading and this line.
    if (core_->books->last_position() >= next_)
      on_news();
    else if (bus_is_gone_)
      self_->delayed_send(self_, poll_pause, latest_atom_v, next_);
    return;
  }
  deliver();
}

void subscription_state::deliver() {
  auto& commit = page_[delivered_++];
  next_ = commit.last_position() + 1;
  self_->request(consumer_, core_->settings.request_timeout, std::move(commit))
    .then([this](caf::ok_atom) { self_->send(self_, read_atom_v); },
          [this](caf::error& cause) {
            core_->log->warn("subscription: its consumer failed: {}", from_caf(cause).message);
            self_->quit(std::move(cause));
          });
}

subscription_actor::behavior_type subscription(subscription_state::self_pointer self, node_core_ptr core, bus_actor bus,
                                               consumer_actor consumer, position_t from) {
  self->set_down_handler([self](const caf::down_msg& down) { self->state.on_down(down); });
  self->state.start(std::move(core), std::move(bus), std::move(consumer), from);
  return {
    [self](heard_atom, const commit_batch&) { self->state.heard(); },
    [self](latest_atom, position_t) { self->state.on_news(); },
    [self](read_atom) { self->state.next(); },
  };
}

} // namespace daybook
