/*
 * Loads a `docker save` archive into the engine.
 *
 *   load_archive ARCHIVE.tar
 *
 * The engine is the one that DOCKER_HOST names. Ctrl-C stops it.
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
    (void)progress;
    return interrupted ? 1 : 0;
}

static void print_all(const char *word, const imgferry_text_list *texts)
{
    size_t at;

    for (at = 0; at < imgferry_text_list_count(texts); at++) {
        printf("%s %s\n", word, imgferry_text_list_at(texts, at));
    }
}

int main(int argc, char **argv)
{
    struct sigaction action;
    imgferry_call call;
    imgferry_engine *engine = NULL;
    imgferry_loaded *loaded = NULL;
    imgferry_error *error = NULL;
    imgferry_status status;

    if (argc != 2) {
        fprintf(stderr, "usage: load_archive ARCHIVE.tar\n");
        return 2;
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);

    imgferry_call_init(&call, sizeof call);
    call.progress = on_progress;

    status = imgferry_engine_from_env(&engine, &error);
    if (status == IMGFERRY_OK) {
        status = imgferry_engine_load_image_path(engine, argv[1], NULL, &call,
                                                 &loaded, &error);
    }
    if (status == IMGFERRY_OK) {
        print_all("loaded", imgferry_loaded_names(loaded));
        print_all("loaded", imgferry_loaded_ids(loaded));
        print_all("note:", imgferry_loaded_warnings(loaded));
    } else {
        fprintf(stderr, "%s\n", imgferry_error_message(error));
    }
    imgferry_error_free(error);
    imgferry_loaded_free(loaded);
    imgferry_engine_free(engine);
    return status == IMGFERRY_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
