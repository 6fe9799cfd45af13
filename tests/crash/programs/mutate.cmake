# cmake -DPERSISTENCE=<folder> -DNAME=<mutant> -DOUT=<file> -P mutate.cmake     writes a mutant's source
# cmake -DPERSISTENCE=<folder> -P mutate.cmake                                  checks that the table is complete

function(add_problem text)
  set_property(GLOBAL APPEND_STRING PROPERTY problems "${text}\n")
endfunction()

# Takes a row's text out of what is left of its source; the mutant that is wanted is written.
function(mutant name source text replacement reason)
  file(READ "${PERSISTENCE}/${source}" original)
  string(FIND "${original}" "${text}" first)
  string(FIND "${original}" "${text}" last REVERSE)
  set(stands false)
  if(NOT first EQUAL -1 AND first EQUAL last)
    set(stands true)
  endif()
  if(DEFINED NAME)
    if(NAME STREQUAL name)
      if(stands)
        string(REPLACE "${text}" "${replacement}" original "${original}")
      endif()
      file(WRITE "${OUT}" "${original}
namespace daybook::testing {
extern const bool mutation_applies;
const bool mutation_applies = ${stands};
}
")
    endif()
    return()
  endif()
  if(NOT stands)
    add_problem("the text of ${name} does not stand exactly once in ${source}:\n  ${text}")
  endif()
  get_property(left GLOBAL PROPERTY "left_${source}")
  if(NOT left)
    set(left "${original}")
  endif()
  string(REPLACE "${text}" "" left "${left}")
  set_property(GLOBAL PROPERTY "left_${source}" "${left}")
endfunction()

function(not_a_call source text)
  mutant("not_a_call" "${source}" "${text}" "" "")
endfunction()

include("${CMAKE_CURRENT_LIST_DIR}/mutants.cmake")

if(NOT DEFINED NAME)
  foreach(source IN LISTS mutated_sources)
    get_property(left GLOBAL PROPERTY "left_${source}")
    if(NOT left)
      file(READ "${PERSISTENCE}/${source}" left)
    endif()
    string(REPLACE ";" "" left "${left}")
    string(REGEX MATCHALL "[^\n]*[^a-z_]sync(_directory)?\\([^\n]*" calls "${left}")
    foreach(call IN LISTS calls)
      add_problem("a sync in ${source} has no mutant:\n  ${call}")
    endforeach()
  endforeach()
  get_property(problems GLOBAL PROPERTY problems)
  if(problems)
    message(FATAL_ERROR "${problems}Bring tests/crash/programs/mutants.cmake up to date.")
  endif()
endif()
