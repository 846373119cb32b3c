/*
 * A peer that closes while the library writes is an error, never a signal that
 * ends the program. Arguments: the address of an engine that closes, and how
 * often to try.
 */

#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "check.h"

/* More than a peer that closes will ever take. */
static int read_for_ever(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    (void)userdata;
    memset(buffer, 0, capacity);
    *length_out = capacity;
    return 0;
}

int main(int argc, char **argv)
{
    imgferry_engine *engine = NULL;
    int left;

    CHECK(argc == 3);
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    CHECK_OK(imgferry_engine_new(argv[1], NULL, &engine, error));
    for (left = atoi(argv[2]); left > 0; left--) {
        imgferry_loaded *loaded = NULL;
        CHECK_FAILS(IMGFERRY_CONNECTION_LOST,
                    imgferry_engine_load_image(engine, read_for_ever, NULL, NULL, NULL, &loaded,
                                               error));
    }
    imgferry_engine_free(engine);
    return 0;
}
