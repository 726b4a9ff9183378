# What our programs have instead of glibc's allocator. Sanitizers bring one of their own, and
# only glibc's is known well enough to stand before it: elsewhere these do nothing.
#
# kb_wipe_on_free(TARGET): TARGET clears all heap memory that it gives back.
# kb_end_without_memory(TARGET): TARGET, which must define kb_out_of_memory(), ends where
# memory runs out.

include(CheckSymbolExists)
check_symbol_exists(__GLIBC__ features.h KB_HAVE_GLIBC)

function(kb_wipe_on_free target)
  kb_stand_before_glibc(${target} wipe_on_free.c free realloc reallocarray)
endfunction()

function(kb_end_without_memory target)
  kb_stand_before_glibc(${target} end_without_memory.c malloc calloc posix_memalign)
endfunction()

# The functions NAME... of lib/base/FILE are those of the whole process.
function(kb_stand_before_glibc target file)
  if(KEYBEARER_SANITIZE OR NOT KB_HAVE_GLIBC)
    return()
  endif()
  set(source "${PROJECT_SOURCE_DIR}/lib/base/${file}")
  target_sources(${target} PRIVATE "${source}")
  get_target_property(static ${target} KB_STATIC)
  if(NOT static)
    return()
  endif()
  # glibc's archive defines the same names in one object with others that are wanted from
  # it: there the linker leads every call of them to ours instead.
  foreach(name IN LISTS ARGN)
    set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_DEFINITIONS ${name}=__wrap_${name})
    target_link_options(${target} PRIVATE "-Wl,--wrap=${name}")
  endforeach()
endfunction()
