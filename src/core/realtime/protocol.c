/* The talk with the hub over the socket: the handshake, the subscriptions, the packets.  See realtime_parts.h. */
#include "json_text.h"
#include "realtime_parts.h"

#include <stdio.h>

#define ACK_MS 10000 /* for the ack of a subscribe */
#define MOST_OFTEN_MS 20
#define OVERDUE_MS 250    /* between two looks for late ones */
#define OPENING_MOST 4096 /* bytes */

/* ---- opening ---- */

/* A call may have found out since the websocket was opened that the bearer is refused: then another comes first.  Or a better
 * address was found, or the hub is known by now to have TLS: it is told no bearer here. */
void hy_rt_shake(hy_realtime *rt)
{
  homey_client *c = rt->c;

  if (rt->outdated || !hy_route_is_allowed(c)) {
    rt->drain = MOVING;
    hy_rt_restart(rt);
    return;
  }
  if (!c->account.bearer) {
    hy_rt_enter(rt, RENEWING);
    hy_work_queue(c->loop, &c->work);
    return;
  }
  hy_rt_enter(rt, SHAKING);
  rt->bearer = c->account.bearer_serial;
  hy_sio_begin(&rt->out, HY_SIO_EVENT, "/", rt->root_ack++);
  hy_buf_adds(&rt->out, "[\"handshakeClient\",{\"token\":");
  hy_sio_quote(&rt->out, c->account.bearer);
  if (c->account.hub_id) {
    hy_buf_adds(&rt->out, ",\"homeyId\":");
    hy_sio_quote(&rt->out, c->account.hub_id);
  }
  hy_buf_adds(&rt->out, "}]");
  hy_rt_send_out(rt);
}

/* One that is refused as soon as it is up again is come back to after a pause. */
static void renew(hy_realtime *rt, const homey_error *why)
{
  homey_client *c = rt->c;

  rt->renewed += hy_bearer_refused(c, rt->bearer);
  if (rt->state == READY && !hy_rt_is_steady(rt))
    hy_rt_lose(rt, why, 1000);
  else if (rt->state == READY)
    rt->drain = AGAIN;
  else if (rt->state == SHAKING)
    hy_rt_enter(rt, RENEWING);
  else
    hy_rt_restart(rt);
  hy_work_queue(c->loop, &c->work);
}

/* A bearer that is refused is renewed once; a key that is refused, or what was renewed in vain, ends it all. */
static void refused(hy_realtime *rt, const homey_error *why)
{
  homey_client *c = rt->c;
  homey_error error;

  if (c->account.token)
    hy_error_set(&error, HOMEY_UNAUTHORIZED, "the hub does not accept this API key: make a new one in the Homey app.");
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

/* The name of the namespace out of {"namespace":"/api"}; it will stand between 42 and a comma. */
static int read_nsp(hy_realtime *rt, hy_span result)
{
  cJSON *json = hy_json_parse_span(result);
  const char *nsp = hy_json_string(json, "namespace");
  int good = nsp && *nsp == '/' && strlen(nsp) < NSP_MOST && hy_is_token(nsp) && !strpbrk(nsp, ",?\"");

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
      hy_rt_lose(rt, &error, 1000);
    return;
  }
  if (count < 2 || !read_nsp(rt, items[1])) {
    hy_rt_misunderstood(rt, "a handshake that names no namespace");
    return;
  }
  hy_ws_trust(rt->ws);
  hy_rt_enter(rt, strcmp(rt->nsp, "/") ? JOINING : PROVING);
  if (rt->state == JOINING)
    hy_rt_send_packet(rt, HY_SIO_CONNECT, rt->nsp);
}

/* ---- subscriptions on the wire ---- */

void hy_rt_ask(hy_realtime *rt, hy_topic *topic)
{
  if (topic->ours)
    return;
  topic->state = HY_TOPIC_ASKED;
  hy_topics_set_ack(&rt->topics, topic, rt->ack++);
  topic->asked = loop_of(rt)->now;
  rt->pending++;
  hy_rt_send_about(rt, "subscribe", topic->uri, topic->ack);
  if (!rt->timer.set)
    hy_timer_set(loop_of(rt), &rt->timer, hy_clock() + ACK_MS);
}

/* Told when every subscribe has its answer, so that what is read from then on is not older than the events. */
void hy_rt_announce(hy_realtime *rt)
{
  if (rt->pending > 0 || rt->drain == AGAIN)
    return;
  hy_timer_unset(loop_of(rt), &rt->timer);
  if (rt->announced)
    return;
  rt->announced = 1;
  rt->renewed = rt->is_stale = rt->handover = 0;
  hy_timer_unset(loop_of(rt), &rt->stale);
  if (rt->c->stale_ms < rt->interval + rt->timeout) /* else the line is dead before that */
    hy_rt_arm_stale(rt);
  hy_rt_tell(rt, CONNECTED);
  rt->resumed = 1;
}

void hy_rt_get_ready(hy_realtime *rt)
{
  hy_topic *topic = NULL;

  hy_rt_enter(rt, READY);
  rt->ready_at = loop_of(rt)->now;
  rt->futile = rt->announced = 0;
  while ((topic = hy_topics_next(&rt->topics, topic)))
    hy_rt_ask(rt, topic);
  hy_rt_announce(rt);
  if (rt->outdated)
    hy_rt_move(rt);
  hy_work_queue(loop_of(rt), &rt->c->work); /* calls may go this way now */
}

static void tell_subscribed(hy_realtime *rt, const hy_topic *topic)
{
  if (hy_topic_tell(topic, SUBSCRIBED, strlen(SUBSCRIBED)) < 0)
    rt->sick = HOMEY_MEMORY;
}

static void acknowledged(hy_realtime *rt, hy_topic *topic, hy_topic_state state)
{
  rt->pending -= topic->state == HY_TOPIC_ASKED;
  topic->state = state;
}

static void subscribe_failed(hy_realtime *rt, hy_topic *topic, const homey_error *error)
{
  acknowledged(rt, topic, HY_TOPIC_LATE);
  if (hy_topic_fail(topic, error) < 0)
    rt->sick = HOMEY_MEMORY;
}

/* The login was good at the door: is it that no more, or is it this uri alone that is refused?  Another handshake tells. */
static void doubt(hy_realtime *rt, hy_topic *topic)
{
  acknowledged(rt, topic, HY_TOPIC_LATE);
  topic->doubted = 1;
  rt->drain = AGAIN;
  hy_work_queue(loop_of(rt), &rt->c->work);
}

static void subscribed(hy_realtime *rt, hy_topic *topic, const hy_span *items, int count)
{
  homey_error error;

  if (count > 0 && !is_null(items[0])) {
    complain(rt, items[0], &error);
    if (error.kind == HOMEY_UNAUTHORIZED && !topic->doubted)
      doubt(rt, topic);
    else
      subscribe_failed(rt, topic, &error);
  } else {
    acknowledged(rt, topic, HY_TOPIC_LIVE);
    topic->doubted = 0;
    tell_subscribed(rt, topic);
  }
  hy_rt_announce(rt);
}

/* No ack in time: said, and taken after all should it come later. */
void hy_rt_overdue(hy_realtime *rt)
{
  int64_t now = loop_of(rt)->now, next = INT64_MAX;
  hy_topic *topic = NULL;
  homey_error error;

  hy_error_set(&error, HOMEY_TIMEOUT,
               "the hub did not confirm a subscription in time: it is asked again with the next connection.");
  while ((topic = hy_topics_next(&rt->topics, topic))) {
    if (topic->state != HY_TOPIC_ASKED)
      continue;
    if (topic->asked + ACK_MS <= now)
      subscribe_failed(rt, topic, &error);
    else if (topic->asked + ACK_MS < next)
      next = topic->asked + ACK_MS;
  }
  if (next != INT64_MAX) /* all are looked at each time: not for each alone */
    hy_timer_set(loop_of(rt), &rt->timer, next > now + OVERDUE_MS ? next : now + OVERDUE_MS);
  hy_rt_announce(rt);
}

/* ---- packets ---- */

typedef struct rt_in {
  const hy_packet *packet;
  hy_buf *text;   /* in which it lies */
  int root, ours; /* of the root namespace, of the one that we are in */
} rt_in;

/* Without an opening nobody would know when the line is dead. */
static void on_sio_connect(hy_realtime *rt, const rt_in *in)
{
  if (rt->state == GREETING && in->root && rt->interval)
    hy_rt_shake(rt);
  else if (rt->state == JOINING && in->ours)
    hy_rt_enter(rt, PROVING);
}

static void on_sio_disconnect(hy_realtime *rt, const rt_in *in)
{
  homey_error error;

  if (!in->root && !in->ours)
    return;
  hy_error_set(&error, HOMEY_NETWORK, "the hub has ended the realtime connection, which is made again.");
  hy_rt_lose(rt, &error, 1000);
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
    hy_rt_lose(rt, &error, 1000);
}

/* [uri, event, data] becomes [event, data] where it lies. */
static void on_sio_event(hy_realtime *rt, const rt_in *in)
{
  hy_span array = in->packet->data, items[2];
  int count = hy_sio_items(array, items, 2);
  hy_buf uri = { 0 };
  hy_topic *topic;
  char *from;

  if (in->packet->id >= 0) { /* none is known to want an answer, but one that did would wait for it */
    hy_sio_begin(&rt->out, HY_SIO_ACK, in->root ? "/" : rt->nsp, in->packet->id);
    hy_buf_adds(&rt->out, "[]");
    hy_rt_send_answer(rt);
  }
  if (!in->ours || rt->state < PROVING)
    return;
  if (count < 2 || hy_sio_unquote(items[0], &uri) < 0) {
    hy_buf_free(&uri);
    if (count < 1)
      hy_rt_misunderstood(rt, "an event that is cut short");
    return;
  }
  topic = hy_topics_find(&rt->topics, uri.data, uri.length);
  hy_buf_free(&uri);
  if (!topic || topic->ours)
    return;
  from = in->text->data + (items[1].at - in->text->data) - 1; /* the comma, or a blank behind it */
  *from = '[';
  if (hy_topic_tell(topic, from, (size_t)(array.at + array.length - from)) < 0)
    rt->sick = HOMEY_MEMORY;
}

static void on_sio_ack(hy_realtime *rt, const rt_in *in)
{
  hy_span items[2];
  int count = hy_sio_items(in->packet->data, items, 2);
  long id = in->packet->id;
  hy_topic *topic;

  if (count < 0)
    hy_rt_misunderstood(rt, "an answer that is cut short");
  else if (in->root && rt->state == SHAKING && id == rt->root_ack - 1)
    shaken(rt, items, count);
  else if (!in->ours || rt->state != READY)
    return;
  else if ((topic = hy_topics_by_ack(&rt->topics, id)))
    subscribed(rt, topic, items, count);
  else
    rt->c->realtime_user->answer(rt->c, id, items, count, in->text);
}

static void on_sio_binary(hy_realtime *rt, const rt_in *in)
{
  homey_error error;

  (void)in;
  hy_error_set(&error, HOMEY_PROTOCOL, "the hub sent binary data, which nobody asked for");
  hy_rt_lose(rt, &error, 1003);
}

static void on_sio_unknown(hy_realtime *rt, const rt_in *in)
{
  (void)rt;
  (void)in;
}

static void (*const on_sio[HY_SIO_TYPES])(hy_realtime *, const rt_in *) = {
  [HY_SIO_CONNECT] = on_sio_connect,   [HY_SIO_DISCONNECT] = on_sio_disconnect,
  [HY_SIO_EVENT] = on_sio_event,       [HY_SIO_ACK] = on_sio_ack,
  [HY_SIO_ERROR] = on_sio_error,       [HY_SIO_BINARY_EVENT] = on_sio_binary,
  [HY_SIO_BINARY_ACK] = on_sio_binary, [HY_SIO_UNKNOWN] = on_sio_unknown,
};

/* A hub that says nothing by itself is asked before its silence counts as old facts. */
static void on_open(hy_realtime *rt, hy_span data)
{
  long often = rt->c->stale_ms / 2;

  if (rt->interval || data.length > OPENING_MOST) {
    hy_rt_misunderstood(rt, rt->interval ? "a second opening" : "an opening that is too large");
    return;
  }
  if (hy_sio_read_open(data, &rt->interval, &rt->timeout) < 0) {
    hy_rt_misunderstood(rt, "an opening that cannot be read");
    return;
  }
  rt->interval = rt->interval < often ? rt->interval : often > MOST_OFTEN_MS ? often : MOST_OFTEN_MS;
  hy_rt_expect_line(rt);
}

static void on_engine(hy_realtime *rt, const hy_packet *p)
{
  homey_error error;

  switch (p->engine) {
  case HY_EIO_OPEN: on_open(rt, p->data); break;
  case HY_EIO_PING:
    hy_buf_adds(&rt->out, "3");
    hy_rt_send_answer(rt);
    break;
  case HY_EIO_PONG:
    if (rt->interval)
      hy_rt_expect_line(rt);
    break;
  case HY_EIO_CLOSE:
    hy_error_set(&error, HOMEY_NETWORK, "the hub closes the realtime connection, which is made again.");
    hy_rt_lose(rt, &error, 1000);
    break;
  default: break;
  }
}

static int is_nsp(hy_span nsp, const char *name)
{
  return nsp.length == strlen(name) && !memcmp(nsp.at, name, nsp.length);
}

void hy_rt_packet(hy_realtime *rt, hy_buf *text)
{
  hy_packet packet;
  rt_in in = { &packet, text, 0, 0 };

  if (hy_packet_read(&packet, text->data, text->length) < 0) {
    hy_rt_misunderstood(rt, "something that is no packet");
  } else if (packet.engine != HY_EIO_MESSAGE) {
    on_engine(rt, &packet);
  } else {
    in.root = is_nsp(packet.nsp, "/");
    in.ours = rt->state >= JOINING && is_nsp(packet.nsp, rt->nsp);
    on_sio[packet.type](rt, &in);
  }
}
