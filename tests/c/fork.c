/*
 * A child of a process that uses the library: the parent's handles refuse to
 * work in it and can be freed there, and the parent notices nothing.
 * Argument: the address of an engine.
 */

/* For _Fork. */
#define _GNU_SOURCE

#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* The userdata of a credential callback, and of a token callback. */
static int destroyed;
static int token_destroyed;

static int give_nothing(void *userdata, const char *host, const char *repository,
                        imgferry_credential_reply *reply)
{
    (void)userdata;
    (void)host;
    (void)repository;
    (void)reply;
    return 0;
}

static int give_no_token(void *userdata, imgferry_token_reply *reply)
{
    (void)userdata;
    (void)reply;
    return 0;
}

static void destroy(void *userdata)
{
    ++*(int *)userdata;
}

static void in_child(imgferry_engine *engine, imgferry_images *images, imgferry_registry *registry,
                     imgferry_names *names, imgferry_cancel *cancel, imgferry_reader *reader,
                     imgferry_config *config, imgferry_place *place, const char *address)
{
    uint8_t byte;
    size_t length = 1;
    imgferry_image_details *details = NULL;
    imgferry_pulled_image *pulled = NULL;
    imgferry_text *name = NULL;
    imgferry_images *more = NULL;
    imgferry_engine *own = NULL;
    imgferry_inspected *inspected = NULL;
    imgferry_call call;

    CHECK_FAILS(IMGFERRY_INVALID_STATE,
                imgferry_engine_inspect_image(engine, "demo/app:1", NULL, NULL, &details, error));
    CHECK_FAILS(IMGFERRY_INVALID_STATE, imgferry_images_new(engine, NULL, NULL, &more, error));
    CHECK_FAILS(IMGFERRY_INVALID_STATE,
                imgferry_images_pull(images, "demo/app:1", NULL, NULL, NULL, &pulled, error));
    CHECK_FAILS(IMGFERRY_INVALID_STATE, imgferry_registry_ping(registry, NULL, error));
    CHECK_FAILS(IMGFERRY_INVALID_STATE, imgferry_names_next(names, NULL, &name, error));
    CHECK_FAILS(IMGFERRY_INVALID_STATE,
                imgferry_place_inspect(place, NULL, NULL, &inspected, error));
    CHECK_TEXT(imgferry_place_text(place), "docker-daemon:demo/app:1");
    CHECK_FAILS(IMGFERRY_INVALID_STATE, imgferry_cancel_set(cancel, error));
    CHECK(imgferry_cancel_is_set(cancel) == 0);
    CHECK_FAILS(IMGFERRY_INVALID_STATE,
                imgferry_reader_read(reader, &byte, 1, NULL, &length, error));
    CHECK(length == 0);
    CHECK_TEXT(imgferry_engine_endpoint(engine), address);
    CHECK_TEXT(imgferry_config_project_name(config), "ml");

    CHECK_OK(imgferry_engine_new(address, NULL, &own, error));
    imgferry_call_init(&call, sizeof call);
    call.cancel = cancel;
    CHECK_FAILS(IMGFERRY_INVALID_STATE,
                imgferry_engine_inspect_image(own, "demo/app:1", NULL, &call, &details, error));
    CHECK_OK(imgferry_engine_inspect_image(own, "demo/app:1", NULL, NULL, &details, error));
    imgferry_image_details_free(details);
    imgferry_engine_free(own);

    imgferry_engine_free(engine);
    imgferry_images_free(images);
    imgferry_registry_free(registry);
    imgferry_names_free(names);
    imgferry_cancel_free(cancel);
    imgferry_reader_free(reader);
    imgferry_config_free(config);
    imgferry_place_free(place);
    CHECK(destroyed == 0);
    CHECK(token_destroyed == 0);
    _exit(0);
}

int main(int argc, char **argv)
{
    imgferry_engine *engine = NULL;
    imgferry_images *images = NULL;
    imgferry_registry *registry = NULL;
    imgferry_names *names = NULL;
    imgferry_cancel *cancel = NULL;
    imgferry_reader *reader = NULL;
    imgferry_image_details *details = NULL;
    static uint8_t buffer[3000];
    /* The other one tells nobody who wanted to know of forks. */
    pid_t (*const forks[])(void) = {fork, _Fork};
    size_t at, length, total;
    pid_t child;
    int status;
    imgferry_engine_options options;
    imgferry_config_options config_options;
    imgferry_config *config = NULL;
    imgferry_place *place = NULL;

    CHECK(argc == 2);
    imgferry_engine_options_init(&options, sizeof options);
    options.credential_callback = give_nothing;
    options.credential_userdata = &destroyed;
    options.credential_destroy = destroy;
    CHECK_OK(imgferry_engine_new(argv[1], &options, &engine, error));
    CHECK_OK(imgferry_images_new(engine, NULL, NULL, &images, error));
    CHECK_OK(imgferry_place_engine(engine, "demo/app:1", &place, error));
    CHECK_OK(imgferry_registry_new("127.0.0.1:1", NULL, &registry, error));
    CHECK_OK(imgferry_registry_repositories(registry, &names, error));
    CHECK_OK(imgferry_cancel_new(&cancel, error));
    imgferry_config_options_init(&config_options, sizeof config_options);
    config_options.project_name = "ml";
    config_options.token_callback = give_no_token;
    config_options.token_userdata = &token_destroyed;
    config_options.token_destroy = destroy;
    CHECK_OK(imgferry_config_parse("{}", &config_options, &config, error));
    CHECK_OK(imgferry_engine_inspect_image(engine, "demo/app:1", NULL, NULL, &details, error));

    /* In the middle of an archive of 200,000 bytes. */
    CHECK_OK(imgferry_engine_get_image(engine, "demo/app:1", NULL, NULL, &reader, error));
    CHECK_OK(imgferry_reader_read(reader, buffer, sizeof buffer, NULL, &total, error));

    for (at = 0; at < sizeof forks / sizeof forks[0]; at++) {
        child = forks[at]();
        CHECK(child >= 0);
        if (child == 0)
            in_child(engine, images, registry, names, cancel, reader, config, place, argv[1]);
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }

    /* The child's results are its own, and so are the parent's. */
    CHECK_TEXT(imgferry_image_details_os(details), "linux");
    imgferry_image_details_free(details);
    CHECK_OK(imgferry_engine_inspect_image(engine, "demo/app:1", NULL, NULL, &details, error));
    imgferry_image_details_free(details);
    do {
        CHECK_OK(imgferry_reader_read(reader, buffer, sizeof buffer, NULL, &length, error));
        total += length;
    } while (length > 0);
    CHECK(total == 200000);
    imgferry_reader_free(reader);
    CHECK_OK(imgferry_cancel_set(cancel, error));
    imgferry_cancel_free(cancel);
    imgferry_names_free(names);
    imgferry_registry_free(registry);
    imgferry_images_free(images);
    imgferry_engine_free(engine);
    /* The place was made from the engine, and has it still. */
    CHECK(destroyed == 0);
    imgferry_place_free(place);
    CHECK(destroyed == 1);
    imgferry_config_free(config);
    CHECK(token_destroyed == 1);
    return 0;
}
