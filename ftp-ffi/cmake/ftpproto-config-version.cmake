# Before 1.0 another middle number is another interface; from then on another first one is.
set(PACKAGE_VERSION "0.1.0")

string(REGEX MATCH "^(0\\.[0-9]+|[0-9]+)" _ftpproto_has "${PACKAGE_VERSION}")
string(REGEX MATCH "^(0\\.[0-9]+|[0-9]+)" _ftpproto_wants "${PACKAGE_FIND_VERSION}")
if(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION
    OR NOT (_ftpproto_has STREQUAL _ftpproto_wants OR PACKAGE_FIND_VERSION STREQUAL "0"))
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
if(NOT PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
unset(_ftpproto_has)
unset(_ftpproto_wants)
