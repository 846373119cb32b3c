/*
 * What the calls need that tests/ffi_sweep writes: a good handle of each
 * kind that is used and not only looked at, structs of every size, and a look at
 * what came back.
 */

#ifndef SWEEP_H
#define SWEEP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imgferry.h>

/* Where outputs point before a call; nobody may read it. */
#define POISON ((void *)&poisoned)
static char poisoned;

#define NOWHERE "unix:///nowhere/engine.sock"
#define A_CLUSTER "{\"clusters\": {\"main\": {\"registry_url\": \"https://127.0.0.1:1\"}}}"

static imgferry_engine *the_engine;
static imgferry_registry *the_registry;
static imgferry_images *the_images;
static imgferry_local_image *the_local_image;
static imgferry_remote_image *the_remote_image;
static imgferry_cancel *the_cancel;
static imgferry_error *the_error;
static imgferry_reader *the_reader;
static imgferry_names *the_names;
static imgferry_config *the_config;
static imgferry_place *the_place;

static unsigned cases;
static unsigned complaints;

static void complain(const char *label, const char *what)
{
    printf("%s: %s\n", label, what);
    complaints++;
}

/* `address` is that of an engine that has images. */
static void set_up(const char *address)
{
    imgferry_text *version = NULL;
    imgferry_engine *engine = NULL;
    imgferry_registry_options once;
    imgferry_registry_options_init(&once, sizeof once);
    /* Nobody will ever answer there. */
    once.retry_attempts = 1;
    if (imgferry_engine_new(NOWHERE, NULL, &the_engine, NULL) != IMGFERRY_OK ||
        imgferry_registry_new("127.0.0.1:1", &once, &the_registry, NULL) != IMGFERRY_OK ||
        imgferry_registry_repositories(the_registry, &the_names, NULL) != IMGFERRY_OK ||
        imgferry_images_new(the_engine, NULL, NULL, &the_images, NULL) != IMGFERRY_OK ||
        imgferry_local_image_parse("demo/app:1", &the_local_image, NULL) != IMGFERRY_OK ||
        imgferry_remote_image_parse("demo/app:1", &the_remote_image, NULL) != IMGFERRY_OK ||
        imgferry_config_parse(A_CLUSTER, NULL, &the_config, NULL) != IMGFERRY_OK ||
        imgferry_place_registry(the_registry, "127.0.0.1:1/demo/app:1", &the_place, NULL) !=
            IMGFERRY_OK ||
        imgferry_cancel_new(&the_cancel, NULL) != IMGFERRY_OK ||
        imgferry_engine_api_version(the_engine, NULL, &version, &the_error) == IMGFERRY_OK ||
        imgferry_engine_new(address, NULL, &engine, NULL) != IMGFERRY_OK ||
        imgferry_engine_get_image(engine, "demo/app:1", NULL, NULL, &the_reader, NULL) !=
            IMGFERRY_OK)
        complain("set-up", "failed");
    imgferry_engine_free(engine);
}

static void tear_down(void)
{
    imgferry_engine_free(the_engine);
    imgferry_registry_free(the_registry);
    imgferry_images_free(the_images);
    imgferry_local_image_free(the_local_image);
    imgferry_remote_image_free(the_remote_image);
    imgferry_cancel_free(the_cancel);
    imgferry_error_free(the_error);
    imgferry_reader_free(the_reader);
    imgferry_names_free(the_names);
    imgferry_config_free(the_config);
    imgferry_place_free(the_place);
}

/* Gives nothing. */
static int read_nothing(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    (void)userdata;
    (void)buffer;
    (void)capacity;
    *length_out = 0;
    return 0;
}

/* Takes everything. */
static int write_nowhere(void *userdata, const uint8_t *data, size_t length)
{
    (void)userdata;
    (void)data;
    (void)length;
    return 0;
}

static void destroy_nothing(void *userdata)
{
    (void)userdata;
}

/* A struct of T with `more` bytes behind it, in memory that ends there. */
#define A_STRUCT(T)                                                                 \
    static T *a_##T(size_t more)                                                    \
    {                                                                               \
        T *made = malloc(sizeof(T) + more);                                         \
        if (made == NULL)                                                           \
            abort();                                                                \
        memset(made, 0x5a, sizeof(T) + more);                                       \
        T##_init(made, sizeof(T) + more);                                           \
        return made;                                                                \
    }

enum wanted { ANYTHING, INVALID, INVALID_WITH_INIT };

/* What every function keeps that can fail. */
static void look(const char *label, enum wanted wanted, imgferry_status status,
                 const imgferry_error *error, int error_was_asked_for)
{
    cases++;
    if (wanted != ANYTHING && status != IMGFERRY_INVALID_ARGUMENT)
        complain(label, imgferry_status_name(status));
    if (status == IMGFERRY_PANIC || strcmp(imgferry_status_name(status), "UNKNOWN") == 0)
        complain(label, "the status should not be");
    if (!error_was_asked_for)
        return;
    if ((status == IMGFERRY_OK) != (error == NULL))
        complain(label, "status and error differ");
    if (imgferry_error_status(error) != status)
        complain(label, "the error has another status");
    if (error != NULL && imgferry_error_message(error)[0] == '\0')
        complain(label, "the error says nothing");
    if (wanted == INVALID_WITH_INIT && strstr(imgferry_error_message(error), "_init") == NULL)
        complain(label, imgferry_error_message(error));
}

static void look_at_output(const char *label, imgferry_status status, const void *output,
                           int may_be_nothing)
{
    if (status == IMGFERRY_OK && output == NULL && may_be_nothing)
        return;
    if ((status == IMGFERRY_OK) != (output != NULL))
        complain(label, "the output is not NULL exactly on failure");
}

static void look_at_number(const char *label, imgferry_status status, long long number)
{
    if (status != IMGFERRY_OK && number != 0)
        complain(label, "the number is not 0 on failure");
}

#endif
