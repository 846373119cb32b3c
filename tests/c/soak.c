/*
 * Eight threads do mixed operations over shared handles, some of which fail or
 * are left, and the program tells what it holds after the first and at the end.
 * Arguments: the address of an engine with an image, that image as
 * HOST/REPOSITORY:1, the host of its registry, an archive with one image, a
 * folder that exists and is empty, how many operations come first, and how many
 * there are. Prints two lines: descriptors, threads, resident KiB.
 */

#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 8 };

static imgferry_engine *engine;
static imgferry_registry *registry;
static imgferry_images *images;
static imgferry_registry *nobody;
static imgferry_cancel *cancelled;
static const char *image, *host, *archive, *folder;
static char blob[512];
static pthread_barrier_t together;

struct worker {
    unsigned number;
    unsigned todo;
    uint32_t dice;
    /* HOST/soak-NUMBER, without and with a tag. */
    char repository[256], name[300];
};

static unsigned roll(struct worker *worker, unsigned sides)
{
    worker->dice = worker->dice * 1664525 + 1013904223;
    return (worker->dice >> 16) % sides;
}

static int forget(void *userdata, const uint8_t *data, size_t length)
{
    (void)data;
    *(size_t *)userdata += length;
    return 0;
}

static int stop(void *userdata, const imgferry_progress *progress)
{
    (void)userdata;
    (void)progress;
    return 7;
}

/* The name that it is known by to this thread only. */
static void tag(struct worker *worker)
{
    CHECK_OK(imgferry_engine_tag(engine, image, worker->repository, "1", NULL, error));
}

static void untag(struct worker *worker)
{
    imgferry_removed *removed = NULL;
    CHECK_OK(imgferry_engine_remove_image(engine, worker->name, NULL, NULL, &removed, error));
    imgferry_removed_free(removed);
}

static void inspect(struct worker *worker)
{
    imgferry_image_details *details = NULL;
    (void)worker;
    CHECK_OK(imgferry_engine_inspect_image(engine, image, NULL, NULL, &details, error));
    imgferry_image_details_free(details);
}

static void list(struct worker *worker)
{
    imgferry_image_list *found = NULL;
    (void)worker;
    CHECK_OK(imgferry_engine_images(engine, NULL, NULL, &found, error));
    CHECK(imgferry_image_list_count(found) > 0);
    imgferry_image_list_free(found);
}

static void history(struct worker *worker)
{
    imgferry_history *steps = NULL;
    (void)worker;
    CHECK_OK(imgferry_engine_history(engine, image, NULL, NULL, &steps, error));
    imgferry_history_free(steps);
}

static void push(struct worker *worker)
{
    imgferry_pushed *pushed = NULL;
    tag(worker);
    CHECK_OK(imgferry_engine_push(engine, worker->name, NULL, NULL, &pushed, error));
    imgferry_pushed_free(pushed);
    untag(worker);
}

static void push_by_name(struct worker *worker)
{
    imgferry_push_image_options options;
    imgferry_pushed_image *pushed = NULL;
    imgferry_push_image_options_init(&options, sizeof options);
    options.via = roll(worker, 2) ? IMGFERRY_PUSH_DIRECT : IMGFERRY_PUSH_AUTO;
    CHECK_OK(imgferry_images_push(images, image, worker->name, &options, NULL, &pushed, error));
    imgferry_pushed_image_free(pushed);
}

static void pull(struct worker *worker)
{
    imgferry_pulled *pulled = NULL;
    (void)worker;
    CHECK_OK(imgferry_engine_pull(engine, image, NULL, NULL, &pulled, error));
    imgferry_pulled_free(pulled);
}

static void load(struct worker *worker)
{
    imgferry_loaded *loaded = NULL;
    (void)worker;
    CHECK_OK(imgferry_engine_load_image_path(engine, archive, NULL, NULL, &loaded, error));
    imgferry_loaded_free(loaded);
}

/* To its end, or left behind the first bytes. */
static void save(struct worker *worker)
{
    imgferry_reader *reader = NULL;
    uint8_t buffer[32768];
    size_t length = 1;
    int whole = (int)roll(worker, 2);
    CHECK_OK(imgferry_engine_get_image(engine, image, NULL, NULL, &reader, error));
    do
        CHECK_OK(imgferry_reader_read(reader, buffer, sizeof buffer, NULL, &length, error));
    while (whole && length > 0);
    imgferry_reader_free(reader);
}

static void tags(struct worker *worker)
{
    imgferry_text_list *found = NULL;
    (void)worker;
    CHECK_OK(imgferry_registry_tags(registry, image, NULL, &found, error));
    imgferry_text_list_free(found);
}

static void manifest(struct worker *worker)
{
    imgferry_manifest *found = NULL;
    imgferry_text *digest = NULL;
    (void)worker;
    CHECK_OK(imgferry_registry_get_manifest(registry, image, NULL, &found, error));
    CHECK_OK(imgferry_images_digest(images, image, NULL, &digest, error));
    CHECK_TEXT(imgferry_text_get(digest), imgferry_manifest_digest(found));
    imgferry_text_free(digest);
    imgferry_manifest_free(found);
}

static void size(struct worker *worker)
{
    imgferry_image_size *found = NULL;
    (void)worker;
    CHECK_OK(imgferry_images_size(images, image, NULL, &found, error));
    imgferry_image_size_free(found);
}

static void upload(struct worker *worker)
{
    imgferry_uploaded_blob *uploaded = NULL;
    uint8_t data[20000];
    size_t at;
    for (at = 0; at < sizeof data; at++)
        data[at] = (uint8_t)roll(worker, 256);
    CHECK_OK(imgferry_registry_put_blob_data(registry, worker->repository, data, sizeof data, NULL,
                                             NULL, &uploaded, error));
    imgferry_uploaded_blob_free(uploaded);
}

static void download(struct worker *worker)
{
    imgferry_saved *saved = NULL;
    size_t received = 0;
    (void)worker;
    CHECK_OK(imgferry_registry_get_blob_stream(registry, blob, forget, &received, NULL, NULL, &saved,
                                               error));
    CHECK(imgferry_saved_size(saved) == received);
    imgferry_saved_free(saved);
}

/* Into a layout of this thread, on to the registry, and out of the layout again. */
static void copy(struct worker *worker)
{
    imgferry_place *place[3] = {NULL, NULL, NULL};
    imgferry_copied *copied = NULL;
    imgferry_deleted *deleted = NULL;
    char text[600];
    size_t i;

    snprintf(text, sizeof text, "docker://%s", image);
    CHECK_OK(imgferry_place_parse(text, NULL, NULL, &place[0], error));
    snprintf(text, sizeof text, "oci:%s/layout-%u:1", folder, worker->number);
    CHECK_OK(imgferry_place_parse(text, NULL, NULL, &place[1], error));
    snprintf(text, sizeof text, "docker://%s", worker->name);
    CHECK_OK(imgferry_place_parse(text, NULL, NULL, &place[2], error));
    for (i = 0; i < 2; i++) {
        CHECK_OK(imgferry_copy(place[i], place[i + 1], NULL, NULL, &copied, error));
        imgferry_copied_free(copied);
    }
    CHECK_OK(imgferry_place_delete(place[1], NULL, &deleted, error));
    imgferry_deleted_free(deleted);
    for (i = 0; i < 3; i++)
        imgferry_place_free(place[i]);
}

static void ask_for_nothing(struct worker *worker)
{
    imgferry_image_details *details = NULL;
    imgferry_text *digest = NULL;
    char name[320];
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_engine_inspect_image(engine, "demo/nowhere:1", NULL, NULL,
                                                                  &details, error));
    snprintf(name, sizeof name, "%s/nowhere/%u:1", host, worker->number);
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_registry_digest(registry, name, NULL, &digest, error));
}

static void ask_nobody(struct worker *worker)
{
    imgferry_text_list *found = NULL;
    (void)worker;
    CHECK_FAILS(IMGFERRY_CONNECT,
                imgferry_registry_tags(nobody, "127.0.0.1:1/soak", NULL, &found, error));
}

static void leave(struct worker *worker)
{
    imgferry_call call;
    imgferry_loaded *loaded = NULL;
    imgferry_call_init(&call, sizeof call);
    call.progress = stop;
    if (roll(worker, 2))
        call.cancel = cancelled;
    CHECK_FAILS(IMGFERRY_CANCELLED,
                imgferry_engine_load_image_path(engine, archive, NULL, &call, &loaded, error));
}

static void take_a_handle(struct worker *worker)
{
    imgferry_engine *own = NULL;
    imgferry_text *version = NULL;
    (void)worker;
    CHECK_OK(imgferry_engine_new(imgferry_engine_endpoint(engine), NULL, &own, error));
    CHECK_OK(imgferry_engine_api_version(own, NULL, &version, error));
    imgferry_text_free(version);
    imgferry_engine_free(own);
}

static void (*const operations[])(struct worker *) = {
    inspect, list,     history,  push, push_by_name,    pull,       load,  save,
    tags,    manifest, size,     copy, ask_for_nothing, ask_nobody, leave, take_a_handle,
    upload,  download,
};

static void *work(void *given)
{
    struct worker *worker = given;
    for (; worker->todo > 0; worker->todo--)
        operations[roll(worker, sizeof operations / sizeof operations[0])](worker);
    return NULL;
}

/* All threads have a connection of each handle at the same moment, and give it back. */
static void *gather(void *given)
{
    imgferry_registry *same = NULL;
    imgferry_reader *readers[3] = {NULL, NULL, NULL};
    uint8_t buffer[32768];
    size_t i, length;

    (void)given;
    CHECK_OK(imgferry_images_registry(images, image, &same, error));
    CHECK_OK(imgferry_engine_get_image(engine, image, NULL, NULL, &readers[0], error));
    CHECK_OK(imgferry_registry_get_blob(registry, blob, NULL, NULL, &readers[1], error));
    CHECK_OK(imgferry_registry_get_blob(same, blob, NULL, NULL, &readers[2], error));
    pthread_barrier_wait(&together);
    for (i = 0; i < 3; i++) {
        do
            CHECK_OK(imgferry_reader_read(readers[i], buffer, sizeof buffer, NULL, &length, error));
        while (length > 0);
        imgferry_reader_free(readers[i]);
    }
    imgferry_registry_free(same);
    return NULL;
}

static void in_all_threads(void *(*run)(void *), struct worker *workers)
{
    pthread_t threads[THREADS];
    unsigned number;
    for (number = 0; number < THREADS; number++)
        CHECK(pthread_create(&threads[number], NULL, run, &workers[number]) == 0);
    for (number = 0; number < THREADS; number++)
        CHECK(pthread_join(threads[number], NULL) == 0);
}

/* At the end each handle keeps as many connections as threads can need. */
static void do_operations(struct worker *workers, unsigned count)
{
    unsigned number;
    for (number = 0; number < THREADS; number++)
        workers[number].todo = (count + number) / THREADS;
    in_all_threads(work, workers);
    in_all_threads(gather, workers);
}

static unsigned entries(const char *path)
{
    unsigned count = 0;
    struct dirent *entry;
    DIR *opened = opendir(path);
    CHECK(opened != NULL);
    while ((entry = readdir(opened)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(opened);
    return count;
}

static void tell(void)
{
    char line[256];
    long resident = -1;
    FILE *status;

    /* What was freed and is kept for the next time is not held by the library. */
    malloc_trim(0);
    status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            resident = strtol(line + 6, NULL, 10);
    fclose(status);
    printf("%u %u %ld\n", entries("/proc/self/fd"), entries("/proc/self/task"), resident);
}

/* The first layer of the image, as HOST/REPOSITORY@DIGEST. */
static void find_a_blob(void)
{
    imgferry_manifest *found = NULL;
    char text[8192], *layers, *digest;
    CHECK_OK(imgferry_registry_get_manifest(registry, image, NULL, &found, error));
    CHECK(imgferry_manifest_length(found) < sizeof text);
    memcpy(text, imgferry_manifest_data(found), imgferry_manifest_length(found));
    text[imgferry_manifest_length(found)] = '\0';
    layers = strstr(text, "\"layers\"");
    CHECK(layers != NULL);
    digest = strstr(layers, "sha256:");
    CHECK(digest != NULL);
    snprintf(blob, sizeof blob, "%.*s@%.71s", (int)(strrchr(image, ':') - image), image, digest);
    imgferry_manifest_free(found);
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS];
    unsigned number, first, all;

    CHECK(argc == 8);
    /* Threads have their own stores of memory else, which are filled by chance. */
    CHECK(mallopt(M_ARENA_MAX, 1) == 1);
    image = argv[2];
    host = argv[3];
    archive = argv[4];
    folder = argv[5];
    first = (unsigned)strtoul(argv[6], NULL, 10);
    all = (unsigned)strtoul(argv[7], NULL, 10);
    CHECK(first < all);
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    CHECK_OK(imgferry_registry_new(host, NULL, &registry, error));
    CHECK_OK(imgferry_registry_new("127.0.0.1:1", NULL, &nobody, error));
    CHECK_OK(imgferry_images_new(engine, NULL, NULL, &images, error));
    CHECK_OK(imgferry_cancel_new(&cancelled, error));
    CHECK_OK(imgferry_cancel_set(cancelled, error));
    find_a_blob();
    CHECK(pthread_barrier_init(&together, NULL, THREADS) == 0);
    for (number = 0; number < THREADS; number++) {
        workers[number].number = number;
        workers[number].dice = number;
        snprintf(workers[number].repository, sizeof workers[number].repository, "%s/soak-%u", host,
                 number);
        snprintf(workers[number].name, sizeof workers[number].name, "%s/soak-%u:1", host, number);
    }
    do_operations(workers, first);
    tell();
    do_operations(workers, all - first);
    tell();
    pthread_barrier_destroy(&together);
    imgferry_cancel_free(cancelled);
    imgferry_images_free(images);
    imgferry_registry_free(nobody);
    imgferry_registry_free(registry);
    imgferry_engine_free(engine);
    return 0;
}
