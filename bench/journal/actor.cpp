// Commits through the journal actor, without orders, bus and view: what group commit and messages cost.

#include <deque>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <spdlog/sinks/null_sink.h>

#include "daybook/actors/error.hpp"
#include "daybook/actors/journal.hpp"
#include "daybook/bench/journal/lifecycle.hpp"
#include "daybook/bench/journal/modes.hpp"
#include "daybook/bench/support.hpp"
#include "daybook/config/caf_config.hpp"

namespace daybook::bench {

namespace {

constexpr std::chrono::minutes patience{5};

node_core_ptr open_core(const node_settings& settings) {
  auto core = std::make_shared<node_core>();
  core->settings = settings;
  core->log = std::make_shared<spdlog::logger>("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
  auto books = file_journal::open(settings.data_dir, {}, system_now());
  require(books.ok(), "cannot open a journal");
  core->books = std::move(*books);
  return core;
}

/// Whose turn it is: each place in the window has a stream of its own, and a new one before its versions run out.
struct writers {
  struct writer {
    std::string stream;
    version_t version = 0;
  };
  std::vector<writer> all;
  std::uint64_t made = 0;
  std::uint64_t random = 1;

  commit next(std::size_t number, const commit& like) {
    auto& who = all[number % all.size()];
    if (who.stream.empty() || who.version > 1'000'000)
      who = {"order-" + cheap_uuid(made++, random), 0};
    auto made_now = like;
    made_now.stream = who.stream;
    made_now.expected_version = who.version;
    made_now.command_id = cheap_uuid(number, random);
    who.version += static_cast<version_t>(like.events.size());
    return made_now;
  }
};

struct append_figures {
  double seconds = 0;
  std::vector<double> latencies;
};

append_figures append_all(caf::scoped_actor& self, const journal_actor& journal, std::size_t commits, writers& who,
                          const commit& like) {
  const auto window = who.all.size();
  append_figures figures;
  const auto send = [&](std::size_t number) { return self->request(journal, patience, append_atom_v, who.next(number, like)); };
  struct sent {
    decltype(send(0)) answer;
    clock_type::time_point at;
  };
  std::deque<sent> under_way;
  const auto take_one = [&] {
    auto& oldest = under_way.front();
    oldest.answer.receive([](const appended&) {},
                          [](caf::error& cause) { require(false, "an append failed: " + from_caf(cause).message); });
    figures.latencies.push_back(seconds_since(oldest.at));
    under_way.pop_front();
  };
  const auto begun = clock_type::now();
  for (std::size_t number = 0; number < commits; ++number) {
    if (under_way.size() >= window)
      take_one();
    const auto at = clock_type::now();
    under_way.push_back({send(number), at});
  }
  while (!under_way.empty())
    take_one();
  figures.seconds = seconds_since(begun);
  return figures;
}

} // namespace

report run_actor(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto events = options.batch ? options.batch : 64;
  const auto window = options.window ? options.window : 64;
  const auto records = options.count ? options.count : 2'000'000;
  node_settings settings;
  settings.data_dir = dir.path();
  settings.scheduler_threads = options.threads;
  daybook_config config{settings};
  configure(config);
  caf::actor_system system{config};
  const auto core = open_core(settings);
  caf::scoped_actor self{system};
  append_figures figures;
  writers who;
  who.all.resize(window);
  const auto like = payment_commit("order-" + std::string(36, '0'), 0, events, options.record, std::string(36, '0'));
  {
    const auto journal = system.spawn<caf::detached>(journal_writer, core);
    append_all(self, journal, std::max<std::size_t>(records / 20 / events, 1), who, like);
    const auto before = core->books->last_position();
    figures = append_all(self, journal, std::max<std::size_t>(records / events, 1), who, like);
    require(core->books->last_position() - before == std::max<std::size_t>(records / events, 1) * events, "events are missing");
    self->request(journal, patience, close_atom_v).receive([](caf::ok_atom) {}, [](caf::error&) {});
    self->wait_for(journal);
  }
  const auto appended = static_cast<double>(std::max<std::size_t>(records / events, 1) * events);
  report all;
  all["name"] = "journal_actor";
  all["records"] = appended;
  all["record_bytes"] = options.record;
  all["events_in_commit"] = events;
  all["commits_under_way"] = window;
  all["seconds"] = figures.seconds;
  all["per_second"] = appended / figures.seconds;
  all["commit_p50_us"] = percentile(figures.latencies, 0.5) * 1e6;
  all["commit_p99_us"] = percentile(figures.latencies, 0.99) * 1e6;
  return all;
}

} // namespace daybook::bench
