// Settings of jemalloc (its manual, "TUNING"), compiled into programs that are linked with it; MALLOC_CONF in the environment
// goes before them.
//
// Orders come and go, and their pieces get scattered over all of the memory: with pages of 4 KiB a command of a process that
// is some minutes old waits for the processor's page tables. So: large pages; and what was freed stays with the process for
// ten hours, for giving back a part of a large page breaks it into small ones (a third of them within two minutes of a steady
// load). Not for ever: then jemalloc would keep blocks of 8 MiB and more, too, and the tables that grow leave such behind. What
// both give and cost: docs/performance.md.

extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always,dirty_decay_ms:36000000,muzzy_decay_ms:36000000";
}
