# kb_wipe_on_free(TARGET): the program TARGET clears all heap memory that it gives back
# (lib/base/wipe_on_free.c). Sanitizers bring an allocator of their own, and only glibc's
# is known well enough to stand before it.

include(CheckSymbolExists)
check_symbol_exists(__GLIBC__ features.h KB_HAVE_GLIBC)

function(kb_wipe_on_free target)
  if(KEYBEARER_SANITIZE OR NOT KB_HAVE_GLIBC)
    return()
  endif()
  set(source "${PROJECT_SOURCE_DIR}/lib/base/wipe_on_free.c")
  target_sources(${target} PRIVATE "${source}")
  get_target_property(static ${target} KB_STATIC)
  if(NOT static)
    return()
  endif()
  # glibc's archive defines the same names in the same object as malloc(): there the
  # linker leads every call of them to ours instead.
  foreach(name free realloc reallocarray)
    set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_DEFINITIONS ${name}=__wrap_${name})
    target_link_options(${target} PRIVATE "-Wl,--wrap=${name}")
  endforeach()
endfunction()
