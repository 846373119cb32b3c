/*
 * What is measured of imgferry from C: one piece of work in a process of its
 * own. The first argument says which, and the others are its; in_rust.rs has
 * the same words. Prints nothing unless it fails.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imgferry.h>

/* Where a call leaves its error. */
static _Thread_local imgferry_error *error = NULL;

static void expect(imgferry_status status)
{
    if (status != IMGFERRY_OK) {
        fprintf(stderr, "%s\n", imgferry_error_message(error));
        exit(EXIT_FAILURE);
    }
}

static imgferry_engine *engine_at(const char *endpoint)
{
    imgferry_engine *engine = NULL;

    expect(imgferry_engine_new(endpoint, NULL, &engine, &error));
    return engine;
}

static void save(char **words)
{
    imgferry_engine *engine = engine_at(words[0]);
    imgferry_saved *saved = NULL;
    const char *image = words[1];
    int fd = open(words[2], O_WRONLY | O_CREAT | O_TRUNC, 0666);

    expect(imgferry_engine_get_images_fd(engine, &image, 1, fd, NULL, NULL,
                                         &saved, &error));
    imgferry_saved_free(saved);
    imgferry_engine_free(engine);
    close(fd);
}

static void load(char **words)
{
    imgferry_engine *engine = engine_at(words[0]);
    imgferry_loaded *loaded = NULL;

    expect(imgferry_engine_load_image_path(engine, words[1], NULL, NULL,
                                           &loaded, &error));
    imgferry_loaded_free(loaded);
    imgferry_engine_free(engine);
}

static void import(char **words)
{
    imgferry_engine *engine = engine_at(words[0]);
    imgferry_import_options options;
    imgferry_imported *imported = NULL;
    char *colon = strrchr(words[2], ':');

    if (colon == NULL) {
        fprintf(stderr, "%s has no tag\n", words[2]);
        exit(EXIT_FAILURE);
    }
    *colon = '\0';
    imgferry_import_options_init(&options, sizeof options);
    options.repository = words[2];
    options.tag = colon + 1;
    expect(imgferry_engine_import_image_from_file(engine, words[1], &options,
                                                  NULL, &imported, &error));
    imgferry_imported_free(imported);
    imgferry_engine_free(engine);
}

static void push(char **words)
{
    imgferry_engine *engine = engine_at(words[0]);
    imgferry_pushed *pushed = NULL;

    expect(imgferry_engine_push(engine, words[1], NULL, NULL, &pushed, &error));
    imgferry_pushed_free(pushed);
    imgferry_engine_free(engine);
}

static void pull(char **words)
{
    imgferry_engine *engine = engine_at(words[0]);
    imgferry_pulled *pulled = NULL;

    expect(imgferry_engine_pull(engine, words[1], NULL, NULL, &pulled, &error));
    imgferry_pulled_free(pulled);
    imgferry_engine_free(engine);
}

struct inspects {
    const imgferry_engine *engine;
    const char *image;
    int count;
};

static void *inspect_all(void *userdata)
{
    const struct inspects *inspects = userdata;
    int at;

    for (at = 0; at < inspects->count; at++) {
        imgferry_image_details *details = NULL;

        expect(imgferry_engine_inspect_image(inspects->engine, inspects->image,
                                             NULL, NULL, &details, &error));
        imgferry_image_details_free(details);
    }
    return NULL;
}

static void inspect(char **words)
{
    imgferry_engine *engine = engine_at(words[0]);
    struct inspects inspects;

    inspects.engine = engine;
    inspects.image = words[1];
    inspects.count = atoi(words[2]);
    inspect_all(&inspects);
    imgferry_engine_free(engine);
}

/* So many inspects, shared among four threads over one handle. */
static void inspect_by_threads(char **words)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    imgferry_engine *engine = engine_at(words[0]);
    struct inspects inspects;
    int at;

    inspects.engine = engine;
    inspects.image = words[1];
    inspects.count = atoi(words[2]) / THREADS;
    for (at = 0; at < THREADS; at++) {
        if (pthread_create(&threads[at], NULL, inspect_all, &inspects) != 0) {
            perror("a thread");
            exit(EXIT_FAILURE);
        }
    }
    for (at = 0; at < THREADS; at++) {
        pthread_join(threads[at], NULL);
    }
    imgferry_engine_free(engine);
}

/* From the engine to the registry, compressed here. */
static void push_direct(char **words)
{
    imgferry_engine *engine = engine_at(words[0]);
    imgferry_images *images = NULL;
    imgferry_push_image_options options;
    imgferry_pushed_image *pushed = NULL;

    imgferry_push_image_options_init(&options, sizeof options);
    if (strcmp(words[3], "auto") != 0) {
        options.via = IMGFERRY_PUSH_DIRECT;
    }
    if (strcmp(words[3], "zstd") == 0) {
        options.compression = IMGFERRY_COMPRESSION_ZSTD;
    }
    expect(imgferry_images_new(engine, NULL, NULL, &images, &error));
    expect(imgferry_images_push(images, words[1], words[2], &options, NULL,
                                &pushed, &error));
    imgferry_pushed_image_free(pushed);
    imgferry_images_free(images);
    imgferry_engine_free(engine);
}

static void copy(char **words)
{
    imgferry_place *from = NULL;
    imgferry_place *to = NULL;
    imgferry_copy_options options;
    imgferry_copied *copied = NULL;

    imgferry_copy_options_init(&options, sizeof options);
    options.all_platforms = strcmp(words[2], "all") == 0;
    expect(imgferry_place_parse(words[0], NULL, NULL, &from, &error));
    expect(imgferry_place_parse(words[1], NULL, NULL, &to, &error));
    expect(imgferry_copy(from, to, &options, NULL, &copied, &error));
    imgferry_copied_free(copied);
    imgferry_place_free(to);
    imgferry_place_free(from);
}

static imgferry_registry *registry_at(const char *host)
{
    imgferry_registry *registry = NULL;

    expect(imgferry_registry_new(host, NULL, &registry, &error));
    return registry;
}

/* Goes through a list, which is freed, and counts what is in it. */
static int count_names(imgferry_names *names)
{
    imgferry_text *name = NULL;
    int count = 0;

    for (;;) {
        expect(imgferry_names_next(names, NULL, &name, &error));
        if (name == NULL) {
            break;
        }
        count++;
        imgferry_text_free(name);
    }
    imgferry_names_free(names);
    return count;
}

static void expect_count(int count, const char *expected)
{
    if (count != atoi(expected)) {
        fprintf(stderr, "%d names in place of %s\n", count, expected);
        exit(EXIT_FAILURE);
    }
}

static void tags(char **words)
{
    imgferry_registry *registry = registry_at(words[0]);
    imgferry_names *names = NULL;
    int times;

    for (times = atoi(words[3]); times > 0; times--) {
        expect(imgferry_registry_list_tags(registry, words[1], &names, &error));
        expect_count(count_names(names), words[2]);
    }
    imgferry_registry_free(registry);
}

static void repositories(char **words)
{
    imgferry_registry *registry = registry_at(words[0]);
    imgferry_names *names = NULL;
    int times;

    for (times = atoi(words[2]); times > 0; times--) {
        expect(imgferry_registry_repositories(registry, &names, &error));
        expect_count(count_names(names), words[1]);
    }
    imgferry_registry_free(registry);
}

static void digests(char **words)
{
    imgferry_registry *registry = registry_at(words[0]);
    imgferry_text *digest = NULL;
    int times;

    for (times = atoi(words[2]); times > 0; times--) {
        expect(imgferry_registry_digest(registry, words[1], NULL, &digest, &error));
        imgferry_text_free(digest);
    }
    imgferry_registry_free(registry);
}

static const struct {
    const char *name;
    int words;
    void (*run)(char **words);
} works[] = {
    {"save", 3, save},
    {"load", 2, load},
    {"import", 3, import},
    {"push", 2, push},
    {"pull", 2, pull},
    {"inspect", 3, inspect},
    {"inspect-by-threads", 3, inspect_by_threads},
    {"push-direct", 4, push_direct},
    {"copy", 3, copy},
    {"tags", 4, tags},
    {"repositories", 3, repositories},
    {"digests", 3, digests},
};

int main(int argc, char **argv)
{
    size_t at;

    for (at = 0; argc > 1 && at < sizeof works / sizeof works[0]; at++) {
        if (strcmp(argv[1], works[at].name) == 0 && argc == works[at].words + 2) {
            works[at].run(argv + 2);
            return EXIT_SUCCESS;
        }
    }
    fprintf(stderr, "no such work\n");
    return 2;
}
