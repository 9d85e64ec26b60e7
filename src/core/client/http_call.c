/* Calls over HTTP: sends them and reads their responses. */
#include <curl/curl.h>
#include <string.h>

#include "account/client_state.h"
#include "account/reply.h"
#include "account/trace.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/error.h"
#include "client/call.h"
#include "client/client.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "http/lines.h"
#include "loop/pending.h"
#include "realtime/realtime.h"

#define JSON_TYPE "application/json"

static void refusal(homey_client *c, const hy_exchange *x, homey_error *error)
{
  char words[300];

  hy_reply_complaint(c, x, words, sizeof words);
  hy_reply_refusal(hy_reply_refuses_bearer(x) ? 401 : x->status, words, hy_exchange_retry_after(x),
                   error);
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
    hy_call_slow_down(call);
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

  return id && c->account.hub_id && strcmp(id, c->account.hub_id) != 0 &&
         !curl_strequal(id, c->account.hub_id);
}

static void succeeded(hy_call *call, int is_json)
{
  homey_client *c = call->client;
  hy_exchange *x = call->x;
  hy_pending *answer = call->answer;

  hy_call_went_well(call);
  hy_realtime_heard(c);
  answer->reply.status = x->status;
  answer->reply.is_json = x->status != 204 && is_json;
  if (x->status != 204) { /* takes the reply's memory over instead of copying it */
    answer->body = x->reply;
    memset(&x->reply, 0, sizeof x->reply);
  }
  hy_call_end(call);
}

static void answered(hy_call *call)
{
  homey_client *c = call->client;
  hy_exchange *x = call->x;
  int is_json = hy_exchange_is(x, "json"), is_html = !is_json && hy_exchange_is(x, "html");
  homey_error error;

  if (!call->anonymous && hy_reply_refuses_bearer(x)) {
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
  } else if (x->status >= 300 || (is_html && !strncmp(call->path, "/api/manager/", 13))) {
    hy_error_set(&error, HOMEY_PROTOCOL,
                 "something other than the hub answered (status %d, %s). Check for a proxy, or the "
                 "login page of a network.",
                 x->status, is_html ? "a web page" : "a redirect");
    error.status = x->status;
    c->routed = 0;
    hy_call_fail(call, &error);
  } else if (!x->reply.length && x->status != 204 && is_json &&
             hy_exchange_header(x, "Content-Encoding", NULL)) {
    hy_error_set(&error, HOMEY_PROTOCOL, "the hub sent a compressed body that is cut");
    error.status = x->status;
    hy_call_fail(call, &error);
  } else {
    succeeded(call, is_json);
  }
}

static void fetched(hy_exchange *x)
{
  hy_call *call = x->owner;
  homey_client *c = call->client;
  int is_other = x->result == CURLE_OK && is_other_hub(c, x);
  homey_error error;

  hy_trace(c, x, NULL);
  hy_client_note_names(c, x);
  if (x->result == CURLE_OK && !is_other)
    hy_client_note_date(c, x);
  if (x->result != CURLE_OK) {
    broken(call);
  } else if (is_other) {
    c->routed = 0;
    hy_error_set(&error, HOMEY_OFFLINE, "another Homey answers at %s. Check the address of yours.",
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

static hy_lines *make_headers(homey_client *c, const char *content_type, const char *bearer)
{
  hy_lines *headers = hy_client_hub_headers(c, *content_type ? HY_FOR_CHANGE : HY_FOR_CALL);
  int result = headers ? 0 : -HOMEY_MEMORY;

  /* libcurl omits an empty header; without this line it would add its own Content-Type */
  if (result == 0)
    result = hy_headers_add(headers, "Content-Type", content_type);
  if (result == 0 && c->account.hub_id)
    result = hy_headers_add(headers, "X-Homey-ID", c->account.hub_id);
  if (result == 0 && bearer)
    result = hy_headers_add_bearer(headers, bearer);
  if (result == 0)
    return headers;
  hy_lines_release(headers);
  return NULL;
}

void hy_client_drop_headers(homey_client *c)
{
  hy_lines_release(c->calls->hub_headers);
  hy_lines_release(c->calls->body_headers);
  c->calls->hub_headers = c->calls->body_headers = NULL;
}

static hy_lines *headers_for(homey_client *c, int body)
{
  hy_lines **headers = body ? &c->calls->body_headers : &c->calls->hub_headers;

  if (c->calls->headers_of != c->account.bearer_serial)
    hy_client_drop_headers(c);
  c->calls->headers_of = c->account.bearer_serial;
  if (!*headers)
    *headers = make_headers(c, body ? JSON_TYPE : "", c->account.bearer);
  return *headers;
}

/* A gateway's address may have a path, which is put before the path of each request. */
static int has_path(const char *base)
{
  const char *host = strstr(base, "://");

  return !host || strchr(host + 3, '/');
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
  x->once = 1; /* `broken` repeats a call once, when it may be repeated */
  x->fresh = call->repeated;
  x->done = fetched;
  x->owner = call;
  if (!has_path(c->account.route))
    return hy_exchange_start(x, c->account.route, call->path, headers);
  hy_buf_adds(&url, c->account.route);
  hy_buf_adds(&url, call->path);
  result = url.failed ? -HOMEY_MEMORY : hy_exchange_start(x, url.data, NULL, headers);
  hy_buf_free(&url);
  return result;
}

/* Headers of a call that is unlike most. */
static hy_lines *own_headers(const hy_call *call)
{
  const char *json = call->body ? JSON_TYPE : "";

  return make_headers(call->client, call->content_type ? call->content_type : json,
                      call->anonymous ? NULL : call->client->account.bearer);
}

void hy_call_send(hy_call *call)
{
  homey_client *c = call->client;
  int is_own = call->content_type || call->anonymous;
  hy_lines *headers = is_own ? own_headers(call) : headers_for(c, call->body != NULL);
  hy_exchange *x = headers ? hy_exchange_new(c->loop, &c->settings) : NULL;
  homey_error error;

  if (x && start(call, x, headers) == 0) {
    call->x = x;
    hy_call_set_in_flight(call, &c->calls->http, c->account.bearer_serial);
  } else {
    hy_exchange_free(x);
    hy_error_set(&error, HOMEY_MEMORY, "the request could not be sent");
    hy_call_fail(call, &error);
  }
  if (is_own)
    hy_lines_release(headers);
}
