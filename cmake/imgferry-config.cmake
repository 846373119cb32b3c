# find_package(imgferry CONFIG) gives, of what is installed:
#
#   imgferry::imgferry  the shared library
#   imgferry::static    the static one, with what it needs
#
# Nothing in here is an absolute path: the installed tree may be moved.

get_filename_component(_imgferry_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_imgferry_libdirs "${_imgferry_prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE}" "${_imgferry_prefix}/lib64" "${_imgferry_prefix}/lib")

function(_imgferry_target name kind file)
    if(TARGET imgferry::${name})
        return()
    endif()
    find_file(library ${file} PATHS ${_imgferry_libdirs} NO_DEFAULT_PATH NO_CACHE)
    if(NOT library)
        return()
    endif()
    add_library(imgferry::${name} ${kind} IMPORTED)
    set_target_properties(imgferry::${name} PROPERTIES
        IMPORTED_LOCATION "${library}"
        INTERFACE_INCLUDE_DIRECTORIES "${_imgferry_prefix}/include")
    if(kind STREQUAL STATIC)
        # What it needs is written down once.
        get_filename_component(libdir "${library}" DIRECTORY)
        file(STRINGS "${libdir}/pkgconfig/imgferry.pc" needs REGEX "^Libs.private: ")
        string(REGEX MATCHALL "-[^ ]+" needs "${needs}")
        set_target_properties(imgferry::${name} PROPERTIES INTERFACE_LINK_LIBRARIES "${needs}")
    endif()
endfunction()

_imgferry_target(imgferry SHARED libimgferry.so)
_imgferry_target(static STATIC libimgferry.a)
if(NOT TARGET imgferry::imgferry AND NOT TARGET imgferry::static)
    set(imgferry_FOUND FALSE)
    set(imgferry_NOT_FOUND_MESSAGE "there is no libimgferry.so and no libimgferry.a in ${_imgferry_libdirs}")
endif()
