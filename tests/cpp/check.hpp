/* A condition that must hold: else the program says where it does not, and ends. */

#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <imgferry.hpp>

#define CHECK(...)                                                                             \
    do {                                                                                       \
        if (!(__VA_ARGS__)) {                                                                  \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #__VA_ARGS__);     \
            std::exit(1);                                                                      \
        }                                                                                      \
    } while (0)

#define CHECK_TEXT(found, expected)                                                            \
    do {                                                                                       \
        const std::string found_text{found};                                                   \
        if (found_text != (expected)) {                                                        \
            std::fprintf(stderr, "%s:%d: %s is \"%s\"\n", __FILE__, __LINE__, #found,          \
                         found_text.c_str());                                                  \
            std::exit(1);                                                                      \
        }                                                                                      \
    } while (0)

#ifdef __cpp_exceptions

/** The Error that `function` throws; there must be one of this kind. */
template <class Function>
imgferry::Error failure(imgferry::Status wanted, Function &&function, int line)
{
    try {
        function();
    } catch (const imgferry::Error &error) {
        if (error.status() == wanted)
            return error;
        std::fprintf(stderr, "line %d: %s\n", line, error.what());
        std::exit(1);
    }
    std::fprintf(stderr, "line %d: it did not fail\n", line);
    std::exit(1);
}

#define FAILURE(wanted, ...)                                                                   \
    failure(imgferry::Status::wanted, [&] { static_cast<void>(__VA_ARGS__); }, __LINE__)

/** What tests end with that are not to fail: the message of what came out of them. */
template <class Function>
int checked(Function &&function)
{
    try {
        function();
        return 0;
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "not caught: %s\n", failure.what());
        return 1;
    }
}

#endif

#endif
