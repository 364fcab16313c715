# libftpproto for CMake: find_package(ftpproto), then ftpproto::ftpproto (whichever is installed, the
# shared one first), ftpproto::shared or ftpproto::static.
#
# It lies at PREFIX/share/cmake/ftpproto and finds the rest from there, so that a tree can be moved.

get_filename_component(_ftpproto_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

set(_ftpproto_folders lib lib64)
if(CMAKE_LIBRARY_ARCHITECTURE)
  list(INSERT _ftpproto_folders 0 "lib/${CMAKE_LIBRARY_ARCHITECTURE}")
endif()

find_path(ftpproto_INCLUDE_DIR ftpproto.h
  HINTS "${_ftpproto_prefix}/include" NO_DEFAULT_PATH)
find_library(ftpproto_SHARED_LIBRARY
  NAMES "${CMAKE_SHARED_LIBRARY_PREFIX}ftpproto${CMAKE_SHARED_LIBRARY_SUFFIX}"
  HINTS "${_ftpproto_prefix}" PATH_SUFFIXES ${_ftpproto_folders} NO_DEFAULT_PATH)
find_library(ftpproto_STATIC_LIBRARY
  NAMES "${CMAKE_STATIC_LIBRARY_PREFIX}ftpproto${CMAKE_STATIC_LIBRARY_SUFFIX}"
  HINTS "${_ftpproto_prefix}" PATH_SUFFIXES ${_ftpproto_folders} NO_DEFAULT_PATH)
mark_as_advanced(ftpproto_INCLUDE_DIR ftpproto_SHARED_LIBRARY ftpproto_STATIC_LIBRARY)

if(ftpproto_SHARED_LIBRARY AND NOT TARGET ftpproto::shared)
  add_library(ftpproto::shared SHARED IMPORTED)
  set_target_properties(ftpproto::shared PROPERTIES
    IMPORTED_LOCATION "${ftpproto_SHARED_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${ftpproto_INCLUDE_DIR}")
endif()

if(ftpproto_STATIC_LIBRARY AND NOT TARGET ftpproto::static)
  include(CMakeFindDependencyMacro)
  find_dependency(Threads)
  add_library(ftpproto::static STATIC IMPORTED)
  set_target_properties(ftpproto::static PROPERTIES
    IMPORTED_LOCATION "${ftpproto_STATIC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${ftpproto_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;gcc_s;m;${CMAKE_DL_LIBS}")
endif()

if(NOT TARGET ftpproto::ftpproto)
  foreach(_ftpproto_kind shared static)
    if(TARGET ftpproto::${_ftpproto_kind} AND NOT TARGET ftpproto::ftpproto)
      add_library(ftpproto::ftpproto INTERFACE IMPORTED)
      set_target_properties(ftpproto::ftpproto PROPERTIES
        INTERFACE_LINK_LIBRARIES ftpproto::${_ftpproto_kind})
    endif()
  endforeach()
endif()

if(NOT ftpproto_INCLUDE_DIR OR NOT TARGET ftpproto::ftpproto)
  set(ftpproto_FOUND FALSE)
  set(ftpproto_NOT_FOUND_MESSAGE "no header or no library of libftpproto under ${_ftpproto_prefix}")
endif()

unset(_ftpproto_prefix)
unset(_ftpproto_folders)
unset(_ftpproto_kind)
