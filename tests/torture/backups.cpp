#include "backups.hpp"

#include <chrono>
#include <csignal>
#include <utility>

#include <nlohmann/json.hpp>

namespace daybook::torture {

namespace {

constexpr std::chrono::seconds patience{120};

std::string problem_of(const std::string& what, const testing::finished& end) {
  return end.exit_code == 0 ? std::string{} : what + " ended with " + std::to_string(end.exit_code) + ": " + end.err;
}

} // namespace

backups::backups(std::string daybook, std::filesystem::path data, std::filesystem::path target) :
    daybook_(std::move(daybook)), data_(std::move(data)), target_(std::move(target)) {
  are_possible_ = testing::run(daybook_, {"journal", "--help"}).out.find("backup") != std::string::npos;
}

void backups::begin() {
  running_ = std::make_unique<testing::process>(
    daybook_, std::vector<std::string>{"--data", data_.string(), "journal", "backup", target_.string(), "--json"});
}

void backups::kill() {
  running_->signal(SIGKILL);
  running_->wait(testing::in(patience));
  running_.reset();
}

std::string backups::finish() {
  const auto end = running_->wait(testing::in(patience));
  running_.reset();
  if (end.exit_code == 0)
    position_ = nlohmann::json::parse(end.out).at("last_position").get<std::uint64_t>();
  return problem_of("journal backup", end);
}

std::string backups::check() const {
  if (!std::filesystem::exists(target_ / "backup.json"))
    return {};
  return problem_of("journal verify of the backup", testing::run(daybook_, {"--data", target_.string(), "journal", "verify"}));
}

std::string backups::restore(const std::filesystem::path& into) const {
  return problem_of("journal restore",
                    testing::run(daybook_, {"--data", into.string(), "journal", "restore", target_.string()}));
}

} // namespace daybook::torture
