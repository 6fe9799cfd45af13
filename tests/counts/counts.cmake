# What commands cost, as counts: of the optimised program, and of nothing that sanitizers or counters have put into it.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT DAYBOOK_SANITIZE AND NOT DAYBOOK_COVERAGE AND NOT DAYBOOK_FUZZ)
  add_executable(counted_commands counts/programs/counted_commands.cpp counts/programs/allocations.cpp)
  set_target_properties(counted_commands PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_link_libraries(counted_commands PRIVATE daybook)
  # Optimised as the libraries are: of an inline function the linker takes any object's.
  daybook_compile_options(counted_commands 1)
  daybook_tests(counts daybook_test_support nlohmann_json::nlohmann_json)
  add_dependencies(counts_tests counted_commands)
endif()
