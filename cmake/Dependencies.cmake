# The libraries we stand on, each as an imported target.

find_package(PkgConfig REQUIRED)
pkg_check_modules(JSONC REQUIRED IMPORTED_TARGET json-c>=0.15)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.87)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
pkg_check_modules(SECRET REQUIRED IMPORTED_TARGET libsecret-1>=0.20)

# kb_dependency(NAME MODULE ARCHIVE): the library as kb_NAME. What has the property
# KB_ARCHIVES gets the archive where there is one, everything else the shared object.
function(kb_dependency name module archive)
  # Beside the shared object only: another place has another version.
  find_library(KB_${module}_ARCHIVE ${archive} PATHS ${${module}_LIBDIR} NO_DEFAULT_PATH)
  if(KEYBEARER_STATIC_FRONT AND NOT KB_${module}_ARCHIVE)
    message(FATAL_ERROR "KEYBEARER_STATIC_FRONT needs ${archive}")
  endif()
  add_library(kb_${name} INTERFACE)
  if(NOT KB_${module}_ARCHIVE)
    target_link_libraries(kb_${name} INTERFACE PkgConfig::${module})
    return()
  endif()
  target_include_directories(kb_${name} SYSTEM INTERFACE ${${module}_INCLUDE_DIRS})
  target_link_libraries(kb_${name} INTERFACE
    "$<IF:$<BOOL:$<TARGET_PROPERTY:KB_ARCHIVES>>,${KB_${module}_ARCHIVE},PkgConfig::${module}>")
endfunction()
kb_dependency(jsonc JSONC libjson-c.a)
kb_dependency(sodium SODIUM libsodium.a)
