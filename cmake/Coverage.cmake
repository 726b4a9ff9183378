# kb_coverage: counters of executed code, with KEYBEARER_COVERAGE (scripts/coverage; clang only).
#
# The counters of a process are a shared mapping of a file, made before main(). So they
# survive _exit() and kill -9, and need no right to write once a helper is confined. All
# processes of one program share a file.

add_library(kb_coverage INTERFACE)
if(KEYBEARER_COVERAGE)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "KEYBEARER_COVERAGE needs clang")
  endif()
  set(kb_profile "-fprofile-instr-generate=${CMAKE_BINARY_DIR}/profile/%m%c.profraw")
  target_compile_options(kb_coverage INTERFACE
    ${kb_profile} -fcoverage-mapping "-fcoverage-compilation-dir=${CMAKE_SOURCE_DIR}"
    "SHELL:-mllvm -runtime-counter-relocation")
  target_link_options(kb_coverage INTERFACE ${kb_profile})
endif()
