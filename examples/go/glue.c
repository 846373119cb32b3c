#include "glue.h"

#include "_cgo_export.h"

static _Thread_local uintptr_t running_here = 0;
static _Thread_local int is_told_here = 0;

uintptr_t imgferry_go_swap_running(uintptr_t running)
{
    uintptr_t before = running_here;

    running_here = running;
    return before;
}

int imgferry_go_on_progress(void *userdata, const imgferry_progress *progress)
{
    (void)userdata;
    return imgferryGoProgress(running_here, (imgferry_progress *)progress);
}

int imgferry_go_on_read(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out)
{
    (void)userdata;
    return imgferryGoRead(running_here, buffer, capacity, length_out);
}

int imgferry_go_on_write(void *userdata, const uint8_t *data, size_t length)
{
    (void)userdata;
    return imgferryGoWrite(running_here, (uint8_t *)data, length);
}

int imgferry_go_on_credential(void *userdata, const char *host, const char *repository,
                              imgferry_credential_reply *reply)
{
    return imgferryGoCredential(running_here, userdata, (char *)host, (char *)repository, reply);
}

int imgferry_go_on_token(void *userdata, imgferry_token_reply *reply)
{
    return imgferryGoToken(running_here, userdata, reply);
}

void imgferry_go_on_destroy(void *userdata)
{
    imgferryGoDestroy(userdata);
}

void imgferry_go_on_log(void *userdata, imgferry_log_level level, const char *target, const char *message)
{
    is_told_here = 1;
    imgferryGoLog(userdata, level, (char *)target, (char *)message);
    is_told_here = 0;
}

int imgferry_go_is_told(void)
{
    return is_told_here;
}
