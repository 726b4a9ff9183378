# kb_load_crypto_first(TARGET): the program TARGET has the loader search OpenSSL's libcrypto
# before all other libraries. More than a third of some 9,000 symbols that are looked up
# when libcurl is loaded are libcrypto's own, looked for by itself: found at once they save
# a fifteenth of the start. It is loaded anyway: only where libcurl itself asks for it.

include(CheckLinkerFlag)
find_library(KB_CURL_LIBRARY curl HINTS ${CURL_LIBDIR} REQUIRED)
execute_process(COMMAND ${CMAKE_OBJDUMP} -p "${KB_CURL_LIBRARY}"
                OUTPUT_VARIABLE kb_curl_needs ERROR_QUIET)
if(kb_curl_needs MATCHES "NEEDED +(libcrypto\\.so[.0-9]*)")
  set(kb_crypto_first "-Wl,--push-state,--no-as-needed,-l:${CMAKE_MATCH_1},--pop-state")
  check_linker_flag(C "${kb_crypto_first}" KB_HAVE_CRYPTO_FIRST)
endif()

function(kb_load_crypto_first target)
  if(KB_HAVE_CRYPTO_FIRST)
    target_link_options(${target} PRIVATE "${kb_crypto_first}")
  endif()
endfunction()
