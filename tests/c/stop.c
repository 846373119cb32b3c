/*
 * Stops a push or a pull in its middle, and says how long its end took.
 *
 *   stop push|pull callback|thread LOCAL REMOTE ENOUGH-BYTES
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <time.h>

#include "check.h"

struct middle {
    imgferry_phase phase;
    uint64_t enough;
    /* The callback stops the call itself, or wakes the thread that does. */
    int by_callback;
    int reached;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    imgferry_cancel *cancel;
    struct timespec stopped;
};

static int on_progress(void *userdata, const imgferry_progress *progress)
{
    struct middle *middle = userdata;

    if (progress->phase != middle->phase || progress->current < middle->enough || middle->reached) {
        return 0;
    }
    pthread_mutex_lock(&middle->mutex);
    middle->reached = 1;
    clock_gettime(CLOCK_MONOTONIC, &middle->stopped);
    pthread_cond_signal(&middle->wake);
    pthread_mutex_unlock(&middle->mutex);
    return middle->by_callback ? 42 : 0;
}

static void *cancel_when_reached(void *argument)
{
    struct middle *middle = argument;

    pthread_mutex_lock(&middle->mutex);
    while (!middle->reached) {
        pthread_cond_wait(&middle->wake, &middle->mutex);
    }
    pthread_mutex_unlock(&middle->mutex);
    if (!middle->by_callback) {
        CHECK_OK(imgferry_cancel_set(middle->cancel, error));
    }
    return NULL;
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

int main(int argc, char **argv)
{
    struct middle middle = {0};
    imgferry_engine *engine = NULL;
    imgferry_images *images = NULL;
    imgferry_pushed_image *pushed = NULL;
    imgferry_pulled_image *pulled = NULL;
    imgferry_error *failure = NULL;
    imgferry_call call;
    imgferry_status status;
    pthread_t thread;
    double seconds;
    int is_push;

    CHECK(argc == 6);
    is_push = strcmp(argv[1], "push") == 0;
    middle.phase = is_push ? IMGFERRY_PHASE_PUSHING : IMGFERRY_PHASE_EXTRACTING;
    middle.by_callback = strcmp(argv[2], "callback") == 0;
    middle.enough = strtoull(argv[5], NULL, 10);
    pthread_mutex_init(&middle.mutex, NULL);
    pthread_cond_init(&middle.wake, NULL);
    CHECK_OK(imgferry_cancel_new(&middle.cancel, error));
    CHECK_OK(imgferry_engine_from_env(&engine, error));
    CHECK_OK(imgferry_images_new(engine, NULL, NULL, &images, error));
    CHECK(pthread_create(&thread, NULL, cancel_when_reached, &middle) == 0);

    imgferry_call_init(&call, sizeof call);
    call.progress = on_progress;
    call.userdata = &middle;
    call.cancel = middle.cancel;
    if (is_push) {
        status = imgferry_images_push(images, argv[3], argv[4], NULL, &call, &pushed, &failure);
    } else {
        status = imgferry_images_pull(images, argv[4], argv[3], NULL, &call, &pulled, &failure);
    }
    seconds = seconds_since(&middle.stopped);
    CHECK(middle.reached);
    CHECK(status == IMGFERRY_CANCELLED);
    CHECK(imgferry_error_callback_result(failure) == (middle.by_callback ? 42 : 0));
    CHECK(pushed == NULL && pulled == NULL);
    CHECK(seconds < 3.0);
    printf("%s stopped by %s: ended after %.3f s\n", argv[1], argv[2], seconds);

    CHECK(pthread_join(thread, NULL) == 0);
    imgferry_error_free(failure);
    imgferry_images_free(images);
    imgferry_engine_free(engine);
    imgferry_cancel_free(middle.cancel);
    return 0;
}
