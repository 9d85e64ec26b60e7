/* Error values: one sentence that says what happened and what to do. */
#ifndef HY_ERROR_H
#define HY_ERROR_H

#include "homey.h"

/* Fills an error with "<text>: <advice of the kind>", cut between characters when it is too
 * long. A text that is a sentence gets no advice. Resets status, step and retry_after. */
void hy_error_set(homey_error *error, homey_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether waiting does not help: somebody must log in again. */
int hy_error_ends_login(const homey_error *error);
int hy_error_is_whole(const char *message); /* ends in "." or "?", as a sentence does */
void hy_error_step(homey_error *error, const char *step);

/* An error that a record keeps. Most records never have one, and an error is large, so it is
 * allocated when there is one. The owner frees it. hy_error_kept() reads it: when there was no
 * memory to keep it, that is the error. */
void hy_error_keep(homey_error **kept, const homey_error *error);
const homey_error *hy_error_kept(const homey_error *kept);

#endif
