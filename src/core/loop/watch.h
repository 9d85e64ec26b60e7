/* Watched descriptors, apart from those that libcurl drives. */
#ifndef HY_WATCH_H
#define HY_WATCH_H

#include "homey.h"

typedef struct hy_watch {
  void (*ready)(struct hy_watch *watch, int events);
  int fd, events; /* what is watched for; 0 = nothing */
} hy_watch;

/* Watch for `events` from now on; 0 = no longer, and that before the descriptor is closed.  0 or -1. */
int hy_watch_set(homey_loop *loop, hy_watch *watch, int events);

/* Notes that `fd` is a connection of ours from now on, whose end we are told; `opened` = 0 notes that end.  0 or -1. */
int hy_watch_opened(homey_loop *loop, int fd, int opened);
/* A connection between two exchanges is watched on, since the next one wants that again at once; until it is roused, or
 * something comes that nobody has asked for.  1 when it rests now, 0 when it has to be taken out of the poller: libcurl also
 * announces descriptors of its own (a resolver's), which it closes without a word, and their numbers are given anew. */
int hy_watch_rest(homey_loop *loop, int fd);
/* What a descriptor that rests is watched for, whose next owner the caller is; 0 = it does not rest. */
int hy_watch_rouse(homey_loop *loop, int fd);

#endif
