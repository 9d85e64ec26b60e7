/* Watched descriptors, except those that libcurl drives. */
#ifndef HY_WATCH_H
#define HY_WATCH_H

#include "homey.h"

typedef struct hy_watch {
  void (*ready)(struct hy_watch *watch, int events);
  int fd, events; /* events: what is watched for; 0 = nothing */
} hy_watch;

/* Watches for `events` from now on; 0 = stops, which is required before the descriptor is
 * closed. Returns 0 or -1. */
int hy_watch_set(homey_loop *loop, hy_watch *watch, int events);

/* Notes that `fd` is a connection of ours, whose closing will be reported; `opened` = 0 notes
 * that it was closed. Returns 0 or -1. */
int hy_watch_opened(homey_loop *loop, int fd, int opened);
/* Keeps watching an idle connection, as the next exchange will need it. The watch ends when the
 * connection is reused or receives unexpected data. Returns 1, or 0 when `fd` must be removed
 * from the poller: libcurl also uses descriptors of its own, such as a resolver's, which it
 * closes without notice, and whose numbers are then reused. */
int hy_watch_rest(homey_loop *loop, int fd);
/* Hands a watched idle descriptor to the caller. Returns the events it is watched for; 0 = it is
 * not watched. */
int hy_watch_rouse(homey_loop *loop, int fd);

#endif
