/* Retry of calls: Retry-After and 429, a refused bearer, the limit on calls in flight. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "account/client_state.h"
#include "account/reply.h"
#include "base/error.h"
#include "client/call.h"
#include "client/client.h"
#include "login/chain.h"
#include "loop/loop.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "realtime/realtime.h"

#define LATER_MOST 4 /* a pause that the hub did not set is doubled at most so often */

static void pause_over(hy_timer *timer)
{
  hy_call *call = (hy_call *)timer;

  call->paused = 0;
  hy_work_queue(call->client->loop, &call->client->work);
}

/* Once for all calls that were in flight together: they fail for one reason. */
void hy_call_slow_down(const hy_call *call)
{
  hy_window *window = call->window;

  if (call->number <= window->halved)
    return;
  window->halved = window->sent;
  window->limit = window->limit > 1 ? window->limit / 2 : 1;
  window->streak = 0;
}

void hy_call_went_well(const hy_call *call)
{
  hy_window *window = call->window;

  if (++window->streak < window->limit)
    return;
  window->limit += window->limit < window->most;
  window->streak = 0;
}

static void quiet_over(hy_timer *timer)
{
  homey_client *c = ((hy_calls *)((char *)timer - offsetof(hy_calls, quiet)))->client;

  hy_work_queue(c->loop, &c->work);
}

/* After a 429 nothing is sent for a while. The pause has a limit, whatever the hub asked for. */
static void be_quiet(homey_client *c, int64_t when)
{
  int64_t most = c->loop->now + HY_ASKED_MOST_MS;

  when = when < most ? when : most;
  c->calls->quiet.fire = quiet_over;
  if (!c->calls->quiet.set || c->calls->quiet.when < when)
    hy_timer_set(c->loop, &c->calls->quiet, when);
  hy_work_queue(c->loop, &c->work);
}

/* After a 503 only this call waits. */
static void put_aside(hy_call *call, int64_t when)
{
  call->paused = 1;
  call->timer.fire = pause_over;
  hy_timer_set(call->client->loop, &call->timer, when);
}

void hy_calls_hush(homey_client *c)
{
  hy_call *call = c->calls->waiting, *next;
  homey_error error;

  hy_reply_refusal(429, "", (long)((c->calls->quiet.when - c->loop->now + 999) / 1000), &error);
  for (; call; call = next) {
    next = call->next;
    if (call->kind == HY_REQUEST && call->until < c->calls->quiet.when)
      hy_call_fail(call, &error);
  }
}

/* With 429, or 503 and Retry-After, the hub did not execute the call: it is repeated after the
 * pause. When the hub set none, the pause doubles from try to try. */
int hy_call_put_off(hy_call *call, int status, long seconds)
{
  homey_client *c = call->client;
  int64_t when;

  if (status != 429 && !(status == 503 && seconds))
    return 0;
  hy_call_slow_down(call);
  when = c->loop->now + (seconds ? (int64_t)seconds * 1000 : 1000 << call->put_off);
  if (status == 429)
    be_quiet(c, when);
  if (when > call->until)
    return 0;
  call->put_off += call->put_off < LATER_MOST;
  hy_call_requeue(call);
  if (status != 429)
    put_aside(call, when);
  return 1;
}

void hy_client_die(homey_client *c, const homey_error *error)
{
  c->dead = 1;
  hy_error_keep(&c->death, error);
  hy_realtime_dead(c);
  hy_work_queue(c->loop, &c->work);
}

/* Each call handles one 401, and another when the bearer of the repeated call was no longer
 * fresh. The bearer is given up, unless it was replaced already: then nothing may have been
 * renewed for this call yet. */
void hy_call_unauthorized(hy_call *call, const homey_error *refusal)
{
  homey_client *c = call->client;
  homey_error error = *refusal;

  if (hy_refusal_is_final(c, call->bearer, call->renewed)) {
    if (c->account.token)
      hy_error_set(&error, HOMEY_UNAUTHORIZED,
                   "the hub does not accept this API key. Make a new one in the Homey app.");
    error.status = 401;
    call->ack = -1; /* answered: closing the realtime connection must not touch this call */
    hy_client_die(c, &error);
    hy_call_fail(call, &error);
    return;
  }
  call->renewed += hy_bearer_refused(c, call->bearer) || call->renewed;
  hy_call_requeue(call);
}

/* Fails a lost call that is not repeated. The hub may have carried it out. */
void hy_call_fail_lost(hy_call *call, homey_error *error)
{
  size_t used = strlen(error->message);
  const char *addition = hy_error_is_whole(error->message)
                             ? " It may have been carried out all the same."
                             : "; it may have been carried out all the same";

  if (call->once && strcmp(call->method, "GET"))
    snprintf(error->message + used, sizeof error->message - used, "%s", addition);
  hy_call_fail(call, error);
}
