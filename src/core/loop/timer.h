/* Timers in a pairing heap with nodes embedded in their owners, so setting one cannot fail. */
#ifndef HY_TIMER_H
#define HY_TIMER_H

#include "homey.h"

typedef struct hy_timer {
  int64_t when;
  void (*fire)(struct hy_timer *timer); /* the timer is unset before this is called */
  struct hy_timer *child, *next, *prev; /* prev: left sibling, or parent of a first child */
  int set;
} hy_timer;

void hy_timer_set(homey_loop *loop, hy_timer *timer, int64_t when);
void hy_timer_unset(homey_loop *loop, hy_timer *timer);

#endif
