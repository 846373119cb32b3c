/*
 * An image on its whole way: file, engine, registry, and back; every result.
 * Arguments: the address of an engine, the host of a registry, a repository of
 * its own in it, an archive with one image named HOST/REPOSITORY:1 that has two
 * layers, and the ID of that image.
 */

#include "check.h"

static imgferry_engine *engine;
static imgferry_registry *registry;
static imgferry_images *images;
static const char *host;
static const char *id;

/* host/repository[:tag] */
static char name_1[256], name_2[256], name_3[256], repository[256];
static char digest[128];

struct seen {
    unsigned done;
    unsigned after_done;
    unsigned layers;
    int starts;
    uint64_t sum_current;
    int64_t sum_total;
    char digest[128];
    char source[256];
    char destination[256];
};

static int watch(void *userdata, const imgferry_progress *progress)
{
    struct seen *seen = userdata;
    if (progress->phase == IMGFERRY_PHASE_WAITING)
        return 0;
    seen->after_done += seen->done;
    if (progress->phase == IMGFERRY_PHASE_PUSH_STARTS ||
        progress->phase == IMGFERRY_PHASE_PULL_STARTS) {
        seen->starts = progress->phase;
        snprintf(seen->source, sizeof seen->source, "%s", progress->source);
        snprintf(seen->destination, sizeof seen->destination, "%s", progress->destination);
    }
    if (progress->layer_id[0] != '\0') {
        seen->layers++;
        CHECK(strstr(progress->message, progress->layer_id) != NULL);
        CHECK(progress->raw[0] == '{' || progress->raw[0] == '\0');
    }
    if (progress->phase == IMGFERRY_PHASE_DONE) {
        seen->done++;
        seen->sum_current = progress->sum_current;
        seen->sum_total = progress->sum_total;
        snprintf(seen->digest, sizeof seen->digest, "%s", progress->digest);
    }
    return 0;
}

/* A call that is watched; forgets what was seen before. */
static imgferry_call watched(struct seen *seen)
{
    imgferry_call call;
    memset(seen, 0, sizeof *seen);
    imgferry_call_init(&call, sizeof call);
    call.progress = watch;
    call.userdata = seen;
    return call;
}

static void load(const char *archive)
{
    struct seen seen;
    imgferry_call call = watched(&seen);
    imgferry_loaded *loaded = NULL;
    CHECK_OK(imgferry_engine_load_image_path(engine, archive, NULL, &call, &loaded, error));
    CHECK(imgferry_text_list_count(imgferry_loaded_names(loaded)) == 1);
    CHECK_TEXT(imgferry_text_list_at(imgferry_loaded_names(loaded), 0), name_1);
    CHECK_TEXT(imgferry_text_list_at(imgferry_loaded_names(loaded), 1), "");
    CHECK(imgferry_text_list_count(imgferry_loaded_ids(loaded)) == 0);
    CHECK(imgferry_text_list_count(imgferry_loaded_warnings(loaded)) == 0);
    CHECK(seen.done == 1 && seen.after_done == 0);
    imgferry_loaded_free(loaded);
}

static void inspect_and_list(void)
{
    imgferry_image_details *details = NULL;
    imgferry_image_list *list = NULL;
    const imgferry_image_summary *summary;
    imgferry_list_options options;

    CHECK_OK(imgferry_engine_inspect_image(engine, name_1, NULL, NULL, &details, error));
    CHECK_TEXT(imgferry_image_details_id(details), id);
    CHECK_TEXT(imgferry_text_list_at(imgferry_image_details_repo_tags(details), 0), name_1);
    CHECK(imgferry_text_list_count(imgferry_image_details_repo_digests(details)) == 0);
    CHECK(imgferry_text_list_count(imgferry_image_details_layers(details)) == 2);
    CHECK_TEXT(imgferry_image_details_os(details), "linux");
    CHECK_TEXT(imgferry_image_details_architecture(details), "amd64");
    CHECK_TEXT(imgferry_image_details_variant(details), "");
    CHECK(imgferry_image_details_created(details)[0] != '\0');
    CHECK_TEXT(imgferry_image_details_author(details), "");
    CHECK_TEXT(imgferry_image_details_comment(details), "");
    CHECK(imgferry_image_details_size(details) > 0);
    CHECK(strstr(imgferry_image_details_document(details), "\"RootFS\"") != NULL);

    imgferry_list_options_init(&options, sizeof options);
    options.name = repository;
    CHECK_OK(imgferry_engine_images(engine, &options, NULL, &list, error));
    CHECK(imgferry_image_list_count(list) == 1);
    CHECK(imgferry_image_list_at(list, 1) == NULL);
    summary = imgferry_image_list_at(list, 0);
    CHECK_TEXT(imgferry_image_summary_id(summary), id);
    CHECK_TEXT(imgferry_image_summary_parent_id(summary), "");
    CHECK_TEXT(imgferry_text_list_at(imgferry_image_summary_repo_tags(summary), 0), name_1);
    CHECK(imgferry_text_list_count(imgferry_image_summary_repo_digests(summary)) == 0);
    CHECK(imgferry_image_summary_size(summary) == imgferry_image_details_size(details));
    CHECK(imgferry_image_summary_created(summary) > 0);
    CHECK(imgferry_image_summary_shared_size(summary) == -1);
    CHECK(imgferry_image_summary_containers(summary) <= 0);
    CHECK(imgferry_image_summary_label_count(summary) == 0);
    CHECK(strstr(imgferry_image_summary_document(summary), id) != NULL);
    imgferry_image_list_free(list);
    imgferry_image_details_free(details);
}

static void push(void)
{
    struct seen seen;
    imgferry_call call = watched(&seen);
    imgferry_pushed *pushed = NULL;
    CHECK_OK(imgferry_engine_push(engine, name_1, NULL, &call, &pushed, error));
    CHECK_TEXT(imgferry_pushed_reference(pushed), name_1);
    CHECK(imgferry_pushed_manifest_size(pushed) > 0);
    CHECK(imgferry_pushed_tag_count(pushed) == 1);
    CHECK_TEXT(imgferry_pushed_tag_at(pushed, 0), "1");
    CHECK_TEXT(imgferry_pushed_tag_at(pushed, 1), "");
    CHECK_TEXT(imgferry_pushed_tag_digest_at(pushed, 0), imgferry_pushed_digest(pushed));
    CHECK_TEXT(imgferry_pushed_tag_digest_at(pushed, 1), "");
    CHECK(imgferry_pushed_tag_manifest_size_at(pushed, 0) == imgferry_pushed_manifest_size(pushed));
    CHECK(imgferry_pushed_tag_manifest_size_at(pushed, 1) == -1);
    CHECK(imgferry_text_list_count(imgferry_pushed_warnings(pushed)) == 0);
    CHECK(seen.done == 1 && seen.after_done == 0 && seen.layers > 0 && seen.starts == 0);
    CHECK_TEXT(seen.digest, imgferry_pushed_digest(pushed));
    CHECK(seen.sum_total >= 0 && seen.sum_current == (uint64_t)seen.sum_total);
    snprintf(digest, sizeof digest, "%s", imgferry_pushed_digest(pushed));
    imgferry_pushed_free(pushed);
}

static void push_and_pull_by_name(void)
{
    struct seen seen;
    imgferry_call call = watched(&seen);
    imgferry_push_image_options push_options;
    imgferry_pull_image_options pull_options;
    imgferry_pushed_image *pushed = NULL;
    imgferry_pulled_image *pulled = NULL;
    imgferry_image_details *details = NULL;
    char direct[256];

    imgferry_push_image_options_init(&push_options, sizeof push_options);
    imgferry_pull_image_options_init(&pull_options, sizeof pull_options);
    CHECK_OK(imgferry_images_push(images, name_1, name_2, &push_options, &call, &pushed, error));
    CHECK_TEXT(imgferry_remote_image_text(imgferry_pushed_image_image(pushed)), name_2);
    CHECK_TEXT(imgferry_remote_image_registry(imgferry_pushed_image_image(pushed)), host);
    CHECK_TEXT(imgferry_pushed_image_digest(pushed), digest);
    CHECK(imgferry_pushed_image_manifest_size(pushed) > 0);
    CHECK(imgferry_text_list_count(imgferry_pushed_image_warnings(pushed)) == 0);
    CHECK(seen.starts == IMGFERRY_PHASE_PUSH_STARTS && seen.done == 1);
    CHECK_TEXT(seen.source, name_1);
    CHECK_TEXT(seen.destination, name_2);
    imgferry_pushed_image_free(pushed);
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_engine_inspect_image(engine, name_2, NULL, NULL, &details, error));

    push_options.keep_remote_name = 1;
    CHECK_OK(imgferry_images_push(images, name_1, name_2, &push_options, NULL, &pushed, error));
    imgferry_pushed_image_free(pushed);
    CHECK_OK(imgferry_engine_inspect_image(engine, name_2, NULL, NULL, &details, error));
    CHECK_TEXT(imgferry_image_details_id(details), id);
    imgferry_image_details_free(details);

    snprintf(direct, sizeof direct, "%s/direct/whole:1", host);
    push_options.via = IMGFERRY_PUSH_DIRECT;
    push_options.compression = IMGFERRY_COMPRESSION_ZSTD;
    call = watched(&seen);
    CHECK_OK(imgferry_images_push(images, name_1, direct, &push_options, &call, &pushed, error));
    CHECK(imgferry_pushed_image_via(pushed) == IMGFERRY_PUSH_DIRECT);
    CHECK_TEXT(imgferry_pushed_image_reason(pushed), "");
    CHECK(seen.starts == IMGFERRY_PHASE_PUSH_STARTS && seen.done == 1 && seen.layers > 0);
    CHECK_TEXT(seen.digest, imgferry_pushed_image_digest(pushed));
    imgferry_pushed_image_free(pushed);
    push_options.via = 9;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_images_push(images, name_1, direct, &push_options,
                                                                NULL, &pushed, error));

    pull_options.platform = "linux/s390x";
    CHECK_FAILS(IMGFERRY_PLATFORM, imgferry_images_pull(images, name_2, name_3, &pull_options,
                                                        NULL, &pulled, error));
    pull_options.platform = "linux/amd64";
    call = watched(&seen);
    CHECK_OK(imgferry_images_pull(images, name_2, name_3, &pull_options, &call, &pulled, error));
    CHECK_TEXT(imgferry_local_image_text(imgferry_pulled_image_image(pulled)), name_3);
    CHECK_TEXT(imgferry_pulled_image_id(pulled), id);
    CHECK_TEXT(imgferry_pulled_image_digest(pulled), digest);
    CHECK(imgferry_pulled_image_up_to_date(pulled) == 1);
    CHECK(imgferry_text_list_count(imgferry_pulled_image_warnings(pulled)) == 0);
    CHECK(seen.starts == IMGFERRY_PHASE_PULL_STARTS && seen.done == 1);
    CHECK_TEXT(seen.source, name_2);
    CHECK_TEXT(seen.destination, name_3);
    imgferry_pulled_image_free(pulled);
}

/* The tags "1" and "2" go and come in one call. */
static void push_and_pull_all_tags(void)
{
    imgferry_push_options push_options;
    imgferry_pull_options pull_options;
    imgferry_pushed *pushed = NULL;
    imgferry_pulled *pulled = NULL;
    imgferry_removed *removed = NULL;
    size_t i;

    CHECK_OK(imgferry_engine_tag(engine, name_1, repository, "2", NULL, error));
    imgferry_push_options_init(&push_options, sizeof push_options);
    push_options.all_tags = 1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_push(engine, name_1, &push_options, NULL, &pushed, error));
    CHECK_OK(imgferry_engine_push(engine, repository, &push_options, NULL, &pushed, error));
    CHECK_TEXT(imgferry_pushed_reference(pushed), repository);
    CHECK_TEXT(imgferry_pushed_digest(pushed), "");
    CHECK(imgferry_pushed_manifest_size(pushed) == -1);
    CHECK(imgferry_pushed_tag_count(pushed) == 2);
    for (i = 0; i < 2; i++)
        CHECK_TEXT(imgferry_pushed_tag_digest_at(pushed, i), digest);
    imgferry_pushed_free(pushed);

    CHECK_OK(imgferry_engine_remove_image(engine, name_2, NULL, NULL, &removed, error));
    imgferry_removed_free(removed);
    imgferry_pull_options_init(&pull_options, sizeof pull_options);
    pull_options.all_tags = 1;
    CHECK_OK(imgferry_engine_pull(engine, repository, &pull_options, NULL, &pulled, error));
    CHECK_TEXT(imgferry_pulled_reference(pulled), repository);
    CHECK_TEXT(imgferry_pulled_digest(pulled), "");
    CHECK(imgferry_pulled_tag_count(pulled) == 2);
    /* In the engine's order. */
    CHECK(atoi(imgferry_pulled_tag_at(pulled, 0)) + atoi(imgferry_pulled_tag_at(pulled, 1)) == 3);
    CHECK_TEXT(imgferry_pulled_tag_digest_at(pulled, 1), digest);
    CHECK_TEXT(imgferry_pulled_tag_at(pulled, 2), "");
    CHECK_TEXT(imgferry_pulled_tag_digest_at(pulled, 2), "");
    imgferry_pulled_free(pulled);
    CHECK_OK(imgferry_engine_remove_image(engine, name_2, NULL, NULL, &removed, error));
    imgferry_removed_free(removed);

    /* A tag in the options is the one that counts. */
    push_options.all_tags = 0;
    push_options.tag = "1";
    CHECK_OK(imgferry_engine_push(engine, name_2, &push_options, NULL, &pushed, error));
    CHECK_TEXT(imgferry_pushed_reference(pushed), name_1);
    imgferry_pushed_free(pushed);
    pull_options.all_tags = 0;
    pull_options.tag = digest;
    CHECK_OK(imgferry_engine_pull(engine, repository, &pull_options, NULL, &pulled, error));
    CHECK_TEXT(imgferry_pulled_digest(pulled), digest);
    imgferry_pulled_free(pulled);
}

static void look_at_the_registry(void)
{
    imgferry_text *found = NULL;
    imgferry_text_list *tags = NULL;
    imgferry_remote_image_list *named = NULL;
    imgferry_manifest *manifest = NULL;
    imgferry_image_size *size = NULL, *same = NULL;
    const imgferry_platform_size *platform;

    CHECK_OK(imgferry_registry_ping(registry, NULL, error));
    CHECK_OK(imgferry_registry_digest(registry, name_1, NULL, &found, error));
    CHECK_TEXT(imgferry_text_get(found), digest);
    imgferry_text_free(found);
    CHECK_OK(imgferry_images_digest(images, name_2, NULL, &found, error));
    CHECK_TEXT(imgferry_text_get(found), digest);
    imgferry_text_free(found);

    CHECK_OK(imgferry_registry_tags(registry, repository, NULL, &tags, error));
    CHECK(imgferry_text_list_count(tags) == 2);
    CHECK_TEXT(imgferry_text_list_at(tags, 1), "2");
    imgferry_text_list_free(tags);
    CHECK_OK(imgferry_images_tags(images, repository, NULL, &named, error));
    CHECK(imgferry_remote_image_list_count(named) == 2);
    CHECK_TEXT(imgferry_remote_image_text(imgferry_remote_image_list_at(named, 1)), name_2);
    CHECK(imgferry_remote_image_list_at(named, 2) == NULL);
    imgferry_remote_image_list_free(named);

    CHECK_OK(imgferry_registry_get_manifest(registry, name_1, NULL, &manifest, error));
    CHECK_TEXT(imgferry_manifest_digest(manifest), digest);
    CHECK(strstr(imgferry_manifest_media_type(manifest), "manifest") != NULL);
    CHECK(imgferry_manifest_length(manifest) > 2);
    CHECK(imgferry_manifest_data(manifest)[0] == '{');
    CHECK(imgferry_manifest_data(manifest)[imgferry_manifest_length(manifest) - 1] == '}');
    imgferry_manifest_free(manifest);

    CHECK_OK(imgferry_registry_size(registry, name_1, NULL, &size, error));
    CHECK_OK(imgferry_images_size(images, name_2, NULL, &same, error));
    CHECK(imgferry_image_size_total(size) == imgferry_image_size_total(same));
    CHECK(imgferry_image_size_platform_count(size) == 1);
    CHECK(imgferry_image_size_platform_at(size, 1) == NULL);
    CHECK(imgferry_text_list_count(imgferry_image_size_missing(size)) == 0);
    platform = imgferry_image_size_platform_at(size, 0);
    CHECK_TEXT(imgferry_platform_size_digest(platform), digest);
    CHECK_TEXT(imgferry_platform_size_platform(platform), "");
    CHECK(imgferry_platform_size_total(platform) == imgferry_image_size_total(size));
    CHECK(imgferry_platform_size_config(platform) + imgferry_platform_size_layers(platform) ==
          imgferry_platform_size_total(platform));
    CHECK(imgferry_platform_size_config(platform) > 0);
    CHECK(imgferry_platform_size_foreign(platform) == 0);
    imgferry_image_size_free(size);
    imgferry_image_size_free(same);
}

static void remove_and_pull(void)
{
    const char *const names[] = {name_3, name_1};
    struct seen seen;
    imgferry_call call = watched(&seen);
    imgferry_removed *removed = NULL;
    imgferry_pulled *pulled = NULL;
    size_t i;

    for (i = 0; i < 2; i++) {
        CHECK_OK(imgferry_engine_remove_image(engine, names[i], NULL, NULL, &removed, error));
        CHECK(imgferry_text_list_count(imgferry_removed_untagged(removed)) > 0);
        CHECK((imgferry_text_list_count(imgferry_removed_deleted(removed)) > 0) == (i == 1));
        imgferry_removed_free(removed);
    }
    CHECK_OK(imgferry_engine_pull(engine, name_2, NULL, &call, &pulled, error));
    CHECK_TEXT(imgferry_pulled_reference(pulled), name_2);
    CHECK_TEXT(imgferry_pulled_digest(pulled), digest);
    CHECK(imgferry_pulled_up_to_date(pulled) == 0);
    CHECK(imgferry_text_list_count(imgferry_pulled_warnings(pulled)) == 0);
    CHECK(seen.done == 1 && seen.layers > 0);
    imgferry_pulled_free(pulled);

    CHECK_OK(imgferry_engine_tag(engine, name_2, name_1, NULL, NULL, error));
    for (i = 1; i < 3; i++) {
        const char *name = i == 1 ? name_1 : name_2;
        CHECK_OK(imgferry_engine_remove_image(engine, name, NULL, NULL, &removed, error));
        imgferry_removed_free(removed);
    }
}

static void look_by_cluster(void)
{
    char json[256];
    imgferry_config *config = NULL;
    imgferry_images *named = NULL;
    imgferry_remote_image_list *list = NULL;
    imgferry_registry *same = NULL;
    imgferry_tag *tag = NULL;
    imgferry_image_size *size = NULL;
    size_t i, found = 0;

    snprintf(json, sizeof json,
             "{\"cluster_name\": \"lab\", \"clusters\": {\"lab\": {\"registry_url\": \"http://%s\"}}}",
             host);
    CHECK_OK(imgferry_config_parse(json, NULL, &config, error));
    CHECK_OK(imgferry_images_new(engine, config, NULL, &named, error));
    imgferry_config_free(config);
    CHECK_OK(imgferry_images_list(named, NULL, NULL, &list, error));
    for (i = 0; i < imgferry_remote_image_list_count(list); i++) {
        const imgferry_remote_image *image = imgferry_remote_image_list_at(list, i);
        found += strcmp(imgferry_remote_image_docker_url(image, 0), repository) == 0;
        CHECK_OK(imgferry_images_registry(named, imgferry_remote_image_text(image), &same, error));
        CHECK_TEXT(imgferry_registry_host(same), host);
        imgferry_registry_free(same);
    }
    CHECK(found == 1);
    imgferry_remote_image_list_free(list);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_images_list(named, "nope", NULL, &list, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_images_list(images, NULL, NULL, &list, error));

    CHECK_OK(imgferry_images_tag_info(named, name_2, NULL, &tag, error));
    CHECK_OK(imgferry_images_size(named, name_2, NULL, &size, error));
    CHECK_TEXT(imgferry_tag_name(tag), "2");
    CHECK(imgferry_tag_size(tag) == imgferry_image_size_total(size));
    imgferry_image_size_free(size);
    imgferry_tag_free(tag);
    imgferry_images_free(named);
}

static void refusals(void)
{
    imgferry_pulled *pulled = NULL;
    imgferry_text *found = NULL;
    imgferry_error *failure = NULL;

    CHECK_OK(imgferry_images_rm(images, name_2, digest, NULL, &found, error));
    CHECK_TEXT(imgferry_text_get(found), digest);
    imgferry_text_free(found);
    found = NULL;
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_registry_delete_manifest(registry, name_1, NULL, &found, error));
    CHECK(imgferry_engine_pull(engine, name_1, NULL, NULL, &pulled, &failure) == IMGFERRY_NOT_FOUND);
    CHECK(imgferry_error_http_status(failure) >= 200);
    CHECK(imgferry_error_peer_message(failure)[0] != '\0');
    CHECK(imgferry_error_retryable(failure) == 0);
    imgferry_error_free(failure);
    CHECK(imgferry_registry_digest(registry, name_1, NULL, &found, &failure) == IMGFERRY_NOT_FOUND);
    CHECK(imgferry_error_http_status(failure) == 404);
    CHECK(strstr(imgferry_error_endpoint(failure), host) != NULL);
    imgferry_error_free(failure);
}

int main(int argc, char **argv)
{
    imgferry_text *version = NULL;
    CHECK(argc == 6);
    host = argv[2];
    id = argv[5];
    snprintf(repository, sizeof repository, "%s/%s", host, argv[3]);
    snprintf(name_1, sizeof name_1, "%s/%s:1", host, argv[3]);
    snprintf(name_2, sizeof name_2, "%s/%s:2", host, argv[3]);
    snprintf(name_3, sizeof name_3, "%s:3", argv[3]);

    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    CHECK_OK(imgferry_registry_new(host, NULL, &registry, error));
    CHECK_OK(imgferry_images_new(engine, NULL, NULL, &images, error));
    CHECK_OK(imgferry_engine_api_version(engine, NULL, &version, error));
    CHECK(strncmp(imgferry_text_get(version), "1.", 2) == 0);
    imgferry_text_free(version);

    load(argv[4]);
    inspect_and_list();
    push();
    push_and_pull_by_name();
    push_and_pull_all_tags();
    look_at_the_registry();
    look_by_cluster();
    remove_and_pull();
    refusals();

    imgferry_images_free(images);
    imgferry_registry_free(registry);
    imgferry_engine_free(engine);
    return 0;
}
