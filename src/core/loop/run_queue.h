/* Run queue: work for the next step; and the clock of the loop. */
#ifndef HY_RUN_QUEUE_H
#define HY_RUN_QUEUE_H

#include "homey.h"

typedef struct hy_work {
  void (*run)(struct hy_work *work);
  struct hy_work *next;
  int queued;
} hy_work;

int64_t hy_clock(void); /* monotonic milliseconds */
/* Makes a host's descriptor readable at `when` at the latest. */
void hy_loop_wake(homey_loop *loop, int64_t when);
void hy_work_queue(homey_loop *loop, hy_work *work); /* runs it once, however often it is queued */
/* The same in the next step, after other work. */
void hy_work_later(homey_loop *loop, hy_work *work);
void hy_work_drop(homey_loop *loop, hy_work *work);

#endif
