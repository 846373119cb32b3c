/*
 * Configurations: what is read from a text, a file and the environment, what the
 * program says in its place, and whose the userdata of a token callback is.
 * Arguments: a file with the clusters lab and main, and a file that is broken
 * and has the secret s3cret in it. IMGFERRY_CONFIG leads to the first one, and
 * IMGFERRY_PROJECT is "from-env".
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"

static int give(void *userdata, imgferry_token_reply *reply)
{
    (void)userdata;
    CHECK_OK(imgferry_token_reply_set(reply, "a-token", error));
    return 0;
}

static void destroy(void *userdata)
{
    ++*(int *)userdata;
}

static imgferry_config_options options_with(int *destroyed)
{
    imgferry_config_options options;
    imgferry_config_options_init(&options, sizeof options);
    options.token_callback = give;
    options.token_userdata = destroyed;
    options.token_destroy = destroy;
    return options;
}

static void a_text_says_everything(void)
{
    static const char json[] =
        "{\"cluster_name\": \"main\", \"org_name\": \"acme\", \"project_name\": \"ml\","
        " \"clusters\": {\"main\": {\"registry_url\": \"https://registry.example\"},"
        "               \"lab\": {\"registry_url\": \"http://lab.example:5000\"}}}";
    imgferry_config *config = NULL;

    CHECK_OK(imgferry_config_parse(json, NULL, &config, error));
    CHECK_TEXT(imgferry_config_cluster_name(config), "main");
    CHECK_TEXT(imgferry_config_org_name(config), "acme");
    CHECK_TEXT(imgferry_config_project_name(config), "ml");
    CHECK(imgferry_config_cluster_count(config) == 2);
    CHECK_TEXT(imgferry_config_cluster_name_at(config, 0), "lab");
    CHECK_TEXT(imgferry_config_registry_url_at(config, 0), "http://lab.example:5000");
    CHECK_TEXT(imgferry_config_cluster_name_at(config, 1), "main");
    CHECK_TEXT(imgferry_config_registry_url_at(config, 1), "https://registry.example");
    CHECK_TEXT(imgferry_config_cluster_name_at(config, 2), "");
    CHECK_TEXT(imgferry_config_registry_url_at(config, 2), "");
    imgferry_config_free(config);

    CHECK_OK(imgferry_config_parse("{}", NULL, &config, error));
    CHECK_TEXT(imgferry_config_cluster_name(config), "");
    CHECK_TEXT(imgferry_config_org_name(config), "");
    CHECK_TEXT(imgferry_config_project_name(config), "");
    CHECK(imgferry_config_cluster_count(config) == 0);
    imgferry_config_free(config);
}

static void what_the_program_says_comes_first(const char *file)
{
    imgferry_config *config = NULL;
    imgferry_config_options options;

    imgferry_config_options_init(&options, sizeof options);
    CHECK_OK(imgferry_config_read(file, &options, &config, error));
    CHECK_TEXT(imgferry_config_cluster_name(config), "main");
    CHECK_TEXT(imgferry_config_org_name(config), "acme");
    CHECK_TEXT(imgferry_config_project_name(config), "ml");
    imgferry_config_free(config);

    CHECK_OK(imgferry_config_from_env(&options, &config, error));
    CHECK_TEXT(imgferry_config_cluster_name(config), "main");
    CHECK_TEXT(imgferry_config_project_name(config), "from-env");
    imgferry_config_free(config);

    options.cluster_name = "lab";
    options.org_name = "other";
    options.project_name = "own";
    options.username = "somebody";
    CHECK_OK(imgferry_config_from_env(&options, &config, error));
    CHECK_TEXT(imgferry_config_cluster_name(config), "lab");
    CHECK_TEXT(imgferry_config_org_name(config), "other");
    CHECK_TEXT(imgferry_config_project_name(config), "own");
    CHECK(imgferry_config_cluster_count(config) == 2);
    imgferry_config_free(config);
}

static void what_is_wrong_is_told_by_its_place_and_not_shown(const char *broken)
{
    imgferry_config *config = NULL;
    imgferry_error *failure = NULL;

    CHECK(imgferry_config_read(broken, NULL, &config, &failure) == IMGFERRY_INVALID_ARGUMENT);
    CHECK(config == NULL);
    CHECK(strstr(imgferry_error_message(failure), broken) != NULL);
    CHECK(strstr(imgferry_error_message(failure), "clusters.main") != NULL);
    CHECK(strstr(imgferry_error_message(failure), "s3cret") == NULL);
    imgferry_error_free(failure);

    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_config_read("/nowhere/config.json", NULL, &config, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_read(NULL, NULL, &config, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_parse("{", NULL, &config, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_parse(NULL, NULL, &config, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_parse("{}", NULL, NULL, error));

    CHECK(setenv("IMGFERRY_CONFIG", "/nowhere/config.json", 1) == 0);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_from_env(NULL, &config, error));
    CHECK(unsetenv("IMGFERRY_CONFIG") == 0);
}

static void userdata_is_destroyed_with_the_handle_and_stays_where_none_is_made(void)
{
    int destroyed = 0;
    imgferry_config *config = NULL;
    imgferry_config_options options = options_with(&destroyed);

    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_parse("{", &options, &config, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_config_read("/nowhere/config.json", &options, &config, error));
    options.username = "\xff";
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_parse("{}", &options, &config, error));
    options.username = NULL;
    options.token_callback = NULL;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_config_parse("{}", &options, &config, error));
    CHECK(destroyed == 0);

    options = options_with(&destroyed);
    CHECK_OK(imgferry_config_parse("{}", &options, &config, error));
    CHECK(destroyed == 0);
    imgferry_config_free(config);
    CHECK(destroyed == 1);

    /* Nobody needs to destroy what lives long enough. */
    options.token_destroy = NULL;
    CHECK_OK(imgferry_config_parse("{}", &options, &config, error));
    imgferry_config_free(config);
    CHECK(destroyed == 1);
}

static void names_are_read_as_the_configuration_means_them(void)
{
    static const char json[] =
        "{\"cluster_name\": \"main\", \"org_name\": \"acme\", \"project_name\": \"ml\","
        " \"clusters\": {\"main\": {\"registry_url\": \"https://registry.example\"}}}";
    imgferry_config *config = NULL;
    imgferry_remote_image *remote = NULL;
    imgferry_local_image *local = NULL;
    imgferry_error *failure = NULL;

    CHECK_OK(imgferry_config_parse(json, NULL, &config, error));
    CHECK_OK(imgferry_config_remote_image(config, "image:app", IMGFERRY_TAG_DEFAULT, &remote, error));
    CHECK_TEXT(imgferry_remote_image_text(remote), "image://main/acme/ml/app:latest");
    CHECK_TEXT(imgferry_remote_image_docker_url(remote, 0), "registry.example/acme/ml/app:latest");
    CHECK_TEXT(imgferry_remote_image_cluster_name(remote), "main");
    imgferry_remote_image_free(remote);
    CHECK_OK(imgferry_config_platform_image(config, "registry.example/tools/app",
                                            IMGFERRY_TAG_ALLOW, &remote, error));
    CHECK_TEXT(imgferry_remote_image_text(remote), "image://main/acme/tools/app");
    imgferry_remote_image_free(remote);
    /* Of no organization: only the exact form leads back to it. */
    CHECK_OK(imgferry_config_remote_image(config, "docker://registry.example/tools/app",
                                          IMGFERRY_TAG_ALLOW, &remote, error));
    CHECK_TEXT(imgferry_remote_image_text(remote), "docker://registry.example/tools/app");
    imgferry_remote_image_free(remote);

    CHECK_OK(imgferry_config_to_platform_image(config, "app:1", &remote, error));
    CHECK_TEXT(imgferry_remote_image_text(remote), "image://main/acme/ml/app:1");
    CHECK_OK(imgferry_config_to_local_image(config, imgferry_remote_image_text(remote), &local,
                                            error));
    CHECK_TEXT(imgferry_local_image_text(local), "app:1");
    imgferry_local_image_free(local);
    imgferry_remote_image_free(remote);
    CHECK_OK(imgferry_config_local_image(config, "app", IMGFERRY_TAG_DEFAULT, &local, error));
    CHECK_TEXT(imgferry_local_image_text(local), "app:latest");
    imgferry_local_image_free(local);

    CHECK_FAILS(IMGFERRY_INVALID_REFERENCE,
                imgferry_config_remote_image(config, "image:app:1", IMGFERRY_TAG_DENY, &remote, error));
    CHECK_FAILS(IMGFERRY_INVALID_REFERENCE,
                imgferry_config_platform_image(config, "ghcr.io/a/b", 0, &remote, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_config_local_image(config, "app", 7, &local, error));
    CHECK(imgferry_config_remote_image(config, "image://nope/ml/app", 0, &remote, &failure) ==
          IMGFERRY_INVALID_REFERENCE);
    CHECK(strstr(imgferry_error_message(failure), "byte 8") != NULL);
    CHECK(strstr(imgferry_error_message(failure), "`main`") != NULL);
    imgferry_error_free(failure);
    imgferry_config_free(config);

    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_config_parse("{\"cluster_name\": \"main\"}", NULL, &config, error));
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    a_text_says_everything();
    what_the_program_says_comes_first(argv[1]);
    what_is_wrong_is_told_by_its_place_and_not_shown(argv[2]);
    userdata_is_destroyed_with_the_handle_and_stays_where_none_is_made();
    names_are_read_as_the_configuration_means_them();
    return 0;
}
