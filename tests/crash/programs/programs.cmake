# The crash suite as a program: all scenarios in one run, with a count at the end.
set(programs_dir ${CMAKE_CURRENT_SOURCE_DIR}/crash/programs)
set(persistence_dir ${PROJECT_SOURCE_DIR}/persistence)
add_library(daybook_crash_suite OBJECT crash/explorer.cpp crash/history.cpp crash/scenarios.cpp
                                       ${programs_dir}/crash_states.cpp)
target_link_libraries(daybook_crash_suite PUBLIC daybook_memory_files)
daybook_compile_options(daybook_crash_suite)

add_executable(crash_states $<TARGET_OBJECTS:daybook_crash_suite> ${programs_dir}/not_mutated.cpp)
target_link_libraries(crash_states PRIVATE daybook_memory_files)
daybook_compile_options(crash_states)

# The same, with one source of the journal's replaced by a mutant of it: one file to compile.
macro(mutant name source text replacement reason)
  set(mutated ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name}.cpp)
  add_custom_command(OUTPUT ${mutated}
                     COMMAND ${CMAKE_COMMAND} -DPERSISTENCE=${persistence_dir} -DNAME=${name} -DOUT=${mutated}
                             -P ${programs_dir}/mutate.cmake
                     DEPENDS ${persistence_dir}/${source} ${programs_dir}/mutants.cmake ${programs_dir}/mutate.cmake
                     VERBATIM)
  add_executable(mutant_${name} $<TARGET_OBJECTS:daybook_crash_suite> ${mutated})
  target_link_libraries(mutant_${name} PRIVATE daybook_memory_files fmt::fmt ZLIB::ZLIB OpenSSL::Crypto)
  # What the mutant replaces may stand in one object with other files (DAYBOOK_UNITY): the first definition is taken, the mutant's.
  target_link_options(mutant_${name} PRIVATE LINKER:--allow-multiple-definition)
  daybook_compile_options(mutant_${name})
  # What a mutant no longer uses is no news.
  target_compile_options(mutant_${name} PRIVATE -w)
  daybook_quick_to_build(mutant_${name})
  list(APPEND mutants mutant_${name})
  set_target_properties(mutant_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/mutants)
  add_test(NAME "crash: the suite turns red without ${name}: ${reason}" COMMAND mutant_${name})
  set_tests_properties("crash: the suite turns red without ${name}: ${reason}"
                       PROPERTIES PASS_REGULAR_EXPRESSION "VIOLATION: " TIMEOUT ${test_timeout} LABELS crash)
endmacro()

macro(not_a_call source text)
endmacro()

include(${programs_dir}/mutants.cmake)

add_test(NAME "crash: every sync of the journal has its mutant"
         COMMAND ${CMAKE_COMMAND} -DPERSISTENCE=${persistence_dir} -P ${programs_dir}/mutate.cmake)
set_tests_properties("crash: every sync of the journal has its mutant" PROPERTIES LABELS crash)
