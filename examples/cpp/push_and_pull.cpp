/*
 * Pushes a local image, looks at it in the registry, pulls it back and deletes
 * it there.
 *
 *   push_and_pull LOCAL-IMAGE REMOTE-IMAGE
 *
 * The engine is the one that DOCKER_HOST names. IMGFERRY_USER and
 * IMGFERRY_PASSWORD are for the registry; without them, the logins of the
 * docker command are used. Ctrl-C stops whatever is going on.
 */

#include <cstdlib>
#include <iostream>
#include <string>

#include <unistd.h>

#include <imgferry.hpp>

#include "interrupt.hpp"
#include "show.hpp"

namespace {

imgferry::RegistryOptions options_for(const std::string &remote)
{
    imgferry::RegistryOptions options;
    const char *user = std::getenv("IMGFERRY_USER");
    const char *password = std::getenv("IMGFERRY_PASSWORD");
    if (user != nullptr && password != nullptr) {
        imgferry::Credential credential;
        credential.host = remote.substr(0, remote.find('/'));
        credential.username = user;
        credential.password = password;
        options.credentials.push_back(credential);
    } else {
        options.credentials_from_env = true;
    }
    return options;
}

void run(const std::string &local, const std::string &remote, const imgferry::Call &call)
{
    const auto engine = imgferry::Engine::from_env();
    const auto images = imgferry::Images::of(engine, options_for(remote));

    const auto pushed = images.push(local, remote, {}, call);
    for (const std::string_view warning : pushed.warnings())
        std::cerr << "note: " << warning << '\n';
    const auto target = pushed.image();
    std::cout << "pushed " << target.text() << '\n';

    std::cout << "digest " << images.digest(target, call) << '\n';
    std::cout << "size   " << images.size(target, call).total() << " bytes\n";
    for (const auto image : images.tags(target, call))
        std::cout << "tag    " << image.text() << '\n';

    const auto before = engine.inspect_image(local, {}, call);
    engine.remove_image(local, {}, call);
    const auto pulled = images.pull(target, local, {}, call);
    std::cout << "pulled " << target.text() << " as " << pulled.image().text() << '\n'
              << "image ID before " << before.id() << '\n'
              << "image ID after  " << pulled.id() << '\n';

    std::cout << "deleted " << images.rm(target, {}, call) << " from the registry\n";
}

} // namespace

int main(int argc, char **argv)
try {
    if (argc != 3) {
        std::cerr << "usage: push_and_pull LOCAL-IMAGE REMOTE-IMAGE\n";
        return 2;
    }
    stop_on_interrupt();

    Show show(isatty(STDOUT_FILENO) != 0);
    imgferry::Call call;
    call.progress = [&](const imgferry::Progress &at) {
        show(at);
        return !interrupted;
    };
    run(argv[1], argv[2], call);
    return EXIT_SUCCESS;
} catch (const imgferry::Error &error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
}
