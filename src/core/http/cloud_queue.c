/* Requests to the cloud wait here for their turn, first come first served, so that many homes that
 * log in at once do not open a connection each. Requests to hubs and websockets do not wait. */
#include <stddef.h>

#include "http/exchange.h"
#include "loop/loop.h"
#include "loop/run_queue.h"
#include "loop/timer.h"

/* At the same time, of one loop. A login talks to two servers of the cloud, and libcurl keeps the
 * connections to each, so these are 64 connections. */
#define MOST 32
#define WAIT_MS 30000

static void take_out(homey_loop *loop, hy_exchange *x)
{
  hy_exchange **at = &loop->cloud_waiting;

  while (*at != x)
    at = &(*at)->behind;
  *at = x->behind;
  if (loop->cloud_last == &x->behind)
    loop->cloud_last = at;
  x->behind = NULL;
  x->turn = HY_NO_TURN;
}

static hy_exchange *exchange_of(hy_timer *timer)
{
  return (hy_exchange *)((char *)timer - offsetof(hy_exchange, timer));
}

static void end_unsent(hy_timer *timer)
{
  hy_exchange_finish(exchange_of(timer), CURLE_OUT_OF_MEMORY);
}

static void end_late(hy_timer *timer)
{
  hy_exchange *x = exchange_of(timer);

  x->late = HY_CROWDED;
  hy_exchange_finish(x, CURLE_OPERATION_TIMEDOUT);
}

/* Its owner is told in the next step: this one may be anywhere in the code. */
static void send_next(homey_loop *loop, hy_exchange *x)
{
  x->turn = HY_HAS_TURN;
  loop->cloud_running++;
  if (hy_exchange_send(x) == 0)
    return;
  x->timer.fire = end_unsent;
  hy_timer_set(loop, &x->timer, 0);
}

int hy_cloud_queue_wait(hy_exchange *x)
{
  homey_loop *loop = x->loop;

  if (!x->is_cloud)
    return 0;
  if (loop->cloud_running < MOST) {
    x->turn = HY_HAS_TURN;
    loop->cloud_running++;
    return 0;
  }
  x->turn = HY_AWAITS_TURN;
  if (!loop->cloud_waiting)
    loop->cloud_last = &loop->cloud_waiting;
  *loop->cloud_last = x;
  loop->cloud_last = &x->behind;
  x->timer.fire = end_late;
  hy_timer_set(loop, &x->timer, hy_clock() + WAIT_MS);
  return 1;
}

void hy_cloud_queue_leave(hy_exchange *x)
{
  homey_loop *loop = x->loop;
  hy_exchange *next = loop->cloud_waiting;
  hy_turn turn = x->turn;

  if (turn == HY_AWAITS_TURN)
    take_out(loop, x);
  x->turn = HY_NO_TURN;
  if (turn != HY_HAS_TURN)
    return;
  loop->cloud_running--;
  if (next) {
    take_out(loop, next);
    send_next(loop, next);
  }
}
