/* Error values: one sentence that says what happened and what to do. */
#ifndef HY_ERROR_H
#define HY_ERROR_H

#include "homey.h"

/* Fills an error: "<text>: <what its kind advises>", cut at a character's border if need be; a text that is whole gets no
 * advice.  status, step and retry_after are reset. */
void hy_error_set(homey_error *error, homey_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int hy_error_ends_login(const homey_error *error); /* no waiting mends it: somebody must log in again */
int hy_error_is_whole(const char *message);        /* it ends as a sentence does, in "." or "?" */
void hy_error_step(homey_error *error, const char *step);

#endif
