/*
 * A program that does one thing wrong, which the tool that watches it must find: it loses a handle,
 * uses a text whose handle is gone, or adds more than an int can hold.
 */

#include <limits.h>

#include "check.h"

int main(int argc, char **argv)
{
    imgferry_local_image *image = NULL;
    const char *tag;
    int sum = INT_MAX;

    CHECK(argc == 2);
    CHECK_OK(imgferry_local_image_parse("app:1", &image, error));
    if (strcmp(argv[1], "lost") == 0)
        image = NULL;
    tag = imgferry_local_image_tag(image);
    imgferry_local_image_free(image);
    if (strcmp(argv[1], "dangling") == 0)
        return tag[0] == '2';
    if (strcmp(argv[1], "overflow") == 0)
        sum += argc;
    return sum < 0;
}
