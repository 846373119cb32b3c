/*
 * A root file system becomes the same image on every way into an engine.
 * Arguments: the address of an engine, the tar of a root file system, a URL of
 * the same tar, a repository of its own, and an image in a registry.
 */

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <unistd.h>

#include "check.h"

static imgferry_engine *engine;
static imgferry_import_options options;
static char layer[128];

/* Looks at the image that was made, and forgets it. */
static void look(imgferry_imported *imported, const char *name)
{
    imgferry_image_details *details = NULL;
    imgferry_removed *removed = NULL;
    imgferry_image_list *list = NULL;
    imgferry_list_options only;
    const imgferry_image_summary *summary;
    const char *found;

    CHECK_OK(imgferry_engine_inspect_image(engine, name, NULL, NULL, &details, error));
    CHECK_TEXT(imgferry_imported_id(imported), imgferry_image_details_id(details));
    CHECK(imgferry_text_list_count(imgferry_imported_warnings(imported)) == 0);
    CHECK_TEXT(imgferry_image_details_comment(details), "made by a test");
    CHECK(strstr(imgferry_image_details_document(details), "A=b") != NULL);
    CHECK(imgferry_text_list_count(imgferry_image_details_layers(details)) == 1);
    found = imgferry_text_list_at(imgferry_image_details_layers(details), 0);
    if (layer[0] == '\0')
        snprintf(layer, sizeof layer, "%s", found);
    CHECK_TEXT(found, layer);
    imgferry_image_details_free(details);
    imgferry_imported_free(imported);

    imgferry_list_options_init(&only, sizeof only);
    only.name = name;
    CHECK_OK(imgferry_engine_images(engine, &only, NULL, &list, error));
    summary = imgferry_image_list_at(list, 0);
    CHECK(imgferry_image_summary_label_count(summary) == 2);
    CHECK_TEXT(imgferry_image_summary_label_key_at(summary, 0), "kind");
    CHECK_TEXT(imgferry_image_summary_label_value_at(summary, 0), "test");
    CHECK_TEXT(imgferry_image_summary_label_key_at(summary, 1), "what");
    CHECK_TEXT(imgferry_image_summary_label_value_at(summary, 1), "");
    CHECK_TEXT(imgferry_image_summary_label_key_at(summary, 2), "");
    CHECK_TEXT(imgferry_image_summary_label_value_at(summary, 2), "");
    imgferry_image_list_free(list);
    CHECK_OK(imgferry_engine_remove_image(engine, name, NULL, NULL, &removed, error));
    imgferry_removed_free(removed);
}

static int read_file(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    *length_out = fread(buffer, 1, capacity, userdata);
    return 0;
}

static int watch(void *userdata, const imgferry_progress *progress)
{
    int *importing = userdata;
    *importing += progress->phase == IMGFERRY_PHASE_IMPORTING;
    return 0;
}

static int fail(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    (void)userdata;
    (void)buffer;
    (void)capacity;
    (void)length_out;
    return 3;
}

static void refusals(const char *image)
{
    static const uint8_t no_tar[2000] = {'x'};
    const char *const bad[] = {"RUN true"};
    imgferry_imported *imported = NULL;
    imgferry_error *failure = NULL;

    CHECK_FAILS(IMGFERRY_IO, imgferry_engine_import_image(engine, "no/such/file.tar", &options,
                                                          NULL, &imported, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_import_image_from_url(engine, "ftp://x/y.tar", &options, NULL,
                                                      &imported, error));
    CHECK_FAILS(IMGFERRY_ENGINE,
                imgferry_engine_import_image_from_data(engine, no_tar, sizeof no_tar, &options,
                                                       NULL, &imported, error));
    CHECK(imgferry_engine_import_image_from_stream(engine, fail, NULL, &options, NULL, &imported,
                                                   &failure) == IMGFERRY_CALLBACK);
    CHECK(imgferry_error_callback_result(failure) == 3);
    imgferry_error_free(failure);
    CHECK_FAILS(IMGFERRY_UNSUPPORTED, imgferry_engine_import_image_from_image(
                                          engine, image, &options, NULL, &imported, error));
    options.changes = bad;
    options.change_count = 1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_import_image_from_data(engine, NULL, 0, &options, NULL, &imported,
                                                       error));
    CHECK(imported == NULL);
}

static void from_image(const char *image, const char *name)
{
    imgferry_imported *imported = NULL;
    imgferry_image_details *details = NULL;
    imgferry_import_options named;

    imgferry_import_options_init(&named, sizeof named);
    named.repository = name;
    CHECK_OK(imgferry_engine_import_image_from_image(engine, image, &named, NULL, &imported,
                                                     error));
    CHECK_OK(imgferry_engine_inspect_image(engine, name, NULL, NULL, &details, error));
    CHECK_TEXT(imgferry_imported_id(imported), imgferry_image_details_id(details));
    imgferry_image_details_free(details);
    imgferry_imported_free(imported);
}

int main(int argc, char **argv)
{
    static uint8_t tar[100000];
    const char *const changes[] = {"ENV A=b", "LABEL what= kind=test"};
    char name[256];
    imgferry_imported *imported = NULL;
    imgferry_call call;
    size_t length;
    FILE *file;
    int fd, importing = 0;

    CHECK(argc == 6);
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    imgferry_import_options_init(&options, sizeof options);
    options.repository = argv[4];
    options.tag = "1";
    options.changes = changes;
    options.change_count = 2;
    options.message = "made by a test";
    options.platform = "linux/amd64";
    snprintf(name, sizeof name, "%s:1", argv[4]);
    file = fopen(argv[2], "rb");
    CHECK(file != NULL);
    length = fread(tar, 1, sizeof tar, file);
    CHECK(length > 0 && length < sizeof tar);

    CHECK_OK(imgferry_engine_import_image(engine, argv[2], &options, NULL, &imported, error));
    look(imported, name);
    CHECK_OK(imgferry_engine_import_image(engine, argv[3], &options, NULL, &imported, error));
    look(imported, name);
    CHECK_OK(imgferry_engine_import_image_from_file(engine, argv[2], &options, NULL, &imported,
                                                    error));
    look(imported, name);
    CHECK_OK(imgferry_engine_import_image_from_url(engine, argv[3], &options, NULL, &imported,
                                                   error));
    look(imported, name);
    CHECK_OK(imgferry_engine_import_image_from_data(engine, tar, length, &options, NULL, &imported,
                                                    error));
    look(imported, name);

    fd = open(argv[2], O_RDONLY);
    CHECK(fd >= 0);
    CHECK_OK(imgferry_engine_import_image_from_fd(engine, fd, &options, NULL, &imported, error));
    CHECK(close(fd) == 0);
    look(imported, name);

    imgferry_call_init(&call, sizeof call);
    call.progress = watch;
    call.userdata = &importing;
    rewind(file);
    CHECK_OK(imgferry_engine_import_image_from_stream(engine, read_file, file, &options, &call,
                                                      &imported, error));
    CHECK(importing > 0);
    look(imported, name);
    CHECK(fclose(file) == 0);
    imported = NULL;

    from_image(argv[5], argv[4]);
    refusals(argv[5]);
    imgferry_engine_free(engine);
    return 0;
}
