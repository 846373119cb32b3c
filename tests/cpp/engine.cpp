// Everything that an engine does, and every result of it.
// Arguments: the address of an engine of its own, the host of a registry, an archive with one image
// HOST/asked:1 of two layers, the ID of that, the host of a registry that can be searched, the tar
// of a root file system, and a folder of its own.

#include <algorithm>
#include <vector>

#include "files.hpp"

using namespace imgferry;

namespace {

std::string name, id, folder;

void load(const Engine &engine, const std::string &archive)
{
    int done = 0;
    Call call;
    call.progress = [&](const Progress &at) { done += at.phase == Phase::done; };
    const auto loaded = engine.load_image(contents(archive), {}, call);
    CHECK(done == 1 && loaded.names().size() == 1);
    CHECK_TEXT(loaded.names()[0], name);
    CHECK(loaded.ids().empty() && loaded.warnings().empty());
    LoadOptions quiet;
    quiet.quiet = true;
    CHECK_TEXT(engine.load_image_path(archive, quiet).names()[0], name);
    CHECK_TEXT(engine.load_image_fd(File(archive, O_RDONLY).get()).names()[0], name);
    LoadOptions newer;
    newer.platforms = {"linux/amd64"};
    FAILURE(unsupported, engine.load_image_path(archive, newer));
}

void look(const Engine &engine)
{
    CHECK(engine.api_version().substr(0, 2) == "1.");
    const auto details = engine.inspect_image(name);
    CHECK_TEXT(details.id(), id);
    CHECK_TEXT(details.repo_tags()[0], name);
    CHECK(details.repo_digests().empty() && details.layers().size() == 2);
    CHECK_TEXT(details.os(), "linux");
    CHECK_TEXT(details.architecture(), "amd64");
    CHECK(details.variant().empty() && details.author().empty() && details.comment().empty());
    CHECK(!details.created().empty() && details.size() > 30000);
    CHECK(details.document().find("\"RootFS\"") != std::string_view::npos);
    FAILURE(not_found, engine.inspect_image("demo/absent"));

    engine.tag(name, "demo/other", "2");
    ListOptions only;
    only.name = "demo/other";
    std::size_t found = 0;
    for (const auto image : engine.images(only)) {
        ++found;
        CHECK_TEXT(image.id(), id);
        CHECK_TEXT(image.repo_tags()[0], "demo/other:2");
        CHECK(image.repo_digests().empty());
        CHECK(image.size() == details.size() && image.created() > 0);
        CHECK(image.parent_id().empty() && image.labels().empty() && !image.shared_size());
        CHECK(image.containers().value_or(0) == 0);
        CHECK(image.document().find(id) != std::string_view::npos);
    }
    CHECK(found == 1);
    RemoveOptions force;
    force.force = true;
    const auto removed = engine.remove_image("demo/other:2", force);
    CHECK_TEXT(removed.untagged()[0], "demo/other:2");
    CHECK(removed.deleted().empty());

    const auto history = engine.history(name);
    CHECK(history.size() == 2);
    const std::vector<HistoryEntry> steps(history.begin(), history.end());
    CHECK_TEXT(steps[0].id(), id);
    CHECK_TEXT(steps[0].created_by(), "layer 1 of a test");
    CHECK_TEXT(steps[0].tags()[0], name);
    CHECK(steps[0].comment().empty() && steps[0].created() > 1700000000 && steps[0].size() >= 5000);
    CHECK(steps[0].document().find("CreatedBy") != std::string_view::npos);
    CHECK(steps[1].id().empty() && steps[1].tags().empty());
    FAILURE(unsupported, engine.history(name, "linux/amd64"));
}

void move(const Engine &engine)
{
    std::uint64_t bytes = 0;
    Call call;
    call.progress = [&](const Progress &at) { bytes = at.sum_current; };
    const auto pushed = engine.push(name, {}, call);
    CHECK_TEXT(pushed.reference(), name);
    CHECK(bytes > 0 && pushed.manifest_size() && pushed.warnings().empty());
    CHECK(pushed.tags().size() == 1);
    for (const PushedTag tag : pushed.tags()) {
        CHECK_TEXT(tag.tag, "1");
        CHECK_TEXT(tag.digest, pushed.digest());
        CHECK(tag.manifest_size == pushed.manifest_size());
    }
    const auto distribution = engine.inspect_distribution(name, Credential());
    CHECK_TEXT(distribution.digest(), pushed.digest());
    CHECK(distribution.size() == *pushed.manifest_size());
    CHECK(distribution.media_type().find("manifest") != std::string_view::npos);
    CHECK_TEXT(distribution.platforms()[0], "linux/amd64");
    CHECK(distribution.document().find("Descriptor") != std::string_view::npos);

    PullOptions options;
    options.tag = "1";
    options.credential = Credential();
    const auto pulled = engine.pull(name.substr(0, name.rfind(':')), options);
    CHECK_TEXT(pulled.reference(), name);
    CHECK_TEXT(pulled.digest(), pushed.digest());
    CHECK(pulled.up_to_date() && pulled.warnings().empty() && pulled.tags().size() == 1);
    CHECK_TEXT(pulled.tags()[0].tag, "1");
    CHECK_TEXT(pulled.tags()[0].digest, pushed.digest());

    ImportOptions copy;
    copy.repository = "demo/copied";
    CHECK_TEXT(engine.import_image_from_image(name, copy).id(), id);
    engine.remove_image("demo/copied");
}

void archives(const Engine &engine)
{
    auto reader = engine.get_image(name);
    CHECK(!reader.size());
    std::vector<char> buffer(100000);
    std::uint64_t size = 0;
    while (const std::size_t length = reader.read(buffer))
        size += length;
    CHECK(size > 30000);
    Reader stopped = engine.get_images({name});
    CHECK(stopped.read(buffer) > 0);
    stopped = Reader();

    const std::string path = folder + "/image.tar";
    CHECK(engine.get_images_path({name}, path).size() == size);
    CHECK(all_of(path).size() == size);
    const File file(folder + "/by-descriptor.tar", O_WRONLY | O_CREAT);
    CHECK(engine.get_images_fd({name}, file.get()).size() == size);
    std::uint64_t written = 0;
    const auto saved =
        engine.get_images_stream({name}, [&](Bytes bytes) { written += bytes.size(); });
    CHECK(written == size && saved.size() == size);
    FAILURE(invalid_argument, engine.get_images({}));
}

void imports(const Engine &engine, const std::string &tar)
{
    ImportOptions options;
    options.repository = "demo/imported";
    options.tag = "1";
    options.changes = {"ENV A=b", "LABEL kind=test"};
    options.message = "made by a test";
    const auto look = [&](const Imported &imported) {
        const auto details = engine.inspect_image("demo/imported:1");
        CHECK_TEXT(details.id(), imported.id());
        CHECK_TEXT(details.comment(), "made by a test");
        CHECK(imported.warnings().empty());
    };
    look(engine.import_image(tar, options));
    look(engine.import_image_from_file(tar, options));
    look(engine.import_image_from_data(all_of(tar), options));
    look(engine.import_image_from_fd(File(tar, O_RDONLY).get(), options));
    look(engine.import_image_from_stream(contents(tar), options));
    FAILURE(invalid_argument, engine.import_image_from_url("ftp://x/y.tar", options));
    const auto images = engine.images();
    const auto found = std::find_if(images.begin(), images.end(), [](const ImageSummary &image) {
        return !image.labels().empty();
    });
    CHECK(found != images.end());
    const Pair label = (*found).labels()[0];
    CHECK_TEXT(label.key, "kind");
    CHECK_TEXT(label.value, "test");
}

void search(const Engine &engine, const std::string &host)
{
    SearchOptions options;
    options.limit = 2;
    const auto results = engine.search(host + "/ferry", options);
    CHECK(results.size() == 2);
    CHECK_TEXT(results[0].name(), "e/ok");
    CHECK_TEXT(results[0].description(), "d");
    CHECK(results[0].star_count() == 5 && !results[0].is_official());
    CHECK(results[0].is_automated() && results[1].is_official());
    CHECK(results[0].document().find("star_count") != std::string_view::npos);
}

void prune(const Engine &engine)
{
    const auto pruned = engine.prune_images({"dangling=false"});
    CHECK(!pruned.untagged().empty() && pruned.space_reclaimed() > 30000);
    const auto deleted = pruned.deleted();
    CHECK(std::find(deleted.begin(), deleted.end(), id) != deleted.end());
    CHECK(engine.images().empty());
}

} // namespace

int main(int argc, char **argv)
{
    return checked([&] {
        CHECK(argc == 8);
        EngineOptions options;
        options.user_agent = "tests/1.0";
        options.headers = {"X-Test: yes"};
        const auto engine = Engine::open(argv[1], options);
        name = std::string(argv[2]) + "/asked:1";
        id = argv[4];
        folder = argv[7];
        load(engine, argv[3]);
        look(engine);
        move(engine);
        archives(engine);
        imports(engine, argv[6]);
        search(engine, argv[5]);
        prune(engine);
    });
}
