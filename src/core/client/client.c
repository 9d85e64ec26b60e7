/* Client: creation and freeing, login and logout, and its turn in the loop. Nothing here calls
 * the user: replies go to the loop, which delivers them after everything else has returned. */
#include "client/client.h"

#include <curl/curl.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

#include "account/account.h"
#include "account/client_state.h"
#include "account/options.h"
#include "account/trace.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/call.h"
#include "http/exchange.h"
#include "login/chain.h"
#include "login/lookup.h"
#include "login/steps.h"
#include "loop/loop.h"
#include "loop/multi.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "realtime/realtime.h"
#include "store/file_store.h"

#define HTTP_START 4 /* so many calls at once over HTTP, each on a connection of its own; at most */
#define HTTP_MOST 12
#define OVERTAKEN_MOST 64 /* waiting calls that another may overtake: bounds the search for it */
#define SAVE_MS 10000     /* for saving what a freed client still has to save */

typedef struct hy_parts {
  homey_client client; /* must be first: it is freed through this */
  hy_race race;
  hy_chain chain;
  hy_calls calls;
  hy_renewal renewal;
} hy_parts;

static void turn(hy_work *work);
static void end_clients(homey_loop *loop);
static void chain_done(homey_client *c, const homey_error *error);

static const hy_realtime_user realtime_user = { hy_socket_call_answer, hy_socket_calls_lost,
                                                hy_socket_calls, hy_client_die, chain_done };

/* ---- new and free ---- */

static homey_client *allocate(homey_loop *loop)
{
  hy_parts *parts = calloc(1, sizeof *parts);
  homey_client *c;

  if (!parts)
    return NULL;
  c = &parts->client;
  c->race = &parts->race;
  c->chain = &parts->chain;
  c->calls = &parts->calls;
  c->renewal = &parts->renewal;
  c->race->client = c->chain->client = c->calls->client = c->renewal->client = c;
  c->loop = loop;
  c->work.run = turn;
  c->realtime_user = &realtime_user;
  c->calls->http = (hy_window){ .limit = HTTP_START, .most = HTTP_MOST };
  c->calls->socket = (hy_window){ .limit = HY_SOCKET_CALLS_MOST, .most = HY_SOCKET_CALLS_MOST };
  c->settings.serial = ++loop->serial;
  return c;
}

/* A program with an older libcurl would start, but setting some options would fail. */
static int is_curl_too_old(homey_error *error)
{
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

  if (info->version_num >= HY_CURL_VERSION)
    return 0;
  hy_error_set(error, HOMEY_INVALID, "this program has loaded libcurl %s. Install 7.88 or later.",
               info->version);
  return 1;
}

static int make_client(homey_loop *loop, const homey_options *options, homey_client **ret_client,
                       homey_error *error)
{
  homey_client *c;

  if (loop->closing) {
    hy_error_set(error, HOMEY_CANCELLED, "no client is made while the loop ends.");
    return -1;
  }
  if (is_curl_too_old(error))
    return -1;
  c = *ret_client = allocate(loop);
  if (!c) {
    hy_error_set(error, HOMEY_MEMORY, "a client could not be made");
    return -1;
  }
  return hy_client_configure(c, options, error);
}

homey_client *homey_client_new(homey_loop *loop, const homey_options *options,
                               homey_error *ret_error)
{
  homey_client *c = NULL;
  homey_error error;

  if (make_client(loop, options, &c, &error) < 0) {
    if (ret_error)
      *ret_error = error;
    if (c) {
      hy_client_forget_options(c);
      hy_account_clear(&c->account);
    }
    free(c);
    return NULL;
  }
  loop->end_clients = end_clients;
  c->next = loop->clients;
  if (c->next)
    c->next->prev = c;
  loop->clients = c;
  return c;
}

static void unlink_client(homey_client *c)
{
  if (c->prev)
    c->prev->next = c->next;
  else
    c->loop->clients = c->next;
  if (c->next)
    c->next->prev = c->prev;
}

static void destroy(homey_client *c)
{
  hy_chain_stop(c);
  hy_exchange_free(hy_lookup_take(c));
  hy_timer_unset(c->loop, &c->calls->quiet);
  hy_timer_unset(c->loop, &c->calls->gather);
  hy_timer_unset(c->loop, &c->renewal->timer);
  hy_work_drop(c->loop, &c->work);
  hy_client_drop_headers(c);
  unlink_client(c);
  hy_wipe(c->refused);
  hy_client_forget_options(c);
  hy_account_clear(&c->account);
  free(c->death);
  free(c->refusal);
  free(c->chain->moved);
  free(c->chain->trouble);
  free(c);
}

/* ---- freed clients that still have to save ---- */

static void left(homey_client *c, const homey_error *error)
{
  (void)error;
  hy_work_queue(c->loop, &c->work); /* freed in its turn: the caller still uses it */
}

static void too_late(hy_timer *timer)
{
  destroy(((hy_renewal *)((char *)timer - offsetof(hy_renewal, timer)))->client);
}

static int has_to_save(homey_client *c)
{
  if (!c->options.file_store || !c->options.has_store)
    return 0;
  return hy_chain_is_renewing(c) || (c->chain->unkept && c->chain->phase == HY_IDLE);
}

/* Detaches the caller's functions and data. */
static void leave(homey_client *c)
{
  c->leaving = 1;
  c->options.trace = NULL;
  c->options.warn = NULL;
  c->renewal->timer.fire = too_late;
  hy_timer_set(c->loop, &c->renewal->timer, hy_clock() + SAVE_MS);
  if (c->chain->phase == HY_IDLE)
    hy_chain_start(c, 0, 0, left);
  c->chain->done = left;
}

homey_client *homey_client_free(homey_client *c)
{
  if (!c)
    return NULL;
  hy_realtime_free(c);
  while (c->calls->in_flight)
    hy_call_cancel(c->calls->in_flight->answer);
  while (c->calls->waiting)
    hy_call_cancel(c->calls->waiting->answer);
  if (has_to_save(c))
    leave(c);
  else
    destroy(c);
  return NULL;
}

/* Gives clients that have something to save the time to do so. */
static void end_clients(homey_loop *loop)
{
  int64_t until = hy_clock() + SAVE_MS;
  homey_client *c, *next;

  for (c = loop->clients; c; c = next) {
    next = c->next;
    if (!c->leaving)
      homey_client_free(c);
  }
  while (loop->clients && hy_clock() < until)
    homey_loop_wait(loop, 100);
  for (c = loop->clients; c; c = next) {
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): freed ones left the list before */
    next = c->next;
    destroy(c);
  }
}

int homey_client_is_renewing(const homey_client *c)
{
  return hy_chain_is_renewing(c);
}

int64_t homey_client_clock(const homey_client *c)
{
  return c->clock_at ? c->clock_ahead : INT64_MIN;
}

/* ---- creating calls ---- */

int homey_client_login(homey_client *c, homey_reply_fn *done, void *data)
{
  hy_call *call = hy_call_new(c, HY_LOGIN, 0, done, data);

  if (!call)
    return hy_call_refused(c);
  c->dead = c->left = 0;
  hy_realtime_login(c);
  return call->answer->reply.id;
}

int homey_client_logout(homey_client *c, homey_reply_fn *done, void *data)
{
  hy_call *call = hy_call_new(c, HY_LOGOUT, 0, done, data);

  return call ? call->answer->reply.id : hy_call_refused(c);
}

/* ---- login and logout ---- */

static int add(cJSON *json, const char *name, const char *value)
{
  return !value || cJSON_AddStringToObject(json, name, value) ? 0 : -1;
}

static void describe(homey_client *c, hy_buf *body)
{
  const hy_account *a = &c->account;
  const hy_hub *hub = hy_account_hub(&c->account);
  cJSON *json = cJSON_CreateObject();
  char *text = NULL;

  if (json && add(json, "id", a->hub_id) == 0 && add(json, "name", hub ? hub->name : NULL) == 0 &&
      add(json, "platform", hub ? hub->platform : NULL) == 0 &&
      add(json, "username", a->user) == 0 &&
      add(json, "version", *c->version ? c->version : NULL) == 0 &&
      add(json, "address", a->route) == 0 &&
      add(json, "address_kind", a->route ? hy_route_names[a->route_kind] : NULL) == 0 &&
      (!hub || !hub->api_version || cJSON_AddNumberToObject(json, "api_version", hub->api_version)))
    text = cJSON_PrintUnformatted(json);
  cJSON_Delete(json);
  if (text)
    hy_buf_adds(body, text);
  else
    body->failed = 1;
  free(text);
}

static void end_login(hy_call *call)
{
  homey_client *c = call->client;
  homey_error error;
  char why[400] = "";
  int result = 0;

  describe(c, &call->answer->body);
  call->answer->reply.is_json = 1;
  if (c->options.file_store && c->new_login)
    result = hy_file_store_set_current(c->options.file_store, c->account.key, why, sizeof why);
  if (call->answer->body.failed)
    hy_error_set(&error, HOMEY_MEMORY, "the login could not be described");
  /* Of two logins at the same moment, either may count as the last. */
  if (result < 0 && result != -HOMEY_UNAVAILABLE)
    hy_warn(c, "the login is saved, but could not be made the default one: %s", why);
  c->new_login = 0;
  if (call->answer->body.failed)
    hy_call_fail(call, &error);
  else
    hy_call_end(call);
}

static void end_logout(hy_call *call)
{
  homey_client *c = call->client;
  homey_error error;

  c->left = 1;
  hy_error_set(&error, HOMEY_EXPIRED, "logged out. Log in first.");
  hy_client_die(c, &error);
  hy_buf_adds(&call->answer->body, "{}");
  call->answer->reply.is_json = 1;
  hy_call_end(call);
}

static void chain_done(homey_client *c, const homey_error *error)
{
  hy_call *call = c->calls->waiting, *next;

  if (!error && c->account.bearer) {
    c->fresh = 0;
    c->logged_in = 1;
  }
  if (error && hy_error_ends_login(error))
    hy_client_die(c, error);
  if (error)
    hy_realtime_chain_failed(c, error);
  for (; call; call = next) {
    next = call->next;
    if (error && !call->paused && call->kind != HY_CLOUD_REQUEST)
      hy_call_fail(call, error);
    else if (!error && c->ending && call->kind == HY_LOGOUT)
      end_logout(call);
  }
  c->ending = 0;
  hy_work_queue(c->loop, &c->work);
}

/* ---- a turn ---- */

static int is_request(const hy_call *call)
{
  return call->kind == HY_REQUEST || call->kind == HY_CLOUD_REQUEST;
}

static void fail_waiting(homey_client *c)
{
  hy_call *call = c->calls->waiting, *next;

  for (; call; call = next) {
    next = call->next;
    if (is_request(call))
      hy_call_fail(call, hy_error_kept(c->death));
  }
}

/* Whether nothing is missing to send it over HTTP. */
static int is_prepared(const homey_client *c, hy_call_kind kind)
{
  unsigned needs = HY_HAS_BEARER | (kind == HY_REQUEST ? HY_HAS_ROUTE : 0);

  return c->chain->loaded && !c->fresh && (hy_facts(c) & needs) == needs;
}

/* Which requests to the hub have to wait until others are answered. */
typedef struct hold {
  int socket_is_ready, socket, http;
} hold;

static hold held_now(const homey_client *c)
{
  const hy_window *http = &c->calls->http;
  hold h = { 0, hy_socket_call_is_held(c),
             http->unanswered >= http->limit && is_prepared(c, HY_REQUEST) };

  h.socket_is_ready = h.socket != h.http && hy_realtime_ready(c);
  return h;
}

static int is_held(const hy_call *call, const hold *h)
{
  int by_socket = h->socket_is_ready && call->operation && !call->by_http;

  if (call->kind == HY_CLOUD_REQUEST)
    return hy_cloud_call_is_held(call->client);
  return call->kind == HY_REQUEST && (by_socket ? h->socket : h->http);
}

/* Returns the first call that is not paused. Requests may overtake some that are held, and go the
 * other way, over HTTP or over the socket. */
static hy_call *first_call(const homey_client *c)
{
  hold h = held_now(c);
  hy_call *call = c->calls->waiting;
  int overtaken = 0;

  while (call && (call->paused || (is_held(call, &h) && ++overtaken <= OVERTAKEN_MOST)))
    call = call->next;
  return overtaken == 0 || (call && overtaken <= OVERTAKEN_MOST && is_request(call)) ? call : NULL;
}

/* Ends a background look for a better address. A better address is used from now on, and saved
 * when the chain is idle. */
static void moved(homey_client *c, const homey_error *error)
{
  if (error) { /* none was found; user/me may be due for an address that failed */
    hy_work_queue(c->loop, &c->work);
    return;
  }
  hy_realtime_moved(c);
  if (c->unsaved && c->chain->phase == HY_IDLE)
    hy_chain_start(c, 0, 0, chain_done);
}

/* Does nothing while the chain runs: a chain that renews early races by itself. */
void hy_client_look(homey_client *c)
{
  if (c->chain->phase == HY_IDLE)
    hy_race_look(c, moved);
}

/* Serves one call. Returns 0 when no more can be served now. */
static int serve(homey_client *c, hy_call *call)
{
  int idle = c->chain->phase == HY_IDLE;

  if (call->kind == HY_CLOUD_REQUEST) {
    hy_cloud_call_serve(call);
    return 1;
  }
  if (call->kind == HY_LOGOUT && !idle)
    return 0;
  if (call->kind == HY_LOGOUT) {
    c->ending = 1;
    hy_chain_start(c, 0, 1, chain_done);
    return 0;
  }
  if (call->kind == HY_REQUEST && c->calls->quiet.set)
    return 0;
  if (call->operation && !call->by_http && hy_realtime_ready(c)) {
    hy_client_look(c);
    hy_socket_call_send(call);
    return 1;
  }
  if (!is_prepared(c, call->kind)) {
    if (idle)
      hy_chain_start(c, call->kind == HY_REQUEST, 0, chain_done);
    return 0;
  }
  if (call->kind == HY_LOGIN) {
    end_login(call);
    return 1;
  }
  hy_client_look(c);
  hy_call_send(call);
  return 1;
}

/* The chain is idle, or renews a bearer that is still valid. */
static int is_open(const homey_client *c)
{
  return c->chain->phase == HY_IDLE || c->chain->early;
}

/* The login has ended: looks for another in the store when calls wait. Returns 0 while it looks. */
static int give_up_waiting(homey_client *c)
{
  hy_call *call = c->calls->waiting;

  while (call && !is_request(call))
    call = call->next;
  if (call && hy_renewal_may_look(c) && !c->renewal->looked && c->chain->phase == HY_IDLE) {
    hy_renewal_look(c);
    return 0;
  }
  c->renewal->looked = 0;
  fail_waiting(c);
  return 1;
}

static void turn(hy_work *work)
{
  homey_client *c = (homey_client *)((char *)work - offsetof(homey_client, work));
  hy_call *call;

  hy_chain_store_answered(c);
  if (c->leaving) {
    if (c->chain->phase == HY_IDLE)
      destroy(c);
    return;
  }
  if (!is_open(c))
    return;
  if (c->dead && !give_up_waiting(c))
    return;
  if (c->calls->quiet.set)
    hy_calls_hush(c);
  while (is_open(c) && (call = first_call(c)) && serve(c, call))
    ;
  if (is_open(c))
    hy_realtime_turn(c);
  if (c->chain->phase == HY_IDLE)
    hy_renewal_plan(c);
}
