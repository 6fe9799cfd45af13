# How our own code is compiled: warnings, sanitizers, compiler cache, precompiled headers.

find_program(DAYBOOK_CCACHE ccache)
if(DAYBOOK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers have no fixed bytes; these two make ccache accept them.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${DAYBOOK_CCACHE})
endif()

# The sixty programs of a whole build are linked in two thirds of the time.
find_program(DAYBOOK_GOLD ld.gold)
mark_as_advanced(DAYBOOK_GOLD)
if(DAYBOOK_GOLD AND PROJECT_IS_TOP_LEVEL AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=gold)
endif()

# Flags that every object of a program must share, therefore not a target's own.
if(DAYBOOK_SANITIZE STREQUAL "address")
  # CAF's queues cast their own end marker to an element they never touch (caf/intrusive/task_queue.hpp, promote): the check of
  # casts by vptr would end every program with an actor in it.
  set(sanitizers -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
elseif(DAYBOOK_SANITIZE STREQUAL "thread")
  set(sanitizers -fsanitize=thread)
elseif(DAYBOOK_SANITIZE)
  message(FATAL_ERROR "DAYBOOK_SANITIZE is ${DAYBOOK_SANITIZE}: OFF, address or thread")
endif()
string(JOIN " " DAYBOOK_INSTRUMENTATION ${sanitizers})
if(DAYBOOK_SANITIZE)
  add_compile_options(${sanitizers} -fno-omit-frame-pointer)
  add_link_options(${sanitizers})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(DAYBOOK_COVERAGE)
  # Counters must be right when threads share them; paths must be whole, or two files of one name are one.
  add_compile_options(--coverage -fprofile-update=atomic -fprofile-abs-path)
  add_link_options(--coverage)
  string(APPEND DAYBOOK_INSTRUMENTATION " --coverage")
endif()
if(DAYBOOK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# daybook_compile_options(<target> [<files>]): files is how many of the target's are compiled as one (DAYBOOK_UNITY), few enough
# that whoever touches one waits for seconds; 1: each of its own.
#
# Instrumented, the standard library's own std::regex looks uninitialised to GCC 12 (its bug 105562).
function(daybook_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${DAYBOOK_WERROR}>:-Werror>
                         $<$<AND:$<BOOL:${DAYBOOK_SANITIZE}>,$<CXX_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized>)
  if(DAYBOOK_CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
  set(files 4)
  if(ARGC GREATER 1)
    set(files ${ARGV1})
  endif()
  if(DAYBOOK_UNITY AND files GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${files})
  endif()
endfunction()

# CAF's templates take seconds to parse; only those that almost every file of ours needs.
function(daybook_precompile_caf target)
  if(DAYBOOK_PCH)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <string> <string_view>
      <unordered_map> <utility> <variant> <vector>
      <caf/actor_system.hpp> <caf/actor_system_config.hpp> <caf/event_based_actor.hpp> <caf/scoped_actor.hpp>
      <caf/stateful_actor.hpp> <caf/typed_actor.hpp> <caf/typed_event_based_actor.hpp> <spdlog/logger.h>)
  endif()
endfunction()
