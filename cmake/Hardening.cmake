# kb_hardening: compiler and linker defences, each used only where it is known.

include(CheckCCompilerFlag)
include(CheckLinkerFlag)

add_library(kb_hardening INTERFACE)

function(kb_probe_compile flag)
  string(MAKE_C_IDENTIFIER "KB_HAVE${flag}" have)
  check_c_compiler_flag("${flag}" ${have})
  if(${have})
    target_compile_options(kb_hardening INTERFACE "${flag}")
  endif()
endfunction()

function(kb_probe_link flag)
  string(MAKE_C_IDENTIFIER "KB_HAVE_LINK${flag}" have)
  check_linker_flag(C "${flag}" ${have})
  if(${have})
    target_link_options(kb_hardening INTERFACE "${flag}")
  endif()
endfunction()

foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
             -ftrivial-auto-var-init=zero -fno-strict-overflow -fno-common)
  kb_probe_compile(${flag})
endforeach()
foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
  kb_probe_link(${flag})
endforeach()

# Paths of the build machine stay out of the binaries.
target_compile_options(kb_hardening INTERFACE
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")

# _FORTIFY_SOURCE needs optimisation, and hides what the sanitizers look for. A packager's flags may
# define it already.
check_c_compiler_flag("-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Werror" KB_HAVE_FORTIFY_3)
if(KB_HAVE_FORTIFY_3)
  set(kb_fortify 3)
else()
  set(kb_fortify 2)
endif()
if(NOT KEYBEARER_SANITIZE)
  target_compile_options(kb_hardening INTERFACE
    "$<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=${kb_fortify}>")
endif()

include(CheckPIESupported)
check_pie_supported()
