#include "daybook/tests/support/memory_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "daybook/tests/support/memory_disk_node.hpp"

namespace daybook::testing {
namespace {

/// More changes than this of one file are not told apart: the oldest count as written back.
constexpr std::size_t most_changes = 96;

std::uint64_t mixed(std::uint64_t hash, std::string_view text) noexcept {
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ text.size()) * 0x100000001b3;
}

} // namespace

// -- nodes ---------------------------------------------------------------------------------------------------------------

void memory_disk::entry_change::apply(std::map<std::string, node_id>& entries, bool keeps_old_name) const {
  const auto erase = [&] {
    if (const auto found = entries.find(name); found != entries.end() && found->second == id)
      entries.erase(found);
  };
  if (what == kind::removed)
    return erase();
  if (what == kind::renamed && !keeps_old_name)
    erase();
  entries[what == kind::renamed ? new_name : name] = id;
}

void memory_disk::node::apply(const file_change& change, std::string& bytes) {
  if (change.is_resize)
    return bytes.resize(change.offset);
  if (change.end() > bytes.size())
    bytes.resize(change.end());
  bytes.replace(change.offset, change.bytes->size(), *change.bytes);
}

std::string memory_disk::node::durable() const {
  if (settled)
    return *settled;
  auto bytes = contents;
  for (auto each = changes.rbegin(); each != changes.rend(); ++each) {
    bytes.resize(each->size_before);
    bytes.replace(each->offset > bytes.size() ? bytes.size() : each->offset, each->before.size(), each->before);
  }
  return bytes;
}

void memory_disk::node::sync() {
  if (!settled)
    return changes.clear();
  // Only what was written since the failure becomes durable, and with it the file's size; what the failed sync lost stays
  // lost but where it was written over.
  std::vector<file_change> lost;
  for (auto& each : changes) {
    if (each.is_lost) {
      lost.push_back(std::move(each));
      continue;
    }
    apply(each, *settled);
    std::vector<file_change> left;
    for (const auto& old : lost) {
      const auto keep = [&](std::uint64_t from, std::uint64_t to) {
        if (from >= to || old.is_resize)
          return;
        auto piece = old;
        piece.offset = from;
        piece.bytes = std::make_shared<const std::string>(old.bytes->substr(from - old.offset, to - from));
        left.push_back(std::move(piece));
      };
      keep(old.offset, std::min(old.end(), each.offset));
      if (!each.is_resize)
        keep(std::max(old.offset, each.end()), old.end());
    }
    lost = std::move(left);
  }
  if (lost.size() < changes.size()) {
    settled->resize(contents.size());
    lost.erase(std::remove_if(lost.begin(), lost.end(), [](const auto& each) { return each.is_resize; }), lost.end());
  }
  changes = std::move(lost);
  if (changes.empty())
    settled.reset();
}

void memory_disk::node::fail_sync() {
  if (!settled)
    settled = durable();
  for (auto& each : changes)
    each.is_lost = true;
}

void memory_disk::node::sync_entries() {
  // What a failed sync lost stays lost, but for the names that were changed again since.
  std::vector<entry_change> lost;
  for (auto& each : entry_changes) {
    if (each.is_lost) {
      lost.push_back(std::move(each));
      continue;
    }
    each.apply(settled_entries);
    const auto is_over = [&](const entry_change& old) { return old.target() == each.name || old.target() == each.target(); };
    lost.erase(std::remove_if(lost.begin(), lost.end(), is_over), lost.end());
  }
  entry_changes = std::move(lost);
}

memory_disk::memory_disk() {
  make_node(true);
}

const memory_disk::node& memory_disk::at(node_id id) const {
  return *nodes_.at(id);
}

memory_disk::node& memory_disk::own(node_id id) {
  auto& held = nodes_.at(id);
  if (held.use_count() > 1)
    held = std::make_shared<node>(*held);
  return *held;
}

memory_disk::node_id memory_disk::make_node(bool is_directory) {
  const auto id = next_node_++;
  nodes_[id] = std::make_shared<node>();
  nodes_[id]->is_directory = is_directory;
  return id;
}

memory_disk::node_id memory_disk::find(std::string_view path) const {
  auto id = root;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".")
      continue;
    const auto& entries = at(id).entries;
    const auto found = entries.find(std::string{part});
    if (found == entries.end())
      return none;
    id = found->second;
  }
  return id;
}

memory_disk::node_id memory_disk::parent_of(std::string_view path, std::string& name) const {
  const auto slash = path.rfind('/');
  name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  const auto id = find(path.substr(0, slash == std::string_view::npos ? 0 : slash));
  return id != none && at(id).is_directory ? id : none;
}

void memory_disk::change_entry(node_id directory, entry_change change) {
  change.number = next_change_++;
  auto& in = own(directory);
  change.apply(in.entries);
  in.entry_changes.push_back(std::move(change));
}

void memory_disk::remember(node& in, file_change change) {
  change.number = next_change_++;
  in.changes.push_back(std::move(change));
  if (!in.settled && in.changes.size() > most_changes)
    in.changes.erase(in.changes.begin());
}

// -- what tests see ------------------------------------------------------------------------------------------------------

void memory_disk::collect(node_id directory, const std::string& prefix, std::map<std::string, node_id>& files) const {
  for (const auto& [name, id] : at(directory).entries)
    if (at(id).is_directory)
      collect(id, prefix + name + "/", files);
    else
      files[prefix + name] = id;
}

std::vector<std::string> memory_disk::files() const {
  std::map<std::string, node_id> found;
  collect(root, "/", found);
  std::vector<std::string> paths;
  for (const auto& [path, id] : found)
    paths.push_back(path);
  return paths;
}

std::optional<std::string> memory_disk::contents(const std::filesystem::path& path) const {
  const auto id = find(path.native());
  if (id == none || at(id).is_directory)
    return std::nullopt;
  return at(id).contents;
}

void memory_disk::put(const std::filesystem::path& path, std::string bytes) {
  auto directory = root;
  const auto enter = [&](const std::string& name, bool is_directory) {
    const auto found = at(directory).entries.find(name);
    const auto id = found != at(directory).entries.end() ? found->second : make_node(is_directory);
    auto& in = own(directory);
    in.entries[name] = in.settled_entries[name] = id;
    directory = id;
  };
  for (const auto& part : path.parent_path())
    if (part != "/" && part != ".")
      enter(part.string(), true);
  enter(path.filename().string(), false);
  auto& file = own(directory);
  used_ = used_ - file.contents.size() + bytes.size();
  file.contents = std::move(bytes);
  file.changes.clear();
  file.settled.reset();
}

void memory_disk::flip(const std::filesystem::path& path, std::uint64_t offset, unsigned char bits) {
  auto& byte = own(find(path.native())).contents.at(offset);
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ bits);
}

void memory_disk::erase(const std::filesystem::path& path) {
  std::string name;
  const auto directory = parent_of(path.native(), name);
  if (directory == none)
    return;
  auto& in = own(directory);
  in.entries.erase(name);
  in.settled_entries.erase(name);
  const auto is_of = [&](const entry_change& each) { return each.name == name || each.new_name == name; };
  in.entry_changes.erase(std::remove_if(in.entry_changes.begin(), in.entry_changes.end(), is_of), in.entry_changes.end());
  count_used();
}

void memory_disk::count_used() {
  std::map<std::string, node_id> found;
  collect(root, "/", found);
  used_ = 0;
  for (const auto& [path, id] : found)
    used_ += at(id).contents.size();
}

std::uint64_t memory_disk::fingerprint() const {
  std::map<std::string, node_id> found;
  collect(root, "/", found);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto& [path, id] : found)
    hash = mixed(mixed(hash, path), at(id).contents);
  return hash;
}

std::size_t memory_disk::unsynced() const {
  std::size_t count = 0;
  for (const auto& [id, each] : nodes_)
    count += each->changes.size() + each->entry_changes.size();
  return count;
}

std::size_t memory_disk::lost() const {
  auto count = lost_names();
  for (const auto& [id, each] : nodes_)
    count += static_cast<std::size_t>(
      std::count_if(each->changes.begin(), each->changes.end(), [](const auto& change) { return change.is_lost; }));
  return count;
}

bool memory_disk::has_lost_directory() const {
  const auto is_lost = [this](const auto& change) {
    return change.is_lost && change.what == entry_change::kind::made && nodes_.count(change.id) > 0 &&
           at(change.id).is_directory;
  };
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& each) {
    const auto& changes = each.second->entry_changes;
    return std::any_of(changes.begin(), changes.end(), is_lost);
  });
}

std::size_t memory_disk::lost_names() const {
  std::size_t count = 0;
  for (const auto& [id, each] : nodes_)
    count += static_cast<std::size_t>(std::count_if(each->entry_changes.begin(), each->entry_changes.end(),
                                                    [](const auto& change) { return change.is_lost; }));
  return count;
}

// -- what the kernel does ------------------------------------------------------------------------------------------------

os_outcome memory_disk::open(const std::filesystem::path& path, open_mode mode, node_id& into) {
  into = find(path.native());
  if (into != none && at(into).is_directory)
    return -EISDIR;
  if (into != none)
    return mode == open_mode::create && !at(into).contents.empty() ? truncate(into, 0) : 0;
  if (mode == open_mode::read || mode == open_mode::write)
    return -ENOENT;
  std::string name;
  const auto directory = parent_of(path.native(), name);
  if (directory == none)
    return -ENOENT;
  into = make_node(false);
  change_entry(directory, {entry_change::kind::made, name, {}, into});
  return 0;
}

os_outcome memory_disk::read(node_id id, std::uint64_t offset, char* into, std::size_t size) const {
  const auto& bytes = at(id).contents;
  if (offset >= bytes.size())
    return 0;
  const auto count = std::min<std::uint64_t>(size, bytes.size() - offset);
  std::memcpy(into, bytes.data() + offset, count);
  return static_cast<os_outcome>(count);
}

os_outcome memory_disk::write(node_id id, std::uint64_t offset, std::string_view bytes) {
  auto& in = own(id);
  file_change change;
  change.offset = offset;
  change.bytes = std::make_shared<const std::string>(bytes);
  change.size_before = in.contents.size();
  if (offset < in.contents.size())
    change.before = in.contents.substr(offset, bytes.size());
  node::apply(change, in.contents);
  used_ += in.contents.size() - change.size_before;
  remember(in, std::move(change));
  return static_cast<os_outcome>(bytes.size());
}

os_outcome memory_disk::truncate(node_id id, std::uint64_t size) {
  auto& in = own(id);
  file_change change;
  change.is_resize = true;
  change.offset = size;
  change.size_before = in.contents.size();
  if (size < in.contents.size())
    change.before = in.contents.substr(size);
  node::apply(change, in.contents);
  used_ += in.contents.size() - change.size_before;
  remember(in, std::move(change));
  return 0;
}

os_outcome memory_disk::sync(node_id id, bool fails) {
  if (!at(id).changes.empty())
    fails ? own(id).fail_sync() : own(id).sync();
  return 0;
}

os_outcome memory_disk::size(node_id id) const {
  return static_cast<os_outcome>(at(id).contents.size());
}

os_outcome memory_disk::list(const std::filesystem::path& directory, std::vector<std::string>& into) const {
  const auto id = find(directory.native());
  if (id == none || !at(id).is_directory)
    return id == none ? -ENOENT : -ENOTDIR;
  for (const auto& [name, entry] : at(id).entries)
    into.push_back(name);
  return 0;
}

os_outcome memory_disk::make_directory(const std::filesystem::path& path) {
  std::string name;
  if (find(path.native()) != none)
    return -EEXIST;
  const auto directory = parent_of(path.native(), name);
  if (directory == none)
    return -ENOENT;
  change_entry(directory, {entry_change::kind::made, name, {}, make_node(true)});
  return 0;
}

os_outcome memory_disk::is_directory(const std::filesystem::path& path) const {
  const auto id = find(path.native());
  return id == none ? -ENOENT : os_outcome{at(id).is_directory};
}

os_outcome memory_disk::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::string name, new_name;
  const auto directory = parent_of(from.native(), name);
  const auto new_directory = parent_of(to.native(), new_name);
  const auto id = find(from.native());
  if (id == none || directory == none || new_directory == none)
    return -ENOENT;
  if (directory == new_directory) {
    if (name != new_name)
      change_entry(directory, {entry_change::kind::renamed, name, new_name, id});
  } else {
    change_entry(new_directory, {entry_change::kind::made, new_name, {}, id});
    change_entry(directory, {entry_change::kind::removed, name, {}, id});
  }
  count_used();
  return 0;
}

os_outcome memory_disk::remove(const std::filesystem::path& path) {
  std::string name;
  const auto directory = parent_of(path.native(), name);
  const auto id = find(path.native());
  if (id == none || directory == none)
    return -ENOENT;
  if (at(id).is_directory && !at(id).entries.empty())
    return -ENOTEMPTY;
  used_ -= at(id).contents.size();
  change_entry(directory, {entry_change::kind::removed, name, {}, id});
  return 0;
}

os_outcome memory_disk::sync_directory(const std::filesystem::path& directory, bool fails) {
  const auto id = find(directory.native());
  if (id == none || !at(id).is_directory)
    return id == none ? -ENOENT : -ENOTDIR;
  if (at(id).entry_changes.empty())
    return 0;
  auto& in = own(id);
  if (fails)
    for (auto& each : in.entry_changes)
      each.is_lost = true;
  else
    in.sync_entries();
  return 0;
}

} // namespace daybook::testing
