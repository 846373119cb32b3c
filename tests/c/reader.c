/*
 * Readers that do not come to a good end.
 * Arguments: the address of an engine whose archives differ by name: endless,
 * cut, failed (an error behind the bytes), silent (after the first ones).
 */

#include "check.h"

static imgferry_engine *engine;
static uint8_t buffer[70000];

static imgferry_reader *open_reader(const char *image)
{
    imgferry_reader *reader = NULL;
    CHECK_OK(imgferry_engine_get_image(engine, image, NULL, NULL, &reader, error));
    return reader;
}

/* Reads until that fails, and twice more, which must fail, too. */
static imgferry_status end_of(const char *image, const imgferry_call *call, int *result)
{
    imgferry_reader *reader = open_reader(image);
    imgferry_error *failure = NULL;
    imgferry_status status = IMGFERRY_OK;
    size_t length = 1, total = 0;
    int i;

    while (length > 0) {
        status = imgferry_reader_read(reader, buffer, sizeof buffer, call, &length, &failure);
        total += length;
    }
    CHECK(total >= 1024);
    CHECK(status != IMGFERRY_OK && imgferry_error_status(failure) == status);
    *result = imgferry_error_callback_result(failure);
    imgferry_error_free(failure);
    for (i = 0; i < 2; i++) {
        CHECK_FAILS(IMGFERRY_INVALID_STATE,
                    imgferry_reader_read(reader, buffer, sizeof buffer, NULL, &length, error));
        CHECK(length == 0);
    }
    imgferry_reader_free(reader);
    return status;
}

static int stop_when_silent(void *userdata, const imgferry_progress *progress)
{
    (void)userdata;
    return progress->phase == IMGFERRY_PHASE_WAITING ? 6 : 0;
}

int main(int argc, char **argv)
{
    imgferry_reader *reader;
    imgferry_cancel *cancel = NULL;
    imgferry_call call;
    imgferry_status status = IMGFERRY_OK;
    size_t length, total = 0;
    int result;

    CHECK(argc == 2);
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));

    CHECK(end_of("demo/cut:1", NULL, &result) == IMGFERRY_CONNECTION_LOST);
    CHECK(end_of("demo/failed:1", NULL, &result) == IMGFERRY_ENGINE);

    imgferry_call_init(&call, sizeof call);
    call.progress = stop_when_silent;
    CHECK(end_of("demo/silent:1", &call, &result) == IMGFERRY_CANCELLED);
    CHECK(result == 6);
    imgferry_call_init(&call, sizeof call);
    call.deadline_ms = 300;
    CHECK(end_of("demo/silent:1", &call, &result) == IMGFERRY_TIMEOUT);
    CHECK(result == 0);

    /* Freed in the middle, after its engine. */
    reader = open_reader("demo/endless:1");
    imgferry_engine_free(engine);
    while (total < 5000000) {
        CHECK_OK(imgferry_reader_read(reader, buffer, sizeof buffer, NULL, &length, error));
        CHECK(length > 0);
        total += length;
    }
    imgferry_call_init(&call, sizeof call);
    CHECK_OK(imgferry_cancel_new(&cancel, error));
    CHECK_OK(imgferry_cancel_set(cancel, error));
    call.cancel = cancel;
    /* What has arrived already may still be given. */
    for (total = 0, length = 1; length > 0 && total < 1000000; total += length)
        status = imgferry_reader_read(reader, buffer, sizeof buffer, &call, &length, NULL);
    CHECK(status == IMGFERRY_CANCELLED);
    imgferry_cancel_free(cancel);
    imgferry_reader_free(reader);
    return 0;
}
