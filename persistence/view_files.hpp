#pragma once

#include <filesystem>
#include <string>

#include "daybook/domain/result.hpp"

namespace daybook {

/// Where the view's file is. `DIR/view/orders.db` is a link to the generation in use (`orders-1.db`, `orders-2.db` …), so that
/// a rebuilt view takes over in one step, while readers of the old one finish in peace: an SQLite file must not be
/// replaced under open connections, its WAL would be taken for the new file's.
///
/// A value; not thread-safe. One process at a time has a data directory open (the journal's lock).
class view_files {
public:
  view_files() = default;
  explicit view_files(std::filesystem::path data_dir);

  /// The path to open: the link. It exists after `prepare`.
  std::filesystem::path link() const;

  /// Makes the directory and the link, where they are missing, and removes generations that are not in use.
  result<done> prepare() const;

  /// A path for the next generation; whatever was left there is removed.
  result<std::filesystem::path> next_generation() const;

  /// Lets the link point to a complete generation. Atomic.
  result<done> adopt(const std::filesystem::path& generation) const;

  /// Removes every generation but the one in use, with its WAL; call it when no connection has them open.
  result<done> remove_others() const;

  /// Removes the view, so that `prepare` starts from nothing.
  result<done> remove_all() const;

private:
  std::filesystem::path current() const;

  std::filesystem::path dir_;
};

} // namespace daybook
