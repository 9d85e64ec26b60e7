/* Timers in a pairing heap: the earliest is the root. The nodes are embedded in their owners, so
 * setting a timer cannot fail. */
#include "loop/timer.h"

#include "loop/loop.h"
#include "loop/run_queue.h"

static hy_timer *meld(hy_timer *a, hy_timer *b)
{
  hy_timer *top, *sub;

  if (!a)
    return b;
  if (!b)
    return a;
  top = b->when < a->when ? b : a;
  sub = top == a ? b : a;
  sub->next = top->child;
  if (sub->next)
    sub->next->prev = sub;
  sub->prev = top;
  top->child = sub;
  return top;
}

/* Melds a row of siblings: in pairs from the left, then the pairs from the right. */
static hy_timer *meld_row(hy_timer *row)
{
  hy_timer *pairs = NULL, *whole = NULL;

  while (row) {
    hy_timer *a = row, *b = row->next;
    row = b ? b->next : NULL;
    a->next = a->prev = NULL;
    if (b)
      b->next = b->prev = NULL;
    a = meld(a, b);
    a->next = pairs;
    pairs = a;
  }
  while (pairs) {
    hy_timer *pair = pairs;
    pairs = pairs->next;
    pair->next = NULL;
    whole = meld(whole, pair);
  }
  return whole;
}

void hy_timer_unset(homey_loop *loop, hy_timer *timer)
{
  hy_timer *rest;

  if (!timer->set)
    return;
  timer->set = 0;
  rest = meld_row(timer->child);
  if (timer == loop->timers) {
    loop->timers = rest;
  } else {
    if (timer->prev->child == timer)
      timer->prev->child = timer->next;
    else
      timer->prev->next = timer->next;
    if (timer->next)
      timer->next->prev = timer->prev;
    loop->timers = meld(loop->timers, rest);
  }
  timer->child = timer->next = timer->prev = NULL;
}

void hy_timer_set(homey_loop *loop, hy_timer *timer, int64_t when)
{
  hy_timer_unset(loop, timer);
  timer->when = when;
  timer->set = 1;
  timer->child = timer->next = timer->prev = NULL;
  loop->timers = meld(loop->timers, timer);
  hy_loop_wake(loop, when);
}
