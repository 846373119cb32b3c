// Everything that needs no peer: what is owned, moved and empty; texts, names, configurations,
// options and places; errors in both forms.
// Arguments: a folder of its own.

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#if __cplusplus >= 202002L
#include <ranges>
#include <span>
#endif

#include "check.hpp"

using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace imgferry;

namespace {

const char *const EMPTY_DIGEST =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What every owner promises, and that what it tells when it holds nothing is safe. */
template <class T>
void promises()
{
    static_assert(std::is_nothrow_default_constructible_v<T>);
    static_assert(std::is_nothrow_move_constructible_v<T>);
    static_assert(std::is_nothrow_move_assignable_v<T>);
    static_assert(!std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>);
    static_assert(sizeof(T) == sizeof(void *));
    T empty;
    CHECK(!empty && empty.get() == nullptr && empty.release() == nullptr);
    T other(std::move(empty));
    empty = std::move(other);
    CHECK(!empty && !other);
}

template <class... All>
void all_promise()
{
    (promises<All>(), ...);
}

void owners()
{
    all_promise<Engine, Registry, Images, Config, Reader, Names, Saved, LocalImage, RemoteImage,
                RemoteImageList, Place, TextList, Pushed, Pulled, Loaded, Imported, ImageDetails,
                History, Distribution, ImageList, Removed, Pruned, SearchResultList, PushedImage,
                PulledImage, Tag, Manifest, ManifestHead, ImageSize, UploadedBlob,
                ImagePlatformList, ImageConfig, TagInfo, DescriptorList, RateLimit, Inspected,
                ListedImageList, Deleted, Copied>();
    static_assert(std::is_nothrow_copy_constructible_v<Error>);
    static_assert(std::is_copy_constructible_v<Cancel> && std::is_copy_constructible_v<Call>);

    // What tells of nothing.
    CHECK_TEXT(Pushed().digest(), "");
    CHECK(!Pushed().manifest_size() && Pushed().tags().empty() && Pushed().warnings().empty());
    CHECK_TEXT(Pushed().tags()[3].tag, "");
    CHECK(History().size() == 0 && !History()[0] && History()[0].tags().empty());
    CHECK(Manifest().data().size() == 0 && Manifest().data().text().empty());
    CHECK(!TagInfo().size() && TagInfo().size().platforms().empty());
    CHECK(!Inspected().manifest() && Inspected().image_layers().begin() ==
                                         Inspected().image_layers().end());
    CHECK(!ListedImage().place());

    // What is asked of nothing.
    Engine moved = Engine::open("unix:///nowhere/engine.sock");
    const Engine engine = std::move(moved);
    CHECK_TEXT(engine.endpoint(), "unix:///nowhere/engine.sock");
    CHECK_TEXT(moved.endpoint(), "");
    FAILURE(invalid_argument, moved.images());
    FAILURE(invalid_argument, copy(Place(), Place()));
    FAILURE(invalid_argument, Reader().size(), Names().next());
    FAILURE(connect, engine.images());

    // A handle can come from C, and go there.
    imgferry_engine *raw = nullptr;
    CHECK(imgferry_engine_new("unix:///x.sock", nullptr, &raw, nullptr) == IMGFERRY_OK);
    Engine taken(raw);
    CHECK(taken.get() == raw);
    taken = Engine::open("unix:///y.sock");
    CHECK_TEXT(taken.endpoint(), "unix:///y.sock");
    imgferry_engine_free(taken.release());
    CHECK(!taken);
}

void versions()
{
    CHECK_TEXT(version(), std::to_string(IMGFERRY_VERSION_MAJOR) + "." +
                              std::to_string(IMGFERRY_VERSION_MINOR) + "." +
                              std::to_string(IMGFERRY_VERSION_PATCH));
    CHECK(has_feature("engine") && !has_feature("teleport"));
    CHECK(!has_feature("engine\0"sv));
    CHECK_TEXT(status_name(Status::not_found), "NOT_FOUND");
    CHECK_TEXT(status_name(static_cast<Status>(-1)), "UNKNOWN");
}

void errors()
{
    const Engine engine = Engine::open("unix:///nowhere/engine.sock");
    const Error error = FAILURE(connect, engine.push("demo/app:1"));
    CHECK_TEXT(error.operation(), "push");
    CHECK_TEXT(error.subject(), "docker.io/demo/app:1");
    CHECK_TEXT(error.endpoint(), "unix:///nowhere/engine.sock");
    CHECK(!error.stage().empty() && !error.hint().empty() && error.attempts() == 1);
    CHECK(std::string_view(error.what()).find("unix:///nowhere") != std::string_view::npos);
    CHECK(!error.http_status() && !error.retry_after() && error.callback_result() == 0);
    CHECK(error.peer_code().empty() && error.peer_message().empty());
    CHECK(error.left_behind().empty() && error.get() != nullptr);
    CHECK(error.retryable());

    const Error nothing;
    CHECK(!nothing && nothing.status() == Status::ok && nothing.what() == ""sv);

    // The same without an exception; what there is on failure is empty and safe.
    const Result<Pushed> pushed = engine.push("demo/app:1", {}, std::nothrow);
    CHECK(!pushed && !pushed.has_value() && pushed.status() == Status::connect);
    CHECK_TEXT(pushed.error().what(), error.what());
    CHECK(!*pushed && pushed->digest().empty());
    FAILURE(connect, engine.push("demo/app:1", {}, std::nothrow).value());
    FAILURE(connect, pushed.value());
    auto image = LocalImage::parse("app:1", std::nothrow);
    CHECK(image && image.status() == Status::ok && !image.error());
    CHECK_TEXT(image->tag(), "1");
    CHECK_TEXT((*std::move(image)).name(), "app");
    CHECK(Registry::open("no host", {}, std::nothrow).status() == Status::invalid_argument);
}

void texts()
{
    // Not all of a larger text, and nothing behind it.
    CHECK_TEXT(LocalImage::parse("app:12"sv.substr(0, 5)).tag(), "1");
    CHECK_TEXT(LocalImage::parse("app:1"s).tag(), "1");
    const Error error = FAILURE(invalid_argument, LocalImage::parse("app\0:1"sv));
    CHECK_TEXT(error.what(), "text holds a NUL byte, which no such text can have");
    CHECK(error.get() == nullptr && error.operation().empty() && error.left_behind().empty());
    const auto result = LocalImage::named("app", "1\0"sv, std::nothrow);
    CHECK(result.status() == Status::invalid_argument);
    RegistryOptions options;
    options.mirrors = {"one.example", "two.example\0"s};
    FAILURE(invalid_argument, Registry::open("x.example", options));
    FAILURE(invalid_reference, LocalImage::parse("UPPER"));
    FAILURE(invalid_argument, LocalImage::parse("app:\xff"));
}

void names()
{
    const auto local = LocalImage::parse("localhost:5000/demo/app:1");
    CHECK_TEXT(local.name(), "localhost:5000/demo/app");
    CHECK_TEXT(local.with_tag("2").text(), "localhost:5000/demo/app:2");
    CHECK(local.digest().empty() && local.id().empty());
    CHECK_TEXT(LocalImage::named(EMPTY_DIGEST).id(), EMPTY_DIGEST);
    const std::string_view as_argument = local;
    CHECK_TEXT(as_argument, "localhost:5000/demo/app:1");

    const auto remote = RemoteImage::parse("example.com:9999/bob/app:v1");
    CHECK_TEXT(remote.registry(), "example.com:9999");
    CHECK_TEXT(remote.with_tag("v2").text(), "example.com:9999/bob/app:v2");
    CHECK_TEXT(remote.with_digest(EMPTY_DIGEST).digest(), EMPTY_DIGEST);
    CHECK_TEXT(RemoteImage::external("app", {}, "1").docker_url(true),
               "https://docker.io/library/app:1");
    const auto owned = RemoteImage::platform("app", "reg.example", "ml", "acme", "main", "v1");
    CHECK_TEXT(owned.text(), "image://main/acme/ml/app:v1");
    CHECK_TEXT(owned.docker_url(), "reg.example/acme/ml/app:v1");
    CHECK_TEXT(owned.name(), "app");
    CHECK_TEXT(owned.cluster_name(), "main");
    CHECK_TEXT(owned.org_name(), "acme");
    CHECK_TEXT(owned.project_name(), "ml");
    CHECK_TEXT(owned.tag(), "v1");
}

void configurations(const std::string &folder)
{
    const auto text = R"({"cluster_name":"main","org_name":"acme","project_name":"ml",
        "clusters":{"main":{"registry_url":"https://registry.example","orgs":["acme"]},
                    "lab":{"registry_url":"http://lab.example:5000"}}})"s;
    ConfigOptions options;
    options.project_name = "other";
    options.username = "me";
    const auto config = Config::parse(text, options);
    CHECK_TEXT(config.cluster_name(), "main");
    CHECK_TEXT(config.org_name(), "acme");
    CHECK_TEXT(config.project_name(), "other");
    CHECK(config.clusters().size() == 2);
    CHECK_TEXT(config.clusters()[0].name, "lab");
    CHECK_TEXT(config.clusters()[1].registry_url, "https://registry.example");
    CHECK_TEXT(config.remote_image("image:app").text(), "image://main/acme/other/app:latest");
    CHECK_TEXT(config.remote_image("image:app", TagOption::allow).tag(), "");
    FAILURE(invalid_reference, config.remote_image("image:app:1", TagOption::deny));
    CHECK_TEXT(config.platform_image("image:/x/app:1").project_name(), "x");
    CHECK_TEXT(config.local_image("app").tag(), "latest");
    CHECK_TEXT(config.to_platform_image("app:1").text(), "image://main/acme/other/app:1");
    CHECK_TEXT(config.to_local_image("image:app:1").text(), "app:1");

    const std::string path = folder + "/config.json";
    std::FILE *file = std::fopen(path.c_str(), "wb");
    CHECK(file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size());
    CHECK(std::fclose(file) == 0);
    CHECK_TEXT(Config::read(path).project_name(), "ml");
    CHECK(setenv("IMGFERRY_CONFIG", path.c_str(), 1) == 0);
    CHECK_TEXT(Config::from_env().cluster_name(), "main");
    FAILURE(invalid_argument, Config::parse("{"));

    const auto images = Images::of(Engine::open("unix:///nowhere.sock"), config);
    CHECK_TEXT(images.registry("image:app").host(), "registry.example");
    FAILURE(connect, images.push("app:1"));
}

void places(const std::string &folder)
{
    const auto engine = Engine::open("unix:///nowhere.sock");
    const auto registry = Registry::open("registry.example");
    CHECK_TEXT(Place::parse("docker-daemon:app:1", engine).text(), "docker-daemon:app:1");
    FAILURE(invalid_argument, Place::parse("docker-daemon:app:1"));
    CHECK(Place::parse("oci:x:1", {}, std::nothrow)->text() == "oci:x:1");
    CHECK_TEXT(Place::registry(registry, "registry.example/app:1").text(),
               "docker://registry.example/app:1");
    CHECK_TEXT(Place::engine(engine, "app:1").text(), "docker-daemon:app:1");
    CHECK_TEXT(Place::docker_archive("x.tar", "app:1").text(), "docker-archive:x.tar:app:1");
    CHECK_TEXT(Place::oci_layout("x", "1").text(), "oci:x:1");
    CHECK_TEXT(Place::oci_archive("x.tar").text(), "oci-archive:x.tar");
    FAILURE(not_found, Place::oci_layout(folder + "/none", "1").inspect());
}

#if __cplusplus >= 202002L
/** What C++20 brings: options by name, and ranges. */
void newer()
{
    static_assert(std::ranges::input_range<TextListView>);
    static_assert(std::ranges::input_range<ImageList>);
    static_assert(std::ranges::input_range<Names>);
    const auto engine = Engine::open("unix:///nowhere.sock", {.user_agent = "tests/1.0"});
    const Call call{.progress = [](const Progress &) {}, .deadline = std::chrono::seconds(5)};
    FAILURE(connect, engine.pull("app", {.tag = "1", .platform = "linux/arm64"}, call));
    const Credential credential{.host = "x.example", .username = "me", .password = "pass-word"};
    CHECK(Registry::open("x.example", {.credentials = {credential}, .allow_http = true}));
    std::vector<std::byte> room(5);
    CHECK(Bytes(std::span(room)).size() == 5 && Buffer(std::span(room)).size() == 5);
}
#else
void newer() {}
#endif

void bytes()
{
    const std::vector<std::uint8_t> vector{'a', 'b'};
    std::array<char, 3> array{};
    Buffer buffer = array;
    CHECK(buffer.size() == 3 && static_cast<void *>(buffer.data()) == array.data());
    CHECK_TEXT(Bytes(vector).text(), "ab");
    CHECK_TEXT(Bytes("abc"sv).text(), "abc");
    CHECK(std::count(Bytes(vector).begin(), Bytes(vector).end(), 'a') == 1);
    static_assert(!std::is_constructible_v<Buffer, const std::vector<std::uint8_t> &>);
    static_assert(!std::is_constructible_v<Bytes, std::vector<int> &>);
}

void times()
{
    using namespace std::chrono_literals;
    Call call;
    CHECK(detail::to_c(call).deadline_ms == 0 && detail::to_c(call).progress_interval_ms == 0);
    call.deadline = 3s;
    call.idle_limit = no_limit;
    call.answer_limit = -5ms;
    call.connect_limit = 0s;
    call.progress_interval = 0ms;
    const imgferry_call filled = detail::to_c(call);
    CHECK(filled.deadline_ms == 3000 && filled.idle_limit_ms == -1);
    CHECK(filled.answer_limit_ms == 1 && filled.connect_limit_ms == 1);
    CHECK(filled.progress_interval_ms == -1);
    CHECK(filled.progress == nullptr && filled.cancel == nullptr);

    RegistryOptions options;
    options.retry_first_pause = 0ms;
    options.retry_longest_pause = 24h * 365;
    detail::Input in;
    CHECK(options.to_c(in).retry_first_pause_ms == -1);
    CHECK(options.to_c(in).retry_longest_pause_ms == INT32_MAX);
    CHECK(options.to_c(in).retry_longest_wait_ms == 0);
}

void cancels()
{
    const Cancel cancel;
    const Cancel same = cancel;
    Call call;
    call.cancel = cancel;
    CHECK(!same.is_set());
    cancel.set();
    CHECK(same.is_set());
    const auto engine = Engine::open("unix:///nowhere/engine.sock");
    FAILURE(cancelled, engine.api_version(call));
    CHECK(same.set(std::nothrow));
}

/** What a callback holds ends with the last handle that has it, or when none was made. */
void lives()
{
    struct Life {
        int *ends;
        ~Life() { ++*ends; }
    };
    int ends = 0;
    {
        RegistryOptions options;
        const auto life = std::shared_ptr<Life>(new Life{&ends});
        options.credential_callback = [life](std::string_view, std::string_view) {
            return std::optional<Credential>();
        };
        auto registry = Registry::open("registry.example", options);
        auto place = Place::registry(registry, "registry.example/app");
        FAILURE(invalid_argument, Registry::open("no host", options));
        CHECK(life.use_count() == 3);
        registry = Registry();
        options.credential_callback = nullptr;
        CHECK(life.use_count() == 2);
        place = Place();
        CHECK(life.use_count() == 1 && ends == 0);
    }
    CHECK(ends == 1);
}

} // namespace

int main(int argc, char **argv)
{
    return checked([&] {
        CHECK(argc == 2);
        owners();
        versions();
        errors();
        texts();
        names();
        configurations(argv[1]);
        places(argv[1]);
        newer();
        bytes();
        times();
        cancels();
        lives();
    });
}
