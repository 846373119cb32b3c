/*
 * Eight threads use the same handles at the same time; what a callback writes is its own thread's.
 * Arguments: the address of an engine, an image there, a docker archive, a folder.
 */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>

#include "check.h"

enum { THREADS = 8, ROUNDS = 5 };

struct shared {
    imgferry_engine *engine;
    imgferry_image_details *details;
    imgferry_cancel *cancel;
    const char *image;
    const char *archive;
    const char *folder;
};

struct worker {
    const struct shared *shared;
    pthread_t self;
    unsigned number;
    /* Nothing guards it: callbacks run on the thread that made the call. */
    unsigned long records;
};

static int count(void *userdata, const imgferry_progress *progress)
{
    struct worker *worker = userdata;
    CHECK(progress->struct_size == sizeof *progress);
    CHECK(pthread_equal(pthread_self(), worker->self));
    worker->records++;
    return 0;
}

static void copy(struct worker *worker, const imgferry_call *call)
{
    imgferry_place *from = NULL, *to = NULL;
    imgferry_copied *copied = NULL;
    char name[4096];

    snprintf(name, sizeof name, "docker-archive:%s", worker->shared->archive);
    CHECK_OK(imgferry_place_parse(name, NULL, NULL, &from, error));
    snprintf(name, sizeof name, "oci:%s/layout-%u:1", worker->shared->folder, worker->number);
    CHECK_OK(imgferry_place_parse(name, NULL, NULL, &to, error));
    CHECK_OK(imgferry_copy(from, to, NULL, call, &copied, error));
    imgferry_copied_free(copied);
    imgferry_place_free(to);
    imgferry_place_free(from);
}

static void *work(void *given)
{
    struct worker *worker = given;
    const struct shared *shared = worker->shared;
    imgferry_call call;
    int round;

    worker->self = pthread_self();
    imgferry_call_init(&call, sizeof call);
    call.progress = count;
    call.userdata = worker;
    call.cancel = shared->cancel;
    for (round = 0; round < ROUNDS; round++) {
        imgferry_image_details *details = NULL;
        CHECK_OK(imgferry_engine_inspect_image(shared->engine, shared->image, NULL, &call, &details,
                                               error));
        CHECK_TEXT(imgferry_image_details_id(details), imgferry_image_details_id(shared->details));
        imgferry_image_details_free(details);
        CHECK_FAILS(IMGFERRY_NOT_FOUND,
                    imgferry_engine_inspect_image(shared->engine, "demo/nowhere:1", NULL, &call,
                                                  &details, error));
    }
    copy(worker, &call);
    CHECK(worker->records > 0);
    return NULL;
}

int main(int argc, char **argv)
{
    struct shared shared = {NULL, NULL, NULL, NULL, NULL, NULL};
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    unsigned number;

    CHECK(argc == 5);
    shared.image = argv[2];
    shared.archive = argv[3];
    shared.folder = argv[4];
    CHECK_OK(imgferry_cancel_new(&shared.cancel, error));
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &shared.engine, error));
    CHECK_OK(imgferry_engine_inspect_image(shared.engine, shared.image, NULL, NULL, &shared.details,
                                           error));
    for (number = 0; number < THREADS; number++) {
        workers[number].shared = &shared;
        workers[number].number = number;
        workers[number].records = 0;
        CHECK(pthread_create(&threads[number], NULL, work, &workers[number]) == 0);
    }
    for (number = 0; number < THREADS; number++)
        CHECK(pthread_join(threads[number], NULL) == 0);
    imgferry_image_details_free(shared.details);
    imgferry_engine_free(shared.engine);
    imgferry_cancel_free(shared.cancel);
    return 0;
}
