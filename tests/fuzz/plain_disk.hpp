#pragma once

#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "daybook/persistence/os_files.hpp"

namespace daybook::fuzz {

/// Files in memory, quick to make and to copy: a fuzz target opens thousands of journals a second. Syncs and locks always go
/// well, room never ends.
class plain_disk final : public os_files {
public:
  /// By path.
  std::map<std::string, std::string> contents;

  os_outcome open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) override {
    const auto found = contents.find(path.string());
    if (found == contents.end() && (mode == open_mode::read || mode == open_mode::write))
      return -ENOENT;
    auto& bytes = contents[path.string()];
    if (mode == open_mode::create)
      bytes.clear();
    into = std::make_unique<memory_file>(bytes);
    return 0;
  }

  os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) override {
    const auto prefix = directory.string() + "/";
    for (auto each = contents.lower_bound(prefix); each != contents.end(); ++each) {
      if (each->first.compare(0, prefix.size(), prefix) != 0)
        break;
      into.push_back(each->first.substr(prefix.size()));
    }
    return 0;
  }

  os_outcome make_directory(const std::filesystem::path& path) override {
    return directories_.insert(path.string()).second ? 0 : -EEXIST;
  }

  os_outcome is_directory(const std::filesystem::path& path) override {
    return directories_.count(path.string()) > 0 ? 1 : -ENOENT;
  }

  os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    auto moved = contents.extract(from.string());
    if (moved.empty())
      return -ENOENT;
    moved.key() = to.string();
    // The journal holds a file open that it renames, so the node must stay; one that is replaced is never open.
    contents.erase(to.string());
    contents.insert(std::move(moved));
    return 0;
  }

  os_outcome remove(const std::filesystem::path& path) override { return contents.erase(path.string()) > 0 ? 0 : -ENOENT; }
  os_outcome sync_directory(const std::filesystem::path&) override { return 0; }

  os_outcome lock(const std::filesystem::path&, std::unique_ptr<directory_lock>& into, std::int64_t&) override {
    into = std::make_unique<directory_lock>();
    return 0;
  }

private:
  class memory_file final : public os_file {
  public:
    explicit memory_file(std::string& bytes) : bytes_(bytes) {}

    os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
      if (offset >= bytes_.size())
        return 0;
      return static_cast<os_outcome>(bytes_.copy(into, size, offset));
    }

    os_outcome write(std::uint64_t offset, const char* from, std::size_t size) override {
      if (offset + size > bytes_.size())
        bytes_.resize(offset + size);
      bytes_.replace(offset, size, from, size);
      return static_cast<os_outcome>(size);
    }

    os_outcome sync() override { return 0; }

    os_outcome truncate(std::uint64_t size) override {
      bytes_.resize(size);
      return 0;
    }

    os_outcome allocate(std::uint64_t size) override {
      bytes_.resize(std::max<std::size_t>(bytes_.size(), size));
      return 0;
    }

    os_outcome size() const override { return static_cast<os_outcome>(bytes_.size()); }

  private:
    std::string& bytes_;
  };

  std::set<std::string> directories_{"."};
};

} // namespace daybook::fuzz
