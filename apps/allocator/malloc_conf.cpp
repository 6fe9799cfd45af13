// Settings of jemalloc (its manual, "TUNING"), compiled into programs that are linked with it; MALLOC_CONF in the environment
// goes before them.
//
// Orders come and go, and their pieces get scattered over all of the memory: with pages of 4 KiB a command of a process that
// is some minutes old waits for the processor's page tables. What large pages give and cost: docs/performance.md.

extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always";
}
