/*
 * Blobs come out of a registry, in every way.
 * Arguments: the host of a registry of its own whose only user is me:pass-word,
 * with an image of one layer as team/app:1; the host of a registry without
 * logins that sends wrong blobs of app; the diff ID of the layer; a folder that
 * exists and is empty.
 */

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry.h"

#define MOST 400000

static char layer[600];
static uint8_t bytes[MOST], others[MOST];
static size_t size;

/* Asks for the manifest, and notes the name of its only layer. */
static void manifest(void)
{
    imgferry_manifest_head *head = NULL;
    imgferry_manifest *whole = NULL;
    char text[4096] = "", *digest, *next;

    CHECK_OK(imgferry_registry_head_manifest(registry, at("team/app:1"), NULL, &head, error));
    CHECK_OK(imgferry_registry_get_manifest(registry, at("team/app:1"), NULL, &whole, error));
    CHECK_TEXT(imgferry_manifest_head_digest(head), imgferry_manifest_digest(whole));
    CHECK_TEXT(imgferry_manifest_head_media_type(head), imgferry_manifest_media_type(whole));
    CHECK(imgferry_manifest_head_size(head) == (int64_t)imgferry_manifest_length(whole));
    CHECK(imgferry_manifest_length(whole) < sizeof text);
    memcpy(text, imgferry_manifest_data(whole), imgferry_manifest_length(whole));
    digest = strstr(text, "sha256:");
    CHECK(digest != NULL);
    for (next = digest; next != NULL; next = strstr(digest + 1, "sha256:"))
        digest = next;
    digest[strlen("sha256:") + 64] = '\0';
    snprintf(layer, sizeof layer, "%s/team/app@%s", host, digest);
    imgferry_manifest_head_free(head);
    imgferry_manifest_free(whole);
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_registry_head_manifest(registry, at("team/app:absent"),
                                                                    NULL, &head, error));
    CHECK(head == NULL);
}

static size_t read_all(imgferry_reader *reader, uint8_t *buffer)
{
    size_t length = 1, total = 0;
    while (length > 0) {
        CHECK(total < MOST);
        CHECK_OK(imgferry_reader_read(reader, buffer + total, MOST - total, NULL, &length, error));
        total += length;
    }
    return total;
}

static void expect_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    CHECK(fread(others, 1, MOST, file) == size && memcmp(bytes, others, size) == 0);
    CHECK(fclose(file) == 0);
}

/* By its reader, which keeps its registry alive, and in parts. */
static void blob_by_reader(void)
{
    imgferry_registry *other = registry_of(host, "pass-word");
    imgferry_reader *reader = NULL;
    imgferry_blob_options options;
    uint64_t told = 0;

    CHECK_OK(imgferry_registry_head_blob(registry, layer, NULL, &told, error));
    CHECK_OK(imgferry_registry_get_blob(other, layer, NULL, NULL, &reader, error));
    imgferry_registry_free(other);
    CHECK(imgferry_reader_size(reader) == (int64_t)told);
    size = read_all(reader, bytes);
    CHECK(size == told && size > 300000);
    imgferry_reader_free(reader);

    imgferry_blob_options_init(&options, sizeof options);
    options.offset = 1000;
    options.length = 5000;
    CHECK_OK(imgferry_registry_get_blob(registry, layer, &options, NULL, &reader, error));
    CHECK(read_all(reader, others) == 5000 && memcmp(bytes + 1000, others, 5000) == 0);
    imgferry_reader_free(reader);
    options.length = -1;
    options.size = (int64_t)size;
    CHECK_OK(imgferry_registry_get_blob(registry, layer, &options, NULL, &reader, error));
    /* Freed in the middle. */
    CHECK_OK(imgferry_reader_read(reader, others, 10, NULL, &size, error));
    CHECK(size > 0 && memcmp(bytes + 1000, others, size) == 0);
    imgferry_reader_free(reader);
    reader = NULL;
    size = (size_t)told;

    options.offset = (int64_t)told + 1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_get_blob(registry, layer, &options, NULL, &reader, error));
    options.offset = 0;
    options.size = (int64_t)told - 1;
    CHECK_FAILS(IMGFERRY_DIGEST_MISMATCH,
                imgferry_registry_get_blob(registry, layer, &options, NULL, &reader, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_registry_head_blob(registry, at("team/app:1"),
                                                                       NULL, &told, error));
    CHECK(reader == NULL && told == 0);
}

/* What is not right is never given as whole: no reader ends, and no file appears. */
static void wrong_blob(const char *wrong_host, const char *folder)
{
    imgferry_registry *other = registry_of(wrong_host, NULL);
    imgferry_reader *reader = NULL;
    imgferry_saved *saved = NULL;
    struct stat found;
    char blob[600], path[600], part[606];
    size_t length = 1;

    snprintf(blob, sizeof blob, "%s/app%s", wrong_host, strchr(layer, '@'));
    CHECK_OK(imgferry_registry_get_blob(other, blob, NULL, NULL, &reader, error));
    CHECK_FAILS(IMGFERRY_DIGEST_MISMATCH,
                imgferry_reader_read(reader, others, MOST, NULL, &length, error));
    CHECK(length == 0);
    CHECK_FAILS(IMGFERRY_INVALID_STATE,
                imgferry_reader_read(reader, others, MOST, NULL, &length, error));
    imgferry_reader_free(reader);
    snprintf(path, sizeof path, "%s/wrong", folder);
    snprintf(part, sizeof part, "%s.part", path);
    CHECK_FAILS(IMGFERRY_DIGEST_MISMATCH,
                imgferry_registry_get_blob_path(other, blob, path, NULL, NULL, &saved, error));
    CHECK(saved == NULL && stat(path, &found) != 0 && stat(part, &found) != 0);
    imgferry_registry_free(other);
}

static int count_done(void *userdata, const imgferry_progress *progress)
{
    *(int *)userdata += progress->phase == IMGFERRY_PHASE_DONE;
    return 0;
}

static void blob_to_files(const char *folder, const char *diff_id)
{
    imgferry_saved *saved = NULL;
    imgferry_call call;
    struct stat found;
    char path[600];
    int fd, done = 0;

    imgferry_call_init(&call, sizeof call);
    call.progress = count_done;
    call.userdata = &done;
    snprintf(path, sizeof path, "%s/by-path", folder);
    CHECK_OK(imgferry_registry_get_blob_path(registry, layer, path, NULL, &call, &saved, error));
    CHECK(imgferry_saved_size(saved) == size && done == 1);
    imgferry_saved_free(saved);
    expect_file(path);

    snprintf(path, sizeof path, "%s/by-descriptor", folder);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    CHECK_OK(imgferry_registry_get_blob_fd(registry, layer, fd, NULL, NULL, &saved, error));
    CHECK(imgferry_saved_size(saved) == size && lseek(fd, 0, SEEK_CUR) == (off_t)size);
    imgferry_saved_free(saved);
    CHECK(close(fd) == 0);
    expect_file(path);

    /* The registry has the layer compressed only, under another digest. */
    snprintf(path, sizeof path, "%s/team/app@%s", host, diff_id);
    saved = NULL;
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_registry_get_blob_path(registry, path, "/nowhere/file",
                                                                    NULL, NULL, &saved, error));
    CHECK_FAILS(IMGFERRY_IO, imgferry_registry_get_blob_path(registry, layer, "/nowhere/file", NULL,
                                                             NULL, &saved, error));
    CHECK(saved == NULL && stat("/nowhere", &found) != 0);
}

/* Takes what is as before, and fails when `userdata` says that it is enough. */
static int compare(void *userdata, const uint8_t *data, size_t length)
{
    size_t *state = userdata;
    CHECK(state[0] + length <= size && memcmp(bytes + state[0], data, length) == 0);
    state[0] += length;
    return state[0] > state[1] ? 5 : 0;
}

static void blob_by_callback(void)
{
    size_t all[2] = {0, MOST}, some[2] = {0, 100000};
    imgferry_saved *saved = NULL;
    imgferry_error *failure = NULL;

    CHECK_OK(imgferry_registry_get_blob_stream(registry, layer, compare, all, NULL, NULL, &saved,
                                               error));
    CHECK(imgferry_saved_size(saved) == size && all[0] == size);
    imgferry_saved_free(saved);
    saved = NULL;
    CHECK(imgferry_registry_get_blob_stream(registry, layer, compare, some, NULL, NULL, &saved,
                                            &failure) == IMGFERRY_CALLBACK);
    CHECK(imgferry_error_callback_result(failure) == 5 && saved == NULL);
    imgferry_error_free(failure);
}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    host = argv[1];
    registry = registry_of(host, "pass-word");
    manifest();
    blob_by_reader();
    blob_to_files(argv[4], argv[3]);
    blob_by_callback();
    wrong_blob(argv[2], argv[4]);
    imgferry_registry_free(registry);
    return 0;
}
