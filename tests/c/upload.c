/*
 * Blobs and manifests go into a registry, in every way, and out of it again.
 * Arguments: the host of a registry of its own whose only user is me:pass-word;
 * a folder that exists and is empty; the host of a registry that is never ready,
 * and wants to be left alone for a second when it is asked for the repository
 * "limited".
 */

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <unistd.h>

#include "registry.h"

#define SIZE 300000
#define BLOBS 6

static uint8_t bytes[SIZE], others[SIZE + 1];
static char path[500];
static char digests[BLOBS][80];
static int count;

/* Makes bytes that no blob had before. */
static void renew(void)
{
    uint32_t state = (uint32_t)count + 1;
    for (size_t at = 0; at < SIZE; at++) {
        state = state * 1664525 + 1013904223;
        bytes[at] = (uint8_t)(state >> 24);
    }
}

/* The same, and writes them to the file. */
static void renew_file(void)
{
    FILE *file;
    renew();
    file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, SIZE, file) == SIZE && fclose(file) == 0);
}

/* "HOST/REPOSITORY@DIGEST". */
static const char *blob_in(const char *repository, const char *digest)
{
    static char name[700];
    snprintf(name, sizeof name, "%s/%s@%s", host, repository, digest);
    return name;
}

/* The registry has what was uploaded. */
static void expect_blob(const char *blob)
{
    imgferry_reader *reader = NULL;
    size_t length = 1, total = 0;

    CHECK_OK(imgferry_registry_get_blob(registry, blob, NULL, NULL, &reader, error));
    while (length > 0) {
        CHECK_OK(imgferry_reader_read(reader, others + total, sizeof others - total, NULL, &length,
                                      error));
        total += length;
        CHECK(total <= SIZE);
    }
    CHECK(total == SIZE && memcmp(bytes, others, SIZE) == 0);
    imgferry_reader_free(reader);
}

/* Notes the digest of a blob that went out once, and frees it. */
static void look(imgferry_uploaded_blob *blob, imgferry_upload_way way)
{
    CHECK(count < BLOBS);
    CHECK(imgferry_uploaded_blob_way(blob) == way);
    CHECK(imgferry_uploaded_blob_size(blob) == SIZE && imgferry_uploaded_blob_sent(blob) == SIZE);
    snprintf(digests[count], sizeof digests[count], "%s", imgferry_uploaded_blob_digest(blob));
    expect_blob(blob_in("team/app", digests[count]));
    imgferry_uploaded_blob_free(blob);
    count++;
}

/* Frees a blob that did not go out. */
static void look_unsent(imgferry_uploaded_blob *blob, imgferry_upload_way way)
{
    CHECK(imgferry_uploaded_blob_way(blob) == way);
    CHECK(imgferry_uploaded_blob_size(blob) == SIZE && imgferry_uploaded_blob_sent(blob) == 0);
    imgferry_uploaded_blob_free(blob);
}

static int count_done(void *userdata, const imgferry_progress *progress)
{
    *(int *)userdata += progress->phase == IMGFERRY_PHASE_DONE;
    return 0;
}

static void from_memory(void)
{
    imgferry_uploaded_blob *blob = NULL;
    imgferry_upload_options options;
    imgferry_call call;
    int done = 0;

    imgferry_call_init(&call, sizeof call);
    call.progress = count_done;
    call.userdata = &done;
    renew();
    CHECK_OK(imgferry_registry_put_blob_data(registry, at("team/app"), bytes, SIZE, NULL, &call,
                                             &blob, error));
    look(blob, IMGFERRY_UPLOAD_WHOLE);
    CHECK(done == 1);

    imgferry_upload_options_init(&options, sizeof options);
    options.digest = digests[0];
    CHECK_OK(imgferry_registry_put_blob_data(registry, at("team/app"), bytes, SIZE, &options, NULL,
                                             &blob, error));
    look_unsent(blob, IMGFERRY_UPLOAD_EXISTED);

    renew();
    imgferry_upload_options_init(&options, sizeof options);
    options.chunk_size = 100000;
    CHECK_OK(imgferry_registry_put_blob_data(registry, at("team/app"), bytes, SIZE, &options, NULL,
                                             &blob, error));
    look(blob, IMGFERRY_UPLOAD_CHUNKS);
}

static void from_files(void)
{
    imgferry_uploaded_blob *blob = NULL;
    char command[600];
    FILE *pipe;
    int fd;

    renew_file();
    CHECK_OK(imgferry_registry_put_blob_path(registry, at("team/app"), path, NULL, NULL, &blob,
                                             error));
    look(blob, IMGFERRY_UPLOAD_WHOLE);

    /* Wherever it stands. */
    renew_file();
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && lseek(fd, 1000, SEEK_SET) == 1000);
    CHECK_OK(imgferry_registry_put_blob_fd(registry, at("team/app"), fd, NULL, NULL, &blob, error));
    look(blob, IMGFERRY_UPLOAD_WHOLE);
    CHECK(close(fd) == 0);

    /* What nobody can go back in, and which is more than a pipe holds. */
    renew_file();
    snprintf(command, sizeof command, "cat '%s'", path);
    pipe = popen(command, "r");
    CHECK(pipe != NULL);
    CHECK_OK(imgferry_registry_put_blob_fd(registry, at("team/app"), fileno(pipe), NULL, NULL,
                                           &blob, error));
    look(blob, IMGFERRY_UPLOAD_WHOLE);
    CHECK(pclose(pipe) == 0);

    blob = NULL;
    CHECK_FAILS(IMGFERRY_IO, imgferry_registry_put_blob_path(registry, at("team/app"),
                                                             "/nowhere/file", NULL, NULL, &blob,
                                                             error));
    CHECK(blob == NULL);
}

/* Gives `bytes` in pieces from `*userdata` on. */
static int give(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    size_t *given = userdata;
    size_t left = SIZE - *given;
    *length_out = left < 7000 ? left : 7000;
    if (*length_out > capacity)
        *length_out = capacity;
    memcpy(buffer, bytes + *given, *length_out);
    *given += *length_out;
    return 0;
}

/* The same, but fails after some of it. */
static int give_some(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    return *(size_t *)userdata > 100000 ? -9 : give(userdata, buffer, capacity, length_out);
}

static void from_a_callback(void)
{
    imgferry_uploaded_blob *blob = NULL;
    imgferry_upload_options options;
    imgferry_error *failure = NULL;
    size_t given = 0;

    renew();
    CHECK_OK(imgferry_registry_put_blob_stream(registry, at("team/app"), give, &given, NULL, NULL,
                                               &blob, error));
    look(blob, IMGFERRY_UPLOAD_WHOLE);
    CHECK(given == SIZE);

    blob = NULL;
    given = 0;
    CHECK(imgferry_registry_put_blob_stream(registry, at("team/app"), give_some, &given, NULL, NULL,
                                            &blob, &failure) == IMGFERRY_CALLBACK);
    CHECK(imgferry_error_callback_result(failure) == -9 && blob == NULL);
    imgferry_error_free(failure);

    imgferry_upload_options_init(&options, sizeof options);
    options.digest = digests[0];
    given = 0;
    CHECK_FAILS(IMGFERRY_DIGEST_MISMATCH,
                imgferry_registry_put_blob_stream(registry, at("team/app"), give, &given, &options,
                                                  NULL, &blob, error));
    CHECK(blob == NULL);
}

/* A digest that is believed here is checked by the registry. */
static void wrong_digest(void)
{
    imgferry_uploaded_blob *blob = NULL;
    imgferry_upload_options options;
    imgferry_error *failure = NULL;
    uint64_t size = 0;
    char wrong[80];

    snprintf(wrong, sizeof wrong, "sha256:%064d", 1);
    imgferry_upload_options_init(&options, sizeof options);
    options.digest = wrong;
    CHECK(imgferry_registry_put_blob_data(registry, at("team/app"), bytes, SIZE, &options, NULL,
                                          &blob, &failure) == IMGFERRY_REGISTRY);
    CHECK_TEXT(imgferry_error_peer_code(failure), "DIGEST_INVALID");
    /* This registry keeps the session, and takes the only place of it that a client knows for out of date. */
    CHECK(imgferry_text_list_count(imgferry_error_left_behind(failure)) == 1 && blob == NULL);
    imgferry_error_free(failure);
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_registry_head_blob(
                                        registry, blob_in("team/app", wrong), NULL, &size, error));
    options.digest = "sha256:1";
    CHECK_FAILS(IMGFERRY_INVALID_REFERENCE,
                imgferry_registry_put_blob_data(registry, at("team/app"), bytes, SIZE, &options,
                                                NULL, &blob, error));
    CHECK(blob == NULL);
}

/* From the repository where all of them are into others. */
static void mounts(void)
{
    imgferry_registry *stranger = registry_of(host, "wrong");
    imgferry_uploaded_blob *blob = NULL;
    imgferry_upload_options options;
    int32_t mounted = 0;
    char absent[80];

    CHECK_OK(imgferry_registry_mount_blob(registry, blob_in("team/other", digests[count - 1]),
                                          "team/app", NULL, &mounted, error));
    CHECK(mounted == 1);
    expect_blob(blob_in("team/other", digests[count - 1]));

    snprintf(absent, sizeof absent, "sha256:%064d", 2);
    CHECK_OK(imgferry_registry_mount_blob(registry, blob_in("team/other", absent), "team/app", NULL,
                                          &mounted, error));
    CHECK(mounted == 0);

    /* An upload tells a stranger what is wrong; that a mount is refused is no failure. */
    mounted = 1;
    CHECK_OK(imgferry_registry_mount_blob(stranger, blob_in("team/third", digests[count - 1]),
                                          "team/app", NULL, &mounted, error));
    CHECK(mounted == 0);
    CHECK_FAILS(IMGFERRY_UNAUTHORIZED,
                imgferry_registry_put_blob_data(stranger, at("team/third"), bytes, SIZE, NULL, NULL,
                                                &blob, error));
    imgferry_registry_free(stranger);

    /* Nothing is mounted from the repository where it shall be. */
    mounted = 1;
    CHECK_OK(imgferry_registry_mount_blob(registry, blob_in("team/app", digests[count - 1]),
                                          "team/app", NULL, &mounted, error));
    CHECK(mounted == 0);
    mounted = 1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_mount_blob(registry, at("team/third:1"), "team/app", NULL,
                                             &mounted, error));
    CHECK(mounted == 0);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_mount_blob(registry, blob_in("team/third", absent), "team/app:1",
                                             NULL, &mounted, error));
    CHECK_FAILS(IMGFERRY_INVALID_REFERENCE,
                imgferry_registry_mount_blob(registry, blob_in("team/third", absent), "Team App",
                                             NULL, &mounted, error));

    imgferry_upload_options_init(&options, sizeof options);
    options.mount_from = "team/app";
    CHECK_OK(imgferry_registry_put_blob_data(registry, at("team/third"), bytes, SIZE, &options,
                                             NULL, &blob, error));
    look_unsent(blob, IMGFERRY_UPLOAD_MOUNTED);
    expect_blob(blob_in("team/third", digests[count - 1]));
}

#define MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define CONFIG "application/vnd.oci.image.config.v1+json"
#define LAYER "application/vnd.oci.image.layer.v1.tar"

/* Writes a manifest with the first blob as its config, and `layer` as its last layer. */
static int write_manifest(char *text, size_t room, const char *layer)
{
    int length = snprintf(text, room,
                          "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST "\",\"config\":"
                          "{\"mediaType\":\"" CONFIG "\",\"digest\":\"%s\",\"size\":%d},"
                          "\"layers\":[",
                          digests[0], SIZE);
    for (int at = 1; at < count; at++)
        length += snprintf(text + length, room - (size_t)length,
                           "{\"mediaType\":\"" LAYER "\",\"digest\":\"%s\",\"size\":%d}%s",
                           at == count - 1 ? layer : digests[at], SIZE,
                           at == count - 1 ? "]}" : ",");
    CHECK((size_t)length < room);
    return length;
}

static void manifests(void)
{
    imgferry_text *digest = NULL, *again = NULL;
    imgferry_manifest *found = NULL;
    imgferry_error *failure = NULL;
    char text[4096], unknown[80];
    const uint8_t *data = (const uint8_t *)text;
    size_t length = (size_t)write_manifest(text, sizeof text, digests[count - 1]);

    CHECK_OK(imgferry_registry_put_manifest(registry, at("team/app:1"), MANIFEST, data, length,
                                            NULL, &digest, error));
    CHECK_OK(imgferry_registry_get_manifest(registry, at("team/app:1"), NULL, &found, error));
    CHECK_TEXT(imgferry_manifest_digest(found), imgferry_text_get(digest));
    CHECK_TEXT(imgferry_manifest_media_type(found), MANIFEST);
    CHECK(imgferry_manifest_length(found) == length);
    CHECK(memcmp(imgferry_manifest_data(found), text, length) == 0);
    imgferry_manifest_free(found);
    CHECK_OK(imgferry_registry_put_manifest(registry, at("team/app:2"), MANIFEST, data, length,
                                            NULL, &again, error));
    CHECK_TEXT(imgferry_text_get(again), imgferry_text_get(digest));
    imgferry_text_free(again);

    again = NULL;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_put_manifest(registry, at("team/app:3"), LAYER, data, length,
                                               NULL, &again, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_put_manifest(registry, at("team/app:3"), MANIFEST, data,
                                               length - 1, NULL, &again, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_put_manifest(registry, blob_in("team/app", digests[0]), MANIFEST,
                                               data, length, NULL, &again, error));
    snprintf(unknown, sizeof unknown, "sha256:%064d", 3);
    length = (size_t)write_manifest(text, sizeof text, unknown);
    CHECK(imgferry_registry_put_manifest(registry, at("team/app:3"), MANIFEST, data, length, NULL,
                                         &again, &failure) == IMGFERRY_REGISTRY);
    CHECK_TEXT(imgferry_error_peer_code(failure), "MANIFEST_BLOB_UNKNOWN");
    imgferry_error_free(failure);
    CHECK(again == NULL);
    imgferry_text_free(digest);
}

static void deletes(void)
{
    imgferry_text_list *tags = NULL;
    imgferry_text *digest = NULL;
    uint64_t size = 0;

    /* This registry removes whole manifests only; nothing is removed. */
    CHECK_FAILS(IMGFERRY_UNSUPPORTED,
                imgferry_registry_delete_tag(registry, at("team/app:1"), NULL, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_delete_tag(registry, blob_in("team/app", digests[0]), NULL,
                                             error));
    CHECK_OK(imgferry_registry_digest(registry, at("team/app:1"), NULL, &digest, error));
    imgferry_text_free(digest);

    CHECK_OK(imgferry_registry_delete_all_tags(registry, at("team/app"), NULL, &tags, error));
    CHECK(imgferry_text_list_count(tags) == 2);
    CHECK_TEXT(imgferry_text_list_at(tags, 0), "1");
    CHECK_TEXT(imgferry_text_list_at(tags, 1), "2");
    imgferry_text_list_free(tags);
    digest = NULL;
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_registry_digest(registry, at("team/app:2"), NULL, &digest, error));
    tags = NULL;
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_registry_delete_all_tags(registry, at("team/absent"),
                                                                      NULL, &tags, error));
    CHECK(digest == NULL && tags == NULL);

    CHECK_OK(imgferry_registry_delete_blob(registry, blob_in("team/app", digests[0]), NULL, error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_registry_head_blob(registry, blob_in("team/app", digests[0]), NULL, &size,
                                            error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_registry_delete_blob(registry, blob_in("team/app", digests[0]), NULL,
                                              error));
}

static uint32_t tries(const char *its_host, const char *repository, imgferry_status status,
                      const imgferry_registry_options *options)
{
    imgferry_registry *other = NULL;
    imgferry_error *failure = NULL;
    char blob[700];
    uint64_t size = 0;
    uint32_t attempts;

    snprintf(blob, sizeof blob, "%s/%s@%s", its_host, repository, digests[0]);
    CHECK_OK(imgferry_registry_new(its_host, options, &other, error));
    CHECK(imgferry_registry_head_blob(other, blob, NULL, &size, &failure) == status);
    attempts = imgferry_error_attempts(failure);
    imgferry_error_free(failure);
    imgferry_registry_free(other);
    return attempts;
}

/* As often as is wanted, and not at all after more than is waited for. */
static void retries(const char *never_ready)
{
    imgferry_registry_options options;

    imgferry_registry_options_init(&options, sizeof options);
    options.retry_first_pause_ms = -1;
    CHECK(tries(never_ready, "app", IMGFERRY_REGISTRY, &options) == 5);
    options.retry_attempts = 1;
    CHECK(tries(never_ready, "app", IMGFERRY_REGISTRY, &options) == 1);
    options.retry_attempts = 3;
    options.retry_first_pause_ms = 1;
    options.retry_longest_pause_ms = 1;
    CHECK(tries(never_ready, "app", IMGFERRY_REGISTRY, &options) == 3);
    options.retry_longest_wait_ms = 999;
    CHECK(tries(never_ready, "limited", IMGFERRY_RATE_LIMITED, &options) == 1);
    options.retry_longest_wait_ms = -1;
    CHECK(tries(never_ready, "limited", IMGFERRY_RATE_LIMITED, &options) == 1);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    host = argv[1];
    snprintf(path, sizeof path, "%s/blob", argv[2]);
    registry = registry_of(host, "pass-word");
    from_memory();
    from_files();
    from_a_callback();
    wrong_digest();
    mounts();
    manifests();
    deletes();
    retries(argv[3]);
    imgferry_registry_free(registry);
    return 0;
}
