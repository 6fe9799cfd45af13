#include "daybook/persistence/space_reserve.hpp"

#include <utility>

namespace daybook {

space_reserve::space_reserve(const file_system& files, std::filesystem::path path, std::uint64_t bytes) :
    files_(files), path_(std::move(path)), bytes_(bytes) {
  // nop
}

result<done> space_reserve::take(std::uint64_t more) {
  if (bytes_ + more == 0)
    return done{};
  auto opened = files_.open(path_, open_mode::update);
  if (!opened)
    return opened.error();
  auto& spare = **opened;
  const auto held = spare.size();
  if (held && *held == bytes_ && more == 0)
    return done{};
  if (auto taken = spare.allocate(bytes_ + more); !taken) {
    // What was taken of it must not keep the view from going on.
    [[maybe_unused]] const auto given = spare.truncate(0);
    return taken;
  }
  return spare.truncate(bytes_);
}

void space_reserve::give_up() {
  if (auto opened = files_.open(path_, open_mode::write))
    [[maybe_unused]] const auto given = (*opened)->truncate(0);
}

} // namespace daybook
