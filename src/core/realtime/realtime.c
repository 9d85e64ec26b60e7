/* Realtime of a client: opens the connection when it is needed, and keeps the subscriptions. */
#include "realtime/realtime.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/client_state.h"
#include "account/trace.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "http/lines.h"
#include "login/chain.h"
#include "login/steps.h"
#include "loop/loop.h"
#include "loop/pending.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "realtime/realtime_parts.h"
#include "realtime/socketio.h"
#include "realtime/subscriptions.h"
#include "realtime/websocket.h"

#define PATH "/socket.io/?EIO=3&transport=websocket"

/* ---- callbacks of the websocket ---- */

static void ws_opened(void *owner)
{
  hy_realtime *rt = owner;

  hy_trace_line(rt->c, "GET %s" PATH " -> 101, websocket", rt->c->account.route);
  hy_connection_enter(rt, GREETING);
}

static void ws_message(void *owner, hy_buf *text)
{
  hy_realtime *rt = owner;

  rt->life = loop_of(rt)->now;
  if (rt->is_stale && rt->announced && rt->state == READY) {
    rt->announced = 0;
    hy_protocol_announce(rt);
  }
  hy_protocol_packet(rt, text);
  if (rt->sick)
    hy_work_queue(loop_of(rt), &rt->c->work);
}

static void ws_closed(void *owner, const hy_websocket_end *end)
{
  hy_realtime *rt = owner;
  int lost = end->code == 1006 || (!end->code && !end->status);

  if (end->status && end->status != 101)
    hy_trace_line(rt->c, "GET %s" PATH " -> %d", rt->c->account.route, end->status);
  hy_connection_lose(rt, hy_error_kept(end->error), lost ? 0 : 1000);
}

static void ws_drained(void *owner)
{
  hy_realtime *rt = owner;

  hy_work_queue(loop_of(rt), &rt->c->work);
}

static const hy_websocket_owner websocket_events = { ws_opened, ws_message, ws_closed, ws_drained };

static hy_lines *own_lines(const homey_client *c)
{
  hy_lines *lines = hy_lines_new();
  char **line = c->options.headers;

  for (; lines && line && *line; line++) {
    if (hy_lines_add(lines, *line) < 0) {
      hy_lines_release(lines);
      return NULL;
    }
  }
  return lines;
}

static void open_socket(hy_realtime *rt)
{
  const homey_client *c = rt->c;
  hy_lines *lines = own_lines(c);
  hy_websocket_options options = {
    &c->settings, c->account.route, PATH, lines, hy_connection_states[OPENING].limit, 0
  };
  homey_error error;

  options.direct = hy_is_at_home(c->account.route_kind, c->account.route);
  rt->attempted = hy_clock();
  rt->outdated = 0;
  rt->root_ack = rt->ack = 0;
  rt->interval = rt->timeout = 0;
  rt->pinged = 0;
  snprintf(rt->nsp, sizeof rt->nsp, "/");
  hy_connection_enter(rt, OPENING);
  rt->ws = lines ? hy_websocket_new(c->loop, &options, &websocket_events, rt) : NULL;
  hy_lines_release(lines);
  if (!rt->ws) {
    hy_error_set(&error, HOMEY_MEMORY, "the connection to the hub could not be made");
    hy_connection_lose(rt, &error, 1000);
  }
}

static void on_timer(hy_timer *timer)
{
  hy_realtime *rt = (hy_realtime *)((char *)timer - offsetof(hy_realtime, timer));
  homey_error error;

  if (rt->state == WAITING) {
    hy_connection_resume(rt);
  } else if (rt->state == PROVING) {
    hy_protocol_get_ready(rt);
  } else if (rt->state == READY) {
    hy_protocol_overdue(rt);
  } else if (hy_connection_states[rt->state].late) {
    hy_error_set(&error, HOMEY_TIMEOUT, "%s. Trying again.", hy_connection_states[rt->state].late);
    hy_connection_lose(rt, &error, 0);
  }
}

/* ---- the client's side ---- */

static void use_drain(hy_realtime *rt)
{
  if (rt->drain == STAYING || rt->c->realtime_user->calls(rt->c) > 0)
    return;
  if (rt->subscriptions.count == 0)
    hy_connection_switch_off(rt);
  else
    hy_connection_restart(rt);
}

/* A chain that renews early may be running; its end causes another turn. */
static void prepare(homey_client *c)
{
  if (c->chain->phase == HY_IDLE)
    hy_chain_start(c, 1, 0, c->realtime_user->chain_done);
}

void hy_realtime_turn(homey_client *c)
{
  hy_realtime *rt = c->realtime;
  unsigned needs = HY_HAS_BEARER | HY_HAS_ROUTE;
  homey_error error;

  if (!rt)
    return;
  if (rt->sick && is_up(rt)) {
    if (rt->sick == HOMEY_MEMORY)
      hy_error_set(&error, HOMEY_MEMORY,
                   "the realtime connection was closed, because memory was short");
    else
      hy_error_set(&error, rt->sick, "the hub does not read what is sent to it. Reconnecting.");
    hy_connection_lose(rt, &error, 1000);
  }
  use_drain(rt);
  if (rt->state != PREPARING && rt->state != RENEWING)
    return;
  if (c->dead)
    hy_connection_fail_for_good(rt, hy_error_kept(c->death));
  else if (!c->chain->loaded || c->fresh || (hy_facts(c) & needs) != needs)
    prepare(c);
  else if (rt->state == PREPARING)
    open_socket(rt);
  else
    hy_protocol_shake(rt);
}

void hy_realtime_chain_failed(homey_client *c, const homey_error *error)
{
  hy_realtime *rt = c->realtime;

  if (rt && (rt->state == PREPARING || rt->state == RENEWING) && !c->dead)
    hy_connection_lose(rt, error, 1000);
}

void hy_realtime_dead(homey_client *c)
{
  if (c->realtime && c->realtime->state != OFF && c->realtime->state != FAILED)
    hy_connection_fail_for_good(c->realtime, hy_error_kept(c->death));
}

void hy_realtime_login(homey_client *c)
{
  hy_realtime *rt = c->realtime;

  if (rt && rt->state == FAILED) {
    rt->renewed = rt->tries = rt->futile = rt->hastened = 0;
    hy_connection_begin(rt);
  }
}

/* Reconnects at once, one time only. When that fails too, the pauses grow from the first again. */
void hy_realtime_heard(homey_client *c)
{
  hy_realtime *rt = c->realtime;
  int64_t when;

  if (!rt || rt->state != WAITING || !rt->eager || rt->hastened || rt->has_turn ||
      rt->told == REFUSED)
    return;
  rt->hastened = 1;
  rt->tries = 0;
  when = rt->attempted + FIRST_MS;
  if (when < rt->timer.when)
    hy_timer_set(loop_of(rt), &rt->timer, when);
}

int hy_realtime_ready(const homey_client *c)
{
  return c->realtime && c->realtime->state == READY && !c->realtime->drain && !c->realtime->sick &&
         hy_route_is_allowed(c);
}

int hy_realtime_is_crowded(const homey_client *c)
{
  return c->realtime && hy_websocket_is_crowded(c->realtime->ws);
}

uint64_t hy_realtime_bearer(const homey_client *c)
{
  return c->realtime->bearer;
}

long hy_realtime_call(homey_client *c, const char *operation, const char *manager, const char *args,
                      size_t length)
{
  hy_realtime *rt = c->realtime;
  long ack = rt->ack;

  hy_socketio_begin(&rt->out, HY_SOCKETIO_EVENT, rt->nsp, ack);
  hy_buf_adds(&rt->out, "[\"api\",{\"args\":");
  hy_buf_add(&rt->out, args, length);
  hy_buf_adds(&rt->out, ",\"operation\":");
  hy_socketio_quote(&rt->out, operation);
  hy_buf_adds(&rt->out, ",\"uri\":");
  hy_socketio_quote(&rt->out, manager);
  hy_buf_adds(&rt->out, "}]");
  hy_connection_send_out(rt);
  if (rt->sick)
    return -(long)rt->sick;
  rt->ack++;
  return ack;
}

void hy_realtime_again(homey_client *c)
{
  if (c->realtime && c->realtime->state == READY)
    c->realtime->drain = AGAIN;
}

void hy_realtime_moved(homey_client *c)
{
  hy_realtime *rt = c->realtime;

  if (!rt || !is_up(rt))
    return;
  rt->outdated = 1;
  if (rt->state == READY)
    hy_connection_move(rt);
}

/* ---- subscribing ---- */

static void remove_topic(hy_realtime *rt, hy_subscription *subscription)
{
  if (rt->state == READY && subscription->state != HY_SUBSCRIPTION_NEW)
    hy_connection_send_about(rt, "unsubscribe", subscription->uri, -1);
  rt->pending -= subscription->state == HY_SUBSCRIPTION_ASKED;
  hy_subscriptions_remove(&rt->subscriptions, subscription);
  rt->c->listens = rt->subscriptions.count > 0;
  if (rt->subscriptions.count == 0 && rt->state == READY && rt->c->realtime_user->calls(rt->c) > 0)
    rt->drain = LEAVING;
  else if (rt->subscriptions.count == 0)
    hy_connection_switch_off(rt);
  else if (rt->state == READY)
    hy_protocol_announce(rt);
}

static void cancel_listener(hy_pending *answer)
{
  hy_listener *listener = answer->owner;
  hy_realtime *rt = listener->owner;
  hy_subscription *subscription = listener->subscription;

  hy_subscription_leave(listener);
  if (!subscription->listeners)
    remove_topic(rt, subscription);
  hy_pending_cancelled(answer);
}

static int is_uri(const char *uri)
{
  size_t length = uri ? strlen(uri) : 0;

  if (length == 0 || length > 512 || !hy_is_utf8(uri, length))
    return 0;
  for (; *uri; uri++)
    if ((unsigned char)*uri <= ' ' || *uri == 127)
      return 0;
  return 1;
}

static hy_realtime *realtime_of(homey_client *c)
{
  hy_realtime *rt = c->realtime ? c->realtime : calloc(1, sizeof *rt);

  if (!rt || c->realtime)
    return rt;
  rt->c = c;
  rt->timer.fire = on_timer;
  rt->line.fire = hy_connection_on_line;
  rt->stale.fire = hy_connection_on_stale;
  c->realtime = rt;
  return rt;
}

/* Tells a new listener what the other listeners already know. */
static int tell_present(hy_realtime *rt, const hy_listener *listener)
{
  hy_buf b = { 0 };
  int result = 0;

  if (listener->subscription->ours) {
    hy_connection_describe(rt, &b);
    result = b.failed ? -HOMEY_MEMORY : hy_listener_tell(listener, b.data, b.length);
    hy_buf_free(&b);
  } else if (listener->subscription->state == HY_SUBSCRIPTION_LIVE) {
    result = hy_listener_tell(listener, SUBSCRIBED, strlen(SUBSCRIBED));
  }
  return result;
}

static void wire(hy_realtime *rt, hy_subscription *subscription)
{
  if (rt->drain == LEAVING)
    rt->drain = STAYING;
  if (rt->state == OFF) {
    rt->life = hy_clock();
    hy_connection_begin(rt);
    hy_connection_arm_stale(rt);
  } else if (rt->state == READY && (subscription->state == HY_SUBSCRIPTION_NEW ||
                                    subscription->state == HY_SUBSCRIPTION_LATE)) {
    hy_protocol_ask(rt, subscription);
  }
}

int homey_client_subscribe(homey_client *c, const char *uri, homey_reply_fn *event, void *data)
{
  hy_realtime *rt;
  hy_subscription *subscription;
  hy_listener *listener;

  if (!is_uri(uri))
    return -HOMEY_INVALID;
  if (c->loop->closing)
    return -HOMEY_CANCELLED;
  rt = realtime_of(c);
  subscription = rt ? hy_subscriptions_get(&rt->subscriptions, uri) : NULL;
  if (!subscription)
    return -HOMEY_MEMORY;
  c->listens = 1;
  subscription->ours = !strcmp(uri, HOMEY_CONNECTION);
  listener = hy_subscription_listen(subscription, c->loop, event, data);
  if (listener) {
    listener->owner = rt;
    listener->answer->cancel = cancel_listener;
  }
  if (!listener || tell_present(rt, listener) < 0) {
    if (listener) {
      hy_pending_discard(listener->answer);
      hy_subscription_leave(listener);
    }
    if (!subscription->listeners)
      remove_topic(rt, subscription);
    return -HOMEY_MEMORY;
  }
  wire(rt, subscription);
  return listener->answer->reply.id;
}

static void cancel_ping(hy_pending *answer)
{
  ((hy_realtime *)answer->owner)->asked = NULL;
  hy_pending_cancelled(answer);
}

/* It is the ping that keeps the line, sent early: without an answer the connection ends. */
int homey_client_ping(homey_client *c, homey_reply_fn *done, void *data)
{
  hy_realtime *rt = c->realtime;
  hy_pending *answer;

  if (c->loop->closing)
    return -HOMEY_CANCELLED;
  if (!rt || rt->state != READY || rt->asked)
    return -HOMEY_UNAVAILABLE;
  answer = hy_pending_new(c->loop, done, data);
  if (!answer)
    return -HOMEY_MEMORY;
  answer->owner = rt;
  answer->cancel = cancel_ping;
  rt->asked = answer;
  if (!rt->pinged)
    hy_connection_on_line(&rt->line);
  return answer->reply.id;
}

void hy_realtime_free(homey_client *c)
{
  hy_realtime *rt = c->realtime;
  hy_subscription *subscription;

  if (!rt)
    return;
  hy_connection_hang_up(rt, 1000);
  hy_connection_enter(rt, OFF);
  while ((subscription = hy_subscriptions_next(&rt->subscriptions, NULL))) {
    while (subscription->listeners) {
      hy_pending *answer = subscription->listeners->answer;
      hy_subscription_leave(subscription->listeners);
      hy_pending_cancelled(answer);
    }
    hy_subscriptions_remove(&rt->subscriptions, subscription);
  }
  hy_connection_switch_off(rt);
  c->realtime = NULL;
  c->listens = 0;
  free(rt->reason);
  free(rt);
}
