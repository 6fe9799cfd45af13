#include "daybook/tests/simulation/watched_files.hpp"

#include <string>
#include <utility>

namespace daybook::simulation {

template <class Call>
os_outcome watched_files::pass(call what, const std::filesystem::path& path, Call call) {
  before(what, path.native());
  const auto outcome = call();
  after(what, path.native(), outcome);
  return outcome;
}

class watched_files::watched_file final : public os_file {
public:
  watched_file(watched_files& owner, std::unique_ptr<os_file> real, std::filesystem::path path) :
      owner_(owner), real_(std::move(real)), path_(std::move(path)) {}

  os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
    return owner_.pass(call::read, path_, [&] { return real_->read(offset, into, size); });
  }

  os_outcome write(std::uint64_t offset, const char* from, std::size_t size) override {
    return owner_.pass(call::write, path_, [&] { return real_->write(offset, from, size); });
  }

  os_outcome sync() override {
    return owner_.pass(call::sync, path_, [&] { return owner_.lies_about_syncs ? 0 : real_->sync(); });
  }

  os_outcome truncate(std::uint64_t size) override {
    return owner_.pass(call::truncate, path_, [&] { return real_->truncate(size); });
  }

  os_outcome allocate(std::uint64_t size) override {
    return owner_.pass(call::allocate, path_, [&] { return real_->allocate(size); });
  }

  os_outcome size() const override {
    return owner_.pass(call::size, path_, [&] { return real_->size(); });
  }

private:
  watched_files& owner_;
  std::unique_ptr<os_file> real_;
  std::filesystem::path path_;
};

os_outcome watched_files::open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) {
  std::unique_ptr<os_file> opened;
  const auto outcome = pass(call::open, path, [&] { return real_.open(path, mode, opened); });
  if (outcome >= 0)
    into = std::make_unique<watched_file>(*this, std::move(opened), path);
  return outcome;
}

os_outcome watched_files::list(const std::filesystem::path& directory, std::vector<std::string>& into) {
  return pass(call::list, directory, [&] { return real_.list(directory, into); });
}

os_outcome watched_files::make_directory(const std::filesystem::path& path) {
  return pass(call::make_directory, path, [&] { return real_.make_directory(path); });
}

os_outcome watched_files::is_directory(const std::filesystem::path& path) {
  return pass(call::is_directory, path, [&] { return real_.is_directory(path); });
}

os_outcome watched_files::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return pass(call::rename, to, [&] { return real_.rename(from, to); });
}

os_outcome watched_files::remove(const std::filesystem::path& path) {
  return pass(call::remove, path, [&] { return real_.remove(path); });
}

os_outcome watched_files::sync_directory(const std::filesystem::path& directory) {
  return pass(call::sync_directory, directory, [&] { return lies_about_syncs ? 0 : real_.sync_directory(directory); });
}

os_outcome watched_files::lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into,
                               std::int64_t& holder) {
  return pass(call::lock, path, [&] { return real_.lock(path, into, holder); });
}

} // namespace daybook::simulation
