/* A condition that must hold: else the program says where it does not, and ends. */

#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imgferry.h>

#define CHECK(condition)                                                                       \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);            \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

#define CHECK_TEXT(found, expected)                                                            \
    do {                                                                                       \
        const char *found_text = (found);                                                      \
        if (strcmp(found_text, (expected)) != 0) {                                             \
            fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #found,   \
                    found_text, (expected));                                                   \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

#define CHECK_OK(call)                                                                         \
    do {                                                                                       \
        imgferry_error *call_error = NULL;                                                     \
        imgferry_error **error = &call_error;                                                  \
        if ((call) != IMGFERRY_OK || call_error != NULL) {                                     \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call,                      \
                    imgferry_error_message(call_error));                                       \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

#define CHECK_FAILS(wanted, call)                                                              \
    do {                                                                                       \
        imgferry_error *call_error = NULL;                                                     \
        imgferry_error **error = &call_error;                                                  \
        imgferry_status call_status = (call);                                                  \
        if (call_status != (wanted) || imgferry_error_status(call_error) != (wanted)) {        \
            fprintf(stderr, "%s:%d: %s: %s, not %s: %s\n", __FILE__, __LINE__, #call,          \
                    imgferry_status_name(call_status), #wanted,                                \
                    imgferry_error_message(call_error));                                       \
            exit(1);                                                                           \
        }                                                                                      \
        imgferry_error_free(call_error);                                                       \
    } while (0)

#endif
