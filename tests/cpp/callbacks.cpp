// What a program's own functions throw comes out of the call that they ran in, unchanged; what they
// answer is heeded; and a flag from another thread ends a call.
// Arguments: the address of an engine that is silent on pulls, swallows what is loaded and knows
// one image, and the host of a registry that lets in the user me with the password pass-word and
// has team/app:1.

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"

using namespace imgferry;
using namespace std::chrono_literals;

namespace {

/** Nobody else's exception. */
struct Mine : std::runtime_error {
    explicit Mine(int which) : std::runtime_error("mine"), number(which) {}
    int number;
};

/** Calls `function`, out of which this must come. */
template <class Function>
void expect_mine(int number, Function &&function, int line)
{
    try {
        function();
    } catch (const Mine &mine) {
        if (mine.number == number && mine.what() == std::string_view("mine"))
            return;
        std::fprintf(stderr, "line %d: %d came out\n", line, mine.number);
        std::exit(1);
    }
    std::fprintf(stderr, "line %d: nothing came out\n", line);
    std::exit(1);
}

#define MINE(number, ...)                                                                      \
    expect_mine(number, [&] { static_cast<void>(__VA_ARGS__); }, __LINE__)

/** A call that is given up in its third heartbeat. */
Call watched(int &waiting, std::thread::id caller = std::this_thread::get_id())
{
    Call call;
    call.progress = [&waiting, caller](const Progress &at) {
        CHECK(std::this_thread::get_id() == caller);
        CHECK(at.layer_id.empty() && !at.total);
        if (at.phase == Phase::waiting && ++waiting == 3)
            throw Mine(waiting);
    };
    return call;
}

void progress(const Engine &engine)
{
    int waiting = 0;
    const Call call = watched(waiting);
    MINE(3, engine.pull("demo/silent:1", {}, call));
    // In the form that throws nothing of its own, too: it is the program's.
    waiting = 0;
    MINE(3, engine.pull("demo/silent:1", {}, call.nothrow()));
    // The engine is as usable as before.
    CHECK_TEXT(engine.inspect_image("demo/app:1").os(), "linux");

    Call stopped;
    stopped.progress = [](const Progress &at) { return at.phase != Phase::waiting; };
    const Error error = FAILURE(cancelled, engine.pull("demo/silent:1", {}, stopped));
    CHECK(error.callback_result() == 1);

    // Not only std::exceptions.
    stopped.progress = [](const Progress &) { throw 42; };
    try {
        engine.pull("demo/silent:1", {}, stopped);
        CHECK(false);
    } catch (int number) {
        CHECK(number == 42);
    }
}

/** A plain function. */
bool go_on(const Progress &) { return true; }

void no_progress(const Engine &engine)
{
    using Follow = std::function<void(const Progress &)>;
    using Decide = std::function<bool(const Progress &)>;
    Call call;
    for (const ProgressFn &none : {ProgressFn(), ProgressFn(Follow()), ProgressFn(Decide())}) {
        CHECK(!none);
        call.progress = none;
        CHECK_TEXT(engine.inspect_image("demo/app:1", {}, call).os(), "linux");
    }
    call.progress = go_on;
    CHECK(call.progress);
    CHECK_TEXT(engine.inspect_image("demo/app:1", {}, call).os(), "linux");
}

/** Calls in calls: what is thrown by the inner one can be caught, or goes all the way. */
void nested(const Engine &engine)
{
    int inner = 0, outer = 0;
    const Call inner_call = watched(inner);
    Call call;
    call.progress = [&](const Progress &) {
        ++outer;
        inner = 0;
        MINE(3, engine.pull("demo/silent:1", {}, inner_call));
        CHECK_TEXT(engine.inspect_image("demo/app:1").os(), "linux");
        if (outer == 2) {
            inner = 0;
            engine.pull("demo/silent:1", {}, inner_call);
        }
    };
    MINE(3, engine.pull("demo/silent:1", {}, call));
    CHECK(outer == 2);
}

void another_thread(const Engine &engine)
{
    Call call;
    call.cancel.emplace();
    std::thread other([cancel = *call.cancel] {
        std::this_thread::sleep_for(100ms);
        cancel.set();
    });
    const Error error = FAILURE(cancelled, engine.pull("demo/silent:1", {}, call));
    CHECK(error.callback_result() == 0);
    other.join();
    CHECK(call.cancel->is_set());
}

void deadline(const Engine &engine)
{
    Call call;
    call.deadline = 300ms;
    FAILURE(timeout, engine.pull("demo/silent:1", {}, call));
}

/** A stream of so many bytes; with `number`, it throws that at its end. */
ReadFn stream(std::size_t left, int number = 0)
{
    return [left, number](Buffer buffer) mutable -> std::size_t {
        std::size_t given = 0;
        for (std::uint8_t &byte : buffer) {
            if (given == left)
                break;
            byte = 'x';
            ++given;
        }
        left -= given;
        if (given == 0 && number != 0)
            throw Mine(number);
        return given;
    };
}

void reads(const Engine &engine, const Registry &registry, const std::string &repository)
{
    CHECK_TEXT(engine.load_image(stream(100000)).names()[0], "demo/app:1");
    MINE(7, engine.load_image(stream(100000, 7)));
    MINE(8, engine.load_image(stream(100000, 8), {}, std::nothrow));
    MINE(9, registry.put_blob_stream(repository, stream(100000, 9)));
    // One that can only be moved.
    auto only_moved = [left = std::make_unique<int>(3)](Buffer) {
        return static_cast<std::size_t>(--*left);
    };
    CHECK_TEXT(engine.load_image(std::move(only_moved)).names()[0], "demo/app:1");
    const auto none = [](Buffer) { return std::optional<std::size_t>(); };
    const Error error = FAILURE(callback, engine.load_image(none));
    CHECK(error.callback_result() == 1);
    FAILURE(invalid_argument, engine.load_image([](Buffer buffer) { return buffer.size() + 1; }));
}

void writes(const Registry &registry, const std::string &image)
{
    const auto layers = Place::registry(registry, image).inspect();
    const std::string digest(layers.image_layers()[0].digest());
    const std::string blob = image.substr(0, image.rfind(':')) + "@" + digest;
    std::uint64_t size = 0;
    const auto saved = registry.get_blob_stream(blob, [&](Bytes bytes) { size += bytes.size(); });
    CHECK(size > 0 && saved.size() == size && registry.head_blob(blob) == size);
    MINE(10, registry.get_blob_stream(blob, [](Bytes) { throw Mine(10); }));
    FAILURE(callback, registry.get_blob_stream(blob, [](Bytes) { return false; }));
}

void credentials(const std::string &host, const std::string &image)
{
    RegistryOptions options;
    int asked = 0;
    options.credential_callback = [&](std::string_view its_host,
                                      std::string_view repository) -> std::optional<Credential> {
        CHECK_TEXT(its_host, host);
        CHECK_TEXT(repository, "team/app");
        Credential credential;
        switch (++asked) {
        case 1:
            throw Mine(11);
        case 2:
            credential.host = host; // which is not for an answer
            return credential;
        case 3:
            return std::nullopt;
        default:
            credential.username = "me";
            credential.password = "pass-word";
            return credential;
        }
    };
    const auto registry = Registry::open(host, options);
    MINE(11, registry.digest(image));
    FAILURE(invalid_argument, registry.digest(image));
    FAILURE(unauthorized, registry.digest(image));
    CHECK(registry.digest(image).substr(0, 7) == "sha256:");

    // A call of C cannot bring it out.
    asked = 0;
    const auto other = Registry::open(host, options);
    imgferry_text *digest = nullptr;
    imgferry_error *error = nullptr;
    CHECK(imgferry_registry_digest(other.get(), image.c_str(), nullptr, &digest, &error) ==
          IMGFERRY_CALLBACK);
    CHECK(Error(error).callback_result() == 1 && digest == nullptr);
}

void tokens(const Engine &engine, const std::string &host)
{
    int asked = 0;
    ConfigOptions options;
    options.cluster_name = "main";
    options.project_name = "team";
    options.username = "me";
    options.token_callback = [&]() -> std::optional<std::string> {
        switch (++asked) {
        case 1:
            throw Mine(12);
        case 2:
            return std::nullopt;
        default:
            return "pass-word";
        }
    };
    const auto json = R"({"clusters":{"main":{"registry_url":"http://)" + host + R"("}}})";
    const auto images = Images::of(engine, Config::parse(json, options));
    MINE(12, images.digest("image:app:1"));
    FAILURE(credentials, images.digest("image:app:1"));
    CHECK(images.digest("image:app:1").substr(0, 7) == "sha256:");
    CHECK(asked >= 3);
}

void notes()
{
    int noted = 0;
    bool refused = false;
    set_log(LogLevel::trace, [&](LogLevel level, std::string_view target, std::string_view text) {
        CHECK(level != LogLevel::off && target.substr(0, 8) == "imgferry" && !text.empty());
        ++noted;
        refused = set_log(LogLevel::off, {}, std::nothrow).status() == Status::invalid_state;
        throw Mine(13);
    });
    // Nobody is there, so the registry is asked again and again.
    Call call;
    call.deadline = std::chrono::milliseconds(500);
    const auto nobody = Registry::open("127.0.0.1:1");
    FAILURE(timeout, nobody.digest("127.0.0.1:1/app:1", call));
    CHECK(noted > 0 && refused);
    const int before = noted;
    set_log(LogLevel::trace, {});
    FAILURE(timeout, nobody.digest("127.0.0.1:1/app:1", call));
    CHECK(noted == before);
    FAILURE(invalid_argument, set_log(static_cast<LogLevel>(6), {}));
}

} // namespace

int main(int argc, char **argv)
{
    return checked([&] {
        CHECK(argc == 3);
        const auto engine = Engine::open(argv[1]);
        const std::string host = argv[2];
        const std::string image = host + "/team/app:1";
        Credential credential;
        credential.host = host;
        credential.username = "me";
        credential.password = "pass-word";
        RegistryOptions options;
        options.credentials = {credential};
        const auto registry = Registry::open(host, options);

        progress(engine);
        no_progress(engine);
        nested(engine);
        another_thread(engine);
        deadline(engine);
        reads(engine, registry, host + "/team/app");
        writes(registry, image);
        credentials(host, image);
        tokens(engine, host);
        notes();
    });
}
