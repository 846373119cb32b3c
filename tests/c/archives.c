/*
 * Images come out of an engine, in every way, and the archive can be loaded.
 * Arguments: the address of an engine, an archive with one image, the name of
 * that image, and a folder that exists and is empty.
 */

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static imgferry_engine *engine;
static const char *const *images;
static uint64_t size;

static char *in_folder(const char *folder, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Through a buffer that is not initialised, and on after the engine is freed. */
static void by_reader(const char *address, const char *path)
{
    FILE *file = fopen(path, "wb");
    uint8_t *buffer = malloc(100000);
    imgferry_engine *other = NULL;
    imgferry_reader *reader = NULL;
    imgferry_call call;
    size_t length = 1;

    CHECK(file != NULL && buffer != NULL);
    CHECK_OK(imgferry_engine_new(address, NULL, &other, error));
    CHECK_OK(imgferry_engine_get_image(other, images[0], NULL, NULL, &reader, error));
    imgferry_engine_free(other);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_reader_read(reader, buffer, 0, NULL, &length, error));
    CHECK(length == 0);
    imgferry_call_init(&call, sizeof call);
    call.deadline_ms = 60000;
    do {
        CHECK_OK(imgferry_reader_read(reader, buffer, 100000, &call, &length, error));
        CHECK(length <= 100000);
        CHECK(fwrite(buffer, 1, length, file) == length);
        size += length;
    } while (length > 0);
    /* The end stays the end. */
    CHECK_OK(imgferry_reader_read(reader, buffer, 100000, NULL, &length, error));
    CHECK(length == 0);
    CHECK(size > 30000);
    imgferry_reader_free(reader);
    free(buffer);
    CHECK(fclose(file) == 0);
}

static int watch(void *userdata, const imgferry_progress *progress)
{
    int *phases = userdata;
    if (progress->phase == IMGFERRY_PHASE_SAVING)
        phases[0]++;
    if (progress->phase == IMGFERRY_PHASE_DONE)
        phases[1]++;
    return 0;
}

static void by_path(const char *folder)
{
    const char *missing[] = {images[0], "demo/absent:1"};
    int phases[2] = {0, 0};
    imgferry_saved *saved = NULL;
    imgferry_archive_options options;
    imgferry_call call;
    struct stat found;
    const char *path = in_folder(folder, "by-path.tar");

    imgferry_call_init(&call, sizeof call);
    call.progress = watch;
    call.userdata = phases;
    imgferry_archive_options_init(&options, sizeof options);
    CHECK_OK(imgferry_engine_get_images_path(engine, images, 1, path, &options, &call, &saved,
                                             error));
    CHECK(imgferry_saved_size(saved) == size);
    CHECK(stat(path, &found) == 0 && (uint64_t)found.st_size == size);
    CHECK(phases[0] > 0 && phases[1] == 1);
    imgferry_saved_free(saved);
    saved = NULL;

    path = in_folder(folder, "missing.tar");
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_engine_get_images_path(engine, missing, 2, path, NULL,
                                                                    NULL, &saved, error));
    CHECK(stat(path, &found) != 0);
    path = in_folder(folder, "no/folder.tar");
    CHECK_FAILS(IMGFERRY_IO, imgferry_engine_get_images_path(engine, images, 1, path, NULL, NULL,
                                                             &saved, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_get_images_path(engine, NULL, 0, path, NULL, NULL, &saved, error));
    CHECK(saved == NULL);
}

static void by_descriptor(const char *folder)
{
    imgferry_saved *saved = NULL;
    int fd = open(in_folder(folder, "by-descriptor.tar"), O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
    CHECK(write(fd, "head", 4) == 4);
    CHECK_OK(imgferry_engine_get_images_fd(engine, images, 1, fd, NULL, NULL, &saved, error));
    CHECK(imgferry_saved_size(saved) == size);
    /* It is still open, and behind what was written. */
    CHECK(lseek(fd, 0, SEEK_CUR) == (off_t)size + 4);
    imgferry_saved_free(saved);
    CHECK(close(fd) == 0);
    fd = open("/dev/full", O_WRONLY);
    CHECK(fd >= 0);
    CHECK_FAILS(IMGFERRY_NO_SPACE,
                imgferry_engine_get_images_fd(engine, images, 1, fd, NULL, NULL, &saved, error));
    CHECK(close(fd) == 0);
}

struct sink {
    uint64_t taken;
    uint64_t limit;
    unsigned calls_after_failure;
    int failed;
};

static int take(void *userdata, const uint8_t *data, size_t length)
{
    struct sink *sink = userdata;
    CHECK(data != NULL && length > 0);
    sink->calls_after_failure += (unsigned)sink->failed;
    sink->taken += length;
    sink->failed = sink->taken > sink->limit;
    return sink->failed ? -9 : 0;
}

static void by_callback(void)
{
    struct sink good = {0, UINT64_MAX, 0, 0};
    struct sink failing = {0, 10000, 0, 0};
    imgferry_saved *saved = NULL;
    imgferry_error *failure = NULL;

    CHECK_OK(imgferry_engine_get_images_stream(engine, images, 1, take, &good, NULL, NULL, &saved,
                                               error));
    CHECK(imgferry_saved_size(saved) == size && good.taken == size);
    imgferry_saved_free(saved);
    saved = NULL;
    CHECK(imgferry_engine_get_images_stream(engine, images, 1, take, &failing, NULL, NULL, &saved,
                                            &failure) == IMGFERRY_CALLBACK);
    CHECK(imgferry_error_callback_result(failure) == -9);
    CHECK(saved == NULL && failing.calls_after_failure == 0);
    imgferry_error_free(failure);
}

static void load(const char *path)
{
    imgferry_loaded *loaded = NULL;
    CHECK_OK(imgferry_engine_load_image_path(engine, path, NULL, NULL, &loaded, error));
    CHECK_TEXT(imgferry_text_list_at(imgferry_loaded_names(loaded), 0), images[0]);
    imgferry_loaded_free(loaded);
}

int main(int argc, char **argv)
{
    const char *names[1];
    imgferry_removed *removed = NULL;
    imgferry_reader *reader = NULL;
    char *path;

    CHECK(argc == 5);
    names[0] = argv[3];
    images = names;
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    load(argv[2]);

    path = in_folder(argv[4], "by-reader.tar");
    by_reader(argv[1], path);
    CHECK_OK(imgferry_engine_remove_image(engine, names[0], NULL, NULL, &removed, error));
    imgferry_removed_free(removed);
    load(path);

    by_path(argv[4]);
    by_descriptor(argv[4]);
    by_callback();

    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_engine_get_image(engine, "demo/absent:1", NULL, NULL, &reader, error));
    /* One that is freed in the middle. */
    CHECK_OK(imgferry_engine_get_images(engine, images, 1, NULL, NULL, &reader, error));
    imgferry_reader_free(reader);
    imgferry_engine_free(engine);
    return 0;
}
