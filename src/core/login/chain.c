/*
 * Token chain: asks the plan for the latest step that still works, runs it, and asks again, until
 * the client has everything it wants.
 *
 * Tokens change only under the lock of the store, after the store was read again, and are saved
 * before they are used. When the store refuses them they are used from memory and offered to it
 * again: see chain_store.c.
 */
#include "login/chain.h"

#include <curl/curl.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "account/account.h"
#include "account/client_state.h"
#include "account/reply.h"
#include "account/trace.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "login/chain_parts.h"
#include "login/lookup.h"
#include "login/steps.h"
#include "loop/loop.h"
#include "loop/timer.h"

#define RETRY_PAUSE_MS 1000 /* before a step is repeated */
#define NEW_LOGIN (HY_HAS_CREDENTIALS | HY_HAS_GRANT | HY_HAS_JWT | HY_HAS_CODE)
#define MOST_STEPS 40 /* a chain that takes more steps loops */

static void ask(homey_client *c);

/* ---- start and end ---- */

static void drop_run(homey_client *c)
{
  hy_chain *chain = c->chain;

  hy_wipe(c->secrets.jwt);
  hy_wipe(c->secrets.code);
  hy_wipe(c->secrets.delegation);
  hy_wipe(c->secrets.cookies);
  hy_wipe(chain->page_url);
  hy_wipe(chain->resource);
  c->secrets.jwt = c->secrets.code = c->secrets.delegation = c->secrets.cookies = chain->page_url =
      chain->resource = NULL;
  hy_step_drop_page(c);
  hy_buf_wipe(&chain->address);
  hy_buf_wipe(&chain->body);
  chain->x = hy_exchange_free(chain->x);
  chain->step = NULL;
  chain->taken = chain->user_read = chain->hubs_stale = chain->ending = chain->recoded =
      chain->unclear = 0;
  chain->repeated = 0;
  chain->want_access = 0;
  chain->quiet = chain->reread = chain->renewed = chain->early = chain->looking = chain->lockless =
      0;
  chain->fresh_access = chain->fresh_bearer = 0;
  chain->lock_until = 0;
}

void hy_chain_unlock(homey_client *c)
{
  if (c->chain->locked)
    c->options.store.lock(c->options.store.data, c->account.key, 0, NULL);
  c->chain->locked = 0;
}

void hy_chain_finish(homey_client *c, const homey_error *error)
{
  homey_error copy;

  if (error)
    copy = *error;
  hy_chain_unlock(c);
  hy_timer_unset(c->loop, &c->chain->timer);
  drop_run(c);
  c->chain->phase = HY_IDLE;
  c->chain->unkept &= c->unsaved;
  if (!error && c->chain->unkept && !c->chain->warned) {
    c->chain->warned = 1;
    hy_warn(c, "the login cannot be saved yet, and is kept in memory: %s",
            hy_error_kept(c->chain->trouble)->message);
  }
  c->chain->done(c, error ? &copy : NULL);
}

void hy_chain_finish_memory(homey_client *c)
{
  homey_error error;

  hy_error_set(&error, HOMEY_MEMORY, "the login could not go on");
  hy_chain_finish(c, &error);
}

/* A bearer that could not be renewed early stays in use, for a minute at a time. */
void hy_chain_give_up(homey_client *c, const homey_error *error)
{
  if (!hy_error_ends_login(error) && c->account.bearer && !c->chain->ending &&
      !c->chain->want_access && (!c->unsaved || c->chain->unkept) && !hy_bearer_is_good(c)) {
    c->good_until = c->loop->now + 60000;
    hy_chain_advance(c);
  } else {
    hy_chain_finish(c, error);
  }
}

/* ---- pauses ---- */

static void pause_over(hy_timer *timer);

void hy_chain_pause(homey_client *c, int ms, hy_phase after)
{
  c->chain->phase = HY_PAUSING;
  c->chain->after = after;
  c->chain->timer.fire = pause_over;
  hy_timer_set(c->loop, &c->chain->timer, c->loop->now + ms);
}

/* ---- one step over HTTP ---- */

/* user/me was asked only for other addresses: on failure the known ones stay in use. */
static int is_courtesy(const homey_client *c, const hy_step *step, const homey_error *error)
{
  return step->gives == HY_HAS_HUBS && !hy_error_ends_login(error) && error->kind != HOMEY_MEMORY &&
         !c->chain->hubs_stale && !c->chain->user_read && hy_account_hub((hy_account *)&c->account);
}

static void step_failed(homey_client *c, homey_error *error)
{
  const hy_step *step = c->chain->step;

  if (c->chain->starved)
    hy_error_set(error, HOMEY_MEMORY, "the login could not go on");
  hy_error_step(error, step->name);
  if (c->chain->hubs_stale) /* asking the cloud was only a second try: report the first error */
    *error = *hy_error_kept(c->chain->moved);
  if (step->flags & HY_OPTIONAL && error->kind != HOMEY_MEMORY &&
      error->kind != HOMEY_UNAUTHORIZED) {
    c->chain->fresh_bearer = 0; /* nothing more to verify about it */
    hy_chain_advance(c);
  } else if (is_courtesy(c, step, error)) {
    c->chain->user_read = 1;
    hy_chain_advance(c);
  } else {
    hy_chain_give_up(c, error);
  }
}

static const char *who(const homey_client *c)
{
  hy_base base = c->chain->step->ways[c->chain->way].urls[c->chain->url].base;

  return base == HY_HUB ? "the hub" : "the Athom cloud";
}

static int next_way(homey_client *c)
{
  hy_chain *chain = c->chain;
  int last = chain->step->flags & HY_TOKENS && chain->step->needs == HY_HAS_REFRESH &&
                     c->options.refresh == HOMEY_REFRESH_OFFICIAL
                 ? 1
                 : 3;

  chain->url = 0;
  chain->way++;
  return chain->way <= last && chain->step->ways[chain->way].method != NULL;
}

/* Returns 1 once for each step in a run. */
static int may_repeat(homey_client *c)
{
  unsigned bit = 1U << (c->chain->step - hy_steps);
  int may = !(c->chain->repeated & bit);

  c->chain->repeated |= bit;
  return may;
}

/* A step is not repeated after a timeout or a slow name lookup, except for tokens. */
static int is_worth_repeating(const hy_exchange *x, const hy_step *step, homey_kind kind)
{
  if (kind == HOMEY_TLS || kind == HOMEY_PROTOCOL || x->late == HY_NAME_LATE ||
      hy_exchange_met_silence(x))
    return 0;
  return x->result != CURLE_OPERATION_TIMEDOUT || step->flags & HY_TOKENS;
}

static void transport_failed(homey_client *c, hy_exchange *x)
{
  const hy_step *step = c->chain->step;
  homey_error error;
  int unsent = !hy_exchange_was_sent(x);
  int hub = step->ways[c->chain->way].urls[c->chain->url].base == HY_HUB;

  hy_exchange_error(x, who(c), hub ? HOMEY_OFFLINE : HOMEY_NETWORK, &error);
  if (hub)
    c->routed = 0;
  if (!unsent && step->needs == HY_HAS_CODE)
    hy_steps_spend_code(c); /* a code that is sent twice may look like an attack */
  if (is_worth_repeating(x, step, error.kind) && (step->flags & HY_REPEAT || unsent) &&
      may_repeat(c)) {
    hy_chain_pause(c, unsent ? 200 : RETRY_PAUSE_MS, HY_STEPPING);
    return;
  }
  step_failed(c, &error);
}

/* After a 429 with Retry-After: the step was not executed, and is repeated after the pause. */
static int is_put_off(homey_client *c, const hy_exchange *x)
{
  long seconds = hy_exchange_retry_after(x);

  if ((x->status != 429 && x->status != 503) || c->chain->tries >= 3 || seconds > 60 ||
      (x->status == 503 && !seconds))
    return 0;
  c->chain->tries++;
  hy_chain_pause(c, seconds ? (int)seconds * 1000 : 2000, HY_STEPPING);
  return 1;
}

static void acted(homey_client *c, hy_verdict verdict, homey_error *error)
{
  switch (verdict) {
  case HY_DONE: hy_chain_advance(c); return;
  case HY_AGAIN: ask(c); return;
  case HY_OTHER_WAY:
    if (next_way(c)) {
      ask(c);
      return;
    }
    if (!error->kind)
      hy_error_set(error, HOMEY_INVALID,
                   "the cloud does not accept the client_id and client_secret. Correct them.");
    break;
  case HY_FAILED: break;
  }
  step_failed(c, error);
}

static void stepped(hy_exchange *x)
{
  homey_client *c = x->owner;
  hy_chain *chain = c->chain;
  const hy_way *way = &chain->step->ways[chain->way];
  homey_error error;
  hy_verdict verdict;

  memset(&error, 0, sizeof error);
  hy_trace(c, x, chain->step->name);
  hy_client_note_names(c, x);
  chain->x = NULL;
  if (x->result != CURLE_OK) {
    transport_failed(c, x);
  } else if (is_put_off(c, x)) {
    ;
  } else if ((x->status == 404 || x->status == 405) && way->urls[chain->url + 1].base != HY_END) {
    chain->url++;
    ask(c);
  } else if (x->status >= 500 && x->status != 501 && chain->step->flags & HY_REPEAT &&
             may_repeat(c)) {
    hy_chain_pause(c, RETRY_PAUSE_MS, HY_STEPPING);
  } else {
    verdict = chain->step->read(c, x, &error);
    acted(c, verdict, &error);
  }
  hy_exchange_free(x);
}

static void ask(homey_client *c)
{
  c->chain->phase = HY_STEPPING;
  if (hy_chain_request(c, stepped) < 0)
    hy_chain_finish_memory(c);
}

/* ---- from step to step ---- */

/* When the known addresses fail, user/me may list others. */
static int may_have_moved(const homey_client *c, const homey_error *error)
{
  return !hy_client_is_local(c) && !c->chain->user_read && error->kind != HOMEY_FORBIDDEN &&
         error->kind != HOMEY_MEMORY && c->loop->now >= c->chain->lookup.reread_at &&
         hy_chain_plan(hy_facts(c), HY_HAS_ACCESS);
}

static void raced(homey_client *c, const homey_error *error)
{
  homey_error copy;

  if (!error) {
    hy_chain_advance(c);
    return;
  }
  copy = *error;
  if (c->chain->ending) {
    c->chain->ending = 2;
    hy_chain_advance(c);
  } else if (may_have_moved(c, error)) {
    hy_error_keep(&c->chain->moved, &copy);
    c->chain->hubs_stale = 1;
    hy_chain_advance(c);
  } else {
    hy_chain_finish(c, &copy);
  }
}

static void no_way(homey_client *c, unsigned wanted)
{
  homey_error error;
  int stored = c->chain->stored;

  if (wanted == HY_HAS_ACCESS && hy_client_is_local(c))
    hy_error_set(&error, HOMEY_CREDENTIALS,
                 "this login has no account in the Athom cloud. Log in with e-mail and password.");
  else if (c->account.token)
    hy_error_set(&error, HOMEY_UNAUTHORIZED,
                 "the hub does not accept this API key. Make a new one in the Homey app.");
  else if (c->refusal && !c->logged_in)
    error = *c->refusal;
  else if (c->credentials_used && !stored && !c->logged_in)
    hy_error_set(&error, HOMEY_CREDENTIALS,
                 "the e-mail address and the password were refused, or the one-time code is spent. "
                 "Check the credentials.");
  else if (stored || c->account.bearer || wanted == HY_HAS_ENDED || c->logged_in)
    hy_error_set(&error, HOMEY_EXPIRED,
                 "the login has expired and nothing is left to renew it with");
  else
    hy_error_set(&error, HOMEY_CREDENTIALS,
                 "no login is stored here. Log in once with e-mail and password, or with address "
                 "and token.");
  hy_chain_give_up(c, &error);
}

static int is_of_our_hub(const homey_client *c, const hy_exchange *x)
{
  cJSON *user = x->result == CURLE_OK && x->status == 200 ? hy_reply_json(x) : NULL;
  int is = hy_user_has_hub(user, c->account.hub_id);

  hy_json_tree_free(user);
  return is;
}

/* The lookup beside calls may have an answer already. When the run was started for that answer
 * and it cannot be used, the run ends: not even a refused token is renewed for it. */
static void ask_user(homey_client *c)
{
  hy_chain *chain = c->chain;
  hy_exchange *x = hy_lookup_take(c);

  if (x && chain->quiet) {
    c->account.asked = (int64_t)time(NULL);
    c->unsaved = c->options.has_store;
  }
  if (x && is_of_our_hub(c, x)) {
    chain->phase = HY_STEPPING;
    stepped(chain->x = x);
    return;
  }
  if (x)
    hy_trace(c, x, "user");
  hy_exchange_free(x);
  if (chain->quiet) {
    chain->user_read = 1;
    hy_chain_advance(c);
  } else {
    ask(c);
  }
}

static void take(homey_client *c, const hy_step *step)
{
  hy_chain *chain = c->chain;
  homey_error error;

  if (++chain->taken > MOST_STEPS) {
    hy_error_set(&error, HOMEY_PROTOCOL, "the login repeats itself at %s. Try again later.",
                 step->name);
    hy_error_step(&error, step->name);
    hy_chain_finish(c, &error);
    return;
  }
  if (step->needs & NEW_LOGIN && hy_client_take_own(c) < 0) {
    hy_chain_finish_memory(c);
    return;
  }
  chain->step = step;
  chain->url = chain->tries = chain->starved = 0;
  chain->way = step->needs == HY_HAS_REFRESH && c->options.refresh == HOMEY_REFRESH_SEED ? 2 : 0;
  if (step->gives == HY_HAS_HUBS)
    hy_lookup_note_request(c);
  if (step->gives == HY_HAS_ROUTE) {
    chain->phase = HY_RACING;
    hy_lookup_start(c);
    hy_race_start(c, raced);
  } else if (step->gives == HY_HAS_HUBS) {
    ask_user(c);
  } else {
    ask(c);
  }
}

/* Returns what is wanted next, in a fixed order; 0 when nothing is missing. */
unsigned hy_chain_missing(homey_client *c, unsigned facts)
{
  static const unsigned order[] = { HY_HAS_HUBS, HY_HAS_ROUTE, HY_HAS_BEARER, HY_HAS_SESSION };
  const hy_hub *hub = hy_account_hub(&c->account);
  size_t i;

  if (c->chain->ending) /* only v2 hubs can end a session; no bearer is renewed for that */
    return c->chain->ending == 1 && c->account.session_id && facts & HY_HAS_BEARER && hub &&
                   hub->api_version == 2
               ? HY_HAS_ENDED
               : 0;
  if (c->chain->want_access && !(facts & HY_HAS_ACCESS))
    return HY_HAS_ACCESS;
  if (c->chain->want_access) /* a fresh login chooses its hub anew */
    return c->chain->reread && !(facts & HY_HAS_HUBS) ? HY_HAS_HUBS : 0;
  for (i = 0; i < sizeof order / sizeof *order; i++)
    if (!(facts & order[i]) && (order[i] != HY_HAS_ROUTE || c->chain->want_route))
      return order[i];
  return 0;
}

/* user/me is asked again with a new bearer, after an address has failed, and first of all in a
 * fresh login. */
static int wants_user(const homey_client *c, unsigned facts)
{
  const hy_chain *chain = c->chain;

  if (hy_client_is_local(c) || chain->user_read || chain->ending || c->leaving)
    return 0;
  if (chain->quiet)
    return (facts & HY_HAS_ACCESS) != 0;
  return chain->reread || c->fresh
             ? hy_chain_plan(facts, HY_HAS_ACCESS) != NULL
             : chain->renewed && (facts & HY_HAS_BEARER) && (facts & HY_HAS_ACCESS);
}

unsigned hy_chain_facts(const homey_client *c)
{
  unsigned facts = hy_facts(c);

  if (c->chain->early && c->chain->early_serial == c->account.bearer_serial)
    facts &= ~(unsigned)HY_HAS_BEARER;
  if (wants_user(c, facts))
    facts &= ~(unsigned)HY_HAS_HUBS;
  return facts;
}

static void settled(homey_client *c)
{
  if (c->options.has_store && (c->chain->ending || (c->unsaved && hy_chain_may_save(c)))) {
    if (c->chain->locked)
      hy_chain_save(c);
    else
      hy_chain_lock(c);
  } else if (c->chain->ending) {
    hy_chain_forgotten(c);
  } else {
    hy_chain_finish(c, NULL);
  }
}

void hy_chain_advance(homey_client *c)
{
  hy_chain *chain = c->chain;
  const hy_step *step;
  unsigned facts, wanted;
  int unsafe;

  if (!chain->loaded && c->options.has_store) {
    hy_chain_load(c, HY_LOADING);
    return;
  }
  if (!chain->loaded) {
    hy_chain_loaded(c, NULL, 0);
    return;
  }
  facts = hy_chain_facts(c);
  wanted = c->leaving ? 0 : hy_chain_missing(c, facts);
  if (!wanted || (chain->ending == 1 && chain->step && chain->step->gives == HY_HAS_ENDED)) {
    settled(c);
    return;
  }
  step = hy_chain_plan(facts, wanted);
  unsafe = chain->tokens_unsaved && hy_chain_may_save(c);
  if (c->options.has_store && !chain->locked && (!step || step->flags & HY_LOCKED || unsafe) &&
      !(chain->lockless && hy_chain_may_go_on(c, step)))
    hy_chain_lock(c);
  else if (unsafe)
    hy_chain_save(c);
  else if (!step)
    no_way(c, wanted);
  else
    take(c, step);
}

static void pause_over(hy_timer *timer)
{
  homey_client *c = ((hy_chain *)((char *)timer - offsetof(hy_chain, timer)))->client;

  if (c->chain->after == HY_LOCKING)
    hy_chain_lock(c);
  else if (c->chain->after == HY_STEPPING && !c->routed && c->chain->step->needs & HY_HAS_ROUTE)
    hy_chain_advance(c);
  else
    ask(c);
}

void hy_chain_start(homey_client *c, int want_route, int ending, hy_done_fn *done)
{
  c->chain->done = done;
  c->chain->want_route = want_route;
  c->chain->ending = ending;
  c->chain->tries = 0;
  hy_chain_advance(c);
}

void hy_chain_renew(homey_client *c, hy_done_fn *done)
{
  c->chain->early = 1;
  c->chain->early_serial = c->account.bearer_serial;
  hy_chain_start(c, 0, 0, done);
}

/* A serial that no bearer has: the bearer is not renewed. */
static void start_beside_calls(homey_client *c, hy_done_fn *done)
{
  c->chain->early = 1;
  c->chain->early_serial = c->account.bearer_serial - 1;
  hy_chain_start(c, 0, 0, done);
}

void hy_chain_access(homey_client *c, hy_done_fn *done)
{
  c->chain->want_access = 1;
  start_beside_calls(c, done);
}

void hy_chain_reread(homey_client *c, hy_done_fn *done)
{
  c->chain->reread = 1;
  start_beside_calls(c, done);
}

void hy_chain_take_user(homey_client *c, hy_done_fn *done)
{
  c->chain->quiet = 1;
  hy_chain_reread(c, done);
}

int hy_chain_is_renewing(const homey_client *c)
{
  const hy_chain *chain = c->chain;
  int asked = chain->step && chain->step->needs == HY_HAS_REFRESH &&
              (chain->phase == HY_STEPPING ||
               (chain->phase == HY_PAUSING && chain->after == HY_STEPPING));

  return c->options.has_store && !chain->lockless &&
         (asked || (chain->phase != HY_IDLE && chain->tokens_unsaved && hy_chain_may_save(c)));
}

void hy_chain_stop(homey_client *c)
{
  hy_race_stop(c);
  hy_timer_unset(c->loop, &c->chain->timer);
  hy_chain_give_up_op(c);
  hy_chain_unlock(c);
  drop_run(c);
  c->chain->phase = HY_IDLE;
}
