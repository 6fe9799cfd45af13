# A whole node on simulated time, disk and luck: a library, a program for many seeds, and tests of the simulation itself.
file(GLOB simulation_sources CONFIGURE_DEPENDS simulation/*.cpp)
list(FILTER simulation_sources EXCLUDE REGEX "/(simulate|view_rows|[a-z_]*_test)\\.cpp$")
# Apart: what SQLite's C++ wrapper defines would part the others from their precompiled header.
add_library(daybook_view_rows STATIC simulation/view_rows.cpp)
target_include_directories(daybook_view_rows PRIVATE ${PROJECT_BINARY_DIR}/include)
target_link_libraries(daybook_view_rows PRIVATE SQLiteCpp SQLite::SQLite3)
daybook_compile_options(daybook_view_rows)
daybook_quick_to_build(daybook_view_rows)
add_library(daybook_simulation STATIC ${simulation_sources})
target_link_libraries(daybook_simulation PUBLIC daybook daybook_memory_files nlohmann_json::nlohmann_json
                                         PRIVATE daybook_view_rows)
daybook_compile_options(daybook_simulation)
if(DAYBOOK_PCH)
  target_precompile_headers(daybook_simulation REUSE_FROM daybook_actors)
endif()
add_executable(simulate simulation/simulate.cpp)
target_link_libraries(simulate PRIVATE daybook_simulation)
daybook_compile_options(simulate)
daybook_quick_to_build(simulate)

add_executable(simulation_tests simulation/simulation_test.cpp)
target_link_libraries(simulation_tests PRIVATE daybook_test_main Catch2::Catch2 daybook_simulation)
daybook_compile_options(simulation_tests)
daybook_quick_to_build(simulation_tests)
catch_discover_tests(simulation_tests TEST_PREFIX "simulation: " PROPERTIES TIMEOUT ${test_timeout} LABELS simulation)

# 500 seeds, in pieces that run side by side; every tenth is lived through twice.
foreach(first RANGE 1 451 50)
  math(EXPR last "${first} + 49")
  add_test(NAME "simulation: seeds ${first} to ${last} keep every promise" COMMAND simulate --seeds ${first}-${last} --twice 10)
  set_tests_properties("simulation: seeds ${first} to ${last} keep every promise" PROPERTIES TIMEOUT ${test_timeout} LABELS simulation)
endforeach()
