// Everything that a registry does, and every result of it.
// Arguments: the host of a registry that lets in the user me with the password pass-word, with one
// image as team/app:1, team/app:2 and team/other:1; the host of a registry that demands nothing,
// says how often it may be asked, and knows what refers to its image app; the diff ID of the only
// layer of the first image; and a folder of its own.

#include <algorithm>
#include <set>
#include <vector>

#include "files.hpp"

using namespace imgferry;

namespace {

const char *const SOME_DIGEST =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string host, image, folder;

Registry registry_of(const std::string &password)
{
    Credential credential;
    credential.host = host;
    credential.username = "me";
    credential.password = password;
    RegistryOptions options;
    options.credentials = {credential};
    return Registry::open(host, options);
}

void logins(const Registry &registry, const Registry &open)
{
    registry.ping();
    CHECK(registry.check_login() && !open.check_login());
    FAILURE(unauthorized, registry_of("another").check_login());
    const auto refused = registry_of("another").digest(image, std::nothrow);
    CHECK(!refused && refused.error().http_status() == 401);
    CHECK(refused->empty());
}

void names(const Registry &registry)
{
    const auto tags = registry.tags(host + "/team/app");
    CHECK(tags.size() == 2);
    CHECK_TEXT(tags[1], "2");

    auto one_by_one = registry_of("pass-word").list_tags(host + "/team/app");
    std::set<std::string> found;
    for (const std::string &tag : one_by_one)
        found.insert(tag);
    CHECK(found == std::set<std::string>{"1", "2"});
    CHECK(!one_by_one.next());

    found.clear();
    Call call;
    call.cancel.emplace();
    auto repositories = registry.repositories();
    for (const std::string &repository : repositories.each(call))
        found.insert(repository);
    CHECK(found == std::set<std::string>{"team/app", "team/other"});
    call.cancel->set();
    auto again = registry.repositories();
    FAILURE(cancelled, again.each(call).begin());

    auto absent = registry.list_tags(host + "/team/absent");
    FAILURE(not_found, absent.begin());
    const auto next = absent.next(std::nothrow);
    CHECK(next.status() == Status::invalid_state && !*next);
    FAILURE(invalid_argument, registry.list_tags("other.example/app"));
}

void images(const Registry &registry, const std::string &diff_id)
{
    const auto manifest = registry.get_manifest(image);
    const auto info = registry.tag_info(image);
    CHECK_TEXT(registry.digest(image), manifest.digest());
    CHECK(manifest.data().text().find("schemaVersion") != std::string_view::npos);
    const auto head = registry.head_manifest(image);
    CHECK_TEXT(head.digest(), manifest.digest());
    CHECK_TEXT(head.media_type(), manifest.media_type());
    CHECK(head.size() == manifest.data().size());

    CHECK_TEXT(info.tag(), "1");
    CHECK_TEXT(info.digest(), manifest.digest());
    CHECK_TEXT(info.media_type(), manifest.media_type());
    CHECK(info.manifest_size() == manifest.data().size());
    CHECK(info.artifact_type().empty() && info.platforms().size() == 1);
    CHECK_TEXT(info.created(), "2024-01-02T03:04:05Z");
    CHECK(info.labels().size() == 2);
    CHECK_TEXT(info.labels()[1].value, "two");

    const auto size = registry.size(image);
    CHECK(size.total() == info.size().total() && size.total() > 300000);
    CHECK(size.missing().empty() && size.platforms().size() == 1);
    const PlatformSize only = size.platforms()[0];
    CHECK(only.platform().empty() || only.platform() == "linux/amd64");
    CHECK_TEXT(only.digest(), manifest.digest());
    CHECK(only.total() == size.total() && only.config() + only.layers() == only.total());
    CHECK(only.foreign() == 0);

    for (const auto platform : registry.platforms(image)) {
        CHECK_TEXT(platform.platform(), "linux/amd64");
        CHECK_TEXT(platform.os(), "linux");
        CHECK_TEXT(platform.architecture(), "amd64");
        CHECK(platform.variant().empty() && platform.os_version().empty());
        CHECK(platform.os_features().empty());
        CHECK_TEXT(platform.digest(), manifest.digest());
    }

    const auto config = registry.image_config(image, "linux/amd64");
    CHECK_TEXT(config.platform(), "linux/amd64");
    CHECK_TEXT(config.os(), "linux");
    CHECK_TEXT(config.architecture(), "amd64");
    CHECK_TEXT(config.created(), "2024-01-02T03:04:05Z");
    CHECK(config.variant().empty() && config.author().empty());
    CHECK(config.working_dir().empty() && config.user().empty());
    CHECK(config.entrypoint().empty() && config.exposed_ports().empty());
    CHECK(config.volumes().empty());
    CHECK_TEXT(config.env()[0], "PATH=/bin");
    CHECK_TEXT(config.cmd()[0], "/bin/true");
    CHECK_TEXT(config.diff_ids()[0], diff_id);
    CHECK_TEXT(config.labels()[0].key, "a.example");
    CHECK(config.document().find("layer 0 of a test") != std::string_view::npos);
    FAILURE(platform, registry.image_config(image, "linux/s390x"));
    CHECK(registry.referrers(image).empty());
    CHECK(!registry.rate_limit());
}

void of_another(const Registry &other, const std::string &its_host)
{
    const std::string name = its_host + "/app@" + SOME_DIGEST;
    CHECK(other.referrers(name, "application/x").empty());
    const auto referrers = other.referrers(name, "application/spdx+json");
    CHECK(referrers.size() == 1);
    const Descriptor only = referrers[0];
    CHECK_TEXT(only.digest(), SOME_DIGEST);
    CHECK_TEXT(only.media_type(), "application/vnd.oci.image.manifest.v1+json");
    CHECK_TEXT(only.artifact_type(), "application/spdx+json");
    CHECK(only.size() == 7 && only.urls().empty() && only.annotations().size() == 2);
    CHECK_TEXT(only.annotations()[0].key, "a");
    CHECK_TEXT(only.annotations()[1].value, "2");

    CHECK(!other.head_manifest(its_host + "/app:1").size());
    const auto limit = other.rate_limit();
    CHECK(limit && limit->limit() == 100u && limit->remaining() == 76u);
    CHECK(limit->window() == std::chrono::hours(6));
    CHECK_TEXT(limit->source(), "192.0.2.1");
}

void blobs(const Registry &registry)
{
    const std::string repository = host + "/team/new";
    const std::string content(100000, 'x');
    const auto blob = registry.put_blob_data(repository, content);
    CHECK(blob.size() == content.size() && blob.sent() >= content.size());
    CHECK(blob.way() == UploadWay::whole);
    const std::string name = repository + "@" + std::string(blob.digest());
    CHECK(registry.head_blob(name) == content.size());

    auto reader = registry.get_blob(name);
    CHECK(reader.size() == content.size());
    std::string read;
    std::vector<std::uint8_t> buffer(30000);
    while (const std::size_t length = reader.read(buffer))
        read.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(read == content);
    BlobOptions part;
    part.offset = 99990;
    part.size = 100000;
    CHECK(registry.get_blob(name, part).read(buffer) == 10);
    part.size = 99999;
    FAILURE(digest_mismatch, registry.get_blob(name, part));

    const std::string path = folder + "/blob";
    CHECK(registry.get_blob_path(name, path).size() == content.size());
    CHECK(all_of(path) == content);
    {
        const File file(folder + "/by-descriptor", O_WRONLY | O_CREAT);
        CHECK(registry.get_blob_fd(name, file.get()).size() == content.size());
    }
    std::string streamed;
    registry.get_blob_stream(name, [&](Bytes bytes) { streamed += bytes.text(); });
    CHECK(streamed == content);

    UploadOptions known;
    known.digest = blob.digest();
    CHECK(registry.put_blob_path(repository, path, known).way() == UploadWay::existed);
    CHECK(registry.put_blob_fd(repository, File(path, O_RDONLY).get()).sent() == 0);
    UploadOptions chunks;
    chunks.chunk_size = 60000;
    const auto other = registry.put_blob_stream(host + "/team/chunks", contents(path), chunks);
    CHECK(other.way() == UploadWay::chunks);
    CHECK_TEXT(other.digest(), blob.digest());
    CHECK(registry.mount_blob(host + "/team/more@" + std::string(blob.digest()), "team/new"));
    registry.delete_blob(name);
    FAILURE(not_found, registry.head_blob(name));
}

void manifests(const Registry &registry)
{
    const auto manifest = registry.get_manifest(image);
    const auto put = [&](const char *tag) {
        return registry.put_manifest(host + "/team/app:" + tag, manifest.media_type(),
                                     manifest.data());
    };
    CHECK_TEXT(put("3"), manifest.digest());
    FAILURE(invalid_argument,
            registry.put_manifest(image, manifest.media_type(), std::string_view("no JSON")));
    // docker-registry removes whole manifests only.
    FAILURE(unsupported, registry.delete_tag(host + "/team/app:3"));
    CHECK_TEXT(registry.delete_manifest(host + "/team/app:3"), manifest.digest());
    FAILURE(not_found, registry.digest(image));
    put("4");
    const auto gone = registry.delete_all_tags(host + "/team/app");
    CHECK(gone.size() == 1);
    CHECK_TEXT(gone[0], "4");
}

} // namespace

int main(int argc, char **argv)
{
    return checked([&] {
        CHECK(argc == 5);
        host = argv[1];
        image = host + "/team/app:1";
        folder = argv[4];
        const auto registry = registry_of("pass-word");
        const auto other = Registry::open(argv[2]);
        CHECK_TEXT(registry.host(), host);
        logins(registry, other);
        names(registry);
        images(registry, argv[3]);
        of_another(other, argv[2]);
        blobs(registry);
        manifests(registry);
    });
}
