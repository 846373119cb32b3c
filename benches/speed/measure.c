/*
 * Runs a command so many times, one after the other, and writes to a file what
 * all runs took together: nanoseconds from the first start to the last end,
 * microseconds of processor time in user and in system mode, and the most KiB
 * that one of the processes had resident. What the commands waited for in their
 * turn is counted with them. Exits with 1 when a run fails.
 *
 *   measure FILE TIMES COMMAND [ARGUMENT...]
 *
 * A program of its own, and a small one: a process begins as a copy of the one
 * that starts it, and the kernel counts the memory of that copy, too.
 */
#define _GNU_SOURCE

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - began->tv_sec) * 1000000000LL + (now.tv_nsec - began->tv_nsec);
}

static long long microseconds(const struct timeval *time)
{
    return time->tv_sec * 1000000LL + time->tv_usec;
}

int main(int argc, char **argv)
{
    struct timespec began;
    struct rusage usage;
    long long wall;
    FILE *report;
    int times;

    if (argc < 4) {
        fprintf(stderr, "usage: measure FILE TIMES COMMAND [ARGUMENT...]\n");
        return 2;
    }
    /* Else the disk is still busy with what the program before has written. */
    sync();
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (times = atoi(argv[2]); times > 0; times--) {
        pid_t child;
        int status;

        if (posix_spawnp(&child, argv[3], NULL, NULL, argv + 3, environ) != 0) {
            fprintf(stderr, "%s cannot be run\n", argv[3]);
            return 1;
        }
        if (waitpid(child, &status, 0) != child || status != 0) {
            fprintf(stderr, "%s failed: %d\n", argv[3], status);
            return 1;
        }
    }
    wall = since(&began);
    if (getrusage(RUSAGE_CHILDREN, &usage) != 0) {
        perror("getrusage");
        return 1;
    }
    report = fopen(argv[1], "w");
    if (report == NULL) {
        perror(argv[1]);
        return 1;
    }
    fprintf(report, "%lld %lld %lld %ld\n", wall, microseconds(&usage.ru_utime),
            microseconds(&usage.ru_stime), usage.ru_maxrss);
    return fclose(report) == 0 ? 0 : 1;
}
