// Images by their names, and from place to place.
// Arguments: the address of an engine, the host of a registry, an archive with one image that the
// engine will know as NAME, that NAME, the name in the registry that it is to have, and a folder of
// its own.

#include <csignal>
#include <thread>
#include <vector>

#include "check.hpp"

using namespace imgferry;

namespace {

volatile std::sig_atomic_t interrupted = 0;

/** There and back, by names. */
void by_names(const Engine &engine, const std::string &local, const std::string &name)
{
    const auto images = Images::of(engine);
    std::string source, destination;
    Call call;
    call.progress = [&](const Progress &at) {
        if (at.phase == Phase::push_starts || at.phase == Phase::pull_starts) {
            source = at.source;
            destination = at.destination;
        }
        return interrupted == 0;
    };
    const auto pushed = images.push(local, name, {}, call);
    CHECK_TEXT(source, local);
    CHECK_TEXT(destination, name);
    CHECK_TEXT(pushed.image().text(), name);
    CHECK(pushed.via() == PushVia::engine && pushed.manifest_size().value_or(0) > 0);
    CHECK(pushed.reason().empty() && pushed.warnings().empty());

    PushImageOptions directly;
    directly.via = PushVia::direct;
    directly.compression = Compression::zstd;
    directly.compression_level = 1;
    const auto other = images.push(local, name + "-zstd", directly);
    CHECK(other.via() == PushVia::direct && other.digest() != pushed.digest());

    CHECK_TEXT(images.digest(pushed.image()), pushed.digest());
    CHECK(images.size(name).total() > 0);
    const auto tag = images.tag_info(name);
    CHECK_TEXT(tag.name(), "1");
    CHECK(tag.size() == images.size(name).total());
    std::vector<std::string> tags;
    for (const auto image : images.tags(name))
        tags.emplace_back(image.tag());
    CHECK(tags == std::vector<std::string>{"1", "1-zstd"});
    CHECK_TEXT(images.registry(name).digest(name), pushed.digest());
    FAILURE(invalid_argument, images.list());

    const auto before = engine.inspect_image(local);
    engine.remove_image(local);
    const auto pulled = images.pull(name, local, {}, call);
    CHECK_TEXT(source, name);
    CHECK_TEXT(pulled.image().text(), local);
    CHECK_TEXT(pulled.image().tag(), "1");
    CHECK_TEXT(pulled.id(), before.id());
    CHECK_TEXT(pulled.digest(), pushed.digest());
    CHECK(!pulled.up_to_date() && pulled.warnings().empty());
    CHECK_TEXT(images.rm(name + "-zstd"), other.digest());

    interrupted = 1;
    FAILURE(cancelled, images.push(local, name, {}, call));
    interrupted = 0;
}

/** The images of a cluster. */
void of_a_cluster(const Engine &engine, const std::string &host, const std::string &name)
{
    const auto json = R"({"clusters":{"main":{"registry_url":"http://)" + host + R"("}}})";
    ConfigOptions current;
    current.cluster_name = "main";
    const auto images = Images::of(engine, Config::parse(json, current));
    bool found = false;
    for (const auto image : images.list())
        found = found || image.docker_url() == name.substr(0, name.rfind(':'));
    CHECK(found);
    CHECK(images.list("main", std::nothrow));
}

/** Through every kind of place. */
void by_places(const Engine &engine, const std::string &host, const std::string &archive,
               const std::string &name, const std::string &folder)
{
    const auto registry = Registry::open(host);
    const auto layout = Place::oci_layout(folder + "/layout", "1");
    int layers = 0;
    Call call;
    call.progress = [&](const Progress &at) { layers += at.phase == Phase::layer_done; };
    const auto copied = copy(Place::docker_archive(archive), layout, {}, call);
    CHECK(copied.blobs() > 0 && copied.bytes() > 0 && copied.manifests() == 1 && layers > 0);
    CHECK(copied.existing_blobs() == 0 && copied.platform().empty() && copied.warnings().empty());
    CHECK(copied.media_type().find("manifest") != std::string_view::npos);

    CopyOptions options;
    options.keep_digests = true;
    options.parallel = 2;
    const auto remote = Place::registry(registry, name + "-copied");
    const auto there = copy(layout, remote, options);
    CHECK_TEXT(there.digest(), copied.digest());
    CHECK_TEXT(copy(remote, Place::oci_archive(folder + "/layout.tar", "1"), options).digest(),
               copied.digest());
    copy(layout, Place::engine(engine, "demo/from-layout:1"));
    CHECK(engine.remove_image("demo/from-layout:1").untagged().size() == 1);

    const auto inspected = layout.inspect();
    CHECK_TEXT(inspected.digest(), copied.digest());
    CHECK_TEXT(inspected.media_type(), copied.media_type());
    CHECK_TEXT(inspected.manifest().digest(), copied.digest());
    CHECK(inspected.platforms().empty() && inspected.has_image());
    CHECK(inspected.image_manifest().data().size() == inspected.manifest().data().size());
    CHECK_TEXT(inspected.image_config().os(), "linux");
    CHECK(inspected.image_layers().size() == 2 && inspected.image_size() > 0);
    CHECK(inspected.warnings().empty());
    const auto of_engine = Place::engine(engine, name).inspect(std::nullopt, std::nothrow);
    CHECK(of_engine.status() == Status::not_found && !of_engine->manifest());

    std::size_t found = 0;
    for (const auto image : layout.list()) {
        ++found;
        CHECK_TEXT(image.name(), "1");
        CHECK_TEXT(image.digest(), copied.digest());
        CHECK(image.id().empty());
        CHECK_TEXT(image.place().text(), layout.text());
        CHECK_TEXT(image.place().inspect().digest(), copied.digest());
        const auto deleted = image.place().remove();
        CHECK_TEXT(deleted.removed().untagged()[0], "1");
        CHECK(!deleted.removed().deleted().empty());
        CHECK(deleted.space_reclaimed() > 0 && deleted.warnings().empty());
    }
    CHECK(found == 1 && layout.list().empty());
    FAILURE(not_found, copy(layout, remote));
}

/** One engine for several threads, which a Cancel stops together. */
void threads(const Engine &engine, const std::string &local)
{
    Call call;
    call.cancel.emplace();
    std::vector<std::thread> all;
    for (int at = 0; at < 4; ++at)
        all.emplace_back([&] {
            const std::string id(engine.inspect_image(local).id());
            for (;;) {
                const auto again = engine.inspect_image(local, {}, call.nothrow());
                if (!again) {
                    CHECK(again.status() == Status::cancelled);
                    break;
                }
                CHECK_TEXT(again->id(), id);
            }
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    call.cancel->set();
    for (std::thread &each : all)
        each.join();
}

} // namespace

int main(int argc, char **argv)
{
    return checked([&] {
        CHECK(argc == 7);
        const auto engine = Engine::open(argv[1]);
        engine.load_image_path(argv[3]);
        by_names(engine, argv[4], argv[5]);
        of_a_cluster(engine, argv[2], argv[5]);
        by_places(engine, argv[2], argv[3], argv[5], argv[6]);
        threads(engine, argv[4]);
    });
}
