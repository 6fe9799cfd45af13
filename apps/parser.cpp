#include "daybook/apps/parser.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "daybook/actors/version.hpp"
#include "daybook/apps/import_commands.hpp"
#include "daybook/apps/journal_tools.hpp"
#include "daybook/apps/order_commands.hpp"
#include "daybook/apps/query_commands.hpp"
#include "daybook/apps/view_commands.hpp"
#include "daybook/config/setting_values.hpp"
#include "daybook/domain/ids.hpp"

namespace daybook {

namespace {

/// Where options are read into. It lives as long as the invocation's `run`, which looks at it.
struct values {
  std::string data;
  std::string connect;
  std::string config;
  std::string timeout;
  bool json = false;
  std::string order_id;
  std::string file;
  std::string at;
  std::string amount;
  std::string currency;
  std::string reference;
  std::string carrier;
  std::string tracking;
  std::string reason;
  std::vector<std::string> returned;
  command_ids ids;
  query_options query;
  order_filter filter;
  std::string by;
  std::optional<std::uint32_t> limit;
  events_options events;
  demo_options demo;
  journal_words journal;
};

using values_ptr = std::shared_ptr<values>;
using runner = std::function<exit_code(context)>;

/// A variable that a script forgot to set must not be taken for an option that was not given.
const CLI::Validator not_empty{[](const std::string& text) { return std::string{text.empty() ? "must not be empty" : ""}; },
                               std::string{}, "not empty"};

/// Builds the commands into a CLI11 parser. Each leaf sets `chosen`.
class grammar {
public:
  grammar(CLI::App& app, values_ptr into, runner& chosen) : app_(app), v_(std::move(into)), chosen_(chosen) {
    // nop
  }

  void build() {
    add_globals();
    add_orders();
    add_reports();
    add_imports();
    add_journal();
    add_views();
  }

private:
  using app_ptr = CLI::App*;

  app_ptr leaf(app_ptr in, const std::string& name, const std::string& sentence, runner run) {
    auto* made = in->add_subcommand(name, sentence);
    made->fallthrough();
    // The grammar is gone when the words are parsed.
    made->callback([&chosen = chosen_, run = std::move(run)] { chosen = run; });
    return made;
  }

  app_ptr group(const std::string& name, const std::string& sentence) {
    auto* made = app_.add_subcommand(name, sentence);
    made->require_subcommand(1);
    made->fallthrough();
    return made;
  }

  void add_globals() {
    app_.add_option("--data", v_->data, "data directory, opened in this process (default: daybook-data)")->check(not_empty);
    app_.add_option("--connect", v_->connect, "HOST:PORT of a daybookd to talk to instead")->check(not_empty);
    app_.add_option("--config", v_->config, "file with settings; the command line wins")->check(not_empty);
    app_.add_option("--timeout", v_->timeout, "how long a request may take, finding the server included (default: 30s)")
      ->check(not_empty);
    app_.add_flag("--json", v_->json, "print JSON");
  }

  void add_id(app_ptr to) {
    to->add_option("ID", v_->order_id, "order id")->required()->check(not_empty);
  }

  void add_command_ids(app_ptr to) {
    to->add_option("--command-id", v_->ids.command_id, "UUID of the command: the same again changes nothing")
      ->check(not_empty);
    to->add_option("--correlation-id", v_->ids.correlation_id, "id of what this belongs to");
  }

  void add_freshness(app_ptr to) {
    auto* at_least = to->add_option("--at-least", v_->query.at_least, "wait until the view has this position");
    auto* stale = to->add_flag("--stale-ok", v_->query.stale_ok, "do not wait for the view");
    auto* view = to->add_option("--view", v_->query.view_file, "ask a view that was built, no node")->check(not_empty);
    stale->excludes(at_least);
    view->excludes(at_least);
    view->excludes(stale);
  }

  app_ptr action(app_ptr in, const std::string& name, const std::string& sentence, std::function<order_action()> make) {
    auto* made = leaf(in, name, sentence, [v = v_, make = std::move(make)](context with) {
      return run_action(with, v->order_id, make(), v->ids);
    });
    add_id(made);
    add_command_ids(made);
    return made;
  }

  void add_orders() {
    auto* order = group("order", "one order: submit, pay, ship, deliver, undeliverable, cancel, return, refund, show, history");
    auto* submit = leaf(order, "submit", "submit order requests (JSON: one, an array, or JSON Lines)",
                        [v = v_](context with) { return submit_orders(with, v->file, v->ids); });
    submit->add_option("FILE", v_->file, "file, or - for standard input")->required();
    add_command_ids(submit);
    add_money(order);
    add_delivery(order);
    add_return(order);
    auto* show = leaf(order, "show", "show an order, now or as it was",
                      [v = v_](context with) { return show_order(with, v->order_id, v->at, v->query); });
    add_id(show);
    show->add_option("--at", v_->at, "POSITION or TIME: as it was then")->check(not_empty);
    add_freshness(show);
    add_id(leaf(order, "history", "every event of an order",
                [v = v_](context with) { return show_history(with, v->order_id); }));
  }

  void add_money(app_ptr order) {
    const auto amount = [this](app_ptr to) {
      to->add_option("AMOUNT", v_->amount, "decimal text, e.g. 22.08")->required();
      to->add_option("--currency", v_->currency, "ISO 4217 code (default: the order's)");
      to->add_option("--reference", v_->reference, "the payment's own reference");
    };
    amount(action(order, "pay", "record a payment",
                  [v = v_] { return order_action{record_payment{v->amount, v->currency, v->reference}}; }));
    amount(action(order, "refund", "record a refund",
                  [v = v_] { return order_action{record_refund{v->amount, v->currency, v->reference}}; }));
  }

  void add_delivery(app_ptr order) {
    auto* ship = action(order, "ship", "record that a paid order was shipped",
                        [v = v_] { return order_action{ship_order{v->carrier, v->tracking}}; });
    ship->add_option("--carrier", v_->carrier, "who carries it");
    ship->add_option("--tracking", v_->tracking, "the carrier's number");
    action(order, "deliver", "record that a shipped order was delivered", [] { return order_action{deliver_order{}}; });
    action(order, "undeliverable", "record that a shipped order could not be delivered",
           [v = v_] { return order_action{mark_undeliverable{v->reason}}; })
      ->add_option("--reason", v_->reason, "why");
    action(order, "cancel", "cancel an order that was not shipped",
           [v = v_] { return order_action{cancel_order{v->reason}}; })
      ->add_option("--reason", v_->reason, "why");
  }

  void add_return(app_ptr order) {
    auto* back = leaf(order, "return", "record that pieces came back", [v = v_](context with) {
      auto lines = parse_returned_lines(v->returned);
      if (!lines)
        return report(with.to, lines.error());
      return run_action(with, v->order_id, return_items{std::move(*lines), v->reason}, v->ids);
    });
    add_id(back);
    back->add_option("LINE:QUANTITY", v_->returned, "pieces of a line; lines count from 1")->required();
    back->add_option("--reason", v_->reason, "why");
    add_command_ids(back);
  }

  void add_reports() {
    auto* orders = leaf(&app_, "orders", "list orders, newest submission first",
                        [v = v_](context with) {
                          v->filter.limit = v->limit.value_or(v->filter.limit);
                          return list_orders(with, v->filter, v->query);
                        });
    orders->add_option("--status", v_->filter.status, "only these");
    orders->add_option("--customer", v_->filter.customer, "only these");
    orders->add_option("--country", v_->filter.country, "only these");
    orders->add_option("--from", v_->filter.from, "ordered at or after this local time or day");
    orders->add_option("--to", v_->filter.to, "ordered before this local time or day");
    orders->add_option("--limit", v_->limit, "how many (default: 50)")->check(CLI::Range(1u, 10'000u));
    orders->add_option("--after", v_->filter.after, "go on behind this order id")->check(not_empty);
    add_freshness(orders);
    auto* reports = group("report", "summary, sales");
    add_freshness(leaf(reports, "summary", "counts and totals of all orders",
                       [v = v_](context with) { return report_summary(with, v->query); }));
    auto* sales = leaf(reports, "sales", "sales of validated orders", [v = v_](context with) {
      const auto key = v->by == "country" ? sales_key::country
                       : v->by == "day"   ? sales_key::day
                       : v->by == "customer" ? sales_key::customer
                                             : sales_key::product;
      const bool is_ranking = key == sales_key::customer || key == sales_key::product;
      return report_sales(with, key, v->limit.value_or(is_ranking ? 20 : 0), v->query);
    });
    sales->add_option("--by", v_->by, "country, day, customer or product")
      ->required()
      ->check(CLI::IsMember({"country", "day", "customer", "product"}));
    sales->add_option("--limit", v_->limit, "how many rows (default: 20 for customer and product, else all)")
      ->check(CLI::Range(1u, 1'000'000u));
    add_freshness(sales);
    leaf(&app_, "status", "the node's state of health", show_status);
  }

  void add_imports() {
    auto* import = group("import", "online-retail, orders");
    leaf(import, "online-retail", "import an Online Retail CSV file (.csv or .csv.gz)",
         [v = v_](context with) { return import_online_retail(with, v->file); })
      ->add_option("FILE", v_->file, "file, or - for standard input")
      ->required();
    leaf(import, "orders", "import order requests as JSON Lines (.jsonl or .jsonl.gz)",
         [v = v_](context with) { return import_orders(with, v->file); })
      ->add_option("FILE", v_->file, "file, or - for standard input")
      ->required();
    auto* demo = leaf(&app_, "demo", "generated orders through their whole life, to look around in",
                      [v = v_](context with) { return run_demo(with, v->demo); });
    demo->add_option("--orders", v_->demo.orders, "how many (default: 1000)")->check(CLI::Range(1u, 10'000'000u));
    demo->add_option("--seed", v_->demo.seed, "the same seed makes the same orders (default: 1)");
  }

  void add_journal() {
    auto* events = leaf(&app_, "events", "print events as they were recorded",
                        [v = v_](context with) { return show_events(with, v->events); });
    events->add_option("--from", v_->events.from, "first position (default: 1)")->check(CLI::Range(1ul, ~0ul));
    events->add_option("--order", v_->events.order_id, "only of this order")->check(not_empty);
    events->add_flag("--follow", v_->events.follow, "go on with new ones until Ctrl-C");
    auto* journal = group("journal", "verify, stat, cat, export, import, backup, restore, repair");
    const auto make = [&](const std::string& name, const std::string& sentence, runner run) {
      return leaf(journal, name, sentence, std::move(run));
    };
    add_journal_commands(make, {v_, &v_->journal});
  }

  void add_views() {
    auto* view = group("view", "status, rebuild, build");
    leaf(view, "status", "how far the view is, and what it could not apply", show_view_status);
    leaf(view, "rebuild", "make the view anew from the journal", rebuild_view);
    auto* build = leaf(view, "build", "make the view as it was, in a file of its own",
                       [v = v_](context with) { return build_view(with, v->at, v->file); });
    build->add_option("FILE", v_->file, "SQLite file to make")->required();
    build->add_option("--at", v_->at, "POSITION or TIME: as it was then (default: now)")->check(not_empty);
  }

  CLI::App& app_;
  values_ptr v_;
  runner& chosen_;
};

void prepare(CLI::App& app) {
  app.name("daybook");
  app.description("Event-sourced orders: every request is written down first, then judged.\n"
                  "Without a command: the interactive console.");
  app.set_version_flag("--version", "daybook " + std::string{version_text});
  app.set_help_all_flag("--help-all", "help of all commands");
  app.fallthrough();
  app.require_subcommand(0, 1);
}

/// Settings in the order of their say: defaults, file, command line.
result<session_settings> settings_of(const values& v) {
  session_settings settings;
  // A console's own log goes where the user does not look; what matters to them is printed.
  settings.node.log_level = "critical";
  if (!v.config.empty())
    if (auto taken = read_settings_file(settings.node, v.config); !taken)
      return error{errc::invalid_argument, taken.error().message};
  if (!v.data.empty())
    settings.node.data_dir = v.data;
  if (!v.connect.empty() && !v.data.empty())
    return error{errc::invalid_argument, "--data opens a directory in this process, --connect talks to a server: give one"};
  settings.connect = v.connect;
  if (!v.timeout.empty()) {
    auto timeout = read_duration(v.timeout);
    if (!timeout || timeout->count() <= 0)
      return error{errc::invalid_argument, "--timeout is '" + v.timeout + "'; write a duration like 500ms, 5s or 2min"};
    settings.timeout = *timeout;
  }
  return settings;
}

/// 8-4-4-4-12 hexadecimal digits.
bool is_uuid(const std::string& text) {
  static constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const auto fits = [](char c, char wanted) {
    return wanted == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
  };
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), fits);
}

/// Ids are judged before anything is asked: an illegal one can name nothing.
result<done> check_ids(values& v) {
  if (!v.ids.command_id.empty() && !is_uuid(v.ids.command_id))
    return error{errc::illegal_id, "--command-id is '" + v.ids.command_id + "'; it must be a UUID, e.g. "
                                     "0193a5b0-7c1e-7d2a-9f00-3c5d8e6f7a81"};
  // A UUID is the same in capitals (RFC 9562), and a retry that was typed in capitals must not become a second command.
  for (auto& each : v.ids.command_id)
    each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  for (const auto* id : {&v.order_id, &v.ids.command_id, &v.ids.correlation_id, &v.events.order_id, &v.journal.order_id,
                         &v.filter.after})
    if (!id->empty() && !is_legal_id(*id))
      return error{errc::illegal_id, "'" + *id + "' cannot be an id: 1 to 64 characters of A-Z a-z 0-9 . _ : -"};
  return done{};
}

/// An option of `in` or of a command below it; null where there is none.
const CLI::Option* find_option(const CLI::App& in, const std::string& name) {
  if (const auto* found = in.get_option_no_throw(name))
    return found;
  for (const auto* each : in.get_subcommands([](const CLI::App*) { return true; }))
    if (const auto* found = find_option(*each, name))
      return found;
  return nullptr;
}

/// Options may come before the command that they belong to: moves them behind it, where the parser looks for them.
std::vector<std::string> with_options_behind(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> ordered;
  std::vector<std::string> behind;
  const CLI::App* at = &app;
  std::size_t i = 0;
  for (; i < words.size() && !at->get_subcommands([](const CLI::App*) { return true; }).empty(); ++i) {
    const auto& word = words[i];
    if (word.compare(0, 2, "--") != 0 || word.size() == 2) {
      const auto inner = at->get_subcommands([&](const CLI::App* each) { return each->check_name(word); });
      if (inner.empty())
        break;
      at = inner.front();
      ordered.push_back(word);
      continue;
    }
    const auto name = word.substr(0, word.find('='));
    const auto* option = find_option(app, name);
    auto& into = option == nullptr || app.get_option_no_throw(name) != nullptr ? ordered : behind;
    into.push_back(word);
    const bool has_value = option != nullptr && option->get_items_expected_max() > 0;
    if (has_value && name.size() == word.size() && i + 1 < words.size())
      into.push_back(words[++i]);
  }
  ordered.insert(ordered.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  ordered.insert(ordered.end(), behind.begin(), behind.end());
  return ordered;
}

/// The first word that should name a command and does not: more of a help than what the parser says.
std::optional<std::string> unknown_word(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  for (const auto& word : words) {
    const auto inner = at->get_subcommands([](const CLI::App*) { return true; });
    if (inner.empty() || word.compare(0, 1, "-") == 0)
      return std::nullopt;
    const auto found = std::find_if(inner.begin(), inner.end(), [&](const CLI::App* each) { return each->check_name(word); });
    if (found == inner.end())
      return "there is no command '" + (at == &app ? word : at->get_name() + " " + word) + "'";
    at = *found;
  }
  return std::nullopt;
}

bool has_session_option(const values& v) {
  return !v.data.empty() || !v.connect.empty() || !v.config.empty() || !v.timeout.empty();
}

} // namespace

result<invocation> parse_words(const std::vector<std::string>& words, parse_for whom) {
  CLI::App app;
  prepare(app);
  auto v = std::make_shared<values>();
  invocation parsed;
  grammar{app, v, parsed.run}.build();
  auto reversed = with_options_behind(app, words);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForAllHelp&) {
    parsed.text = app.help("", CLI::AppFormatMode::All);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* deepest = &app;
    std::string before;
    while (!deepest->get_subcommands().empty()) {
      before += (before.empty() ? "" : " ") + deepest->get_name();
      deepest = deepest->get_subcommands().front();
    }
    parsed.text = deepest->help(before);
  } catch (const CLI::CallForVersion& version) {
    parsed.text = std::string{version.what()} + "\n";
  } catch (const CLI::ParseError& problem) {
    // The parser's own words may be several lines; an error is one.
    std::string text = problem.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return error{errc::invalid_argument, unknown_word(app, words).value_or(text) + "; see --help"};
  }
  parsed.json = v->json;
  if (!parsed.text.empty())
    return parsed;
  if (whom == parse_for::console && has_session_option(*v))
    return error{errc::invalid_argument, "--data, --connect, --config and --timeout belong to the start of the console"};
  if (auto legal = check_ids(*v); !legal)
    return legal.error();
  auto settings = settings_of(*v);
  if (!settings)
    return settings.error();
  parsed.settings = std::move(*settings);
  return parsed;
}

// -- help ----------------------------------------------------------------------------------------------------------------

namespace {

void collect(const CLI::App& in, const std::string& prefix, std::vector<command_help>& into) {
  for (const auto* each : in.get_subcommands({})) {
    const auto words = prefix.empty() ? each->get_name() : prefix + " " + each->get_name();
    if (!each->get_subcommands({}).empty()) {
      collect(*each, words, into);
      continue;
    }
    std::string arguments;
    for (const auto* option : each->get_options([](const CLI::Option* x) { return x->get_positional(); }))
      arguments += (arguments.empty() ? "" : " ") + option->get_name(true);
    into.push_back({words, arguments, each->get_description()});
  }
}

} // namespace

const std::vector<command_help>& all_commands() {
  static const auto commands = [] {
    CLI::App app;
    runner ignored;
    grammar{app, std::make_shared<values>(), ignored}.build();
    std::vector<command_help> found;
    collect(app, "", found);
    return found;
  }();
  return commands;
}

std::string help_for(const std::vector<std::string>& words) {
  CLI::App app;
  prepare(app);
  runner ignored;
  grammar{app, std::make_shared<values>(), ignored}.build();
  const CLI::App* at = &app;
  std::string before;
  for (const auto& word : words) {
    const auto inner = at->get_subcommands([&](const CLI::App* each) { return each->check_name(word); });
    if (inner.empty())
      return {};
    before += (before.empty() ? "" : " ") + at->get_name();
    at = inner.front();
  }
  return at->help(before);
}

} // namespace daybook
