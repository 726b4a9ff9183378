# kb_sanitizers: empty unless KEYBEARER_SANITIZE names some.

add_library(kb_sanitizers INTERFACE)
if(KEYBEARER_SANITIZE)
  target_compile_options(kb_sanitizers INTERFACE
    -fsanitize=${KEYBEARER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kb_sanitizers INTERFACE -fsanitize=${KEYBEARER_SANITIZE})
endif()
if(KEYBEARER_FUZZ)
  # Coverage for libFuzzer in our own code; each fuzz target adds its main.
  target_compile_options(kb_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(kb_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()

# kb_leak_check(PROGRAM): whether an installed program looks for leaks under sanitizers.
function(kb_leak_check target)
  if(KEYBEARER_SANITIZE AND NOT KEYBEARER_SANITIZE_LEAKS)
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/e2e/no_leak_check.c")
  endif()
endfunction()

# kb_flags: what every target of ours is compiled with.
add_library(kb_flags INTERFACE)
target_link_libraries(kb_flags INTERFACE kb_warnings kb_hardening kb_sanitizers kb_coverage)
target_compile_definitions(kb_flags INTERFACE _GNU_SOURCE)

# kb_add_layer(NAME SOURCES... ): one folder, one static library, one include
# directory of its own.
function(kb_add_layer name)
  add_library(kb_${name} STATIC ${ARGN})
  target_include_directories(kb_${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
  target_link_libraries(kb_${name} PRIVATE kb_flags)
endfunction()
