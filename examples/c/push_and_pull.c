/*
 * Pushes a local image, looks at it in the registry, pulls it back and deletes
 * it there.
 *
 *   push_and_pull LOCAL-IMAGE REMOTE-IMAGE
 *
 * The engine is the one that DOCKER_HOST names. IMGFERRY_USER and
 * IMGFERRY_PASSWORD are for the registry; without them, the logins of the
 * docker command are used. Ctrl-C stops whatever is going on.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imgferry.h"

/* --- Ctrl-C ------------------------------------------------------------- */

/* A signal handler may do nothing but set this; the progress callback, which
 * is asked at least every 250 ms, looks at it. */
static volatile sig_atomic_t interrupted = 0;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* --- Progress ------------------------------------------------------------ */

#define MAX_LAYERS 128
#define LINE_LENGTH 160
#define BAR_WIDTH 32

struct show {
    int terminal;
    /* The layers' lines in the order in which they came. */
    size_t layer_count;
    char layer_ids[MAX_LAYERS][80];
    char lines[MAX_LAYERS][LINE_LENGTH];
    int32_t phases[MAX_LAYERS];
    /* How many lines are on the screen, to be written over. */
    size_t drawn;
};

static double megabytes(uint64_t bytes)
{
    return (double)bytes / 1e6;
}

static void format_bar(char *text, size_t size, uint64_t current, int64_t total)
{
    char bar[BAR_WIDTH + 1];
    uint64_t all = total > 0 ? (uint64_t)total : 1;
    uint64_t done = current < all ? current : all;
    size_t full = (size_t)((double)done / (double)all * BAR_WIDTH);

    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '=', full);
    bar[BAR_WIDTH] = '\0';
    snprintf(text, size, "[%s] %.1f MB/%.1f MB", bar, megabytes(current),
             megabytes(all));
}

static void format_layer(char *text, size_t size,
                         const imgferry_progress *progress)
{
    char numbers[80] = "";

    if (progress->current == 0) {
        /* Nothing to count yet. */
    } else if (progress->unit != IMGFERRY_UNIT_BYTES) {
        snprintf(numbers, sizeof numbers, "%" PRIu64 " s", progress->current);
    } else if (progress->total >= 0) {
        format_bar(numbers, sizeof numbers, progress->current, progress->total);
    } else {
        snprintf(numbers, sizeof numbers, "%.1f MB",
                 megabytes(progress->current));
    }
    snprintf(text, size, "  %-12s %-20s %s", progress->layer_id,
             progress->status, numbers);
}

static void format_sum(char *text, size_t size,
                       const imgferry_progress *progress)
{
    char numbers[80];

    if (progress->sum_total >= 0) {
        format_bar(numbers, sizeof numbers, progress->sum_current,
                   progress->sum_total);
    } else {
        snprintf(numbers, sizeof numbers, "%.1f MB",
                 megabytes(progress->sum_current));
    }
    snprintf(text, size, "  %-12s %s",
             progress->phase == IMGFERRY_PHASE_DONE ? "done" : "total",
             numbers);
}

/* The place of a layer; MAX_LAYERS when there is no room for one more. */
static size_t find_layer(struct show *show, const char *id)
{
    size_t at;

    for (at = 0; at < show->layer_count; at++) {
        if (strcmp(show->layer_ids[at], id) == 0) {
            return at;
        }
    }
    if (at < MAX_LAYERS) {
        snprintf(show->layer_ids[at], sizeof show->layer_ids[at], "%s", id);
        show->phases[at] = -1;
        show->layer_count++;
    }
    return at;
}

static void show_begin(struct show *show, const char *verb,
                       const imgferry_progress *progress)
{
    printf("%s %s to %s\n", verb, progress->source, progress->destination);
    show->layer_count = 0;
    show->drawn = 0;
}

static void show_bars(struct show *show, const imgferry_progress *progress)
{
    char sum[LINE_LENGTH];
    size_t at;

    if (progress->layer_id[0] != '\0') {
        at = find_layer(show, progress->layer_id);
        if (at < MAX_LAYERS) {
            format_layer(show->lines[at], LINE_LENGTH, progress);
        }
    }
    if (show->drawn > 0) {
        printf("\033[%zuA", show->drawn);
    }
    for (at = 0; at < show->layer_count; at++) {
        printf("\r\033[2K%s\n", show->lines[at]);
    }
    format_sum(sum, sizeof sum, progress);
    printf("\r\033[2K%s\n", sum);
    show->drawn = show->layer_count + 1;
    fflush(stdout);
}

/* Off the terminal a layer gets a line only when its phase changes. */
static void show_lines(struct show *show, const imgferry_progress *progress)
{
    char layer[LINE_LENGTH];
    char sum[LINE_LENGTH];
    size_t at;

    if (progress->phase == IMGFERRY_PHASE_WAITING) {
        return;
    }
    if (progress->layer_id[0] == '\0') {
        if (progress->message[0] != '\0') {
            puts(progress->message);
        }
        if (progress->phase == IMGFERRY_PHASE_DONE) {
            format_sum(sum, sizeof sum, progress);
            puts(sum);
        }
        return;
    }
    at = find_layer(show, progress->layer_id);
    if (at == MAX_LAYERS || show->phases[at] == progress->phase) {
        return;
    }
    show->phases[at] = progress->phase;
    format_layer(layer, sizeof layer, progress);
    format_sum(sum, sizeof sum, progress);
    printf("%s%s\n", layer, sum);
}

static int on_progress(void *userdata, const imgferry_progress *progress)
{
    struct show *show = userdata;

    if (progress->phase == IMGFERRY_PHASE_PUSH_STARTS) {
        show_begin(show, "pushing", progress);
    } else if (progress->phase == IMGFERRY_PHASE_PULL_STARTS) {
        show_begin(show, "pulling", progress);
    } else if (show->terminal) {
        show_bars(show, progress);
    } else {
        show_lines(show, progress);
    }
    return interrupted ? 1 : 0;
}

/* --- The job -------------------------------------------------------------- */

/* Everything that the job owns; each _free takes NULL. */
struct job {
    imgferry_engine *engine;
    imgferry_images *images;
    imgferry_pushed_image *pushed;
    imgferry_text *digest;
    imgferry_image_size *size;
    imgferry_remote_image_list *tags;
    imgferry_image_details *before;
    imgferry_removed *removed;
    imgferry_pulled_image *pulled;
    imgferry_text *deleted;
};

static void job_free(struct job *job)
{
    imgferry_text_free(job->deleted);
    imgferry_pulled_image_free(job->pulled);
    imgferry_removed_free(job->removed);
    imgferry_image_details_free(job->before);
    imgferry_remote_image_list_free(job->tags);
    imgferry_image_size_free(job->size);
    imgferry_text_free(job->digest);
    imgferry_pushed_image_free(job->pushed);
    imgferry_images_free(job->images);
    imgferry_engine_free(job->engine);
}

static imgferry_status connect_all(struct job *job, const char *remote,
                                   imgferry_error **error)
{
    imgferry_registry_options options;
    imgferry_credential credential;
    char host[256];
    imgferry_status status;

    imgferry_registry_options_init(&options, sizeof options);
    imgferry_credential_init(&credential, sizeof credential);
    snprintf(host, sizeof host, "%.*s", (int)strcspn(remote, "/"), remote);
    credential.host = host;
    credential.username = getenv("IMGFERRY_USER");
    credential.password = getenv("IMGFERRY_PASSWORD");
    if (credential.username != NULL && credential.password != NULL) {
        options.credentials = &credential;
        options.credential_count = 1;
    } else {
        options.credentials_from_env = 1;
    }
    status = imgferry_engine_from_env(&job->engine, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    return imgferry_images_new(job->engine, NULL, &options, &job->images, error);
}

static imgferry_status run(struct job *job, const char *local,
                           const char *remote, const imgferry_call *call,
                           imgferry_error **error)
{
    const imgferry_text_list *warnings;
    const char *target;
    size_t at;
    imgferry_status status;

    status = connect_all(job, remote, error);
    if (status != IMGFERRY_OK) {
        return status;
    }

    status = imgferry_images_push(job->images, local, remote, NULL, call,
                                  &job->pushed, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    warnings = imgferry_pushed_image_warnings(job->pushed);
    for (at = 0; at < imgferry_text_list_count(warnings); at++) {
        fprintf(stderr, "note: %s\n", imgferry_text_list_at(warnings, at));
    }
    target = imgferry_remote_image_text(imgferry_pushed_image_image(job->pushed));
    printf("pushed %s\n", target);

    status = imgferry_images_digest(job->images, target, call, &job->digest, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    printf("digest %s\n", imgferry_text_get(job->digest));

    status = imgferry_images_size(job->images, target, call, &job->size, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    printf("size   %" PRIu64 " bytes\n", imgferry_image_size_total(job->size));

    status = imgferry_images_tags(job->images, target, call, &job->tags, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    for (at = 0; at < imgferry_remote_image_list_count(job->tags); at++) {
        printf("tag    %s\n", imgferry_remote_image_text(
                                  imgferry_remote_image_list_at(job->tags, at)));
    }

    status = imgferry_engine_inspect_image(job->engine, local, NULL, call,
                                           &job->before, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    status = imgferry_engine_remove_image(job->engine, local, NULL, call,
                                          &job->removed, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    status = imgferry_images_pull(job->images, target, local, NULL, call,
                                  &job->pulled, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    printf("pulled %s as %s\n", target,
           imgferry_local_image_text(imgferry_pulled_image_image(job->pulled)));
    printf("image ID before %s\n", imgferry_image_details_id(job->before));
    printf("image ID after  %s\n", imgferry_pulled_image_id(job->pulled));

    status = imgferry_images_rm(job->images, target, NULL, call, &job->deleted, error);
    if (status != IMGFERRY_OK) {
        return status;
    }
    printf("deleted %s from the registry\n", imgferry_text_get(job->deleted));
    return IMGFERRY_OK;
}

int main(int argc, char **argv)
{
    static struct show show;
    struct job job = {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};
    struct sigaction action;
    imgferry_call call;
    imgferry_error *error = NULL;
    imgferry_status status;

    if (argc != 3) {
        fprintf(stderr, "usage: push_and_pull LOCAL-IMAGE REMOTE-IMAGE\n");
        return 2;
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);

    show.terminal = isatty(STDOUT_FILENO);
    imgferry_call_init(&call, sizeof call);
    call.progress = on_progress;
    call.userdata = &show;

    status = run(&job, argv[1], argv[2], &call, &error);
    if (status != IMGFERRY_OK) {
        fprintf(stderr, "%s\n", imgferry_error_message(error));
    }
    imgferry_error_free(error);
    job_free(&job);
    return status == IMGFERRY_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
