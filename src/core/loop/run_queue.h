/* Run queue: work that waits for a turn in the next step; and the clock of the loop. */
#ifndef HY_RUN_QUEUE_H
#define HY_RUN_QUEUE_H

#include "homey.h"

typedef struct hy_work {
  void (*run)(struct hy_work *work);
  struct hy_work *next;
  int queued;
} hy_work;

int64_t hy_clock(void);                            /* monotonic milliseconds */
void hy_loop_wake(homey_loop *loop, int64_t when); /* a host's descriptor turns readable at `when` at the latest */
void hy_work_queue(homey_loop *loop, hy_work *work); /* once, however often it is queued */
void hy_work_later(homey_loop *loop, hy_work *work); /* the same in the next step: others come first */
void hy_work_drop(homey_loop *loop, hy_work *work);

#endif
