/* Everything that needs no peer: names, structs, errors, and who owns what. */

#include "check.h"

#define NOWHERE "unix:///nowhere/engine.sock"
#define EMPTY_DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void versions(void)
{
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", IMGFERRY_VERSION_MAJOR, IMGFERRY_VERSION_MINOR,
             IMGFERRY_VERSION_PATCH);
    CHECK_TEXT(imgferry_version(), version);
    CHECK(imgferry_has_feature("engine") == 1);
    CHECK(imgferry_has_feature("copy") == 1);
    CHECK(imgferry_has_feature("tls") == 1);
    CHECK(imgferry_has_feature("zstd") == 1);
    CHECK(imgferry_has_feature("teleport") == 0);
    CHECK(imgferry_has_feature(NULL) == 0);
    CHECK_TEXT(imgferry_status_name(IMGFERRY_NOT_FOUND), "NOT_FOUND");
    CHECK_TEXT(imgferry_status_name(-1), "UNKNOWN");
}

static void local_names(void)
{
    imgferry_local_image *image = NULL, *other = NULL, *again = NULL;
    CHECK_OK(imgferry_local_image_parse("localhost:5000/demo/app:1", &image, error));
    CHECK_TEXT(imgferry_local_image_name(image), "localhost:5000/demo/app");
    CHECK_TEXT(imgferry_local_image_tag(image), "1");
    CHECK_TEXT(imgferry_local_image_digest(image), "");
    CHECK_TEXT(imgferry_local_image_id(image), "");
    CHECK_OK(imgferry_local_image_with_tag(image, "2", &other, error));
    CHECK_OK(imgferry_local_image_parse(imgferry_local_image_text(other), &again, error));
    imgferry_local_image_free(image);
    CHECK_TEXT(imgferry_local_image_text(again), "localhost:5000/demo/app:2");
    imgferry_local_image_free(again);
    imgferry_local_image_free(other);

    CHECK_OK(imgferry_local_image_new(EMPTY_DIGEST, NULL, &image, error));
    CHECK_TEXT(imgferry_local_image_id(image), EMPTY_DIGEST);
    imgferry_local_image_free(image);
    CHECK_FAILS(IMGFERRY_INVALID_REFERENCE, imgferry_local_image_parse("UPPER", &image, error));
    CHECK(image == NULL);
}

static void remote_names(void)
{
    imgferry_remote_image *image = NULL, *other = NULL;
    CHECK_OK(imgferry_remote_image_parse("example.com:9999/bob/app:v1", &image, error));
    CHECK_TEXT(imgferry_remote_image_registry(image), "example.com:9999");
    CHECK_TEXT(imgferry_remote_image_name(image), "bob/app");
    CHECK_TEXT(imgferry_remote_image_cluster_name(image), "");
    CHECK_OK(imgferry_remote_image_with_digest(image, EMPTY_DIGEST, &other, error));
    CHECK_TEXT(imgferry_remote_image_text(other), "example.com:9999/bob/app:v1@" EMPTY_DIGEST);
    CHECK_TEXT(imgferry_remote_image_digest(other), EMPTY_DIGEST);
    imgferry_remote_image_free(other);
    imgferry_remote_image_free(image);

    CHECK_OK(imgferry_remote_image_new_external("app", NULL, "1", &image, error));
    CHECK_TEXT(imgferry_remote_image_docker_url(image, 0), "app:1");
    CHECK_TEXT(imgferry_remote_image_docker_url(image, 1), "https://docker.io/library/app:1");
    imgferry_remote_image_free(image);

    CHECK_OK(imgferry_remote_image_new_platform("app", "reg.example", "ml", "acme", "main", "v1",
                                                &image, error));
    CHECK_TEXT(imgferry_remote_image_text(image), "image://main/acme/ml/app:v1");
    CHECK_TEXT(imgferry_remote_image_docker_url(image, 0), "reg.example/acme/ml/app:v1");
    CHECK_TEXT(imgferry_remote_image_project_name(image), "ml");
    CHECK_TEXT(imgferry_remote_image_org_name(image), "acme");
    CHECK_TEXT(imgferry_remote_image_tag(image), "v1");
    imgferry_remote_image_free(image);
}

static void errors(imgferry_engine *engine)
{
    imgferry_image_details *details = (imgferry_image_details *)engine;
    /* The old value of the variable is neither read nor freed. */
    imgferry_error *failure = (imgferry_error *)engine;
    CHECK(imgferry_engine_inspect_image(engine, "demo/app:1", NULL, NULL, &details, &failure) ==
          IMGFERRY_CONNECT);
    CHECK(details == NULL);
    CHECK(imgferry_error_status(failure) == IMGFERRY_CONNECT);
    CHECK_TEXT(imgferry_error_operation(failure), "inspect_image");
    CHECK_TEXT(imgferry_error_subject(failure), "demo/app:1");
    CHECK_TEXT(imgferry_error_endpoint(failure), NOWHERE);
    CHECK(strstr(imgferry_error_stage(failure), "_ping") != NULL);
    CHECK(strstr(imgferry_error_hint(failure), "DOCKER_HOST") != NULL);
    CHECK(strstr(imgferry_error_message(failure), NOWHERE) != NULL);
    CHECK(strstr(imgferry_error_message(failure), imgferry_error_hint(failure)) != NULL);
    CHECK(strchr(imgferry_error_message(failure), '\n') == NULL);
    CHECK(imgferry_error_http_status(failure) == 0);
    CHECK_TEXT(imgferry_error_peer_code(failure), "");
    CHECK_TEXT(imgferry_error_peer_message(failure), "");
    CHECK(imgferry_error_retryable(failure) == 1);
    CHECK(imgferry_error_retry_after_ms(failure) == -1);
    CHECK(imgferry_error_attempts(failure) == 1);
    CHECK(imgferry_error_callback_result(failure) == 0);
    CHECK(imgferry_text_list_count(imgferry_error_left_behind(failure)) == 0);
    imgferry_error_free(failure);
    CHECK(imgferry_engine_inspect_image(engine, "demo/app:1", NULL, NULL, &details, NULL) ==
          IMGFERRY_CONNECT);
    CHECK(imgferry_cancel_set(NULL, &failure) == IMGFERRY_INVALID_ARGUMENT);
    CHECK(strstr(imgferry_error_message(failure), "cancel") != NULL);
    CHECK(imgferry_error_attempts(failure) == 0);
    imgferry_error_free(failure);
}

/* A struct of a later version: more fields than this library knows. */
struct later_credential {
    imgferry_credential known;
    void *more;
};

static void credentials(void)
{
    imgferry_engine *engine = NULL;
    imgferry_pulled *pulled = NULL;
    struct later_credential many[2];
    imgferry_engine_options options;
    imgferry_pull_options pull;
    size_t i;

    for (i = 0; i < 2; i++) {
        imgferry_credential_init(&many[i].known, sizeof many[i]);
        many[i].known.host = i == 0 ? "a.example" : "b.example:5000";
        many[i].known.username = "user";
        many[i].known.password = "pass-word";
    }
    imgferry_engine_options_init(&options, sizeof options);
    options.credentials = &many[0].known;
    options.credential_count = 2;
    CHECK_OK(imgferry_engine_new(NOWHERE, &options, &engine, error));
    imgferry_engine_free(engine);

    many[1].known.bearer_token = "to-ken";
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_engine_new(NOWHERE, &options, &engine, error));
    many[1].known.bearer_token = NULL;
    many[1].known.password = "pass\xff";
    CHECK(imgferry_engine_new(NOWHERE, &options, &engine, NULL) == IMGFERRY_INVALID_ARGUMENT);
    many[1].known.password = "pass-word";
    many[1].known.struct_size = sizeof many[1].known;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_engine_new(NOWHERE, &options, &engine, error));
    many[1].known.struct_size = sizeof many[1];
    many[1].more = &engine;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_engine_new(NOWHERE, &options, &engine, error));

    CHECK_OK(imgferry_engine_new(NOWHERE, NULL, &engine, error));
    imgferry_pull_options_init(&pull, sizeof pull);
    pull.credential = &many[0].known;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_pull(engine, "app", &pull, NULL, &pulled, error));
    many[0].known.host = NULL;
    CHECK_FAILS(IMGFERRY_CONNECT, imgferry_engine_pull(engine, "app", &pull, NULL, &pulled, error));
    imgferry_engine_free(engine);
}

static void filters(imgferry_engine *engine)
{
    const char *const wrong[] = {"dangling=true", "label"};
    imgferry_image_list *images = NULL;
    imgferry_list_options options;
    imgferry_list_options_init(&options, sizeof options);
    options.filters = wrong;
    options.filter_count = 1;
    CHECK_FAILS(IMGFERRY_CONNECT, imgferry_engine_images(engine, &options, NULL, &images, error));
    options.filter_count = 2;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_images(engine, &options, NULL, &images, error));
}

static void tls(void)
{
    const uint8_t pem[] = {'x'};
    imgferry_engine *engine = NULL;
    imgferry_engine_options options;

    imgferry_engine_options_init(&options, sizeof options);
    options.certificate_pem = pem;
    options.certificate_pem_length = sizeof pem;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_new("tcp://127.0.0.1:1", &options, &engine, error));
    options.key_pem = pem;
    options.key_pem_length = sizeof pem;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_new("tcp://127.0.0.1:1", &options, &engine, error));
    imgferry_engine_options_init(&options, sizeof options);
    options.skip_verification = 1;
    CHECK_OK(imgferry_engine_new("tcp://127.0.0.1:1", &options, &engine, error));
    CHECK(strncmp(imgferry_engine_endpoint(engine), "https://", 8) == 0);
    imgferry_engine_free(engine);
}

static void calls(imgferry_engine *engine)
{
    imgferry_cancel *cancel = NULL;
    imgferry_text *version = NULL;
    imgferry_call call;
    imgferry_call_init(&call, sizeof call);
    CHECK_OK(imgferry_cancel_new(&cancel, error));
    CHECK(imgferry_cancel_is_set(cancel) == 0);
    call.cancel = cancel;
    call.deadline_ms = -1;
    call.connect_limit_ms = INT64_MAX;
    CHECK_FAILS(IMGFERRY_CONNECT, imgferry_engine_api_version(engine, &call, &version, error));
    CHECK_OK(imgferry_cancel_set(cancel, error));
    CHECK(imgferry_cancel_is_set(cancel) == 1);
    imgferry_cancel_free(cancel);
}

static void archives(imgferry_engine *engine)
{
    imgferry_loaded *loaded = NULL;
    CHECK_FAILS(IMGFERRY_IO, imgferry_engine_load_image_path(engine, "/nowhere/\xff.tar", NULL, NULL,
                                                             &loaded, error));
    CHECK_FAILS(IMGFERRY_CONNECT, imgferry_engine_load_image_path(engine, "/dev/null", NULL, NULL,
                                                                  &loaded, error));
    CHECK_FAILS(IMGFERRY_CONNECT,
                imgferry_engine_load_image_fd(engine, 0, NULL, NULL, &loaded, error));
}

/* None of these is there, and none of these paths is UTF-8. */
static void nowhere(imgferry_place *place)
{
    imgferry_inspected *inspected = NULL;
    imgferry_listed_image_list *images = NULL;
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_place_inspect(place, NULL, NULL, &inspected, error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_place_list(place, NULL, &images, error));
    imgferry_place_free(place);
}

static void places(void)
{
    imgferry_place *place = NULL;
    imgferry_deleted *deleted = NULL;
    imgferry_config *config = NULL;
    CHECK_OK(imgferry_place_docker_archive("/nowhere/\xff.tar", NULL, &place, error));
    nowhere(place);
    CHECK_OK(imgferry_place_oci_archive("/nowhere/\xff.tar", NULL, &place, error));
    nowhere(place);
    CHECK_OK(imgferry_place_oci_layout("/nowhere/\xff", NULL, &place, error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_place_delete(place, NULL, &deleted, error));
    nowhere(place);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_place_parse("oci:/nowhere/\xff", NULL, NULL, &place, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_config_read("/nowhere/\xff.json", NULL, &config, error));
}

/* A registry knows its images by their whole names. */
static void registries(void)
{
    imgferry_registry *registry = NULL;
    imgferry_text *digest = NULL;
    CHECK_OK(imgferry_registry_new("127.0.0.1:1", NULL, &registry, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_digest(registry, "team/app:1", NULL, &digest, error));
    imgferry_registry_free(registry);
}

static void owners(imgferry_engine *engine)
{
    imgferry_images *images = NULL;
    imgferry_registry *registry = NULL;
    imgferry_text *digest = NULL;
    imgferry_registry_options options;
    const char *const hosts[] = {"token.example"};
    const uint8_t pem[] = {'x'};

    CHECK_OK(imgferry_images_new(engine, NULL, NULL, &images, error));
    imgferry_engine_free(engine);
    /* What was made from a handle does not need it any more. */
    CHECK_FAILS(IMGFERRY_CONNECT,
                imgferry_images_digest(images, "127.0.0.1:1/demo/app:1", NULL, &digest, error));
    CHECK(digest == NULL);
    imgferry_images_free(images);

    imgferry_registry_options_init(&options, sizeof options);
    options.token_hosts = hosts;
    options.token_host_count = 1;
    options.allow_http = 1;
    CHECK_OK(imgferry_registry_new("127.0.0.1:1", &options, &registry, error));
    CHECK_TEXT(imgferry_registry_host(registry), "127.0.0.1:1");
    CHECK_FAILS(IMGFERRY_CONNECT, imgferry_registry_ping(registry, NULL, error));
    imgferry_registry_free(registry);
    options.authorities_pem = pem;
    options.authorities_pem_length = sizeof pem;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_new("127.0.0.1:1", &options, &registry, error));
}

int main(void)
{
    imgferry_engine *engine = NULL;
    versions();
    local_names();
    remote_names();
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_engine_new("gopher://x", NULL, &engine, error));
    tls();
    CHECK_OK(imgferry_engine_new(NOWHERE, NULL, &engine, error));
    CHECK_TEXT(imgferry_engine_endpoint(engine), NOWHERE);
    errors(engine);
    credentials();
    filters(engine);
    calls(engine);
    archives(engine);
    places();
    registries();
    owners(engine);
    return 0;
}
