/* Calls to the cloud: sent with the access token of the account, which the chain gets first when
 * none is valid. Calls to the hub continue meanwhile. */
#include <curl/curl.h>
#include <string.h>

#include "account/client_state.h"
#include "account/reply.h"
#include "account/trace.h"
#include "base/buf.h"
#include "base/error.h"
#include "client/call.h"
#include "client/client.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "http/lines.h"
#include "login/chain.h"
#include "loop/pending.h"
#include "loop/run_queue.h"

static const char *base_of(const hy_call *call)
{
  const hy_options *o = &call->client->options;

  return call->server == HOMEY_TO_ENERGY    ? o->energy_url
         : call->server == HOMEY_TO_WEATHER ? o->weather_url
                                            : o->api_url;
}

/* ---- the token ---- */

static void access_done(homey_client *c, const homey_error *error)
{
  hy_call *call = c->calls->waiting, *next;

  for (; call; call = next) {
    next = call->next;
    if (call->kind != HY_CLOUD_REQUEST || !call->paused)
      continue;
    call->paused = 0;
    if (error)
      hy_call_fail(call, error);
  }
  hy_work_queue(c->loop, &c->work);
}

static int has_access(const homey_client *c)
{
  return c->chain->loaded && !c->fresh && hy_facts(c) & HY_HAS_ACCESS;
}

/* A call gets a new token once. */
static int renews(hy_call *call)
{
  if (call->renewed || !hy_reply_says(call->x, "invalid_token"))
    return 0;
  call->renewed = 1;
  hy_access_refused(call->client, call->bearer);
  return 1;
}

/* ---- the answer ---- */

static void refused(hy_call *call)
{
  hy_exchange *x = call->x;
  homey_error error;
  char words[300];

  hy_reply_complaint(call->client, x, words, sizeof words);
  hy_reply_refusal_of("the Athom cloud", x->status, words, hy_exchange_retry_after(x), &error);
  hy_call_fail(call, &error);
}

static void succeeded(hy_call *call)
{
  hy_exchange *x = call->x;
  hy_pending *answer = call->answer;

  answer->reply.status = x->status;
  answer->reply.is_json = x->status != 204 && hy_exchange_is(x, "json");
  answer->body = x->reply; /* takes the reply's memory over */
  memset(&x->reply, 0, sizeof x->reply);
  hy_call_end(call);
}

static void broken(hy_call *call)
{
  int unsent = !hy_exchange_was_sent(call->x);
  homey_error error;

  hy_exchange_error(call->x, "the Athom cloud", HOMEY_NETWORK, &error);
  if (!call->repeated && error.kind == HOMEY_NETWORK && (unsent || !call->once)) {
    call->repeated = 1;
    hy_call_requeue(call);
  } else if (unsent) {
    hy_call_fail(call, &error);
  } else {
    hy_call_fail_lost(call, &error);
  }
}

static void fetched(hy_exchange *x)
{
  hy_call *call = x->owner;

  hy_trace(call->client, x, "cloud");
  hy_client_note_names(call->client, x);
  if (x->result != CURLE_OK)
    broken(call);
  else if (x->status >= 200 && x->status < 300)
    succeeded(call);
  else if (x->status == 401 && renews(call))
    hy_call_requeue(call);
  else
    refused(call);
}

/* ---- the request ---- */

static hy_lines *make_headers(const hy_call *call)
{
  hy_lines *headers = hy_lines_copy(call->client->cloud_headers);

  if (headers &&
      (!call->body || hy_headers_add(headers, "Content-Type", "application/json") == 0) &&
      hy_headers_add_bearer(headers, call->client->account.access) == 0)
    return headers;
  hy_lines_release(headers);
  return NULL;
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
  x->is_cloud = 1;
  x->once = 1;
  x->fresh = call->repeated;
  x->done = fetched;
  x->owner = call;
  hy_buf_adds(&url, base_of(call));
  hy_buf_adds(&url, call->path);
  result = url.failed ? -HOMEY_MEMORY : hy_exchange_start(x, url.data, NULL, headers);
  hy_buf_free(&url);
  return result;
}

static void send_call(hy_call *call)
{
  homey_client *c = call->client;
  hy_lines *headers = make_headers(call);
  hy_exchange *x = headers ? hy_exchange_new(c->loop, &c->settings) : NULL;
  homey_error error;

  if (x && start(call, x, headers) == 0) {
    call->x = x;
    hy_call_set_in_flight(call, &c->calls->http, hy_access_hash(c));
  } else {
    hy_exchange_free(x);
    hy_error_set(&error, HOMEY_MEMORY, "the request could not be sent");
    hy_call_fail(call, &error);
  }
  hy_lines_release(headers);
}

int hy_cloud_call_is_held(const homey_client *c)
{
  if (!has_access(c))
    return c->chain->phase != HY_IDLE && !c->chain->want_access;
  return c->calls->http.unanswered >= c->calls->http.limit;
}

void hy_cloud_call_serve(hy_call *call)
{
  homey_client *c = call->client;
  homey_error error;

  if (!base_of(call)) {
    hy_error_set(&error, HOMEY_INVALID,
                 "this login is one of another cloud than Athom's, and its token goes to no other. "
                 "Give the URL of this server beside that of its API.");
    hy_call_fail(call, &error);
  } else if (!has_access(c)) {
    call->paused = 1;
    if (c->chain->phase == HY_IDLE)
      hy_chain_access(c, access_done);
  } else {
    send_call(call);
  }
}
