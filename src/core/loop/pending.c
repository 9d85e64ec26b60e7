/* Pending requests: each id gets one reply, and a subscription any number of events before it.
 * The memory of the reply is allocated with the id, so every request gets a reply even when
 * memory runs out: then the reply is that error. */
#include "loop/pending.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "loop/loop.h"
#include "loop/run_queue.h"
#include "loop/timer.h"

static hy_pending **bucket_of(homey_loop *loop, int id)
{
  return &loop->open[id & (loop->open_size - 1)];
}

#define BUCKETS 256

int hy_pending_open(homey_loop *loop)
{
  loop->open = calloc(BUCKETS, sizeof(hy_pending *));
  loop->open_size = BUCKETS;
  return loop->open ? 0 : -1;
}

void hy_pending_close(homey_loop *loop)
{
  free(loop->open);
  loop->open = NULL;
}

static void put(homey_loop *loop, hy_pending *answer)
{
  hy_pending **bucket = bucket_of(loop, answer->reply.id);

  answer->prev = NULL;
  answer->next = *bucket;
  if (answer->next)
    answer->next->prev = answer;
  *bucket = answer;
}

/* Without memory it keeps the old size and is only slower. */
static void grow(homey_loop *loop)
{
  hy_pending **old = loop->open, **larger = NULL;
  int size = loop->open_size;

  if (size <= INT_MAX / 2)
    larger = calloc((size_t)size * 2, sizeof(hy_pending *));
  if (!larger)
    return;
  loop->open = larger;
  loop->open_size = size * 2;
  for (int i = 0; i < size; i++)
    for (hy_pending *answer = old[i], *next; answer; answer = next) {
      next = answer->next;
      put(loop, answer);
    }
  free(old);
}

static hy_pending *find_open(homey_loop *loop, int id)
{
  hy_pending *answer = *bucket_of(loop, id);

  while (answer && answer->reply.id != id)
    answer = answer->next;
  return answer;
}

/* Ids wrap around after years, when a subscription may still use an old one. */
static int next_id(homey_loop *loop)
{
  do
    loop->last_id = loop->last_id == INT_MAX ? 1 : loop->last_id + 1;
  while (find_open(loop, loop->last_id));
  return loop->last_id;
}

hy_pending *hy_pending_new(homey_loop *loop, homey_reply_fn *done, void *data)
{
  hy_pending *answer = malloc(sizeof *answer);

  if (!answer)
    return NULL;
  if (loop->open_count >= loop->open_size)
    grow(loop);
  loop->open_count++;
  memset(&answer->reply, 0, sizeof answer->reply);
  answer->error = NULL;
  memset(&answer->body, 0, sizeof answer->body);
  memset(&answer->head, 0, sizeof answer->head);
  answer->reply.id = next_id(loop);
  answer->done = done;
  answer->data = data;
  answer->cancel = NULL;
  answer->owner = NULL;
  answer->loop = loop;
  put(loop, answer);
  return answer;
}

hy_pending *hy_pending_add_event(const hy_pending *lasting)
{
  hy_pending *answer = malloc(sizeof *answer);

  if (!answer)
    return NULL;
  memset(&answer->reply, 0, sizeof answer->reply);
  answer->error = NULL;
  memset(&answer->body, 0, sizeof answer->body);
  memset(&answer->head, 0, sizeof answer->head);
  answer->reply.id = lasting->reply.id;
  answer->reply.more = 1;
  answer->done = lasting->done;
  answer->data = lasting->data;
  answer->cancel = NULL;
  answer->owner = NULL;
  answer->loop = lasting->loop;
  answer->prev = answer->next = NULL;
  return answer;
}

static void close_answer(hy_pending *answer)
{
  answer->loop->open_count--;
  if (answer->prev)
    answer->prev->next = answer->next;
  else
    *bucket_of(answer->loop, answer->reply.id) = answer->next;
  if (answer->next)
    answer->next->prev = answer->prev;
  answer->prev = answer->next = NULL;
}

void hy_pending_discard(hy_pending *answer)
{
  close_answer(answer);
  homey_reply_free(&answer->reply);
}

void hy_pending_post(hy_pending *answer)
{
  homey_loop *loop = answer->loop;

  answer->next = NULL;
  answer->reply.body = answer->body.data ? answer->body.data : "";
  answer->reply.length = answer->body.length;
  *loop->ready_tail = answer;
  loop->ready_tail = &answer->next;
  hy_loop_wake(loop, 0);
}

void hy_pending_ready(hy_pending *answer)
{
  close_answer(answer);
  hy_pending_post(answer);
}

void hy_pending_set_error(hy_pending *answer, const homey_error *error)
{
  hy_error_keep(&answer->error, error);
  answer->reply.err = hy_error_kept(answer->error);
  answer->reply.status = error->status;
}

void hy_pending_fail(hy_pending *answer, const homey_error *error)
{
  hy_pending_set_error(answer, error);
  hy_buf_free(&answer->body);
  hy_pending_ready(answer);
}

void hy_pending_cancelled(hy_pending *answer)
{
  homey_error error;

  hy_error_set(&error, HOMEY_CANCELLED, "cancelled before it was answered.");
  hy_pending_fail(answer, &error);
}

homey_reply *homey_reply_free(homey_reply *reply)
{
  hy_pending *answer = (hy_pending *)reply;

  if (answer) {
    hy_buf_free(&answer->body);
    hy_buf_free(&answer->head);
    free(answer->error);
    free(answer);
  }
  return NULL;
}

void homey_loop_cancel(homey_loop *loop, int id)
{
  hy_pending *answer = find_open(loop, id);

  if (answer)
    answer->cancel(answer);
}

void hy_pending_cancel_all(homey_loop *loop)
{
  int i;

  for (i = 0; i < loop->open_size; i++)
    while (loop->open[i])
      loop->open[i]->cancel(loop->open[i]);
}

/* ---- timers of the user: a reply after some time ---- */

typedef struct alarm_timer {
  hy_timer timer; /* must be first: `fire` casts it to the request */
  hy_pending *answer;
} alarm_timer;

static void alarm_fire(hy_timer *timer)
{
  alarm_timer *alarm = (alarm_timer *)timer;

  hy_pending_ready(alarm->answer);
  free(alarm);
}

static void alarm_cancel(hy_pending *answer)
{
  alarm_timer *alarm = answer->owner;

  hy_timer_unset(answer->loop, &alarm->timer);
  free(alarm);
  hy_pending_cancelled(answer);
}

#define LONGEST_MS (INT64_MAX / 4) /* a longer time means never */

int homey_loop_timer(homey_loop *loop, int64_t ms, homey_reply_fn *done, void *data)
{
  alarm_timer *alarm;
  hy_pending *answer;

  if (loop->closing)
    return -HOMEY_CANCELLED;
  alarm = calloc(1, sizeof *alarm);
  answer = alarm ? hy_pending_new(loop, done, data) : NULL;
  if (!answer) {
    free(alarm);
    return -HOMEY_MEMORY;
  }
  alarm->answer = answer;
  alarm->timer.fire = alarm_fire;
  answer->owner = alarm;
  answer->cancel = alarm_cancel;
  hy_timer_set(loop, &alarm->timer, hy_clock() + (ms <= 0 ? 0 : ms < LONGEST_MS ? ms : LONGEST_MS));
  return answer->reply.id;
}
