# A test of the test: the crash suite linked with sources from which one sync was taken out, or that break a promise in
# another way. Each must be caught.
#
# mutant(<name> <source> <text> <replacement> <why it is needed>): the text stands exactly once in the source, and has one
# sync in it. A sync of the journal's that is in no row, and in no row of not_a_call, makes the test "every sync of the journal
# has its mutant" fail (mutate.cmake).

set(mutated_sources file_journal.cpp file_journal_preallocate.cpp file_journal_read.cpp file_journal_recovery.cpp
                    file_journal_tail.cpp file_system.cpp durable_mark.cpp space_reserve.cpp journal_index.cpp)

mutant(append_sync file_journal.cpp
       [=[auto synced = last.data->sync(); !synced]=]
       [=[auto synced = result<done>{done{}}; !synced]=]
       "a commit is acknowledged when it is on the device; a cut on a full disk likewise")
mutant(segment_header_sync file_journal.cpp
       [=[auto synced = (*made)->sync(); !synced]=]
       [=[auto synced = result<done>{done{}}; !synced]=]
       "a segment must not have its name before it has its header")
mutant(segment_name_sync file_journal.cpp
       [=[auto synced = files_.sync_directory(journal_dir_); !synced]=]
       [=[auto synced = result<done>{done{}}; !synced]=]
       "a segment's name must be durable before a commit in it is acknowledged")
mutant(start_shown_sync file_journal_tail.cpp
       [=[return in.data->sync();]=]
       [=[return done{};]=]
       "what a killed process wrote is shown to readers by the next start")
mutant(cut_tail_sync file_journal_tail.cpp
       [=[auto synced = in.data->sync(); !synced]=]
       [=[auto synced = result<done>{done{}}; !synced]=]
       "a cut tail that comes back behind a new write may look like a later one")
mutant(side_file_sync file_journal_tail.cpp
       [=[return (*kept)->sync();]=]
       [=[return done{};]=]
       "a tail must be kept aside before it goes")
mutant(side_file_name_sync file_journal_tail.cpp
       [=[auto synced = files_.sync_directory(journal_dir_); !synced]=]
       [=[auto synced = result<done>{done{}}; !synced]=]
       "the side file needs its name before the tail goes")
mutant(directories_sync file_system.cpp
       [=[const auto synced = system_->sync_directory(parent);]=]
       [=[const os_outcome synced = 0;]=]
       "a journal is gone with the directory that it is in")
mutant(file_sync file_system.cpp
       [=[checked("sync", path_, opened_->sync())]=]
       [=[checked("sync", path_, 0)]=]
       "all syncs of files go through here")
mutant(directory_sync file_system.cpp
       [=[checked("sync directory", directory, system_->sync_directory(directory))]=]
       [=[checked("sync directory", directory, 0)]=]
       "all syncs of directories but that of make_directories go through here")

not_a_call(file_system.cpp [=[result<done> file::sync() {]=])
not_a_call(file_system.cpp [=[result<done> file_system::sync_directory(const std::filesystem::path& directory) const {]=])

# Promises broken otherwise.
mutant(lost_pages_not_written_again file_journal_tail.cpp
       [=[for (const std::uint64_t end = in.bytes; from < end; from += block.size()) {]=]
       [=[for (const std::uint64_t end = 0; from < end; from += block.size()) {]=]
       "what a failed sync lost is still shown by the cache to the next process")
mutant(cut_back_not_repeated file_journal_tail.cpp
       [=[auto cut = in.data->truncate(in.bytes); !cut]=]
       [=[auto cut = result<done>{done{}}; !cut]=]
       "what was cut back and not synced comes back when the power goes")
mutant(acknowledged_first file_journal.cpp
       [=[  if (auto written = write(what); !written)
    return fail_all(written.error());
  publish(what);]=]
       [=[  publish(what);
  segments_.back()->bytes -= what.bytes.size();
  const auto written = write(what);
  segments_.back()->bytes += what.bytes.size();
  if (!written)
    return fail_all(written.error());]=]
       "readers see a commit before it is on the device")
mutant(failed_sync_tried_again file_journal.cpp
       [=[  if (auto synced = last.data->sync(); !synced)
    return fail_for_good(synced.error());]=]
       [=[  if (!last.data->sync())
    if (auto synced = last.data->sync(); !synced)
      return fail_for_good(synced.error());]=]
       "the second try succeeds over lost data")
mutant(failed_name_sync_tried_again file_journal.cpp
       [=[  if (auto synced = files_.sync_directory(journal_dir_); !synced)
    return synced.error();]=]
       [=[  if (!files_.sync_directory(journal_dir_))
    if (auto synced = files_.sync_directory(journal_dir_); !synced)
      return synced.error();]=]
       "the second try succeeds over lost data")
mutant(interrupted_sync_tried_again file_system.cpp
       [=[checked("sync", path_, opened_->sync())]=]
       [=[checked("sync", path_, retried([&] { return opened_->sync(); }))]=]
       "the second try succeeds over lost data")
mutant(mark_first file_journal.cpp
       [=[  make_room(what);
  if]=]
       [=[  make_room(what);
  mark_.put(journal_id_, what.next - 1, what.digest);
  if]=]
       "a mark that is ahead makes a torn tail look like damage")
mutant(tail_kept_after_the_cut file_journal_tail.cpp
       [=[  auto kept = keep_aside(in, offset, size, name);]=]
       [=[  auto early = in.data->truncate(offset);
  if (early)
    early = in.data->truncate(size);
  auto kept = early ? keep_aside(in, offset, size, name) : early;]=]
       "what was in the tail is lost")
mutant(tail_not_cut file_journal_tail.cpp
       [=[if (auto cut = in.data->truncate(offset); !cut)]=]
       [=[if (auto cut = result<done>{done{}}; !cut)]=]
       "what is appended must not stand in front of an old tail")
mutant(full_disk_not_cut_back file_journal.cpp
       [=[if (auto cut = last.data->truncate(end); !cut)]=]
       [=[if (auto cut = result<done>{done{}}; !cut)]=]
       "half a batch must not stay")
