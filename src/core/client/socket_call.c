/* Calls over the socket: a request with an operation is sent there while realtime is connected,
 * is answered by an ack, and falls back to HTTP. */
#include <stddef.h>
#include <string.h>

#include "account/client_state.h"
#include "account/reply.h"
#include "account/trace.h"
#include "base/buf.h"
#include "base/error.h"
#include "client/call.h"
#include "client/client.h"
#include "loop/loop.h"
#include "loop/pending.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "realtime/realtime.h"

#define GATHER_MS 2

/* What is queued for the socket is bounded by one write, and one call, so that few large calls do
 * not fill the memory. */
int hy_socket_call_is_held(const homey_client *c)
{
  const hy_window *window = &c->calls->socket;
  int most = c->calls->gather.set ? window->limit / 2 + 1 : window->limit;

  return window->unanswered >= most || (window->unanswered > 0 && hy_realtime_is_crowded(c));
}

static void gathered(hy_timer *timer)
{
  homey_client *c = ((hy_calls *)((char *)timer - offsetof(hy_calls, gather)))->client;

  hy_work_queue(c->loop, &c->work);
}

/* Answers come one by one, and each would let out one call, in a write of its own. So after the
 * first one the next calls wait until half of the window is free, but only for a moment: the others
 * may take long. */
static void gather(homey_client *c)
{
  const hy_window *window = &c->calls->socket;

  if (window->unanswered < window->limit || !c->calls->waiting)
    return;
  c->calls->gather.fire = gathered;
  hy_timer_set(c->loop, &c->calls->gather, c->loop->now + GATHER_MS);
}

static hy_call *waiting_for_ack(const homey_client *c, long ack)
{
  hy_call *call = c->calls->in_flight;

  while (call && call->ack != ack)
    call = call->next;
  return call;
}

int hy_socket_calls(const homey_client *c)
{
  return c->calls->socket.unanswered;
}

static int is_null(const hy_span *s)
{
  return s->length == 4 && !memcmp(s->at, "null", 4);
}

/* Takes the memory of a large result over; copies a small one, and leaves the socket its buffer. */
static void take_result(hy_buf *body, const hy_span *result, hy_buf *text)
{
  if (result->length < 4096) {
    hy_buf_add(body, result->at, result->length);
    return;
  }
  *body = *text;
  memset(text, 0, sizeof *text);
  memmove(body->data, result->at, result->length);
  body->data[result->length] = '\0';
  body->length = result->length;
}

static void socket_succeeded(hy_call *call, const hy_span *result, hy_buf *text)
{
  hy_pending *answer = call->answer;
  homey_error error;

  if (result)
    take_result(&answer->body, result, text);
  if (answer->body.failed) {
    hy_error_set(&error, HOMEY_MEMORY, "the hub sent more than there is memory for");
    hy_call_fail(call, &error);
    return;
  }
  hy_call_went_well(call);
  answer->reply.status = result ? 200 : 204;
  answer->reply.is_json = result != NULL;
  hy_call_end(call);
}

void hy_socket_call_answer(homey_client *c, long ack, const hy_span *items, int count, hy_buf *text)
{
  hy_call *call = waiting_for_ack(c, ack);
  homey_error error;
  char words[300];
  int status;

  if (!call) /* nobody waits for it any more */
    return;
  c->calls->acked = ack;
  c->calls->acked_at = c->loop->now;
  gather(c);
  if (count == 0 || is_null(&items[0])) {
    hy_trace_line(c, "socket %s -> %zu bytes in", call->operation, text->length);
    socket_succeeded(call, count > 1 ? &items[1] : NULL, text);
    return;
  }
  status = hy_socket_complaint(c, items[0].at, items[0].length, words, sizeof words);
  hy_trace_line(c, "socket %s -> %d %s", call->operation, status, words);
  hy_reply_refusal(status, words, 0, &error);
  if (status == 401) {
    hy_realtime_again(c);
    hy_call_unauthorized(call, &error);
  } else if (!hy_call_put_off(call, status, 0)) {
    hy_call_fail(call, &error);
  }
}

/* Handles a call whose socket was lost. */
static void lose_ack(hy_call *call, const homey_error *why)
{
  homey_error error = *why;

  if (call->once || call->repeated) {
    hy_call_fail_lost(call, &error);
    return;
  }
  call->repeated = call->by_http = 1;
  hy_call_requeue(call);
}

/* Goes from last to first: each call is put at the head of the queue, so their order is kept. */
void hy_socket_calls_lost(homey_client *c, const homey_error *why)
{
  hy_call *lost[HY_SOCKET_CALLS_MOST], *call;
  int n = 0;

  for (call = c->calls->in_flight; call && n < HY_SOCKET_CALLS_MOST; call = call->next)
    if (call->ack >= 0)
      lost[n++] = call;
  while (n > 0)
    lose_ack(lost[--n], why);
}

static long timeout_of(const hy_call *call)
{
  return call->timeout_ms ? call->timeout_ms : hy_client_timeout(call->client);
}

/* A slow hub answers many calls one after the other: while it answers those sent before this one,
 * it is not silent. */
static int64_t deadline(const hy_call *call)
{
  const hy_calls *calls = call->client->calls;

  return calls->acked < call->ack ? calls->acked_at + timeout_of(call) : 0;
}

static void socket_late(hy_timer *timer)
{
  hy_call *call = (hy_call *)timer;
  homey_loop *loop = call->client->loop;
  homey_error error;

  if (deadline(call) > loop->now) {
    hy_timer_set(loop, timer, deadline(call));
    return;
  }
  hy_call_slow_down(call);
  hy_error_set(&error, HOMEY_TIMEOUT, "the hub did not answer in time");
  hy_call_fail_lost(call, &error);
}

void hy_socket_call_send(hy_call *call)
{
  homey_client *c = call->client;
  long ack = hy_realtime_call(c, call->operation, call->manager, call->args, call->args_length);

  if (ack < 0) {
    call->by_http = 1;
    return;
  }
  hy_call_set_in_flight(call, &c->calls->socket, hy_realtime_bearer(c));
  call->ack = ack;
  hy_timer_unset(c->loop, &c->calls->gather);
  call->timer.fire = socket_late;
  hy_timer_set(c->loop, &call->timer, hy_clock() + timeout_of(call));
}
