/*
 * Callbacks end calls, on the thread that made them, and what they return is
 * kept; so does an imgferry_cancel from another thread.
 * Argument: the address of an engine that is silent on pulls, and swallows
 * what is loaded.
 */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <time.h>

#include "check.h"

static pthread_t caller;

struct watcher {
    unsigned records;
    unsigned waiting;
    int result;
    imgferry_engine *engine;
};

/* Ends the call in its third heartbeat. */
static int watch(void *userdata, const imgferry_progress *progress)
{
    struct watcher *watcher = userdata;
    CHECK(pthread_equal(pthread_self(), caller));
    CHECK(progress->struct_size == sizeof *progress);
    CHECK_TEXT(progress->layer_id, "");
    CHECK_TEXT(progress->source, "");
    CHECK(progress->total == -1);
    watcher->records++;
    if (progress->phase == IMGFERRY_PHASE_WAITING)
        watcher->waiting++;
    if (watcher->engine != NULL) {
        /* A callback may use the library, also the handle of the call. */
        imgferry_image_details *details = NULL;
        CHECK_OK(imgferry_engine_inspect_image(watcher->engine, "demo/app:1", NULL, NULL, &details,
                                               error));
        imgferry_image_details_free(details);
    }
    return watcher->waiting == 3 ? watcher->result : 0;
}

static void a_heartbeat_ends_a_silent_pull(imgferry_engine *engine)
{
    struct watcher watcher = {0, 0, -7, NULL};
    imgferry_pulled *pulled = NULL;
    imgferry_error *failure = NULL;
    imgferry_call call;

    watcher.engine = engine;
    imgferry_call_init(&call, sizeof call);
    call.progress = watch;
    call.userdata = &watcher;
    CHECK(imgferry_engine_pull(engine, "demo/silent:1", NULL, &call, &pulled, &failure) ==
          IMGFERRY_CANCELLED);
    CHECK(pulled == NULL);
    CHECK(imgferry_error_status(failure) == IMGFERRY_CANCELLED);
    CHECK(imgferry_error_callback_result(failure) == -7);
    CHECK(watcher.waiting == 3);
    imgferry_error_free(failure);
}

static void *cancel_soon(void *userdata)
{
    const struct timespec soon = {0, 100 * 1000 * 1000};
    nanosleep(&soon, NULL);
    CHECK_OK(imgferry_cancel_set(userdata, error));
    return NULL;
}

static void another_thread_ends_a_silent_pull(imgferry_engine *engine)
{
    imgferry_cancel *cancel = NULL;
    imgferry_pulled *pulled = NULL;
    imgferry_error *failure = NULL;
    imgferry_call call;
    pthread_t thread;

    CHECK_OK(imgferry_cancel_new(&cancel, error));
    imgferry_call_init(&call, sizeof call);
    call.cancel = cancel;
    CHECK(pthread_create(&thread, NULL, cancel_soon, cancel) == 0);
    CHECK(imgferry_engine_pull(engine, "demo/silent:1", NULL, &call, &pulled, &failure) ==
          IMGFERRY_CANCELLED);
    CHECK(imgferry_error_callback_result(failure) == 0);
    imgferry_error_free(failure);
    CHECK(pthread_join(thread, NULL) == 0);
    /* The flag stays set. */
    CHECK_FAILS(IMGFERRY_CANCELLED,
                imgferry_engine_pull(engine, "demo/silent:1", NULL, &call, &pulled, error));
    imgferry_cancel_free(cancel);
}

struct source {
    size_t left;
    int result;
    size_t too_much;
    unsigned calls_after_the_end;
    int ended;
};

static int read_source(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    struct source *source = userdata;
    CHECK(pthread_equal(pthread_self(), caller));
    CHECK(capacity > 0);
    CHECK(*length_out == 0);
    source->calls_after_the_end += (unsigned)source->ended;
    if (source->left > 0) {
        size_t length = source->left < capacity ? source->left : capacity;
        memset(buffer, 'x', length);
        source->left -= length;
        *length_out = length;
        return 0;
    }
    source->ended = 1;
    if (source->too_much > 0)
        *length_out = capacity + source->too_much;
    return source->result;
}

static void loads(imgferry_engine *engine)
{
    struct source failing = {100000, 5, 0, 0, 0};
    struct source lying = {100000, 0, 1, 0, 0};
    struct source wild = {10, 0, (size_t)-1 / 2, 0, 0};
    struct source good = {100000, 0, 0, 0, 0};
    imgferry_loaded *loaded = NULL;
    imgferry_error *failure = NULL;

    CHECK(imgferry_engine_load_image(engine, read_source, &failing, NULL, NULL, &loaded, &failure) ==
          IMGFERRY_CALLBACK);
    CHECK(imgferry_error_status(failure) == IMGFERRY_CALLBACK);
    CHECK(imgferry_error_callback_result(failure) == 5);
    CHECK(loaded == NULL);
    imgferry_error_free(failure);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_load_image(engine, read_source, &lying, NULL, NULL, &loaded, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_load_image(engine, read_source, &wild, NULL, NULL, &loaded, error));
    CHECK_OK(imgferry_engine_load_image(engine, read_source, &good, NULL, NULL, &loaded, error));
    CHECK(imgferry_text_list_count(imgferry_loaded_names(loaded)) == 1);
    imgferry_loaded_free(loaded);
    CHECK(failing.calls_after_the_end == 0);
    CHECK(lying.calls_after_the_end == 0);
    CHECK(good.calls_after_the_end == 0);
}

int main(int argc, char **argv)
{
    imgferry_engine *engine = NULL;
    CHECK(argc == 2);
    caller = pthread_self();
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    a_heartbeat_ends_a_silent_pull(engine);
    another_thread_ends_a_silent_pull(engine);
    loads(engine);
    imgferry_engine_free(engine);
    return 0;
}
