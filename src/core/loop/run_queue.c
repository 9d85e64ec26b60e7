/* Run queue: work for the next step; and the clock of the loop. */
#include "loop/run_queue.h"

#include <time.h>

#include "loop/loop.h"
#include "loop/poller.h"

int64_t hy_clock(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#define LONGEST_MS 86400000

void hy_loop_wake(homey_loop *loop, int64_t when)
{
  int64_t now, wait;

  if (!loop->hosted || loop->stepping || when >= loop->alarm)
    return;
  now = hy_clock();
  wait = when - now;
  if (wait > LONGEST_MS) { /* a range that every system supports; the step then sets it again */
    wait = LONGEST_MS;
    when = now + wait;
  }
  if (hy_poller_alarm(&loop->poller, wait > 0 ? wait : 0) == 0)
    loop->alarm = when; /* when descriptors are short, the next step tries again */
}

void hy_work_queue(homey_loop *loop, hy_work *work)
{
  if (work->queued)
    return;
  work->queued = 1;
  work->next = NULL;
  *loop->work_tail = work;
  loop->work_tail = &work->next;
  hy_loop_wake(loop, 0);
}

void hy_work_later(homey_loop *loop, hy_work *work)
{
  if (work->queued)
    return;
  work->queued = 1;
  work->next = loop->later;
  loop->later = work;
  hy_loop_wake(loop, 0);
}

/* Returns 1 when the work was in the list. */
static int take_out(hy_work **at, const hy_work *work)
{
  while (*at && *at != work)
    at = &(*at)->next;
  if (!*at)
    return 0;
  *at = work->next;
  return 1;
}

void hy_work_drop(homey_loop *loop, hy_work *work)
{
  if (!work->queued)
    return;
  work->queued = 0;
  if (take_out(&loop->later, work))
    return;
  take_out(&loop->work, work);
  loop->work_tail = &loop->work;
  while (*loop->work_tail)
    loop->work_tail = &(*loop->work_tail)->next;
}
