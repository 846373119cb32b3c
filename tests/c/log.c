/*
 * A program is told what the library notes, when it wants to be.
 * Argument: the address of a registry that nobody is at.
 */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct notes {
    unsigned count;
    imgferry_log_level highest;
    imgferry_status inside;
};

static void note(void *userdata, imgferry_log_level level, const char *target, const char *message)
{
    struct notes *notes = userdata;
    CHECK(strncmp(target, "imgferry", strlen("imgferry")) == 0);
    CHECK(strlen(message) > 0);
    CHECK(pthread_mutex_lock(&lock) == 0);
    notes->count++;
    if (level > notes->highest)
        notes->highest = level;
    notes->inside = imgferry_set_log(IMGFERRY_LOG_OFF, NULL, NULL, NULL);
    CHECK(pthread_mutex_unlock(&lock) == 0);
}

/* Asks somebody who is not there, again and again. */
static void ask(const char *host)
{
    imgferry_registry *registry = NULL;
    imgferry_text *digest = NULL;
    char image[64];
    imgferry_call call;

    imgferry_call_init(&call, sizeof call);
    call.deadline_ms = 1000;
    CHECK_OK(imgferry_registry_new(host, NULL, &registry, error));
    snprintf(image, sizeof image, "%s/app:1", host);
    CHECK(imgferry_registry_digest(registry, image, &call, &digest, NULL) != IMGFERRY_OK);
    imgferry_registry_free(registry);
}

int main(int count, char **arguments)
{
    struct notes debug = {0, 0, IMGFERRY_OK};
    struct notes warn = {0, 0, IMGFERRY_OK};
    unsigned before;
    pid_t child;
    int ended;

    CHECK(count == 2);
    ask(arguments[1]);
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_set_log(6, note, &debug, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_set_log(-1, note, &debug, error));
    CHECK_OK(imgferry_set_log(IMGFERRY_LOG_DEBUG, note, &debug, error));
    ask(arguments[1]);
    CHECK(debug.count > 0 && debug.highest == IMGFERRY_LOG_DEBUG);
    CHECK(debug.inside == IMGFERRY_INVALID_STATE);
    before = debug.count;

    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        ask(arguments[1]);
        CHECK(debug.count == before);
        CHECK_FAILS(IMGFERRY_INVALID_STATE, imgferry_set_log(IMGFERRY_LOG_OFF, NULL, NULL, error));
        _exit(0);
    }
    CHECK(waitpid(child, &ended, 0) == child && WIFEXITED(ended) && WEXITSTATUS(ended) == 0);

    CHECK_OK(imgferry_set_log(IMGFERRY_LOG_WARN, note, &warn, error));
    ask(arguments[1]);
    CHECK(debug.count == before && warn.highest <= IMGFERRY_LOG_WARN);
    CHECK_OK(imgferry_set_log(IMGFERRY_LOG_TRACE, NULL, NULL, error));
    ask(arguments[1]);
    CHECK(debug.count == before);
    return 0;
}
