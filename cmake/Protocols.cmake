# lib/proto/protocols.def, as far as the installation needs it: KEYBEARER_LINKS, the names that the
# front gets besides its own (FOLDER/NAME: beside the helpers), and KEYBEARER_PROTOCOL_PAGES, the
# manual pages in docs/man.

set(kb_protocols "${PROJECT_SOURCE_DIR}/lib/proto/protocols.def")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${kb_protocols}")
file(STRINGS "${kb_protocols}" kb_rows REGEX "^KB_PROTO")
set(KEYBEARER_LINKS)
set(KEYBEARER_PROTOCOL_PAGES)
foreach(row IN LISTS kb_rows)
  if(NOT row MATCHES "^KB_PROTO\\([a-z_]+, KB_BY_[A-Z]+, KB_LINKS\\(([^)]*)\\), \"[^\"]*\", \"([^\"(]+)\\(1\\)\", ")
    message(FATAL_ERROR "protocols.def: this is no row: ${row}")
  endif()
  list(APPEND KEYBEARER_PROTOCOL_PAGES man/${CMAKE_MATCH_2}.1)
  set(links "${CMAKE_MATCH_1}")
  if(NOT row MATCHES "KB_BY_PROFILE")
    string(REGEX MATCHALL "[^\", ]+" links "${links}")
    list(APPEND KEYBEARER_LINKS ${links})
  endif()
endforeach()
list(REMOVE_DUPLICATES KEYBEARER_PROTOCOL_PAGES)
