/* What C needs to call Go. */

#ifndef IMGFERRY_GO_GLUE_H
#define IMGFERRY_GO_GLUE_H

#include <imgferry.h>
#include <stdint.h>
#include <stdlib.h>

/* The call that this thread is in, as a cgo.Handle; 0 is none. Sets it, and gives the one before. */
uintptr_t imgferry_go_swap_running(uintptr_t running);

/* The callbacks as the header declares them: cgo knows no const. */
int imgferry_go_on_progress(void *userdata, const imgferry_progress *progress);
int imgferry_go_on_read(void *userdata, uint8_t *buffer, size_t capacity, size_t *length_out);
int imgferry_go_on_write(void *userdata, const uint8_t *data, size_t length);
int imgferry_go_on_credential(void *userdata, const char *host, const char *repository,
                              imgferry_credential_reply *reply);
int imgferry_go_on_token(void *userdata, imgferry_token_reply *reply);
void imgferry_go_on_destroy(void *userdata);
void imgferry_go_on_log(void *userdata, imgferry_log_level level, const char *target, const char *message);

/* Whether the log function runs on this thread. */
int imgferry_go_is_told(void);

#endif
