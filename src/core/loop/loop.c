/* Event loop: one descriptor, one clock, one step. A step collects what has finished, returns
 * from libcurl, gives the clients their turn, and then delivers replies. So a callback may call
 * any function. */
#include "loop/loop.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "loop/multi.h"
#include "loop/pending.h"
#include "loop/poller.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "loop/watch.h"

homey_loop *homey_loop_new(void)
{
  homey_loop *loop = calloc(1, sizeof *loop);

  if (!loop)
    return NULL;
  loop->alarm = INT64_MAX;
  loop->work_tail = &loop->work;
  loop->ready_tail = &loop->ready;
  loop->now = hy_clock();
  if (hy_poller_open(&loop->poller) < 0 || hy_pending_open(loop) < 0 || hy_multi_open(loop) < 0) {
    hy_multi_close(loop);
    hy_pending_close(loop);
    hy_poller_close(&loop->poller);
    free(loop);
    return NULL;
  }
  return loop;
}

/* Delivers the replies that are ready now. Replies that callbacks make ready wait for the next
 * step. */
static void deliver(homey_loop *loop)
{
  hy_pending *answer = loop->ready;

  loop->ready = NULL;
  loop->ready_tail = &loop->ready;
  while (answer) {
    hy_pending *next = answer->next;
    answer->next = NULL;
    answer->done(answer->data, &answer->reply);
    answer = next;
  }
}

homey_loop *homey_loop_free(homey_loop *loop)
{
  if (!loop)
    return NULL;
  loop->closing = 1;
  hy_pending_cancel_all(loop);
  deliver(loop); /* before the clients are freed: a callback may use its client */
  if (loop->end_clients)
    loop->end_clients(loop);
  hy_multi_close(loop);
  hy_poller_close(&loop->poller);
  hy_pending_close(loop);
  free(loop->slots);
  free(loop);
  return NULL;
}

/* ---- watches ---- */

static int make_slot(homey_loop *loop, int fd)
{
  int count = loop->slot_count ? loop->slot_count : 16;
  hy_slot *slots;

  if (fd < loop->slot_count)
    return 0;
  while (count <= fd)
    count *= 2;
  slots = realloc(loop->slots, (size_t)count * sizeof *slots);
  if (!slots)
    return -1;
  memset(slots + loop->slot_count, 0, (size_t)(count - loop->slot_count) * sizeof *slots);
  loop->slots = slots;
  loop->slot_count = count;
  return 0;
}

int hy_watch_set(homey_loop *loop, hy_watch *watch, int events)
{
  int before = watch->events;

  if (events == before)
    return 0;
  if (events && make_slot(loop, watch->fd) < 0)
    return -1;
  if (!before)
    before = hy_watch_rouse(loop, watch->fd);
  if (hy_poller_watch(&loop->poller, watch->fd, before, events) < 0)
    return -1;
  loop->slots[watch->fd].watch = events ? watch : NULL;
  watch->events = events;
  return 0;
}

int hy_watch_opened(homey_loop *loop, int fd, int opened)
{
  if (opened ? make_slot(loop, fd) < 0 : fd >= loop->slot_count)
    return -1;
  loop->slots[fd].opened = opened;
  return 0;
}

int hy_watch_rest(homey_loop *loop, int fd)
{
  if (fd >= loop->slot_count || !loop->slots[fd].opened)
    return 0;
  loop->slots[fd].watch = &loop->resting;
  return 1;
}

int hy_watch_rouse(homey_loop *loop, int fd)
{
  if (fd >= loop->slot_count || loop->slots[fd].watch != &loop->resting)
    return 0;
  loop->slots[fd].watch = NULL;
  return HY_READ;
}

/* The slot is looked up only now: the descriptor's owner may have changed since the poller
 * reported it. */
static void dispatch(homey_loop *loop, const hy_ready *ready)
{
  hy_watch *watch = ready->fd < loop->slot_count ? loop->slots[ready->fd].watch : NULL;

  /* An idle connection was closed: libcurl detects that on its next use. */
  if (watch == &loop->resting)
    hy_poller_watch(&loop->poller, ready->fd, hy_watch_rouse(loop, ready->fd), 0);
  else if (watch)
    watch->ready(watch, ready->events);
  else
    hy_multi_ready(loop, ready->fd, ready->events);
}

/* ---- work ---- */

static void begin_later_work(homey_loop *loop)
{
  hy_work *work = loop->later;

  loop->later = NULL;
  while (work) {
    hy_work *next = work->next;
    work->queued = 0;
    hy_work_queue(loop, work);
    work = next;
  }
}

static int count_work(const homey_loop *loop)
{
  const hy_work *work = loop->work;
  int count = 0;

  for (; work; work = work->next)
    count++;
  return count;
}

/* Runs the work queued so far; work queued meanwhile waits. */
static void run_work(homey_loop *loop)
{
  int left = count_work(loop);
  hy_work *work;

  while (left-- > 0 && (work = loop->work)) {
    loop->work = work->next;
    if (!loop->work)
      loop->work_tail = &loop->work;
    work->queued = 0;
    work->run(work);
  }
}

/* ---- the clock ---- */

static void run_timers(homey_loop *loop)
{
  while (loop->timers && loop->timers->when <= loop->now) {
    hy_timer *timer = loop->timers;
    hy_timer_unset(loop, timer);
    timer->fire(timer);
  }
}

static int64_t due(const homey_loop *loop)
{
  if (loop->work || loop->later || loop->ready)
    return 0;
  return loop->timers ? loop->timers->when : INT64_MAX;
}

/* Called after a step: makes the descriptor readable when the next timer is due. */
static void set_alarm(homey_loop *loop)
{
  int64_t when = due(loop);

  if (!loop->hosted || when == loop->alarm)
    return;
  loop->alarm = INT64_MAX;
  if (when == INT64_MAX)
    hy_poller_alarm(&loop->poller, -1);
  else
    hy_loop_wake(loop, when);
}

int homey_loop_fd(homey_loop *loop)
{
  if (!loop->hosted) {
    loop->hosted = 1;
    set_alarm(loop);
  }
  return loop->poller.fd;
}

int homey_loop_timeout(const homey_loop *loop)
{
  int64_t when = due(loop), wait;

  if (when == INT64_MAX)
    return -1;
  wait = when - hy_clock();
  return wait <= 0 ? 0 : wait > INT_MAX ? INT_MAX : (int)wait;
}

int64_t homey_loop_now(const homey_loop *loop)
{
  (void)loop;
  return hy_clock();
}

/* ---- the step ---- */

/* Sends new requests before polling, which costs a system call. But polls at least in every
 * second step. */
static int look(homey_loop *loop, hy_ready *ready, int most, int ms)
{
  loop->looked = !(ms == 0 && loop->work && loop->looked);
  return loop->looked ? hy_poller_wait(&loop->poller, ready, most, ms) : 0;
}

#define ROUNDS 32 /* more than any chain of work needs; endless work continues in the next step */

static void run_rounds(homey_loop *loop)
{
  int round = 0;

  do {
    hy_multi_collect(loop);
    run_work(loop);
    run_timers(loop); /* a new exchange makes libcurl set a timer that is due at once */
    hy_multi_collect(loop);
  } while (loop->work && ++round < ROUNDS);
}

static int turn(homey_loop *loop, int ms)
{
  hy_ready ready[64];
  int i, n;

  n = look(loop, ready, 64, ms);
  loop->now = hy_clock();
  loop->stepping = 1;
  loop->turn++;
  if (loop->alarm <= loop->now)
    loop->alarm = INT64_MAX;
  begin_later_work(loop);
  for (i = 0; i < n; i++)
    dispatch(loop, &ready[i]);
  run_timers(loop);
  run_rounds(loop);
  deliver(loop);
  loop->stepping = 0;
  set_alarm(loop);
  return 0;
}

int homey_loop_step(homey_loop *loop)
{
  return turn(loop, 0);
}

int homey_loop_wait(homey_loop *loop, int ms)
{
  int due_in = homey_loop_timeout(loop);

  return turn(loop, due_in < 0 || (ms >= 0 && ms < due_in) ? ms : due_in);
}
