/* Connection of realtime: its states, heartbeat and end, and reconnecting with jittered backoff. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "account/client_state.h"
#include "account/trace.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/random.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "realtime/realtime.h"
#include "realtime/realtime_parts.h"
#include "realtime/socketio.h"
#include "realtime/subscriptions.h"
#include "realtime/websocket.h"

#define PROOF_MS 25 /* a hub may accept the namespace and close the connection at once */
#define MOST_MS 60000
#define STEADY_MS 5000 /* a connection that was up for so long counts as a success */
/* This many connections in a row that never became ready: a proxy or firewall breaks them. */
#define FUTILE 3

const rt_limit hy_connection_states[] = {
  [OFF] = { 0, NULL },
  [WAITING] = { 0, NULL },
  [PREPARING] = { 0, NULL }, /* the chain has its own limits */
  [OPENING] = { 20000, "the hub did not accept the websocket in time" },
  [GREETING] = { 10000, "the hub opened a websocket and then said nothing" },
  [SHAKING] = { 10000, "the hub did not answer the realtime handshake in time" },
  [RENEWING] = { 0, NULL },
  [JOINING] = { 10000, "the hub did not open its realtime namespace in time" },
  [PROVING] = { PROOF_MS, NULL },
  [READY] = { 0, NULL },
  [FAILED] = { 0, NULL },
};

static const char *const told_names[] = { "connecting", "connected", "disconnected", "refused",
                                          "failed" };

void hy_connection_enter(hy_realtime *rt, rt_state state)
{
  rt->state = state;
  rt->has_turn = 0;
  if (hy_connection_states[state].limit)
    hy_timer_set(loop_of(rt), &rt->timer, hy_clock() + hy_connection_states[state].limit);
  else
    hy_timer_unset(loop_of(rt), &rt->timer);
}

/* ---- telling listeners about the connection ---- */

void hy_connection_describe(const hy_realtime *rt, hy_buf *b)
{
  int64_t wait = rt->timer.set && rt->state == WAITING ? rt->timer.when - hy_clock() : 0;
  const homey_error *reason = hy_error_kept(rt->reason);

  hy_buf_addf(b, "{\"state\":\"%s\"", told_names[rt->told]);
  if (rt->told == CONNECTED)
    hy_buf_addf(b, ",\"resumed\":%s", rt->resumed ? "true" : "false");
  if (rt->told >= DISCONNECTED) {
    hy_buf_addf(b, ",\"kind\":\"%s\",\"message\":", homey_kind_name(reason->kind));
    hy_socketio_quote(b, reason->message);
    if (reason->status)
      hy_buf_addf(b, ",\"status\":%d", reason->status);
  }
  if (rt->told == DISCONNECTED && rt->handover)
    hy_buf_adds(b, ",\"handover\":true");
  if (rt->told == DISCONNECTED || rt->told == REFUSED)
    hy_buf_addf(b, ",\"retry_ms\":%lld", (long long)(wait > 0 ? wait : 0));
  hy_buf_adds(b, "}");
}

static void tell_connection(hy_realtime *rt, const hy_buf *b)
{
  const hy_subscription *subscription = hy_subscriptions_find(&rt->subscriptions, HOMEY_CONNECTION,
                                                              strlen(HOMEY_CONNECTION));

  if (subscription && (b->failed || hy_subscription_tell(subscription, b->data, b->length) < 0))
    rt->sick = HOMEY_MEMORY;
}

static void forget_reason(hy_realtime *rt)
{
  free(rt->reason);
  rt->reason = NULL;
}

void hy_connection_tell(hy_realtime *rt, rt_told told)
{
  hy_buf b = { 0 };

  rt->told = told;
  hy_connection_describe(rt, &b);
  tell_connection(rt, &b);
  hy_trace_line(rt->c, "realtime %s%s%s", told_names[told], told >= DISCONNECTED ? ": " : "",
                told >= DISCONNECTED ? hy_error_kept(rt->reason)->message : "");
  hy_buf_free(&b);
  if (told == CONNECTED)
    forget_reason(rt);
}

/* Also runs while the connection is up: a dead connection may take a while to be detected. */
void hy_connection_on_stale(hy_timer *timer)
{
  hy_realtime *rt = (hy_realtime *)((char *)timer - offsetof(hy_realtime, stale));
  int64_t due = rt->life + rt->c->options.stale_ms;
  hy_buf b = { 0 };

  if (due > loop_of(rt)->now) { /* data arrived meanwhile */
    hy_timer_set(loop_of(rt), &rt->stale, due);
    return;
  }
  rt->is_stale = 1;
  hy_buf_addf(&b, "{\"state\":\"stale\",\"silent_ms\":%lld}", (long long)(hy_clock() - rt->life));
  tell_connection(rt, &b);
  hy_buf_free(&b);
}

/* ---- sending ---- */

/* A failed send is not handled here: the connection is closed in the next turn. */
static void send_out(hy_realtime *rt, int (*send)(hy_websocket *, const char *, size_t))
{
  int result = rt->out.failed ? -HOMEY_MEMORY : send(rt->ws, rt->out.data, rt->out.length);

  if (result < 0) {
    rt->sick = (homey_kind)-result;
    hy_work_queue(loop_of(rt), &rt->c->work);
  }
  if (rt->out.size > 4096 || rt->state <= JOINING) /* may contain a bearer */
    hy_buf_wipe(&rt->out);
  hy_buf_clear(&rt->out);
}

void hy_connection_send_out(hy_realtime *rt)
{
  send_out(rt, hy_websocket_send);
}

void hy_connection_send_answer(hy_realtime *rt)
{
  send_out(rt, hy_websocket_answer);
}

void hy_connection_send_text(hy_realtime *rt, const char *text)
{
  hy_buf_adds(&rt->out, text);
  hy_connection_send_out(rt);
}

void hy_connection_send_packet(hy_realtime *rt, hy_socketio_type type, const char *nsp)
{
  hy_socketio_begin(&rt->out, type, nsp, -1);
  hy_connection_send_out(rt);
}

/* Sends ["subscribe", uri] or ["unsubscribe", uri]. */
void hy_connection_send_about(hy_realtime *rt, const char *verb, const char *uri, long ack)
{
  hy_socketio_begin(&rt->out, HY_SOCKETIO_EVENT, rt->nsp, ack);
  hy_buf_addf(&rt->out, "[\"%s\",", verb);
  hy_socketio_quote(&rt->out, uri);
  hy_buf_adds(&rt->out, "]");
  hy_connection_send_out(rt);
}

/* ---- heartbeat: the client pings, and detects a dead connection ---- */

void hy_connection_on_line(hy_timer *timer)
{
  hy_realtime *rt = (hy_realtime *)((char *)timer - offsetof(hy_realtime, line));
  int64_t now = loop_of(rt)->now;
  homey_error error;

  if (!rt->pinged) {
    rt->pinged = now;
    hy_connection_send_text(rt, "2");
    hy_timer_set(loop_of(rt), &rt->line, now + rt->timeout);
    /* No pong, but other data arrived. */
  } else if (rt->life > rt->pinged && rt->life + rt->interval + rt->timeout > now) {
    hy_timer_set(loop_of(rt), &rt->line, rt->life + rt->interval + rt->timeout);
  } else {
    hy_error_set(&error, HOMEY_NETWORK, "the hub has stopped answering");
    hy_connection_lose(rt, &error, 0);
  }
}

void hy_connection_expect_line(hy_realtime *rt)
{
  rt->pinged = 0;
  hy_timer_set(loop_of(rt), &rt->line, loop_of(rt)->now + rt->interval);
}

/* ---- reconnecting ---- */

static int64_t jittered(int64_t ms)
{
  uint32_t r = 0;

  if (hy_random(&r, sizeof r) < 0)
    r = 1U << 31;
  return ms / 2 + (int64_t)((uint64_t)ms * r >> 32);
}

/* From 1 to 60 s, whatever the reason: a hub that is starting up may refuse a login that it
 * accepts later. */
static int64_t pause_of(hy_realtime *rt, int64_t asked)
{
  int64_t ms = rt->tries < 6 ? FIRST_MS << rt->tries : MOST_MS;

  rt->tries++;
  if (rt->told == REFUSED && rt->futile >= FUTILE)
    ms = MOST_MS;
  ms = jittered(ms < MOST_MS ? ms : MOST_MS);
  /* Spread below the maximum, so that clients do not reconnect together. */
  ms = ms < MOST_MS ? ms : MOST_MS - ms % (MOST_MS / 4);
  return ms > asked ? ms : asked < HY_ASKED_MOST_MS ? asked : HY_ASKED_MOST_MS;
}

static void forget_acks(hy_realtime *rt)
{
  hy_subscription *subscription = NULL;

  while ((subscription = hy_subscriptions_next(&rt->subscriptions, subscription))) {
    subscription->state = HY_SUBSCRIPTION_NEW;
    hy_subscriptions_set_ack(&rt->subscriptions, subscription, -1);
  }
  rt->pending = 0;
}

static void end_ping(hy_realtime *rt)
{
  hy_pending *answer = rt->asked;

  rt->asked = NULL;
  if (answer && rt->reason)
    hy_pending_fail(answer, rt->reason);
  else if (answer)
    hy_pending_cancelled(answer);
}

/* Ends the connection; with a packet 41 and a close frame when `code` is given. */
void hy_connection_hang_up(hy_realtime *rt, int code)
{
  if (rt->ws && code && rt->state >= JOINING && rt->state <= READY && strcmp(rt->nsp, "/"))
    hy_connection_send_packet(rt, HY_SOCKETIO_DISCONNECT, rt->nsp);
  if (rt->ws && code && rt->state >= SHAKING && rt->state <= READY)
    hy_connection_send_packet(rt, HY_SOCKETIO_DISCONNECT, "/");
  rt->ws = code ? hy_websocket_close(rt->ws, code) : hy_websocket_free(rt->ws);
  hy_timer_unset(loop_of(rt), &rt->line);
  forget_acks(rt);
  end_ping(rt);
  rt->sick = HOMEY_OK;
  rt->drain = STAYING;
}

void hy_connection_arm_stale(hy_realtime *rt)
{
  if (!rt->is_stale && !rt->stale.set)
    hy_timer_set(loop_of(rt), &rt->stale, rt->life + rt->c->options.stale_ms);
}

int hy_connection_is_steady(const hy_realtime *rt)
{
  return rt->state == READY && loop_of(rt)->now - rt->ready_at >= STEADY_MS;
}

/* Counts a connection that never became ready, unless the hub gave a reason. A connection that
 * was up for a while resets the count. */
static void judge(hy_realtime *rt, const homey_error *error)
{
  int reached = rt->state > OPENING || (rt->state == OPENING && hy_websocket_is_connected(rt->ws));

  if (hy_connection_is_steady(rt))
    rt->tries = rt->hastened = 0;
  if (reached && rt->state < READY && !error->status)
    rt->futile++;
}

/* When the upgrade request is answered with anything but a server error, the hub has no
 * websockets. */
static rt_told outcome(const hy_realtime *rt, const homey_error *error)
{
  int status = rt->state == OPENING ? error->status : 0;

  if ((status && status < 500 && status != 429) || status == 501)
    return REFUSED;
  return rt->futile >= FUTILE ? REFUSED : DISCONNECTED;
}

/* The last subscriber may have left while calls were under way. */
static void finish(hy_realtime *rt, const homey_error *error)
{
  rt->c->realtime_user->lost(rt->c, error);
  if (rt->subscriptions.count == 0)
    hy_connection_switch_off(rt);
}

void hy_connection_lose(hy_realtime *rt, const homey_error *error, int code)
{
  homey_error copy = *error;
  rt_told told;
  int news;

  judge(rt, &copy);
  told = outcome(rt, &copy);
  news = told != rt->told || rt->handover;
  rt->handover = 0;
  rt->eager = copy.kind == HOMEY_NETWORK || copy.kind == HOMEY_OFFLINE ||
              copy.kind == HOMEY_TIMEOUT;
  if (rt->eager && code == 0) /* checks whether the hub is still there, and is the right one */
    rt->c->routed = 0;
  hy_error_keep(&rt->reason, &copy);
  hy_connection_hang_up(rt, code);
  hy_connection_enter(rt, WAITING);
  rt->told = told;
  hy_timer_set(loop_of(rt), &rt->timer,
               hy_clock() + pause_of(rt, (int64_t)copy.retry_after * 1000));
  hy_connection_arm_stale(rt);
  if (news)
    hy_connection_tell(rt, told);
  finish(rt, &copy);
}

void hy_connection_fail_for_good(hy_realtime *rt, const homey_error *error)
{
  homey_error copy = *error;

  hy_error_keep(&rt->reason, &copy);
  rt->handover = 0;
  hy_connection_hang_up(rt, 1000);
  hy_connection_enter(rt, FAILED);
  hy_connection_arm_stale(rt);
  if (rt->told != DEAD)
    hy_connection_tell(rt, DEAD);
  finish(rt, &copy);
}

void hy_connection_misunderstood(hy_realtime *rt, const char *what)
{
  homey_error error;

  hy_error_set(&error, HOMEY_PROTOCOL, "the hub sent %s over its realtime connection", what);
  hy_connection_lose(rt, &error, 1002);
}

/* Opens a new connection at once, without reporting an error. The hub counts as lost only when
 * that fails. */
void hy_connection_restart(hy_realtime *rt)
{
  homey_error reason;

  rt->handover = rt->handover || rt->told == CONNECTED || rt->told == CONNECTING;
  if (rt->drain == MOVING)
    hy_error_set(&reason, HOMEY_NETWORK, "moving the connection to a better address.");
  else
    hy_error_set(&reason, HOMEY_UNAUTHORIZED, "the hub asks for a new login.");
  hy_error_keep(&rt->reason, &reason);
  hy_connection_hang_up(rt, 1000);
  hy_connection_enter(rt, WAITING);
  hy_connection_arm_stale(rt);
  hy_connection_tell(rt, DISCONNECTED);
  hy_connection_begin(rt);
}

void hy_connection_move(hy_realtime *rt)
{
  if (rt->drain != STAYING)
    return;
  rt->drain = MOVING;
  hy_work_queue(loop_of(rt), &rt->c->work);
}

void hy_connection_switch_off(hy_realtime *rt)
{
  hy_connection_hang_up(rt, 1000);
  hy_connection_enter(rt, OFF);
  hy_timer_unset(loop_of(rt), &rt->stale);
  hy_subscriptions_free(&rt->subscriptions);
  hy_buf_free(&rt->out);
  rt->told = CONNECTING;
  rt->tries = rt->futile = rt->hastened = rt->resumed = rt->renewed = rt->is_stale = rt->handover =
      0;
}

#define APART_MS 20

/* Homes that lose their hubs at the same moment would all try again in the same second. So they
 * get turns, in the order in which their pauses end: a thousand homes take 20 s. */
void hy_connection_resume(hy_realtime *rt)
{
  homey_loop *loop = loop_of(rt);

  if (!rt->has_turn && loop->now < loop->reconnect_at) {
    rt->has_turn = 1;
    hy_timer_set(loop, &rt->timer, loop->reconnect_at);
    loop->reconnect_at += APART_MS;
    return;
  }
  if (!rt->has_turn)
    loop->reconnect_at = loop->now + APART_MS;
  hy_connection_begin(rt);
}

void hy_connection_begin(hy_realtime *rt)
{
  hy_connection_enter(rt, PREPARING);
  hy_work_queue(loop_of(rt), &rt->c->work);
}
