/*
 * An image goes from place to place, and is looked at, listed and removed there.
 * Arguments: the address of an engine, a registry, an image in it for one
 * platform, a name for the engine, a folder that exists and is empty, and the ID
 * of the image.
 */

#include "check.h"

static const char *image;
static const char *name;
static const char *folder;
static const char *id;
static imgferry_engine *engine;
static imgferry_registry *registry;

/* A place by its text, `format` with `folder` in it. */
static imgferry_place *place(const char *format)
{
    char text[1024];
    imgferry_place *made = NULL;
    imgferry_registry_options options;
    imgferry_registry_options_init(&options, sizeof options);
    snprintf(text, sizeof text, format, folder);
    CHECK_OK(imgferry_place_parse(text, engine, &options, &made, error));
    CHECK_TEXT(imgferry_place_text(made), text);
    return made;
}

struct seen {
    int layers;
    int ends;
};

static int watch(void *userdata, const imgferry_progress *progress)
{
    struct seen *seen = userdata;
    if (progress->phase == IMGFERRY_PHASE_LAYER_DONE)
        seen->layers++;
    if (progress->phase == IMGFERRY_PHASE_DONE) {
        seen->ends++;
        CHECK(strncmp(progress->digest, "sha256:", 7) == 0);
    }
    return 0;
}

static int stop(void *userdata, const imgferry_progress *progress)
{
    (void)userdata;
    (void)progress;
    return 7;
}

/* What was moved before the stop is there, and no name leads to it. */
static void stopped(const imgferry_place *from, imgferry_place *to)
{
    imgferry_copied *copied = NULL;
    imgferry_error *failure = NULL;
    imgferry_listed_image_list *images = NULL;
    imgferry_call call;

    imgferry_call_init(&call, sizeof call);
    call.progress = stop;
    CHECK(imgferry_copy(from, to, NULL, &call, &copied, &failure) == IMGFERRY_CANCELLED);
    CHECK(copied == NULL && imgferry_error_callback_result(failure) == 7);
    CHECK_TEXT(imgferry_error_operation(failure), "copy");
    imgferry_error_free(failure);
    CHECK_OK(imgferry_place_list(to, NULL, &images, error));
    CHECK(imgferry_listed_image_list_count(images) == 0);
    imgferry_listed_image_list_free(images);
    imgferry_place_free(to);
}

static void to_layout(const imgferry_place *from, const imgferry_place *layout)
{
    struct seen seen = {0, 0};
    imgferry_copied *copied = NULL;
    imgferry_copy_options options;
    imgferry_call call;

    imgferry_call_init(&call, sizeof call);
    call.progress = watch;
    call.userdata = &seen;
    imgferry_copy_options_init(&options, sizeof options);
    options.parallel = 2;
    CHECK_OK(imgferry_copy(from, layout, &options, &call, &copied, error));
    CHECK(strlen(imgferry_copied_digest(copied)) == 71);
    CHECK(strncmp(imgferry_copied_media_type(copied), "application/vnd.oci.", 20) == 0);
    CHECK_TEXT(imgferry_copied_platform(copied), "");
    CHECK(imgferry_copied_manifests(copied) == 1);
    CHECK(imgferry_copied_existing_blobs(copied) == 0);
    CHECK(imgferry_copied_blobs(copied) == (size_t)seen.layers && seen.layers > 1);
    CHECK(imgferry_copied_bytes(copied) > 1000);
    CHECK(imgferry_text_list_count(imgferry_copied_warnings(copied)) == 0);
    CHECK(seen.ends == 1);
    imgferry_copied_free(copied);

    CHECK_OK(imgferry_copy(from, layout, NULL, NULL, &copied, error));
    CHECK(imgferry_copied_blobs(copied) == 0 && imgferry_copied_bytes(copied) == 0);
    CHECK(imgferry_copied_existing_blobs(copied) == (size_t)seen.layers);
    imgferry_copied_free(copied);
}

static void wrong_options(const imgferry_place *from, const imgferry_place *to)
{
    const char *const platforms[] = {"linux/s390x"};
    imgferry_copied *copied = NULL;
    imgferry_copy_options options;
    imgferry_copy_options_init(&options, sizeof options);
    options.platforms = platforms;
    options.platform_count = 1;
    options.all_platforms = 1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_copy(from, to, &options, NULL, &copied, error));
    options.platform_count = 0;
    options.parallel = -1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_copy(from, to, &options, NULL, &copied, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_copy(from, NULL, NULL, NULL, &copied, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_copy(NULL, to, NULL, NULL, &copied, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_copy(from, to, NULL, NULL, NULL, error));
    CHECK(copied == NULL);
}

/* What every place tells alike. */
static void looked_at(const imgferry_place *at, int has_manifest, int is_engine)
{
    imgferry_inspected *inspected = NULL;
    const imgferry_descriptor_list *layers;
    size_t index, count;

    CHECK_OK(imgferry_place_inspect(at, NULL, NULL, &inspected, error));
    CHECK((imgferry_inspected_digest(inspected)[0] != '\0') == has_manifest);
    CHECK((imgferry_inspected_media_type(inspected)[0] != '\0') == has_manifest);
    CHECK((imgferry_inspected_manifest(inspected) != NULL) == has_manifest);
    CHECK(imgferry_image_platform_list_count(imgferry_inspected_platforms(inspected)) == 0);
    CHECK(imgferry_text_list_count(imgferry_inspected_warnings(inspected)) == 0);
    CHECK(imgferry_inspected_has_image(inspected) == 1);
    CHECK(imgferry_inspected_image_size(inspected) > 1000);
    CHECK((imgferry_inspected_image_manifest(inspected) != NULL) == has_manifest);
    if (has_manifest)
        CHECK_TEXT(imgferry_manifest_digest(imgferry_inspected_image_manifest(inspected)),
                   imgferry_inspected_digest(inspected));
    CHECK_TEXT(imgferry_image_config_os(imgferry_inspected_image_config(inspected)), "linux");
    layers = imgferry_inspected_image_layers(inspected);
    count = imgferry_descriptor_list_count(layers);
    CHECK(is_engine ? count == 0 : count > 0);
    for (index = 0; index < count; index++) {
        const imgferry_descriptor *layer = imgferry_descriptor_list_at(layers, index);
        CHECK(imgferry_descriptor_size(layer) > 0);
        CHECK(strstr(imgferry_descriptor_media_type(layer), ".tar") != NULL);
        CHECK(imgferry_text_list_count(imgferry_descriptor_urls(layer)) == 0);
    }
    imgferry_inspected_free(inspected);
    CHECK_FAILS(IMGFERRY_PLATFORM,
                imgferry_place_inspect(at, "windows/riscv64", NULL, &inspected, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_place_inspect(at, "riscv64", NULL, &inspected, error));
    CHECK(inspected == NULL);
}

/* The only image there, under its name, and again the place that the list has for it. */
static void listed(const imgferry_place *at, const char *expected, const char *expected_id)
{
    imgferry_listed_image_list *images = NULL;
    imgferry_inspected *inspected = NULL;
    const imgferry_listed_image *one;

    CHECK_OK(imgferry_place_list(at, NULL, &images, error));
    CHECK(imgferry_listed_image_list_count(images) == 1);
    one = imgferry_listed_image_list_at(images, 0);
    CHECK_TEXT(imgferry_listed_image_name(one), expected);
    CHECK_TEXT(imgferry_listed_image_id(one), expected_id);
    CHECK_OK(imgferry_place_inspect(imgferry_listed_image_place(one), NULL, NULL, &inspected,
                                    error));
    if (imgferry_listed_image_digest(one)[0] != '\0')
        CHECK_TEXT(imgferry_listed_image_digest(one), imgferry_inspected_digest(inspected));
    imgferry_inspected_free(inspected);
    CHECK(imgferry_listed_image_list_at(images, 1) == NULL);
    imgferry_listed_image_list_free(images);
}

static void removed(imgferry_place *from, const char *expected, int frees)
{
    imgferry_deleted *deleted = NULL;
    const imgferry_removed *what;
    CHECK_OK(imgferry_place_delete(from, NULL, &deleted, error));
    what = imgferry_deleted_removed(deleted);
    CHECK_TEXT(imgferry_text_list_at(imgferry_removed_untagged(what), 0), expected);
    CHECK(imgferry_text_list_count(imgferry_removed_deleted(what)) > 0);
    CHECK((imgferry_deleted_space_reclaimed(deleted) > 0) == frees);
    CHECK(imgferry_text_list_count(imgferry_deleted_warnings(deleted)) == 0);
    imgferry_deleted_free(deleted);
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_place_delete(from, NULL, &deleted, error));
    CHECK(deleted == NULL);
}

static void copied(const imgferry_place *from, const imgferry_place *to)
{
    imgferry_copied *result = NULL;
    CHECK_OK(imgferry_copy(from, to, NULL, NULL, &result, error));
    imgferry_copied_free(result);
}

static void made_wrongly(void)
{
    imgferry_place *none = NULL;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_parse("x:y", NULL, NULL, &none, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_place_parse("docker-daemon:demo/app:1", NULL, NULL, &none, error));
    CHECK_FAILS(IMGFERRY_INVALID_REFERENCE,
                imgferry_place_parse("docker://UPPER", NULL, NULL, &none, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_registry(NULL, image, &none, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_engine(engine, NULL, &none, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_oci_layout(NULL, "1", &none, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_oci_layout("x", "1", NULL, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_oci_archive("x", "\xff", &none, error));
    CHECK(none == NULL);
    CHECK_TEXT(imgferry_place_text(NULL), "");
    imgferry_place_free(NULL);
}

int main(int argc, char **argv)
{
    imgferry_place *in_registry = NULL, *in_engine = NULL, *in_file = NULL;
    imgferry_place *layout, *archive, *tar;
    imgferry_deleted *deleted = NULL;
    char path[1024];

    CHECK(argc == 7);
    image = argv[3];
    name = argv[4];
    folder = argv[5];
    id = argv[6];
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    CHECK_OK(imgferry_registry_new(argv[2], NULL, &registry, error));
    made_wrongly();

    CHECK_OK(imgferry_place_registry(registry, image, &in_registry, error));
    CHECK_OK(imgferry_place_engine(engine, name, &in_engine, error));
    layout = place("oci:%s/layout:one");
    archive = place("docker-archive:%s/archive.tar:demo/copied:1");
    tar = place("oci-archive:%s/layout.tar:one");
    /* What was made from a handle does not need it any more. */
    imgferry_registry_free(registry);
    imgferry_engine_free(engine);
    engine = NULL;

    wrong_options(in_registry, layout);
    stopped(in_registry, place("oci:%s/stopped:one"));
    to_layout(in_registry, layout);
    copied(layout, archive);
    copied(layout, tar);
    copied(archive, in_engine);

    looked_at(in_registry, 1, 0);
    looked_at(layout, 1, 0);
    looked_at(tar, 1, 0);
    looked_at(archive, 1, 0);
    looked_at(in_engine, 0, 1);

    listed(in_registry, strrchr(image, ':') + 1, "");
    listed(layout, "one", "");
    listed(tar, "one", "");
    listed(archive, "demo/copied:1", id);
    listed(in_engine, name, id);

    removed(layout, "one", 1);
    removed(in_engine, name, 0);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_delete(archive, NULL, &deleted, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_delete(tar, NULL, &deleted, error));
    CHECK_FAILS(IMGFERRY_UNSUPPORTED, imgferry_place_delete(in_registry, NULL, &deleted, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_place_delete(NULL, NULL, &deleted, error));

    snprintf(path, sizeof path, "%s/archive.tar", folder);
    CHECK_OK(imgferry_place_docker_archive(path, NULL, &in_file, error));
    looked_at(in_file, 1, 0);

    imgferry_place_free(in_file);
    imgferry_place_free(in_registry);
    imgferry_place_free(in_engine);
    imgferry_place_free(layout);
    imgferry_place_free(archive);
    imgferry_place_free(tar);
    return 0;
}
