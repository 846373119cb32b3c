# The version is that of the header beside it. Until 1.0, versions fit when their first two numbers are the same; then,
# when the first is.

file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../../../include/imgferry.h" _imgferry_lines
    REGEX "^#define IMGFERRY_VERSION_(MAJOR|MINOR|PATCH) ")
string(REGEX MATCHALL "[0-9]+" _imgferry_numbers "${_imgferry_lines}")
string(REPLACE ";" "." PACKAGE_VERSION "${_imgferry_numbers}")
list(GET _imgferry_numbers 0 _imgferry_major)
list(GET _imgferry_numbers 1 _imgferry_minor)

if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION
    AND PACKAGE_FIND_VERSION_MAJOR EQUAL _imgferry_major
    AND (PACKAGE_FIND_VERSION_MAJOR GREATER 0 OR PACKAGE_FIND_VERSION_MINOR EQUAL _imgferry_minor))
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
endif()
