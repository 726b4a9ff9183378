# kb_warnings: every diagnostic we hold the code to. An INTERFACE target, so
# that it reaches our sources and nobody else's.

add_library(kb_warnings INTERFACE)
target_compile_options(kb_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wswitch-enum -Wundef -Wvla -Wformat=2 -Wwrite-strings -Wpointer-arith
  -Wcast-qual -Wnull-dereference)
if(KEYBEARER_WERROR)
  target_compile_options(kb_warnings INTERFACE -Werror)
endif()
