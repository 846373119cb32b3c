/*
 * Copies an image from one place to another, and shows how far it is.
 *
 *   copy docker://docker.io/library/alpine:3 oci:alpine:3
 *
 * The places are docker://HOST/PATH:TAG, docker-daemon:NAME:TAG (the engine that
 * DOCKER_HOST names), docker-archive:FILE[:NAME:TAG], oci:FOLDER[:NAME] and
 * oci-archive:FILE[:NAME]. Logins and proxies are the user's. Ctrl-C stops it;
 * what has come stays, and the next run goes on from there.
 */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imgferry.h"

/* A signal handler may do nothing but set this; the progress callback, which
 * is asked at least every 250 ms, looks at it. */
static volatile sig_atomic_t interrupted = 0;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static int on_progress(void *userdata, const imgferry_progress *progress)
{
    (void)userdata;
    if (progress->phase == IMGFERRY_PHASE_LAYER_DONE ||
        progress->phase == IMGFERRY_PHASE_EXISTS) {
        printf("%s\n", progress->message);
    }
    return interrupted ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct sigaction action;
    imgferry_call call;
    imgferry_registry_options options;
    imgferry_engine *engine = NULL;
    imgferry_place *source = NULL;
    imgferry_place *destination = NULL;
    imgferry_copied *copied = NULL;
    imgferry_error *error = NULL;
    imgferry_status status;
    size_t at;

    if (argc != 3) {
        fprintf(stderr, "usage: copy SOURCE DESTINATION\n");
        return 2;
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);

    imgferry_call_init(&call, sizeof call);
    call.progress = on_progress;
    imgferry_registry_options_init(&options, sizeof options);
    options.credentials_from_env = 1;
    options.environment = 1;

    status = imgferry_engine_from_env(&engine, &error);
    if (status == IMGFERRY_OK) {
        status = imgferry_place_parse(argv[1], engine, &options, &source, &error);
    }
    if (status == IMGFERRY_OK) {
        status = imgferry_place_parse(argv[2], engine, &options, &destination,
                                      &error);
    }
    if (status == IMGFERRY_OK) {
        status = imgferry_copy(source, destination, NULL, &call, &copied, &error);
    }
    if (status == IMGFERRY_OK) {
        const imgferry_text_list *warnings = imgferry_copied_warnings(copied);
        for (at = 0; at < imgferry_text_list_count(warnings); at++) {
            fprintf(stderr, "note: %s\n", imgferry_text_list_at(warnings, at));
        }
        if (imgferry_copied_platform(copied)[0] != '\0') {
            printf("for %s\n", imgferry_copied_platform(copied));
        }
        printf("%s is %s\n", imgferry_place_text(destination),
               imgferry_copied_digest(copied));
    } else {
        fprintf(stderr, "%s\n", imgferry_error_message(error));
    }
    imgferry_error_free(error);
    imgferry_copied_free(copied);
    imgferry_place_free(destination);
    imgferry_place_free(source);
    imgferry_engine_free(engine);
    return status == IMGFERRY_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
