/*
 * What an engine tells of images and registries, and how it cleans up.
 * Arguments: the address of an engine of its own that speaks API 1.41, the host
 * of a registry, an archive with one image named HOST/asked:1 that has two
 * layers, the ID of that image, the host of an index that finds the
 * repositories e/ok and e/two, and another archive whose image takes the name.
 */

#include "check.h"

static imgferry_engine *engine;
static char name[256];

static void load(const char *archive)
{
    imgferry_loaded *loaded = NULL;
    CHECK_OK(imgferry_engine_load_image_path(engine, archive, NULL, NULL, &loaded, error));
    imgferry_loaded_free(loaded);
}

static void history(const char *id)
{
    imgferry_history *history = NULL;
    const imgferry_history_entry *entry;

    CHECK_OK(imgferry_engine_history(engine, name, NULL, NULL, &history, error));
    CHECK(imgferry_history_count(history) == 2);
    entry = imgferry_history_at(history, 0);
    CHECK_TEXT(imgferry_history_entry_id(entry), id);
    CHECK_TEXT(imgferry_history_entry_created_by(entry), "layer 1 of a test");
    CHECK_TEXT(imgferry_history_entry_comment(entry), "");
    CHECK_TEXT(imgferry_text_list_at(imgferry_history_entry_tags(entry), 0), name);
    CHECK(imgferry_history_entry_created(entry) > 1700000000);
    CHECK(imgferry_history_entry_size(entry) >= 5000);
    CHECK(strstr(imgferry_history_entry_document(entry), "CreatedBy") != NULL);
    entry = imgferry_history_at(history, 1);
    CHECK_TEXT(imgferry_history_entry_id(entry), "");
    CHECK(imgferry_text_list_count(imgferry_history_entry_tags(entry)) == 0);
    CHECK(imgferry_history_at(history, 2) == NULL);
    imgferry_history_free(history);
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_engine_history(engine, "demo/absent", NULL, NULL, &history, error));
    CHECK_FAILS(IMGFERRY_UNSUPPORTED,
                imgferry_engine_history(engine, name, "linux/amd64", NULL, &history, error));
}

static void distribution(void)
{
    imgferry_pushed *pushed = NULL;
    imgferry_distribution *found = NULL;
    imgferry_credential credential;

    CHECK_OK(imgferry_engine_push(engine, name, NULL, NULL, &pushed, error));
    imgferry_credential_init(&credential, sizeof credential);
    CHECK_OK(imgferry_engine_inspect_distribution(engine, name, &credential, NULL, &found, error));
    CHECK_TEXT(imgferry_distribution_digest(found), imgferry_pushed_digest(pushed));
    CHECK(strstr(imgferry_distribution_media_type(found), "manifest") != NULL);
    CHECK((int64_t)imgferry_distribution_size(found) == imgferry_pushed_manifest_size(pushed));
    CHECK(imgferry_text_list_count(imgferry_distribution_platforms(found)) == 1);
    CHECK_TEXT(imgferry_text_list_at(imgferry_distribution_platforms(found), 0), "linux/amd64");
    CHECK(strstr(imgferry_distribution_document(found), "Descriptor") != NULL);
    imgferry_distribution_free(found);
    imgferry_pushed_free(pushed);
}

static void search(const char *host)
{
    imgferry_search_result_list *list = NULL;
    const imgferry_search_result *result;
    imgferry_search_options options;
    char term[256];

    imgferry_search_options_init(&options, sizeof options);
    options.limit = 2;
    snprintf(term, sizeof term, "%s/ferry", host);
    CHECK_OK(imgferry_engine_search(engine, term, &options, NULL, &list, error));
    CHECK(imgferry_search_result_list_count(list) == 2);
    result = imgferry_search_result_list_at(list, 0);
    CHECK_TEXT(imgferry_search_result_name(result), "e/ok");
    CHECK_TEXT(imgferry_search_result_description(result), "d");
    CHECK(imgferry_search_result_star_count(result) == 5);
    CHECK(imgferry_search_result_is_official(result) == 0);
    CHECK(imgferry_search_result_is_automated(result) == 1);
    CHECK(strstr(imgferry_search_result_document(result), "star_count") != NULL);
    CHECK(imgferry_search_result_is_official(imgferry_search_result_list_at(list, 1)) == 1);
    CHECK(imgferry_search_result_list_at(list, 2) == NULL);
    imgferry_search_result_list_free(list);
    options.limit = 101;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_search(engine, term, &options, NULL, &list, error));
}

static void options_of_newer_engines(void)
{
    const char *const platforms[] = {"linux/amd64"};
    imgferry_inspect_options inspect;
    imgferry_list_options list;
    imgferry_remove_options remove_options;
    imgferry_load_options load_options;
    imgferry_archive_options archive;
    imgferry_image_details *details = NULL;
    imgferry_image_list *images = NULL;
    imgferry_removed *removed = NULL;
    imgferry_loaded *loaded = NULL;
    imgferry_reader *reader = NULL;

    imgferry_inspect_options_init(&inspect, sizeof inspect);
    inspect.manifests = 1;
    CHECK_FAILS(IMGFERRY_UNSUPPORTED,
                imgferry_engine_inspect_image(engine, name, &inspect, NULL, &details, error));
    imgferry_list_options_init(&list, sizeof list);
    list.shared_size = 1;
    CHECK_FAILS(IMGFERRY_UNSUPPORTED, imgferry_engine_images(engine, &list, NULL, &images, error));
    imgferry_remove_options_init(&remove_options, sizeof remove_options);
    remove_options.platforms = platforms;
    remove_options.platform_count = 1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_remove_image(engine, name, &remove_options, NULL, &removed,
                                             error));
    remove_options.force = 1;
    CHECK_FAILS(IMGFERRY_UNSUPPORTED, imgferry_engine_remove_image(engine, name, &remove_options,
                                                                   NULL, &removed, error));
    imgferry_load_options_init(&load_options, sizeof load_options);
    load_options.platforms = platforms;
    load_options.platform_count = 1;
    CHECK_FAILS(IMGFERRY_UNSUPPORTED,
                imgferry_engine_load_image_path(engine, "/dev/null", &load_options, NULL, &loaded,
                                                error));
    imgferry_archive_options_init(&archive, sizeof archive);
    archive.platforms = platforms;
    archive.platform_count = 1;
    CHECK_FAILS(IMGFERRY_UNSUPPORTED,
                imgferry_engine_get_image(engine, name, &archive, NULL, &reader, error));
}

static void prune(const char *id)
{
    const char *const all[] = {"dangling=false"};
    const char *const bogus[] = {"bogus=1"};
    const char *const no_filter[] = {"dangling"};
    imgferry_pruned *pruned = NULL;
    size_t i, found = 0;

    CHECK_OK(imgferry_engine_prune_images(engine, NULL, 0, NULL, &pruned, error));
    for (i = 0; i < imgferry_text_list_count(imgferry_pruned_deleted(pruned)); i++)
        found += strcmp(imgferry_text_list_at(imgferry_pruned_deleted(pruned), i), id) == 0;
    CHECK(found == 1);
    CHECK(imgferry_pruned_space_reclaimed(pruned) > 30000);
    imgferry_pruned_free(pruned);

    CHECK_OK(imgferry_engine_prune_images(engine, all, 1, NULL, &pruned, error));
    CHECK_TEXT(imgferry_text_list_at(imgferry_pruned_untagged(pruned), 0), name);
    imgferry_pruned_free(pruned);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_prune_images(engine, bogus, 1, NULL, &pruned, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_prune_images(engine, no_filter, 1, NULL, &pruned, error));
}

int main(int argc, char **argv)
{
    CHECK(argc == 7);
    snprintf(name, sizeof name, "%s/asked:1", argv[2]);
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    load(argv[3]);
    history(argv[4]);
    distribution();
    search(argv[5]);
    options_of_newer_engines();
    load(argv[6]);
    prune(argv[4]);
    imgferry_engine_free(engine);
    return 0;
}
