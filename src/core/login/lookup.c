/* Lookup of the hub's addresses in the cloud (user/me), in parallel with calls. */
#include "login/lookup.h"

#include <string.h>
#include <time.h>

#include "account/account.h"
#include "account/client_state.h"
#include "base/backoff.h"
#include "base/buf.h"
#include "http/exchange.h"
#include "http/lines.h"
#include "login/chain.h"
#include "login/steps.h"
#include "loop/loop.h"
#include "loop/run_queue.h"

#define REREAD_MS 60000 /* between two requests of user/me */
#define TOLD_MS 2000    /* no second request so soon after one of a login or a renewal */

void hy_lookup_note_request(homey_client *c)
{
  hy_lookup *lookup = &c->chain->lookup;

  if (!c->chain->reread && !c->chain->hubs_stale) {
    if (lookup->reread_at < c->loop->now + TOLD_MS)
      lookup->reread_at = c->loop->now + TOLD_MS;
    return;
  }
  lookup->reread_at = c->loop->now +
                      (c->routed ? REREAD_MS * hy_backoff(c->reread_tries) : REREAD_MS);
  c->reread_tries += c->reread_tries < HY_BACKOFF_DOUBLINGS;
}

void hy_lookup_moved(homey_client *c)
{
  c->reread_tries = 0;
  c->look_at = 0;
}

/* ---- for a program that ends before any address has failed ---- */

#define AGAIN_SECONDS 600 /* between two requests of any process, as recorded in the store */

static int goes_over_the_cloud(const homey_client *c)
{
  const hy_account *a = &c->account;
  const hy_hub *hub = hy_account_hub((hy_account *)a);

  return hub && a->route && (a->route_kind == HY_CLOUD || a->route_kind == HY_FORWARDED) &&
         /* A hub in the cloud has no home address. */
         !(hub->platform && !strcmp(hub->platform, "cloud"));
}

static int wants_user(const homey_client *c)
{
  /* Only with a valid access token, and not right after a renewal has asked. */
  const unsigned needs = HY_HAS_ACCESS | HY_HAS_BEARER;
  int64_t now = (int64_t)time(NULL), asked = c->account.asked;

  return goes_over_the_cloud(c) && !hy_client_is_local(c) && c->options.has_store && !c->fresh &&
         !c->chain->lookup.x && c->loop->now >= c->chain->lookup.ask_at &&
         (now < asked || now >= asked + AGAIN_SECONDS) && (hy_facts(c) & needs) == needs;
}

static void user_answered(hy_exchange *x)
{
  homey_client *c = x->owner;

  c->chain->lookup.answered = 1;
  hy_work_queue(c->loop, &c->work);
}

static hy_exchange *request_user(homey_client *c, hy_exchange_fn *done)
{
  hy_exchange *x = hy_exchange_new(c->loop, &c->settings);
  hy_lines *headers = hy_lines_copy(c->cloud_headers);
  hy_buf url = { 0 };
  int result = -HOMEY_MEMORY;

  hy_buf_adds(&url, c->options.api_url);
  hy_buf_adds(&url, "/user/me");
  if (x && headers && !url.failed && hy_headers_add_bearer(headers, c->account.access) == 0) {
    x->method = "GET";
    x->step = "user";
    x->timeout_ms = hy_client_timeout(c);
    x->name_ms = hy_client_name_ms(c);
    x->is_cloud = 1;
    x->is_small = 1;
    x->done = done;
    x->owner = c;
    result = hy_exchange_start(x, url.data, NULL, headers);
  }
  hy_buf_free(&url);
  hy_lines_release(headers);
  return result < 0 ? hy_exchange_free(x) : x;
}

void hy_lookup_start(homey_client *c)
{
  if (!wants_user(c))
    return;
  c->chain->lookup.ask_at = c->loop->now + REREAD_MS;
  c->chain->lookup.answered = 0;
  c->chain->lookup.print = c->chain->print;
  c->chain->lookup.x = request_user(c, user_answered);
}

hy_exchange *hy_lookup_take(homey_client *c)
{
  hy_exchange *x = c->chain->lookup.x;

  c->chain->lookup.x = NULL;
  return c->chain->lookup.answered && c->chain->lookup.print == c->chain->print
             ? x
             : hy_exchange_free(x);
}
