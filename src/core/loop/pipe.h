/*
 * Keeps the host alive where TLS writes into a connection that the other side has reset: up to libcurl 7.86 OpenSSL does
 * that by a plain write(), which raises SIGPIPE, and libcurl's own way around it changes the signals of the whole process.
 */
#ifndef HY_PIPE_H
#define HY_PIPE_H

#include <signal.h>

typedef struct hy_pipe_guard {
  sigset_t before;
  int held; /* SIGPIPE is blocked by us, in this thread, and was not pending before */
} hy_pipe_guard;

int hy_pipe_is_needed(void); /* 1 where the libcurl that is loaded is of that kind */

/* Between these two no write of this thread raises SIGPIPE.  Nothing happens where it is not `needed`. */
void hy_pipe_hold(hy_pipe_guard *guard, int needed);
void hy_pipe_let(hy_pipe_guard *guard);

#endif
