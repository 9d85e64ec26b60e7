/* Poller: one descriptor for many, by epoll and a timerfd on Linux, by kqueue on BSD and macOS. */
#ifndef HY_POLLER_H
#define HY_POLLER_H

#include <stdint.h>

#include "homey.h"

#define HY_READ HOMEY_READ
#define HY_WRITE HOMEY_WRITE
#define HY_ERROR 4

typedef struct hy_poller {
  int fd;
  int alarm; /* the timerfd, -1 until the first hy_poller_alarm(); unused with kqueue */
} hy_poller;

typedef struct hy_ready {
  int fd;
  int events;
} hy_ready;

int hy_poller_open(hy_poller *poller); /* 0 or -1 */
void hy_poller_close(hy_poller *poller);
/* Watches for `events`; 0 = stops watching. `before` is what the caller believes is watched now.
 * Returns 0, or -1 when the kernel refuses the descriptor; then it is not watched. */
int hy_poller_watch(hy_poller *poller, int fd, int before, int events);
/* Makes the descriptor readable in `ms` milliseconds; 0 = now, -1 = never. */
int hy_poller_alarm(hy_poller *poller, int64_t ms);
/* Waits up to `ms` (-1 = for ever). Returns the count of `ready` rows filled. The alarm is
 * consumed, not reported. */
int hy_poller_wait(hy_poller *poller, hy_ready *ready, int most, int ms);

#endif
