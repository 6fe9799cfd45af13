# -- kill -9 under load; `./dev torture` for more ----------------------------------------------------------------------------

file(GLOB torture_sources CONFIGURE_DEPENDS torture/*.cpp)
list(REMOVE_ITEM torture_sources ${CMAKE_CURRENT_SOURCE_DIR}/torture/torture.cpp)
add_library(daybook_torture STATIC ${torture_sources})
target_link_libraries(daybook_torture PUBLIC daybook daybook_test_support)
daybook_compile_options(daybook_torture)
daybook_quick_to_build(daybook_torture)
daybook_compile_as_program(daybook_torture)
add_executable(torture torture/torture.cpp)
target_link_libraries(torture PRIVATE daybook_torture CLI11::CLI11)
daybook_compile_options(torture)
daybook_quick_to_build(torture)
if(programs)
  add_dependencies(torture ${programs})
endif()
# 100 kills, in parts that run beside each other.
foreach(part 1 2 3 4)
  add_test(NAME "torture: 25 kills under load lose and double nothing, part ${part}"
           COMMAND torture --kills 25 --seed ${part}00)
  set_tests_properties("torture: 25 kills under load lose and double nothing, part ${part}" PROPERTIES TIMEOUT ${test_timeout} LABELS torture)
endforeach()
# Real file systems and injected errors, with the same client.
daybook_tests(kernel daybook_torture)
if(TARGET kernel_tests AND programs)
  # libfiu wraps malloc and the calls that jemalloc makes while it holds its locks: with both, a process may wait for itself.
  add_executable(daybookd_plain $<TARGET_OBJECTS:daybookd_main>)
  set_target_properties(daybookd_plain PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_link_libraries(daybookd_plain PRIVATE daybook_console)
  add_dependencies(kernel_tests ${programs} daybookd_plain)
endif()
# The test of the test.
foreach(damage lose repeat)
  add_test(NAME "torture: damage of the kind '${damage}' is noticed"
           COMMAND torture --kills 5 --seed 1 --sabotage ${damage})
  set_tests_properties("torture: damage of the kind '${damage}' is noticed" PROPERTIES TIMEOUT ${test_timeout} LABELS torture
                       PASS_REGULAR_EXPRESSION $<IF:$<STREQUAL:${damage},lose>,LOST,DOUBLED>)
endforeach()
