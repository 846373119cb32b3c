/*
 * Copies an image from one place to another, and shows how far it is.
 *
 *   copy docker://docker.io/library/alpine:3 oci:alpine:3
 *
 * The places are docker://HOST/PATH:TAG, docker-daemon:NAME:TAG (the engine that
 * DOCKER_HOST names), docker-archive:FILE[:NAME:TAG], oci:FOLDER[:NAME] and
 * oci-archive:FILE[:NAME]. Logins and proxies are the user's. Ctrl-C stops it;
 * what has come stays, and the next run goes on from there.
 */

#include <cstdlib>
#include <iostream>

#include <imgferry.hpp>

#include "interrupt.hpp"

int main(int argc, char **argv)
try {
    if (argc != 3) {
        std::cerr << "usage: copy SOURCE DESTINATION\n";
        return 2;
    }
    stop_on_interrupt();

    imgferry::Call call;
    call.progress = [](const imgferry::Progress &at) {
        if (at.phase == imgferry::Phase::layer_done || at.phase == imgferry::Phase::exists)
            std::cout << at.message << '\n';
        return !interrupted;
    };

    imgferry::RegistryOptions options;
    options.credentials_from_env = true;
    options.environment = true;

    const auto engine = imgferry::Engine::from_env();
    const auto source = imgferry::Place::parse(argv[1], engine, options);
    const auto destination = imgferry::Place::parse(argv[2], engine, options);
    const auto copied = imgferry::copy(source, destination, {}, call);
    for (const std::string_view warning : copied.warnings())
        std::cerr << "note: " << warning << '\n';
    if (!copied.platform().empty())
        std::cout << "for " << copied.platform() << '\n';
    std::cout << destination.text() << " is " << copied.digest() << '\n';
    return EXIT_SUCCESS;
} catch (const imgferry::Error &error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
}
