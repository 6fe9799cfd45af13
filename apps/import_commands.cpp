#include "daybook/apps/import_commands.hpp"

#include <ostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "daybook/apps/json_values.hpp"
#include "daybook/apps/order_commands.hpp"
#include "daybook/apps/progress.hpp"
#include "daybook/persistence/input_file.hpp"
#include "daybook/persistence/online_retail.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

namespace {

/// The space of command ids that are made from order ids, so that a second import repeats the commands of the first.
constexpr auto import_space = "5b0c1a52-6d0f-4f0e-9a53-0c2f4f1d7e10";

/// What an import did, for the user and for scripts.
struct import_tally {
  std::uint64_t rows = 0;
  std::uint64_t orders = 0;
  std::uint64_t validated = 0;
  std::uint64_t rejected = 0;
  /// Stored by an earlier import, with the same content.
  std::uint64_t problems = 0;
  position_t position = 0;
  exit_code worst = exit_code::done;
};

class importer {
public:
  importer(output& to, const input_file& file) : to_(to), file_(file), bar_("importing", "orders") {
    // nop
  }

  /// A rejected order is a result; a refusal or an error is not.
  void on_outcome(const std::string& order_id, const outcome& text) {
    ++tally_.orders;
    show();
    if (!text.answered)
      return problem({text.code, "order " + order_id + ": " + text.message}, exit_code_for(text.code));
    tally_.position = std::max(tally_.position, text.answer.position);
    if (text.answer.refused)
      return problem({errc::invalid_argument, "order " + order_id + ": " + reason_of(text.answer)}, exit_code::refused);
    ++(text.answer.status == "rejected" ? tally_.rejected : tally_.validated);
  }

  void problem(const error& cause, exit_code code) {
    ++tally_.problems;
    report(to_, cause);
    tally_.worst = worse(tally_.worst, code);
  }

  void show() {
    const auto total = file_.total_bytes();
    bar_.show(total == 0 ? -1.0 : static_cast<double>(file_.consumed_bytes()) / static_cast<double>(total), tally_.orders);
  }

  import_tally& tally() { return tally_; }

private:
  static std::string reason_of(const receipt& answer) {
    const auto reason = answer.reasons.empty() ? std::string{"refused"} : answer.reasons.front();
    if (reason == name(refusal::command_id_reused))
      return "its content differs from what was imported before; the books keep what they have (" + reason + ")";
    return explain(reason) + " (" + reason + ")";
  }

  output& to_;
  const input_file& file_;
  progress_bar bar_;
  import_tally tally_;
};

exit_code finish(output& to, const import_tally& tally) {
  if (to.json) {
    const nlohmann::ordered_json text{{"orders", tally.orders},     {"validated", tally.validated},
                                      {"rejected", tally.rejected}, {"problems", tally.problems},
                                      {"rows", tally.rows},         {"position", tally.position}};
    to.out << text.dump() << '\n';
  } else {
    to.out << tally.orders << " orders: " << tally.validated << " validated, " << tally.rejected << " rejected, "
           << tally.problems << " problems\n";
  }
  return tally.worst;
}

} // namespace

exit_code import_online_retail(context with, const std::string& file) {
  auto input = input_file::open(file);
  if (!input)
    return report(with.to, input.error());
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  import_tally tally;
  {
    importer work{with.to, **input};
    command_pipeline pipeline{**opened, [&](const auto& id, const auto& text) { work.on_outcome(id, text); }};
    const auto take = [&](order_command wish) {
      wish.sent_at = system_now();
      pipeline.send(std::move(wish));
      return true;
    };
    const auto complain = [&](const import_problem& each) {
      work.problem({errc::unreadable_request, "line " + std::to_string(each.line)
                                                + (each.invoice.empty() ? "" : ", invoice " + each.invoice) + ": "
                                                + each.message},
                   exit_code::refused);
    };
    auto totals = read_online_retail(**input, take, complain);
    pipeline.finish();
    if (!totals)
      work.problem(totals.error(), exit_code_for(totals.error().code));
    else
      work.tally().rows = totals->rows;
    tally = work.tally();
  }
  return finish(with.to, tally);
}

exit_code import_orders(context with, const std::string& file) {
  auto input = input_file::open(file);
  if (!input)
    return report(with.to, input.error());
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  import_tally tally;
  {
    importer work{with.to, **input};
    command_pipeline pipeline{**opened, [&](const auto& id, const auto& text) { work.on_outcome(id, text); }};
    json_value_reader values{**input};
    for (json_value value;;) {
      auto more = values.next(value);
      if (!more)
        work.problem(more.error(), exit_code_for(more.error().code));
      if (!more || !*more)
        break;
      ++work.tally().rows;
      auto request = value.problem.empty() ? parse_order_request(value.text)
                                           : result<order_request>{error{errc::unreadable_request, value.problem}};
      if (!request) {
        work.problem({request.error().code, "line " + std::to_string(value.line) + ": " + request.error().message},
                     exit_code::refused);
        continue;
      }
      command_ids ids;
      if (!request->order_id.empty())
        ids.command_id = make_uuid_v5(import_space, request->order_id);
      pipeline.send(make_command(std::move(request->order_id), std::move(request->action), ids));
    }
    pipeline.finish();
    tally = work.tally();
  }
  return finish(with.to, tally);
}

} // namespace daybook
