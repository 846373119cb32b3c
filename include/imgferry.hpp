/**
 * imgferry for C++17: moves container images between a Docker Engine, registries and archives.
 *
 * EXAMPLE
 *
 *     #include <iostream>
 *     #include <imgferry.hpp>
 *
 *     int main()
 *     try {
 *         const auto engine = imgferry::Engine::from_env();
 *         imgferry::Call call;
 *         call.progress = [](const imgferry::Progress &at) { std::cout << at.message << '\n'; };
 *         const auto pulled = engine.pull("busybox:1.36", {}, call);
 *         std::cout << "pulled " << pulled.digest() << '\n';
 *     } catch (const imgferry::Error &error) {
 *         std::cerr << error.what() << '\n';
 *         return 1;
 *     }
 *
 * This header is all that there is: it calls the functions of imgferry.h, which says what each of
 * them does and how it fails, and needs nothing but that library. Every class has get(), for the
 * functions of C, and can take over what those give.
 *
 * OWNERSHIP
 *
 * What a function returns is yours, and frees itself at its end: Engine, Pushed, ImageList. It is
 * moved, not copied, and may go before or after whatever it was made from. What was moved from is
 * empty: what it tells is "", 0 or nothing, and what it is asked to do fails with
 * Status::invalid_argument.
 *
 * What such a thing tells belongs to it, and lives as long: texts, which are a std::string_view,
 * elements of its lists, and whatever has a name that ends in View. Therefore give a name to what
 * they come from:
 *
 *     const auto details = engine.inspect_image("app:1");
 *     for (std::string_view tag : details.repo_tags()) ...
 *
 * and not `for (... : engine.inspect_image("app:1").repo_tags())`, where the image is gone before
 * the loop begins, up to C++20. `for (auto image : engine.images())` is fine: the list is what
 * lives as long as the loop.
 *
 * ARGUMENTS
 *
 * Texts are UTF-8 without a NUL byte, paths in the bytes of the system (of a std::filesystem::path
 * give native()); they are copied when they have to be kept. Options are structs that may be
 * filled by name in C++20: `engine.pull("app:1", {.platform = "linux/arm64"})`. Absent is a
 * std::optional without a value, except that for texts that are told it is "". What is in the
 * namespace detail, and functions with the name to_c, are for this header itself.
 *
 * ERRORS
 *
 * A failure is an imgferry::Error, which is thrown. (Besides, std::bad_alloc is, as anywhere; and
 * nothing else but what your own callbacks throw.) Where that is not wanted, each function returns
 * a Result, a value or an Error, when its last argument is std::nothrow:
 *
 *     const auto image = engine.inspect_image("app:1", {}, std::nothrow);
 *     if (image)
 *         std::cout << image->id();
 *     else if (image.status() == imgferry::Status::not_found)
 *         ...
 *
 * or, to give a Call as well, `call.nothrow()`. There is one function for both, so none can lack a
 * form, and both can be used side by side: "not found" is an exception to one program and an answer
 * to another, often in the same file. A Result cannot be overlooked, as an error that is given by
 * reference can. In a program that is compiled with -fno-exceptions the form that throws does not
 * compile. (Compile all of a program in one way, as with any header that has both.)
 *
 * CALLBACKS
 *
 * Progress, streams, credentials and tokens are anything that can be called: lambdas, functions,
 * std::function. They run on the thread that made the call, before it returns. An exception that
 * one throws ends the call, is carried past the library, and comes out of the call unchanged, in
 * both forms. (A handle that is used by functions of C alone cannot do this; there the call ends
 * with IMGFERRY_CALLBACK.)
 *
 * Ctrl-C: let the signal handler set a variable of type `volatile std::sig_atomic_t`, and the
 * progress function return whether it is not set. From another thread, use a Cancel.
 *
 * THREADS
 *
 * Any number of threads may use one object at the same time; only its end, and moving it, must be
 * alone. Reader and Names are for one thread at a time.
 */

#ifndef IMGFERRY_HPP
#define IMGFERRY_HPP

#include "imgferry.h"

#include "imgferry/error.hpp"
#include "imgferry/log.hpp"
#include "imgferry/call.hpp"
#include "imgferry/streams.hpp"
#include "imgferry/config.hpp"
#include "imgferry/engine.hpp"
#include "imgferry/registry.hpp"
#include "imgferry/images.hpp"
#include "imgferry/place.hpp"

#endif
