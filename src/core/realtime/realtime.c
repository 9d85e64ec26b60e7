/* The client's side of realtime, and who has subscribed to what.  See realtime.h and realtime_parts.h. */
#include <stdio.h>

#include "realtime_parts.h"

#define PATH "/socket.io/?EIO=3&transport=websocket"

/* ---- what the websocket says ---- */

static void ws_opened(void *owner)
{
  hy_realtime *rt = owner;

  hy_trace_line(rt->c, "GET %s" PATH " -> 101, websocket", rt->c->account.route);
  hy_rt_enter(rt, GREETING);
}

static void ws_message(void *owner, hy_buf *text)
{
  hy_realtime *rt = owner;

  rt->life = loop_of(rt)->now;
  if (rt->is_stale && rt->announced && rt->state == READY) {
    rt->announced = 0;
    hy_rt_announce(rt);
  }
  hy_rt_packet(rt, text);
  if (rt->sick)
    hy_work_queue(loop_of(rt), &rt->c->work);
}

static void ws_closed(void *owner, const hy_ws_end *end)
{
  hy_realtime *rt = owner;
  int lost = end->code == 1006 || (!end->code && !end->status);

  if (end->status && end->status != 101)
    hy_trace_line(rt->c, "GET %s" PATH " -> %d", rt->c->account.route, end->status);
  hy_rt_lose(rt, &end->error, lost ? 0 : 1000);
}

static const hy_ws_owner ears = { ws_opened, ws_message, ws_closed };

static hy_lines *own_lines(const homey_client *c)
{
  hy_lines *lines = hy_lines_new();
  char **line = c->headers;

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
  hy_ws_options options = { &c->settings, c->account.route, PATH, lines, hy_rt_states[OPENING].limit, 0 };
  homey_error error;

  options.direct = hy_is_at_home(c->account.route_kind, c->account.route);
  rt->attempted = hy_clock();
  rt->outdated = 0;
  rt->root_ack = rt->ack = 0;
  rt->interval = rt->timeout = 0;
  rt->pinged = 0;
  snprintf(rt->nsp, sizeof rt->nsp, "/");
  hy_rt_enter(rt, OPENING);
  rt->ws = lines ? hy_ws_new(c->loop, &options, &ears, rt) : NULL;
  hy_lines_release(lines);
  if (!rt->ws) {
    hy_error_set(&error, HOMEY_MEMORY, "the connection to the hub could not be made");
    hy_rt_lose(rt, &error, 1000);
  }
}

static void on_timer(hy_timer *timer)
{
  hy_realtime *rt = (hy_realtime *)((char *)timer - offsetof(hy_realtime, timer));
  homey_error error;

  if (rt->state == WAITING) {
    hy_rt_begin(rt);
  } else if (rt->state == PROVING) {
    hy_rt_get_ready(rt);
  } else if (rt->state == READY) {
    hy_rt_overdue(rt);
  } else if (hy_rt_states[rt->state].late) {
    hy_error_set(&error, HOMEY_TIMEOUT, "%s: it is tried again.", hy_rt_states[rt->state].late);
    hy_rt_lose(rt, &error, 0);
  }
}

/* ---- the client's side ---- */

static void use_drain(hy_realtime *rt)
{
  if (rt->drain == STAYING || rt->c->realtime_user->calls(rt->c) > 0)
    return;
  if (rt->topics.count == 0)
    hy_rt_switch_off(rt);
  else
    hy_rt_restart(rt);
}

/* A chain that renews ahead may be under way: its end is another turn. */
static void prepare(homey_client *c)
{
  if (c->chain.phase == HY_IDLE)
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
                   "the realtime connection was given up, for there was no room for what it said");
    else
      hy_error_set(&error, rt->sick, "the hub does not read what is sent to it: the connection is made again.");
    hy_rt_lose(rt, &error, 1000);
  }
  use_drain(rt);
  if (rt->state != PREPARING && rt->state != RENEWING)
    return;
  if (c->dead)
    hy_rt_fail_for_good(rt, &c->death);
  else if (!c->chain.loaded || c->fresh || (hy_facts(c) & needs) != needs)
    prepare(c);
  else if (rt->state == PREPARING)
    open_socket(rt);
  else
    hy_rt_shake(rt);
}

void hy_realtime_chain_failed(homey_client *c, const homey_error *error)
{
  hy_realtime *rt = c->realtime;

  if (rt && (rt->state == PREPARING || rt->state == RENEWING) && !c->dead)
    hy_rt_lose(rt, error, 1000);
}

void hy_realtime_dead(homey_client *c)
{
  if (c->realtime && c->realtime->state != OFF && c->realtime->state != FAILED)
    hy_rt_fail_for_good(c->realtime, &c->death);
}

void hy_realtime_login(homey_client *c)
{
  hy_realtime *rt = c->realtime;

  if (rt && rt->state == FAILED) {
    rt->renewed = rt->tries = rt->futile = rt->hastened = 0;
    hy_rt_begin(rt);
  }
}

/* Once: where it fails all the same the pauses grow as ever, from the first. */
void hy_realtime_heard(homey_client *c)
{
  hy_realtime *rt = c->realtime;
  int64_t when;

  if (!rt || rt->state != WAITING || !rt->eager || rt->hastened || rt->told == REFUSED)
    return;
  rt->hastened = 1;
  rt->tries = 0;
  when = rt->attempted + FIRST_MS;
  if (when < rt->timer.when)
    hy_timer_set(loop_of(rt), &rt->timer, when);
}

int hy_realtime_is_wanted(const homey_client *c)
{
  return c->realtime && c->realtime->topics.count > 0;
}

int hy_realtime_ready(const homey_client *c)
{
  return c->realtime && c->realtime->state == READY && !c->realtime->drain && !c->realtime->sick &&
         hy_route_is_allowed(c);
}

uint64_t hy_realtime_bearer(const homey_client *c)
{
  return c->realtime->bearer;
}

long hy_realtime_call(homey_client *c, const char *operation, const char *manager, const char *args, size_t length)
{
  hy_realtime *rt = c->realtime;
  long ack = rt->ack;

  hy_sio_begin(&rt->out, HY_SIO_EVENT, rt->nsp, ack);
  hy_buf_adds(&rt->out, "[\"api\",{\"args\":");
  hy_buf_add(&rt->out, args, length);
  hy_buf_adds(&rt->out, ",\"operation\":");
  hy_sio_quote(&rt->out, operation);
  hy_buf_adds(&rt->out, ",\"uri\":");
  hy_sio_quote(&rt->out, manager);
  hy_buf_adds(&rt->out, "}]");
  hy_rt_send_out(rt);
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
    hy_rt_move(rt);
}

/* ---- subscribing ---- */

static void remove_topic(hy_realtime *rt, hy_topic *topic)
{
  if (rt->state == READY && topic->state != HY_TOPIC_NEW)
    hy_rt_send_about(rt, "unsubscribe", topic->uri, -1);
  rt->pending -= topic->state == HY_TOPIC_ASKED;
  hy_topics_remove(&rt->topics, topic);
  if (rt->topics.count == 0 && rt->state == READY && rt->c->realtime_user->calls(rt->c) > 0)
    rt->drain = LEAVING;
  else if (rt->topics.count == 0)
    hy_rt_switch_off(rt);
  else if (rt->state == READY)
    hy_rt_announce(rt);
}

static void cancel_listener(hy_answer *answer)
{
  hy_listener *listener = answer->owner;
  hy_realtime *rt = listener->owner;
  hy_topic *topic = listener->topic;

  hy_topic_leave(listener);
  if (!topic->listeners)
    remove_topic(rt, topic);
  hy_answer_cancelled(answer);
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
  rt->line.fire = hy_rt_on_line;
  rt->stale.fire = hy_rt_on_stale;
  c->realtime = rt;
  return rt;
}

/* What a newcomer has missed of what the others were told. */
static int tell_present(hy_realtime *rt, const hy_listener *listener)
{
  hy_buf b = { 0 };
  int result = 0;

  if (listener->topic->ours) {
    hy_rt_describe(rt, &b);
    result = b.failed ? -HOMEY_MEMORY : hy_listener_tell(listener, b.data, b.length);
    hy_buf_free(&b);
  } else if (listener->topic->state == HY_TOPIC_LIVE) {
    result = hy_listener_tell(listener, SUBSCRIBED, strlen(SUBSCRIBED));
  }
  return result;
}

static void wire(hy_realtime *rt, hy_topic *topic)
{
  if (rt->drain == LEAVING)
    rt->drain = STAYING;
  if (rt->state == OFF) {
    rt->life = hy_clock();
    hy_rt_begin(rt);
    hy_rt_arm_stale(rt);
  } else if (rt->state == READY && (topic->state == HY_TOPIC_NEW || topic->state == HY_TOPIC_LATE)) {
    hy_rt_ask(rt, topic);
  }
}

int homey_subscribe(homey_client *c, const char *uri, homey_reply_fn *event, void *data)
{
  hy_realtime *rt;
  hy_topic *topic;
  hy_listener *listener;

  if (!is_uri(uri))
    return -HOMEY_INVALID;
  if (c->loop->closing)
    return -HOMEY_CANCELLED;
  rt = realtime_of(c);
  topic = rt ? hy_topics_get(&rt->topics, uri) : NULL;
  if (!topic)
    return -HOMEY_MEMORY;
  topic->ours = !strcmp(uri, HOMEY_CONNECTION);
  listener = hy_topic_listen(topic, c->loop, event, data);
  if (listener) {
    listener->owner = rt;
    listener->answer->cancel = cancel_listener;
  }
  if (!listener || tell_present(rt, listener) < 0) {
    if (listener) {
      hy_answer_discard(listener->answer);
      hy_topic_leave(listener);
    }
    if (!topic->listeners)
      remove_topic(rt, topic);
    return -HOMEY_MEMORY;
  }
  wire(rt, topic);
  return listener->answer->reply.id;
}

void homey_unsubscribe(homey_client *c, int id)
{
  homey_cancel(c->loop, id);
}

void hy_realtime_free(homey_client *c)
{
  hy_realtime *rt = c->realtime;
  hy_topic *topic;

  if (!rt)
    return;
  hy_rt_hang_up(rt, 1000);
  hy_rt_enter(rt, OFF);
  while ((topic = hy_topics_next(&rt->topics, NULL))) {
    while (topic->listeners) {
      hy_answer *answer = topic->listeners->answer;
      hy_topic_leave(topic->listeners);
      hy_answer_cancelled(answer);
    }
    hy_topics_remove(&rt->topics, topic);
  }
  hy_rt_switch_off(rt);
  c->realtime = NULL;
  free(rt);
}
