// A program that is compiled without exceptions: every kind of result, and callbacks that fail.
// Arguments: as those of callbacks.cpp.

#include "check.hpp"

using namespace imgferry;

namespace {

void an_engine(const char *address)
{
    const auto engine = Engine::open(address, {}, std::nothrow);
    CHECK(engine);
    const auto details = engine->inspect_image("demo/app:1", {}, std::nothrow);
    CHECK(details && details->os() == "linux");

    int records = 0;
    Call call;
    call.progress = [&](const Progress &) { return ++records < 3; };
    const auto pulled = engine->pull("demo/silent:1", {}, call.nothrow());
    CHECK(!pulled && pulled.status() == Status::cancelled && records == 3);
    CHECK(pulled->digest().empty());

    const auto none = [](Buffer) { return std::optional<std::size_t>(); };
    CHECK(engine->load_image(none, {}, std::nothrow).status() == Status::callback);
    const Cancel cancel;
    CHECK(cancel.set(std::nothrow) && cancel.is_set());
}

void a_registry(const std::string &host)
{
    RegistryOptions options;
    options.credential_callback = [](std::string_view, std::string_view) {
        Credential credential;
        credential.username = "me";
        credential.password = "pass-word";
        return credential;
    };
    const auto registry = Registry::open(host, options, std::nothrow);
    CHECK(registry && registry->ping(std::nothrow));
    const Result<bool> accepted = registry->check_login(std::nothrow);
    CHECK(accepted && *accepted);
    const Result<std::string> digest = registry->digest(host + "/team/app:1", std::nothrow);
    CHECK(digest && digest->substr(0, 7) == "sha256:");
    auto names = registry->list_tags(host + "/team/app", std::nothrow);
    CHECK(names);
    int found = 0;
    for (;;) {
        const auto name = names->next(std::nothrow);
        CHECK(name);
        if (!*name)
            break;
        ++found;
    }
    CHECK(found == 2);
    const auto blob = registry->put_blob_data(host + "/team/app", std::string(10, 'x'), {},
                                              std::nothrow);
    const std::string name = host + "/team/app@" + std::string(blob->digest());
    const auto written = registry->get_blob_stream(
        name, [](Bytes) { return false; }, {}, std::nothrow);
    CHECK(written.status() == Status::callback);
}

} // namespace

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    an_engine(argv[1]);
    a_registry(argv[2]);
    return 0;
}
