/*
 * What a registry tells: logins, names, and all about an image.
 * Arguments: the host of a registry of its own whose only user is me:pass-word,
 * with team/app:1, team/app:2 and team/other:1, an image for linux/amd64 with
 * the labels a.example=one and b.example=two; the host of a registry without
 * logins that says how often it may be asked, and of the image app:1 nothing
 * but one referrer; the diff ID of the only layer.
 */

#include "registry.h"

#define SOME_DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char image[600];

static void logins(const char *open_host)
{
    imgferry_registry *anonymous = registry_of(host, NULL);
    imgferry_registry *wrong = registry_of(host, "another");
    imgferry_registry *open = registry_of(open_host, "any");
    int32_t accepted = 7;

    CHECK_FAILS(IMGFERRY_UNAUTHORIZED,
                imgferry_registry_check_login(anonymous, NULL, &accepted, error));
    CHECK(accepted == 0);
    CHECK_FAILS(IMGFERRY_UNAUTHORIZED,
                imgferry_registry_check_login(wrong, NULL, &accepted, error));
    CHECK_OK(imgferry_registry_check_login(registry, NULL, &accepted, error));
    CHECK(accepted == 1);
    CHECK_OK(imgferry_registry_check_login(open, NULL, &accepted, error));
    CHECK(accepted == 0);
    imgferry_registry_free(anonymous);
    imgferry_registry_free(wrong);
    imgferry_registry_free(open);
}

/* They are two, in any order, and their end stays the end. */
static void expect_names(imgferry_names *names, const char *first, const char *second)
{
    imgferry_text *name[4] = {NULL, NULL, NULL, NULL};
    int i;

    for (i = 0; i < 4; i++) {
        CHECK_OK(imgferry_names_next(names, NULL, &name[i], error));
        CHECK((name[i] == NULL) == (i > 1));
    }
    i = strcmp(imgferry_text_get(name[0]), first) != 0;
    CHECK_TEXT(imgferry_text_get(name[i]), first);
    CHECK_TEXT(imgferry_text_get(name[1 - i]), second);
    imgferry_text_free(name[0]);
    imgferry_text_free(name[1]);
}

static void names(void)
{
    imgferry_registry *other = registry_of(host, "pass-word");
    imgferry_names *repositories = NULL, *tags = NULL;
    imgferry_text *name = NULL;

    CHECK_OK(imgferry_registry_repositories(other, &repositories, error));
    CHECK_OK(imgferry_registry_list_tags(other, at("team/app"), &tags, error));
    /* They keep it alive. */
    imgferry_registry_free(other);
    expect_names(tags, "1", "2");
    expect_names(repositories, "team/app", "team/other");
    imgferry_names_free(repositories);
    imgferry_names_free(tags);
    /* One that is freed in the middle. */
    CHECK_OK(imgferry_registry_list_tags(registry, at("team/app"), &tags, error));
    CHECK_OK(imgferry_names_next(tags, NULL, &name, error));
    CHECK(name != NULL);
    imgferry_text_free(name);
    name = NULL;
    imgferry_names_free(tags);

    CHECK_OK(imgferry_registry_list_tags(registry, at("team/absent"), &tags, error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_names_next(tags, NULL, &name, error));
    CHECK_FAILS(IMGFERRY_INVALID_STATE, imgferry_names_next(tags, NULL, &name, error));
    imgferry_names_free(tags);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_list_tags(registry, "other.example/team/app", &tags, error));
    CHECK(tags == NULL);
}

static void platforms(const imgferry_image_platform_list *list, const char *digest)
{
    const imgferry_image_platform *only = imgferry_image_platform_list_at(list, 0);

    CHECK(imgferry_image_platform_list_count(list) == 1);
    CHECK(imgferry_image_platform_list_at(list, 1) == NULL);
    CHECK_TEXT(imgferry_image_platform_platform(only), "linux/amd64");
    CHECK_TEXT(imgferry_image_platform_os(only), "linux");
    CHECK_TEXT(imgferry_image_platform_architecture(only), "amd64");
    CHECK_TEXT(imgferry_image_platform_variant(only), "");
    CHECK_TEXT(imgferry_image_platform_os_version(only), "");
    CHECK(imgferry_text_list_count(imgferry_image_platform_os_features(only)) == 0);
    CHECK_TEXT(imgferry_image_platform_digest(only), digest);
}

static void config(const char *platform, const char *diff_id)
{
    imgferry_image_config *config = NULL;

    CHECK_OK(imgferry_registry_image_config(registry, image, platform, NULL, &config, error));
    CHECK_TEXT(imgferry_image_config_platform(config), "linux/amd64");
    CHECK_TEXT(imgferry_image_config_os(config), "linux");
    CHECK_TEXT(imgferry_image_config_architecture(config), "amd64");
    CHECK_TEXT(imgferry_image_config_variant(config), "");
    CHECK_TEXT(imgferry_image_config_created(config), "2024-01-02T03:04:05Z");
    CHECK_TEXT(imgferry_image_config_author(config), "");
    CHECK(imgferry_image_config_label_count(config) == 2);
    CHECK_TEXT(imgferry_image_config_label_key_at(config, 0), "a.example");
    CHECK_TEXT(imgferry_image_config_label_value_at(config, 0), "one");
    CHECK_TEXT(imgferry_image_config_label_key_at(config, 1), "b.example");
    CHECK_TEXT(imgferry_image_config_label_value_at(config, 1), "two");
    CHECK_TEXT(imgferry_image_config_label_key_at(config, 2), "");
    CHECK_TEXT(imgferry_image_config_label_value_at(config, 2), "");
    CHECK_TEXT(imgferry_text_list_at(imgferry_image_config_env(config), 0), "PATH=/bin");
    CHECK(imgferry_text_list_count(imgferry_image_config_entrypoint(config)) == 0);
    CHECK_TEXT(imgferry_text_list_at(imgferry_image_config_cmd(config), 0), "/bin/true");
    CHECK_TEXT(imgferry_image_config_working_dir(config), "");
    CHECK_TEXT(imgferry_image_config_user(config), "");
    CHECK(imgferry_text_list_count(imgferry_image_config_exposed_ports(config)) == 0);
    CHECK(imgferry_text_list_count(imgferry_image_config_volumes(config)) == 0);
    CHECK(imgferry_text_list_count(imgferry_image_config_diff_ids(config)) == 1);
    CHECK_TEXT(imgferry_text_list_at(imgferry_image_config_diff_ids(config), 0), diff_id);
    CHECK(strstr(imgferry_image_config_document(config), "layer 0 of a test") != NULL);
    imgferry_image_config_free(config);
}

static void tag_info(void)
{
    imgferry_image_platform_list *list = NULL;
    imgferry_tag_info *info = NULL;
    imgferry_manifest *manifest = NULL;
    const imgferry_image_size *size;

    CHECK_OK(imgferry_registry_tag_info(registry, image, NULL, &info, error));
    CHECK_OK(imgferry_registry_get_manifest(registry, image, NULL, &manifest, error));
    CHECK_OK(imgferry_registry_platforms(registry, image, NULL, &list, error));
    CHECK_TEXT(imgferry_tag_info_tag(info), "1");
    CHECK_TEXT(imgferry_tag_info_digest(info), imgferry_manifest_digest(manifest));
    CHECK_TEXT(imgferry_tag_info_media_type(info), imgferry_manifest_media_type(manifest));
    CHECK(imgferry_tag_info_manifest_size(info) == imgferry_manifest_length(manifest));
    CHECK_TEXT(imgferry_tag_info_artifact_type(info), "");
    CHECK_TEXT(imgferry_tag_info_created(info), "2024-01-02T03:04:05Z");
    platforms(imgferry_tag_info_platforms(info), imgferry_manifest_digest(manifest));
    platforms(list, imgferry_manifest_digest(manifest));
    CHECK(imgferry_tag_info_label_count(info) == 2);
    CHECK_TEXT(imgferry_tag_info_label_key_at(info, 1), "b.example");
    CHECK_TEXT(imgferry_tag_info_label_value_at(info, 1), "two");
    size = imgferry_tag_info_size(info);
    CHECK(imgferry_image_size_platform_count(size) == 1);
    CHECK(imgferry_image_size_total(size) > 300000);
    printf("%s: %s, %llu bytes, made %s\n", imgferry_tag_info_tag(info),
           imgferry_tag_info_digest(info), (unsigned long long)imgferry_image_size_total(size),
           imgferry_tag_info_created(info));
    imgferry_image_platform_list_free(list);
    imgferry_manifest_free(manifest);
    imgferry_tag_info_free(info);
}

static void what_is_not_there(void)
{
    imgferry_image_config *config = NULL;
    imgferry_image_platform_list *list = NULL;
    imgferry_tag_info *info = NULL;
    imgferry_descriptor_list *referrers = NULL;
    imgferry_rate_limit *limit = NULL;
    char absent[620];

    snprintf(absent, sizeof absent, "%s-absent", image);
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_registry_platforms(registry, absent, NULL, &list, error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_registry_tag_info(registry, absent, NULL, &info, error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_registry_referrers(registry, absent, NULL, NULL, &referrers, error));
    CHECK_FAILS(IMGFERRY_PLATFORM, imgferry_registry_image_config(registry, image, "linux/s390x",
                                                                  NULL, &config, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_image_config(registry, image, "s390x", NULL, &config, error));
    CHECK(list == NULL && info == NULL && referrers == NULL && config == NULL);
    CHECK_OK(imgferry_registry_referrers(registry, image, NULL, NULL, &referrers, error));
    CHECK(referrers != NULL && imgferry_descriptor_list_count(referrers) == 0);
    imgferry_descriptor_list_free(referrers);
    CHECK_OK(imgferry_registry_rate_limit(registry, &limit, error));
    CHECK(limit == NULL);
}

static void referrers(const imgferry_registry *other, const char *its_host)
{
    imgferry_descriptor_list *list = NULL;
    const imgferry_descriptor *only;
    char name[600];

    snprintf(name, sizeof name, "%s/app@" SOME_DIGEST, its_host);
    CHECK_OK(imgferry_registry_referrers(other, name, "application/x", NULL, &list, error));
    CHECK(imgferry_descriptor_list_count(list) == 0);
    imgferry_descriptor_list_free(list);
    CHECK_OK(imgferry_registry_referrers(other, name, "application/spdx+json", NULL, &list, error));
    CHECK(imgferry_descriptor_list_count(list) == 1);
    CHECK(imgferry_descriptor_list_at(list, 1) == NULL);
    only = imgferry_descriptor_list_at(list, 0);
    CHECK_TEXT(imgferry_descriptor_media_type(only), "application/vnd.oci.image.manifest.v1+json");
    CHECK_TEXT(imgferry_descriptor_digest(only), SOME_DIGEST);
    CHECK(imgferry_descriptor_size(only) == 7);
    CHECK_TEXT(imgferry_descriptor_artifact_type(only), "application/spdx+json");
    CHECK(imgferry_descriptor_annotation_count(only) == 2);
    CHECK_TEXT(imgferry_descriptor_annotation_key_at(only, 0), "a");
    CHECK_TEXT(imgferry_descriptor_annotation_value_at(only, 0), "1");
    CHECK_TEXT(imgferry_descriptor_annotation_key_at(only, 1), "b");
    CHECK_TEXT(imgferry_descriptor_annotation_value_at(only, 1), "2");
    imgferry_descriptor_list_free(list);
}

static void rate_limit(const imgferry_registry *other, const char *its_host)
{
    imgferry_manifest_head *head = NULL;
    imgferry_rate_limit *limit = NULL;
    char name[600];

    snprintf(name, sizeof name, "%s/app:1", its_host);
    CHECK_OK(imgferry_registry_head_manifest(other, name, NULL, &head, error));
    CHECK_TEXT(imgferry_manifest_head_digest(head), "");
    CHECK_TEXT(imgferry_manifest_head_media_type(head), "");
    CHECK(imgferry_manifest_head_size(head) == -1);
    imgferry_manifest_head_free(head);
    CHECK_OK(imgferry_registry_rate_limit(other, &limit, error));
    CHECK(imgferry_rate_limit_limit(limit) == 100);
    CHECK(imgferry_rate_limit_remaining(limit) == 76);
    CHECK(imgferry_rate_limit_window_ms(limit) == 6 * 3600 * 1000);
    CHECK_TEXT(imgferry_rate_limit_source(limit), "192.0.2.1");
    imgferry_rate_limit_free(limit);
}

int main(int argc, char **argv)
{
    imgferry_registry *other;

    CHECK(argc == 4);
    host = argv[1];
    registry = registry_of(host, "pass-word");
    logins(argv[2]);
    names();
    snprintf(image, sizeof image, "%s", at("team/app:1"));
    config(NULL, argv[3]);
    config("linux/x86_64", argv[3]);
    tag_info();
    what_is_not_there();
    imgferry_registry_free(registry);

    other = registry_of(argv[2], NULL);
    referrers(other, argv[2]);
    rate_limit(other, argv[2]);
    imgferry_registry_free(other);
    return 0;
}
