/* Queue of calls: creates them, sends a few at a time, answers each once. */
#include "client/call.h"

#include <stddef.h>
#include <stdlib.h>

#include "account/client_state.h"
#include "client/client.h"
#include "http/exchange.h"
#include "loop/loop.h"
#include "loop/pending.h"
#include "loop/run_queue.h"
#include "loop/timer.h"

/* ---- the queue ---- */

static void push(hy_call **list, hy_call *call)
{
  hy_call *last = *list;

  call->next = NULL;
  call->prev = NULL;
  if (!last) {
    *list = call;
    call->prev = call; /* the head's prev is the tail */
    return;
  }
  call->prev = last->prev;
  last->prev->next = call;
  last->prev = call;
}

static void push_front(hy_call **list, hy_call *call)
{
  hy_call *first = *list;

  call->next = first;
  call->prev = first ? first->prev : call;
  if (first)
    first->prev = call;
  *list = call;
}

static void take_out(hy_call **list, hy_call *call)
{
  hy_call *first = *list;

  if (call == first)
    *list = call->next;
  else
    call->prev->next = call->next;
  if (call->next)
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): freed calls were removed from the list before */
    call->next->prev = call->prev;
  else if (*list)
    (*list)->prev = call->prev;
  call->prev = call->next = NULL;
}

/* Removes a call from those in flight. */
static void remove_from_flight(hy_call *call)
{
  homey_client *c = call->client;

  take_out(&c->calls->in_flight, call);
  call->window->unanswered--;
  call->window = NULL;
  call->ack = -1;
  call->x = hy_exchange_free(call->x);
  hy_timer_unset(c->loop, &call->timer);
}

static void drop_call(hy_call *call)
{
  homey_client *c = call->client;

  if (call->window)
    remove_from_flight(call);
  else
    take_out(&c->calls->waiting, call);
  hy_timer_unset(c->loop, &call->timer);
  hy_work_queue(c->loop, &c->work);
  free(call);
}

void hy_call_cancel(hy_pending *answer)
{
  drop_call(answer->owner);
  hy_pending_cancelled(answer);
}

void hy_call_fail(hy_call *call, const homey_error *error)
{
  hy_pending *answer = call->answer;

  drop_call(call);
  hy_pending_fail(answer, error);
}

/* Succeeds with the body and status that the answer already holds. */
void hy_call_end(hy_call *call)
{
  hy_pending *answer = call->answer;

  drop_call(call);
  hy_pending_ready(answer);
}

/* ---- creating calls ---- */

hy_call *hy_call_new(homey_client *c, hy_call_kind kind, size_t text, homey_reply_fn *done,
                     void *data)
{
  hy_call *call = c->loop->closing ? NULL : calloc(1, sizeof *call + text);

  if (!call)
    return NULL;
  call->answer = hy_pending_new(c->loop, done, data);
  if (!call->answer) {
    free(call);
    return NULL;
  }
  call->answer->owner = call;
  call->answer->cancel = hy_call_cancel;
  call->client = c;
  call->kind = kind;
  call->ack = -1;
  call->until = hy_clock() + c->options.patience_ms;
  push(&c->calls->waiting, call);
  hy_work_queue(c->loop, &c->work);
  return call;
}

int hy_call_refused(const homey_client *c)
{
  return c->loop->closing ? -HOMEY_CANCELLED : -HOMEY_MEMORY;
}

void hy_call_set_in_flight(hy_call *call, hy_window *window, uint64_t bearer)
{
  homey_client *c = call->client;

  take_out(&c->calls->waiting, call);
  push(&c->calls->in_flight, call);
  window->unanswered++;
  call->window = window;
  call->number = ++window->sent;
  call->bearer = bearer;
}

/* Puts a call back at the head of the queue, since it has waited already. */
void hy_call_requeue(hy_call *call)
{
  homey_client *c = call->client;

  remove_from_flight(call);
  push_front(&c->calls->waiting, call);
  hy_work_queue(c->loop, &c->work);
}
