/* Protocol with the hub over the socket: handshake, subscriptions, packets. */
#include <stdio.h>
#include <string.h>

#include "account/client_state.h"
#include "account/reply.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "login/chain.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "realtime/realtime.h"
#include "realtime/realtime_parts.h"
#include "realtime/socketio.h"
#include "realtime/subscriptions.h"
#include "realtime/websocket.h"

#define ACK_MS 10000 /* for the ack of a subscribe */
#define MOST_OFTEN_MS 20
#define OVERDUE_MS 250    /* between two checks for late acks */
#define OPENING_MOST 4096 /* bytes */

/* ---- opening ---- */

/* Before the handshake, checks whether this connection may still be used. A call may have found
 * since the upgrade that the bearer is refused: then a new one is needed first. Or a better
 * address was found, or the hub is known to have TLS by now: no bearer is sent over this
 * connection. */
void hy_protocol_shake(hy_realtime *rt)
{
  homey_client *c = rt->c;

  if (rt->outdated || !hy_route_is_allowed(c)) {
    rt->drain = MOVING;
    hy_connection_restart(rt);
    return;
  }
  if (!c->account.bearer) {
    hy_connection_enter(rt, RENEWING);
    hy_work_queue(c->loop, &c->work);
    return;
  }
  hy_connection_enter(rt, SHAKING);
  rt->bearer = c->account.bearer_serial;
  hy_socketio_begin(&rt->out, HY_SOCKETIO_EVENT, "/", rt->root_ack++);
  hy_buf_adds(&rt->out, "[\"handshakeClient\",{\"token\":");
  hy_socketio_quote(&rt->out, c->account.bearer);
  if (c->account.hub_id) {
    hy_buf_adds(&rt->out, ",\"homeyId\":");
    hy_socketio_quote(&rt->out, c->account.hub_id);
  }
  hy_buf_adds(&rt->out, "}]");
  hy_connection_send_out(rt);
}

/* When the new bearer is refused right after connecting, the next try waits. */
static void renew(hy_realtime *rt, const homey_error *why)
{
  homey_client *c = rt->c;

  rt->renewed += hy_bearer_refused(c, rt->bearer);
  if (rt->state == READY && !hy_connection_is_steady(rt))
    hy_connection_lose(rt, why, 1000);
  else if (rt->state == READY)
    rt->drain = AGAIN;
  else if (rt->state == SHAKING)
    hy_connection_enter(rt, RENEWING);
  else
    hy_connection_restart(rt);
  hy_work_queue(c->loop, &c->work);
}

/* A refused bearer is renewed once. A refused key, or a second refusal, ends the login. */
static void refused(hy_realtime *rt, const homey_error *why)
{
  homey_client *c = rt->c;
  homey_error error;

  if (c->account.token)
    hy_error_set(&error, HOMEY_UNAUTHORIZED,
                 "the hub does not accept this API key. Make a new one in the Homey app.");
  else
    error = *why;
  error.status = 401;
  if (hy_refusal_is_final(c, rt->bearer, rt->renewed)) {
    c->realtime_user->die(c, &error);
    return;
  }
  renew(rt, &error);
}

static void complain(hy_realtime *rt, hy_span data, homey_error *error)
{
  char words[300];
  int status = hy_socket_complaint(rt->c, data.at, data.length, words, sizeof words);

  hy_reply_refusal(status, words, 0, error);
}

static int is_null(hy_span s)
{
  return s.length == 4 && !memcmp(s.at, "null", 4);
}

/* Reads the namespace from {"namespace":"/api"}. It is later sent between "42" and a comma. */
static int read_nsp(hy_realtime *rt, hy_span result)
{
  cJSON *json = hy_json_parse_span(result);
  const char *nsp = hy_json_string(json, "namespace");
  int good = nsp && *nsp == '/' && strlen(nsp) < NSP_MOST && hy_is_token(nsp) &&
             !strpbrk(nsp, ",?\"");

  if (good)
    snprintf(rt->nsp, sizeof rt->nsp, "%s", nsp);
  cJSON_Delete(json);
  return good;
}

static void shaken(hy_realtime *rt, const hy_span *items, int count)
{
  homey_error error;

  if (count > 0 && !is_null(items[0])) {
    complain(rt, items[0], &error);
    if (error.kind == HOMEY_UNAUTHORIZED)
      refused(rt, &error);
    else
      hy_connection_lose(rt, &error, 1000);
    return;
  }
  if (count < 2 || !read_nsp(rt, items[1])) {
    hy_connection_misunderstood(rt, "a handshake that names no namespace");
    return;
  }
  hy_websocket_trust(rt->ws);
  hy_connection_enter(rt, strcmp(rt->nsp, "/") ? JOINING : PROVING);
  if (rt->state == JOINING)
    hy_connection_send_packet(rt, HY_SOCKETIO_CONNECT, rt->nsp);
}

/* ---- subscriptions on the wire ---- */

void hy_protocol_ask(hy_realtime *rt, hy_subscription *subscription)
{
  if (subscription->ours)
    return;
  subscription->state = HY_SUBSCRIPTION_ASKED;
  hy_subscriptions_set_ack(&rt->subscriptions, subscription, rt->ack++);
  subscription->asked = loop_of(rt)->now;
  rt->pending++;
  hy_connection_send_about(rt, "subscribe", subscription->uri, subscription->ack);
  if (!rt->timer.set)
    hy_timer_set(loop_of(rt), &rt->timer, hy_clock() + ACK_MS);
}

/* Announces `connected` when every subscribe is answered, so that values read afterwards are not
 * older than the events. */
void hy_protocol_announce(hy_realtime *rt)
{
  if (rt->pending > 0 || rt->drain == AGAIN)
    return;
  hy_timer_unset(loop_of(rt), &rt->timer);
  if (rt->announced)
    return;
  rt->announced = 1;
  rt->renewed = rt->is_stale = rt->handover = 0;
  hy_timer_unset(loop_of(rt), &rt->stale);
  /* Otherwise a dead connection is detected earlier. */
  if (rt->c->options.stale_ms < rt->interval + rt->timeout)
    hy_connection_arm_stale(rt);
  hy_connection_tell(rt, CONNECTED);
  rt->resumed = 1;
}

void hy_protocol_get_ready(hy_realtime *rt)
{
  hy_subscription *subscription = NULL;

  hy_connection_enter(rt, READY);
  rt->ready_at = loop_of(rt)->now;
  rt->futile = rt->announced = 0;
  while ((subscription = hy_subscriptions_next(&rt->subscriptions, subscription)))
    hy_protocol_ask(rt, subscription);
  hy_protocol_announce(rt);
  if (rt->outdated)
    hy_connection_move(rt);
  hy_work_queue(loop_of(rt), &rt->c->work); /* calls may use the socket now */
}

static void tell_subscribed(hy_realtime *rt, const hy_subscription *subscription)
{
  if (hy_subscription_tell(subscription, SUBSCRIBED, strlen(SUBSCRIBED)) < 0)
    rt->sick = HOMEY_MEMORY;
}

static void acknowledged(hy_realtime *rt, hy_subscription *subscription,
                         hy_subscription_state state)
{
  rt->pending -= subscription->state == HY_SUBSCRIPTION_ASKED;
  subscription->state = state;
}

static void subscribe_failed(hy_realtime *rt, hy_subscription *subscription,
                             const homey_error *error)
{
  acknowledged(rt, subscription, HY_SUBSCRIPTION_LATE);
  if (hy_subscription_fail(subscription, error) < 0)
    rt->sick = HOMEY_MEMORY;
}

/* A subscribe was refused although the login was accepted. Either the login has expired or only
 * this uri is refused: another handshake tells which. */
static void doubt(hy_realtime *rt, hy_subscription *subscription)
{
  acknowledged(rt, subscription, HY_SUBSCRIPTION_LATE);
  subscription->doubted = 1;
  rt->drain = AGAIN;
  hy_work_queue(loop_of(rt), &rt->c->work);
}

static void subscribed(hy_realtime *rt, hy_subscription *subscription, const hy_span *items,
                       int count)
{
  homey_error error;

  if (count > 0 && !is_null(items[0])) {
    complain(rt, items[0], &error);
    if (error.kind == HOMEY_UNAUTHORIZED && !subscription->doubted)
      doubt(rt, subscription);
    else
      subscribe_failed(rt, subscription, &error);
  } else {
    acknowledged(rt, subscription, HY_SUBSCRIPTION_LIVE);
    subscription->doubted = 0;
    tell_subscribed(rt, subscription);
  }
  hy_protocol_announce(rt);
}

/* Reports a subscribe without an ack in time as failed. An ack that arrives later is still
 * accepted. */
void hy_protocol_overdue(hy_realtime *rt)
{
  int64_t now = loop_of(rt)->now, next = INT64_MAX;
  hy_subscription *subscription = NULL;
  homey_error error;

  hy_error_set(
      &error, HOMEY_TIMEOUT,
      "the hub did not confirm a subscription in time. It is asked again on the next connection.");
  while ((subscription = hy_subscriptions_next(&rt->subscriptions, subscription))) {
    if (subscription->state != HY_SUBSCRIPTION_ASKED)
      continue;
    if (subscription->asked + ACK_MS <= now)
      subscribe_failed(rt, subscription, &error);
    else if (subscription->asked + ACK_MS < next)
      next = subscription->asked + ACK_MS;
  }
  if (next != INT64_MAX) /* checks all at once, not one by one */
    hy_timer_set(loop_of(rt), &rt->timer, next > now + OVERDUE_MS ? next : now + OVERDUE_MS);
  hy_protocol_announce(rt);
}

/* ---- packets ---- */

typedef struct rt_in {
  const hy_socketio_packet *packet;
  hy_buf *text;   /* the buffer that holds the packet */
  int root, ours; /* packet of the root namespace; packet of our namespace */
} rt_in;

/* Without the open packet there are no heartbeat intervals, and a dead connection is never
 * detected. */
static void on_sio_connect(hy_realtime *rt, const rt_in *in)
{
  if (rt->state == GREETING && in->root && rt->interval)
    hy_protocol_shake(rt);
  else if (rt->state == JOINING && in->ours)
    hy_connection_enter(rt, PROVING);
}

static void on_sio_disconnect(hy_realtime *rt, const rt_in *in)
{
  homey_error error;

  if (!in->root && !in->ours)
    return;
  hy_error_set(&error, HOMEY_NETWORK, "the hub has ended the realtime connection. Reconnecting.");
  hy_connection_lose(rt, &error, 1000);
}

static void on_sio_error(hy_realtime *rt, const rt_in *in)
{
  homey_error error;

  if (!in->root && !in->ours)
    return;
  complain(rt, in->packet->data, &error);
  if (error.kind == HOMEY_UNAUTHORIZED)
    refused(rt, &error);
  else
    hy_connection_lose(rt, &error, 1000);
}

/* Turns [uri, event, data] into [event, data] in place. */
static void on_sio_event(hy_realtime *rt, const rt_in *in)
{
  hy_span array = in->packet->data, items[2];
  int count = hy_socketio_items(array, items, 2);
  hy_buf uri = { 0 };
  hy_subscription *subscription;
  char *from;

  /* No event is known to ask for an ack, but one that did would wait for it. */
  if (in->packet->id >= 0) {
    hy_socketio_begin(&rt->out, HY_SOCKETIO_ACK, in->root ? "/" : rt->nsp, in->packet->id);
    hy_buf_adds(&rt->out, "[]");
    hy_connection_send_answer(rt);
  }
  if (!in->ours || rt->state < PROVING)
    return;
  if (count < 2 || hy_socketio_unquote(items[0], &uri) < 0) {
    hy_buf_free(&uri);
    if (count < 1)
      hy_connection_misunderstood(rt, "an event that is cut short");
    return;
  }
  subscription = hy_subscriptions_find(&rt->subscriptions, uri.data, uri.length);
  hy_buf_free(&uri);
  if (!subscription || subscription->ours)
    return;
  /* Starts at the comma, or at white space after it. */
  from = in->text->data + (items[1].at - in->text->data) - 1;
  *from = '[';
  if (hy_subscription_tell(subscription, from, (size_t)(array.at + array.length - from)) < 0)
    rt->sick = HOMEY_MEMORY;
}

static void on_sio_ack(hy_realtime *rt, const rt_in *in)
{
  hy_span items[2];
  int count = hy_socketio_items(in->packet->data, items, 2);
  long id = in->packet->id;
  hy_subscription *subscription;

  if (count < 0)
    hy_connection_misunderstood(rt, "an answer that is cut short");
  else if (in->root && rt->state == SHAKING && id == rt->root_ack - 1)
    shaken(rt, items, count);
  else if (!in->ours || rt->state != READY)
    return;
  else if ((subscription = hy_subscriptions_by_ack(&rt->subscriptions, id)))
    subscribed(rt, subscription, items, count);
  else
    rt->c->realtime_user->answer(rt->c, id, items, count, in->text);
}

static void on_sio_binary(hy_realtime *rt, const rt_in *in)
{
  homey_error error;

  (void)in;
  hy_error_set(&error, HOMEY_PROTOCOL, "the hub sent binary data");
  hy_connection_lose(rt, &error, 1003);
}

static void on_sio_unknown(hy_realtime *rt, const rt_in *in)
{
  (void)rt;
  (void)in;
}

static void (*const on_sio[HY_SOCKETIO_TYPES])(hy_realtime *, const rt_in *) = {
  [HY_SOCKETIO_CONNECT] = on_sio_connect,   [HY_SOCKETIO_DISCONNECT] = on_sio_disconnect,
  [HY_SOCKETIO_EVENT] = on_sio_event,       [HY_SOCKETIO_ACK] = on_sio_ack,
  [HY_SOCKETIO_ERROR] = on_sio_error,       [HY_SOCKETIO_BINARY_EVENT] = on_sio_binary,
  [HY_SOCKETIO_BINARY_ACK] = on_sio_binary, [HY_SOCKETIO_UNKNOWN] = on_sio_unknown,
};

/* A hub that sends nothing by itself is pinged before its silence counts as stale. */
static void on_open(hy_realtime *rt, hy_span data)
{
  long often = rt->c->options.stale_ms / 2;

  if (rt->interval || data.length > OPENING_MOST) {
    hy_connection_misunderstood(rt,
                                rt->interval ? "a second opening" : "an opening that is too large");
    return;
  }
  if (hy_socketio_read_open(data, &rt->interval, &rt->timeout) < 0) {
    hy_connection_misunderstood(rt, "an opening that cannot be read");
    return;
  }
  rt->interval = rt->interval < often    ? rt->interval
                 : often > MOST_OFTEN_MS ? often
                                         : MOST_OFTEN_MS;
  hy_connection_expect_line(rt);
}

static void on_engine(hy_realtime *rt, const hy_socketio_packet *p)
{
  homey_error error;

  switch (p->engine) {
  case HY_ENGINEIO_OPEN: on_open(rt, p->data); break;
  case HY_ENGINEIO_PING:
    hy_buf_adds(&rt->out, "3");
    hy_connection_send_answer(rt);
    break;
  case HY_ENGINEIO_PONG:
    if (rt->interval)
      hy_connection_expect_line(rt);
    if (rt->asked)
      hy_pending_ready(rt->asked);
    rt->asked = NULL;
    break;
  case HY_ENGINEIO_CLOSE:
    hy_error_set(&error, HOMEY_NETWORK, "the hub closes the realtime connection. Reconnecting.");
    hy_connection_lose(rt, &error, 1000);
    break;
  default: break;
  }
}

static int is_nsp(hy_span nsp, const char *name)
{
  return nsp.length == strlen(name) && !memcmp(nsp.at, name, nsp.length);
}

void hy_protocol_packet(hy_realtime *rt, hy_buf *text)
{
  hy_socketio_packet packet;
  rt_in in = { &packet, text, 0, 0 };

  if (hy_socketio_packet_read(&packet, text->data, text->length) < 0) {
    hy_connection_misunderstood(rt, "something that is no packet");
  } else if (packet.engine != HY_ENGINEIO_MESSAGE) {
    on_engine(rt, &packet);
  } else {
    in.root = is_nsp(packet.nsp, "/");
    in.ours = rt->state >= JOINING && is_nsp(packet.nsp, rt->nsp);
    on_sio[packet.type](rt, &in);
  }
}
