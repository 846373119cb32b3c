# Makes a static library whose only symbols are those of the header, from the one that cargo builds:
#
#   cmake -D FROM=target/release/libimgferry.a -D TO=libimgferry.a -P cmake/hide_symbols.cmake
#
# In cargo's, those of Rust and of zstd are seen, too. A program with a second static library made by Rust does not link
# with it ("multiple definition"), and one with another libzstd.a gets functions of both versions, mixed (measured).

cmake_minimum_required(VERSION 3.20)
# Of GNU binutils; -D LINKER=… and so on take others.
find_program(LINKER ld REQUIRED)
find_program(NM nm REQUIRED)
find_program(OBJCOPY objcopy REQUIRED)
find_program(AR ar REQUIRED)

# `-u FUNCTION` for each, so that the linker takes what they need, and nothing else.
execute_process(COMMAND ${NM} --extern-only --defined-only --format=posix ${FROM}
    OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "imgferry_[a-z0-9_]+ T" functions "${symbols}")
list(TRANSFORM functions REPLACE "(.*) T" "-u;\\1")
if(NOT functions)
    message(FATAL_ERROR "${FROM} has no functions of imgferry")
endif()

set(object ${TO}.o)
execute_process(COMMAND ${LINKER} -r --gc-sections --force-group-allocation ${functions} -o ${object} ${FROM}
    COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${OBJCOPY} --wildcard --keep-global-symbol=imgferry_* --strip-unneeded ${object}
    COMMAND_ERROR_IS_FATAL ANY)
# An archive that is there would be added to.
file(REMOVE ${TO})
execute_process(COMMAND ${AR} rcsD ${TO} ${object} COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${object})
