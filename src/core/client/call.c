/* Calls: they wait in the client's queue, go out a few at a time, and are answered once each, repeated where that is
 * safe. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call.h"
#include "realtime/realtime.h"

#define LATER_MOST 4 /* a pause that the hub did not name is doubled so often */

/* ---- the queue ---- */

static void push(hy_call **list, hy_call *call)
{
  hy_call *last = *list;

  call->next = NULL;
  call->prev = NULL;
  if (!last) {
    *list = call;
    call->prev = call; /* the first knows the last */
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
    call->next->prev = call->prev; /* NOLINT(clang-analyzer-unix.Malloc): what is freed was taken out before */
  else if (*list)
    (*list)->prev = call->prev;
  call->prev = call->next = NULL;
}

/* In the air no more, whichever way it went. */
static void remove_from_flight(hy_call *call)
{
  homey_client *c = call->client;

  take_out(&c->in_flight, call);
  c->in_flight_count--;
  call->out = 0;
  call->ack = -1;
  call->x = hy_exchange_free(call->x);
  hy_timer_unset(c->loop, &call->timer);
}

static void drop_call(hy_call *call)
{
  homey_client *c = call->client;

  if (call->out)
    remove_from_flight(call);
  else
    take_out(&c->waiting, call);
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

/* Succeeds with what the answer's body and status hold already. */
void hy_call_end(hy_call *call)
{
  hy_pending *answer = call->answer;

  drop_call(call);
  hy_pending_ready(answer);
}

/* ---- making calls ---- */

hy_call *hy_call_new(homey_client *c, hy_call_kind kind, size_t text, homey_reply_fn *done, void *data)
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
  call->until = hy_clock() + c->patience_ms;
  push(&c->waiting, call);
  hy_work_queue(c->loop, &c->work);
  return call;
}

int hy_call_refused(const homey_client *c)
{
  return c->loop->closing ? -HOMEY_CANCELLED : -HOMEY_MEMORY;
}

static int has_method(const homey_request *r)
{
  size_t n = r->method ? strspn(r->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;

  return n > 0 && n < 16 && !r->method[n];
}

static int is_rooted(const homey_request *r)
{
  return r->path && *r->path == '/' && r->path[1] != '/';
}

static int is_encoded(const homey_request *r)
{
  return hy_is_token(r->path) && !strchr(r->path, '#');
}

/* The length of the segment at `at`; an encoded slash ends one too, since a server may decode it first. */
static size_t segment_length(const char *at)
{
  size_t n = 0;

  while (at[n] && at[n] != '/' && at[n] != '?' && !curl_strnequal(at + n, "%2f", 3))
    n++;
  return n;
}

/* "." or "..", with any of the dots percent-encoded. */
static int is_dots(const char *at, size_t length)
{
  size_t used = 0, dots = 0;

  while (used < length && dots < 3) {
    size_t step = at[used] == '.' ? 1 : !curl_strnequal(at + used, "%2e", 3) ? 0 : 3;
    if (!step)
      return 0;
    used += step;
    dots++;
  }
  return dots == 1 || dots == 2;
}

/* A guard of the caller's judges the path as it is written; a server that resolves it would carry out another one. */
static int is_resolved(const homey_request *r)
{
  const char *at = r->path;

  while (*at && *at != '?') {
    size_t slash = *at == '/' ? 1 : 3, length = segment_length(at + slash);
    if (is_dots(at + slash, length) || (slash == 1 && at[slash] == '/'))
      return 0;
    at += slash + length;
  }
  return 1;
}

static int has_time(const homey_request *r)
{
  return r->timeout_ms >= 0 && r->timeout_ms <= 3600000;
}

/* What goes with a request, as long as memory can be. */
static int is_sized(const homey_request *r)
{
  return (!r->body || r->length <= SIZE_MAX / 8) && (!r->args || r->args_length <= SIZE_MAX / 8);
}

/* All three parts, or none; what is in the arguments is the caller's to get right. */
static int is_operation(const homey_request *r)
{
  if (!r->operation && !r->manager && !r->args)
    return 1;
  return r->operation && r->manager && r->args && *r->operation && *r->manager && r->args_length >= 2 &&
         r->args[0] == '{' && r->args[r->args_length - 1] == '}' &&
         hy_is_utf8(r->operation, strlen(r->operation)) && hy_is_utf8(r->manager, strlen(r->manager));
}

static const struct {
  int (*is_met)(const homey_request *request);
  const char *sentence;
} demands[] = {
  { has_method, "the method must be at most 15 upper-case letters, such as \"PUT\"." },
  { is_rooted, "the path must begin with one \"/\", such as \"/api/manager/zones/zone\"." },
  { is_encoded, "the path holds what must be percent-encoded: a space is \"%20\" there, a \"#\" is \"%23\"." },
  { is_resolved, "the path must not contain \"//\", or \".\" or \"..\" between slashes: write the path that is meant." },
  { has_time, "the timeout of a request must be from 0 to 3,600,000 ms." },
  { is_sized, "the length of the body or of the args is out of range." },
  { is_operation, "an operation needs its name, its manager and its args, a JSON object, all in UTF-8." }
};

const char *homey_request_flaw(const homey_request *request)
{
  size_t i;

  for (i = 0; i < sizeof demands / sizeof *demands; i++)
    if (!demands[i].is_met(request))
      return demands[i].sentence;
  return NULL;
}

/* Copies what is there, with a NUL behind it. */
static char *keep(char **at, const char *bytes, size_t length)
{
  char *kept = *at;

  if (!bytes)
    return NULL;
  memcpy(kept, bytes, length);
  *at += length + 1;
  return kept;
}

static size_t length_of(const char *text)
{
  return text ? strlen(text) : 0;
}

int homey_client_request(homey_client *c, const homey_request *r, homey_reply_fn *done, void *data)
{
  size_t args = r->args ? r->args_length : 0, body = r->body ? r->length : 0;
  hy_call *call;
  char *at;

  if (homey_request_flaw(r))
    return -HOMEY_INVALID;
  call = hy_call_new(c, HY_REQUEST,
                     strlen(r->method) + strlen(r->path) + body + length_of(r->operation) +
                         length_of(r->manager) + args + 6,
                     done, data);
  if (!call)
    return hy_call_refused(c);
  at = call->text;
  call->method = keep(&at, r->method, strlen(r->method));
  call->path = keep(&at, r->path, strlen(r->path));
  call->body = keep(&at, r->body, body);
  call->length = body;
  call->operation = keep(&at, r->operation, length_of(r->operation));
  call->manager = keep(&at, r->manager, length_of(r->manager));
  call->args = keep(&at, r->args, args);
  call->args_length = args;
  call->timeout_ms = r->timeout_ms;
  if (r->timeout_ms)
    call->until = hy_clock() + 6 * (int64_t)r->timeout_ms;
  call->once = r->once ||
               (strcmp(call->method, "GET") && strcmp(call->method, "PUT") && strcmp(call->method, "HEAD"));
  return call->answer->reply.id;
}

/* ---- answers of the hub ---- */

static void refusal(homey_client *c, const hy_exchange *x, homey_error *error)
{
  char words[300];

  hy_reply_complaint(c, x, words, sizeof words);
  hy_reply_refusal(hy_reply_refuses_bearer(x) ? 401 : x->status, words, hy_exchange_retry_after(x), error);
}

/* Back into the queue, ahead of the others: it has waited already. */
void hy_call_requeue(hy_call *call)
{
  homey_client *c = call->client;

  remove_from_flight(call);
  push_front(&c->waiting, call);
  hy_work_queue(c->loop, &c->work);
}

static void pause_over(hy_timer *timer)
{
  hy_call *call = (hy_call *)timer;

  call->paused = 0;
  hy_work_queue(call->client->loop, &call->client->work);
}

void hy_call_slow_down(homey_client *c)
{
  c->limit = c->limit > 1 ? c->limit / 2 : 1;
  c->streak = 0;
}

static void quiet_over(hy_timer *timer)
{
  homey_client *c = (homey_client *)((char *)timer - offsetof(homey_client, quiet));

  hy_work_queue(c->loop, &c->work);
}

/* Where a hub wants fewer requests none goes out for a while; it is asked again now and then, whatever it named. */
static void be_quiet(homey_client *c, int64_t when)
{
  int64_t most = c->loop->now + HY_ASKED_MOST_MS;

  when = when < most ? when : most;
  c->quiet.fire = quiet_over;
  if (!c->quiet.set || c->quiet.when < when)
    hy_timer_set(c->loop, &c->quiet, when);
  hy_work_queue(c->loop, &c->work);
}

/* Where a part of it is not ready that part alone waits. */
static void put_aside(hy_call *call, int64_t when)
{
  call->paused = 1;
  call->timer.fire = pause_over;
  hy_timer_set(call->client->loop, &call->timer, when);
}

void hy_calls_hush(homey_client *c)
{
  hy_call *call = c->waiting, *next;
  homey_error error;

  hy_reply_refusal(429, "", (long)((c->quiet.when - c->loop->now + 999) / 1000), &error);
  for (; call; call = next) {
    next = call->next;
    if (call->kind == HY_REQUEST && call->until < c->quiet.when)
      hy_call_fail(call, &error);
  }
}

/* A server that asks to be left alone did not execute the call: it is repeated when the time has come.  Where none was
 * named it comes later from time to time. */
int hy_call_put_off(hy_call *call, int status, long seconds)
{
  homey_client *c = call->client;
  int64_t when;

  if (status != 429 && !(status == 503 && seconds))
    return 0;
  hy_call_slow_down(c);
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
  c->death = *error;
  hy_realtime_dead(c);
  hy_work_queue(c->loop, &c->work);
}

/* A 401 is met once by each call, and again where the bearer of the repeated call was no fresh one any more.  That bearer
 * is given up, unless another is in its place already: then nothing may have been renewed for this call yet. */
void hy_call_unauthorized(hy_call *call, const homey_error *refusal)
{
  homey_client *c = call->client;
  homey_error error = *refusal;

  if (hy_refusal_is_final(c, call->bearer, call->renewed)) {
    if (c->account.token)
      hy_error_set(&error, HOMEY_UNAUTHORIZED,
                   "the hub does not accept this API key: make a new one in the Homey app.");
    error.status = 401;
    call->ack = -1; /* answered: realtime's end is no concern of this call */
    hy_client_die(c, &error);
    hy_call_fail(call, &error);
    return;
  }
  call->renewed += hy_bearer_refused(c, call->bearer) || call->renewed;
  hy_call_requeue(call);
}

/* A lost call that is not repeated may still have had its effect. */
void hy_call_fail_lost(hy_call *call, homey_error *error)
{
  size_t used = strlen(error->message);
  const char *joint = hy_error_is_whole(error->message) ? " It" : "; it";

  if (call->once && strcmp(call->method, "GET"))
    snprintf(error->message + used, sizeof error->message - used, "%s may have been carried out all the same", joint);
  hy_call_fail(call, error);
}

static void broken(hy_call *call)
{
  homey_client *c = call->client;
  int unsent = !hy_exchange_was_sent(call->x);
  homey_error error;

  hy_exchange_error(call->x, "the hub", HOMEY_OFFLINE, &error);
  c->routed = 0;
  if (error.kind == HOMEY_PROTOCOL || error.kind == HOMEY_MEMORY || error.kind == HOMEY_INVALID)
    c->routed = 1;
  if (error.kind == HOMEY_TIMEOUT)
    hy_call_slow_down(c);
  if (!c->routed && !call->repeated && (unsent || (!call->once && error.kind != HOMEY_TIMEOUT))) {
    call->repeated = 1;
    hy_call_requeue(call);
    return;
  }
  if (unsent)
    hy_call_fail(call, &error);
  else
    hy_call_fail_lost(call, &error);
}

static int is_other_hub(const homey_client *c, const hy_exchange *x)
{
  const char *id = hy_exchange_header(x, "X-Homey-ID", NULL);

  return id && c->account.hub_id && !curl_strequal(id, c->account.hub_id);
}

void hy_call_went_well(homey_client *c)
{
  if (++c->streak >= c->limit && c->limit < HY_IN_FLIGHT_MOST) {
    c->limit++;
    c->streak = 0;
  }
}

static void succeeded(hy_call *call)
{
  homey_client *c = call->client;
  hy_exchange *x = call->x;
  hy_pending *answer = call->answer;

  hy_call_went_well(c);
  hy_realtime_heard(c);
  answer->reply.status = x->status;
  answer->reply.is_json = x->status != 204 && hy_exchange_is(x, "json");
  if (x->status != 204) { /* the bytes change hands, they are not copied */
    answer->body = x->reply;
    memset(&x->reply, 0, sizeof x->reply);
  }
  hy_call_end(call);
}

static void answered(hy_call *call)
{
  homey_client *c = call->client;
  hy_exchange *x = call->x;
  homey_error error;

  if (hy_reply_refuses_bearer(x)) {
    refusal(c, x, &error);
    hy_call_unauthorized(call, &error);
  } else if (x->status == 429 || x->status == 503) {
    if (!hy_call_put_off(call, x->status, hy_exchange_retry_after(x))) {
      refusal(c, x, &error);
      hy_call_fail(call, &error);
    }
  } else if (x->status < 200 || x->status >= 400) {
    refusal(c, x, &error);
    hy_call_fail(call, &error);
  } else if (x->status >= 300 || (hy_exchange_is(x, "html") && !strncmp(call->path, "/api/manager/", 13))) {
    hy_error_set(&error, HOMEY_PROTOCOL,
                 "something that is not the hub answered in its place (status %d, %s): a proxy, or the page of a network?",
                 x->status, hy_exchange_is(x, "html") ? "a web page" : "a redirect");
    error.status = x->status;
    c->routed = 0;
    hy_call_fail(call, &error);
  } else if (!x->reply.length && x->status != 204 && hy_exchange_is(x, "json") &&
             hy_exchange_header(x, "Content-Encoding", NULL)) {
    hy_error_set(&error, HOMEY_PROTOCOL, "the hub sent a compressed body that is cut");
    error.status = x->status;
    hy_call_fail(call, &error);
  } else {
    succeeded(call);
  }
}

static void fetched(hy_exchange *x)
{
  hy_call *call = x->owner;
  homey_client *c = call->client;
  homey_error error;

  hy_trace(c, x, NULL);
  hy_client_note_names(c, x);
  if (x->result == CURLE_OK && !is_other_hub(c, x))
    hy_client_note_date(c, x);
  if (x->result != CURLE_OK) {
    broken(call);
  } else if (is_other_hub(c, x)) {
    c->routed = 0;
    hy_error_set(&error, HOMEY_OFFLINE, "another Homey answers at %s: has the address of yours changed?",
                 c->account.route);
    if (call->once || call->repeated) {
      hy_call_fail(call, &error);
    } else {
      call->repeated = 1;
      hy_call_requeue(call);
    }
  } else {
    answered(call);
  }
}

/* ---- sending ---- */

static hy_lines *make_headers(homey_client *c, int body)
{
  hy_lines *headers = hy_lines_copy(c->hub_base);
  int result = headers ? 0 : -HOMEY_MEMORY;

  if (result == 0) /* libcurl leaves out what is empty, and else would say what the form of no body is */
    result = hy_headers_add(headers, "Content-Type", body ? "application/json" : "");
  if (result == 0 && c->account.hub_id)
    result = hy_headers_add(headers, "X-Homey-ID", c->account.hub_id);
  if (result == 0)
    result = hy_headers_add_bearer(headers, c->account.bearer);
  if (result == 0)
    return headers;
  hy_lines_release(headers);
  return NULL;
}

void hy_client_drop_headers(homey_client *c)
{
  hy_lines_release(c->hub_headers);
  hy_lines_release(c->body_headers);
  c->hub_headers = c->body_headers = NULL;
}

static hy_lines *headers_for(homey_client *c, int body)
{
  hy_lines **headers = body ? &c->body_headers : &c->hub_headers;

  if (c->headers_of != c->account.bearer_serial)
    hy_client_drop_headers(c);
  c->headers_of = c->account.bearer_serial;
  if (!*headers)
    *headers = make_headers(c, body);
  return *headers;
}

static int start(hy_call *call, hy_exchange *x, hy_lines *headers)
{
  homey_client *c = call->client;
  hy_buf url = { 0 };
  int result;

  x->method = call->method;
  x->body = call->body;
  x->body_length = call->length;
  x->timeout_ms = call->timeout_ms ? call->timeout_ms : hy_client_timeout(c);
  x->name_ms = hy_client_name_ms(c);
  x->direct = hy_is_at_home(c->account.route_kind, c->account.route);
  x->once = 1; /* what may be repeated is repeated by `broken`, once */
  x->fresh = call->repeated;
  x->done = fetched;
  x->owner = call;
  hy_buf_adds(&url, c->account.route);
  hy_buf_adds(&url, call->path);
  result = url.failed ? -HOMEY_MEMORY : hy_exchange_start(x, url.data, headers);
  hy_buf_free(&url);
  return result;
}

void hy_call_set_in_flight(hy_call *call, uint64_t bearer)
{
  homey_client *c = call->client;

  take_out(&c->waiting, call);
  push(&c->in_flight, call);
  c->in_flight_count++;
  call->out = 1;
  call->bearer = bearer;
}

void hy_call_send(hy_call *call)
{
  homey_client *c = call->client;
  hy_lines *headers = headers_for(c, call->body != NULL);
  hy_exchange *x = headers ? hy_exchange_new(c->loop, &c->settings) : NULL;
  homey_error error;

  if (x && start(call, x, headers) == 0) {
    call->x = x;
    hy_call_set_in_flight(call, c->account.bearer_serial);
    return;
  }
  hy_exchange_free(x);
  hy_error_set(&error, HOMEY_MEMORY, "the request could not be sent");
  hy_call_fail(call, &error);
}
