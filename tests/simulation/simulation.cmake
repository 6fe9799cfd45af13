# A whole node on simulated time, disk and luck: a library, a program for many seeds, and tests of the simulation itself.
file(GLOB simulation_sources CONFIGURE_DEPENDS simulation/*.cpp)
list(FILTER simulation_sources EXCLUDE REGEX "/(simulate|[a-z_]*_test)\\.cpp$")
add_library(daybook_simulation STATIC ${simulation_sources})
target_link_libraries(daybook_simulation PUBLIC daybook daybook_memory_files nlohmann_json::nlohmann_json SQLiteCpp
                                                SQLite::SQLite3)
daybook_compile_options(daybook_simulation)
daybook_precompile_caf(daybook_simulation)
add_executable(simulate simulation/simulate.cpp)
target_link_libraries(simulate PRIVATE daybook_simulation)
daybook_compile_options(simulate)
