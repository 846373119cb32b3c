/* Two threads write the same number, and nothing guards it: what threads.c must not do. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>

#include "check.h"

static unsigned long records;

static void *work(void *given)
{
    int round;

    (void)given;
    for (round = 0; round < 1000; round++) {
        imgferry_engine *engine = NULL;
        CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_engine_new("?", NULL, &engine, error));
        records++;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    int number;

    for (number = 0; number < 2; number++)
        CHECK(pthread_create(&threads[number], NULL, work, NULL) == 0);
    for (number = 0; number < 2; number++)
        CHECK(pthread_join(threads[number], NULL) == 0);
    printf("%lu\n", records);
    return 0;
}
