/* Store of the chain: reads the login, locks it, reads it again and saves it. The caller's
 * options take precedence over the stored login. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/client_state.h"
#include "address/address.h"
#include "base/backoff.h"
#include "base/error.h"
#include "base/text.h"
#include "login/chain.h"
#include "login/chain_parts.h"
#include "login/steps.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "store/file_store.h"
#include "store/store_op.h"

#define LOCK_PAUSE_MS 40 /* between two tries for a lock that is taken */
#define LOCK_PATIENCE_MS 60000
#define SAVE_PAUSE_MS 30000 /* before data that the store refused is offered again; grows */
#define STORE_MS 30000      /* limit for one answer of a store */

/* ---- asking ---- */

/* A lock request without an answer may still succeed. It is released now, since nobody waits for
 * the answer. */
void hy_chain_give_up_op(homey_client *c)
{
  hy_chain *chain = c->chain;

  if (chain->op && chain->phase == HY_LOCKING)
    c->options.store.lock(c->options.store.data, c->account.key, 0, NULL);
  hy_store_op_abandon(chain->op);
  chain->op = NULL;
}

static void store_failed(homey_client *c, homey_kind kind, const char *why);

static void store_late(hy_timer *timer)
{
  homey_client *c = ((hy_chain *)((char *)timer - offsetof(hy_chain, timer)))->client;

  hy_chain_give_up_op(c);
  store_failed(c, HOMEY_TIMEOUT, "the store of the login has not answered for 30 s. Check it.");
}

static homey_store_op *begin_op(homey_client *c, hy_phase phase)
{
  homey_store_op *op = hy_store_op_new(c->loop, &c->work);

  if (!op) {
    hy_chain_finish_memory(c);
    return NULL;
  }
  c->chain->op = op;
  c->chain->phase = phase;
  c->chain->timer.fire = store_late;
  hy_timer_set(c->loop, &c->chain->timer, c->loop->now + STORE_MS);
  return op;
}

void hy_chain_load(homey_client *c, hy_phase phase)
{
  homey_store_op *op;

  /* Selects the current account anew. */
  if (phase == HY_LOADING && c->nameless && !c->chain->stored)
    hy_account_set(&c->account.key, NULL);
  op = begin_op(c, phase);
  if (op)
    c->options.store.load(c->options.store.data, c->account.key ? c->account.key : "", op);
}

void hy_chain_lock(homey_client *c)
{
  homey_store_op *op = begin_op(c, HY_LOCKING);

  if (!c->chain->lock_until)
    c->chain->lock_until = c->loop->now + LOCK_PATIENCE_MS;
  if (op)
    c->options.store.lock(c->options.store.data, c->account.key, 1, op);
}

void hy_chain_save(homey_client *c)
{
  char *text = c->chain->ending ? NULL : hy_account_save(&c->account);
  homey_store_op *op;

  if (!c->chain->ending && !text) {
    hy_chain_finish_memory(c);
    return;
  }
  op = begin_op(c, HY_SAVING);
  if (op)
    c->options.store.save(c->options.store.data, c->account.key, text, text ? strlen(text) : 0, op);
  hy_wipe(text);
}

/* ---- failures of the store ---- */

int hy_chain_may_save(const homey_client *c)
{
  return c->options.has_store && !c->chain->lockless &&
         (!c->chain->unkept || c->leaving || c->loop->now >= c->chain->save_at);
}

/* Without a working store only a program that stays uses a refresh token (the store would offer
 * the spent one to the next program) or makes a first login (no other program would find it). */
int hy_chain_may_go_on(const homey_client *c, const hy_step *step)
{
  const unsigned first = HY_HAS_CREDENTIALS | HY_HAS_GRANT | HY_HAS_JWT | HY_HAS_PAGE |
                         HY_HAS_CODE | HY_HAS_LOCAL;

  if (!step || step->needs == HY_HAS_REFRESH)
    return hy_client_stays(c);
  return hy_client_stays(c) || c->chain->stored || !(step->needs & first);
}

/* Plans the next save after one that failed. */
static void plan_save(homey_client *c)
{
  c->chain->save_at = c->loop->now + (int64_t)SAVE_PAUSE_MS * hy_backoff(c->chain->save_tries);
  c->chain->save_tries++;
}

static int is_next_allowed(const homey_client *c, homey_kind kind)
{
  unsigned facts = hy_chain_facts(c), wanted = hy_chain_missing((homey_client *)c, facts);
  const hy_step *step = wanted ? hy_chain_plan(facts, wanted) : NULL;

  if (!wanted)
    return 1;
  /* Another process may use the refresh token: it would be spent twice. */
  if (kind == HOMEY_TIMEOUT && (!step || step->needs == HY_HAS_REFRESH))
    return 0;
  return hy_chain_may_go_on(c, step);
}

/* Keeps new data in memory, tokens included. They should be saved before they are used, but are
 * used all the same, since otherwise the program loses the hub. */
static void go_unkept(homey_client *c, const homey_error *error)
{
  hy_chain *chain = c->chain;

  chain->lockless |= chain->phase == HY_LOCKING;
  if (c->leaving) {
    hy_chain_finish(c, error);
    return;
  }
  chain->unkept = 1;
  hy_error_keep(&chain->trouble, error);
  plan_save(c);
  hy_chain_advance(c);
}

static void store_failed(homey_client *c, homey_kind kind, const char *why)
{
  hy_phase phase = c->chain->phase;
  homey_error error;

  if (!why)
    why = "the store of the login failed without a reason.";
  hy_error_set(&error, kind == HOMEY_OK ? HOMEY_INVALID : kind, "%s%s", why,
               hy_error_is_whole(why) ? "" : ".");
  hy_error_step(&error, "store");
  if (c->chain->quiet) {
    c->unsaved = c->chain->unkept;
    hy_chain_finish(c, &error);
  } else if (!c->chain->ending && kind != HOMEY_MEMORY &&
             (phase == HY_SAVING || (phase == HY_LOCKING && is_next_allowed(c, kind))))
    go_unkept(c, &error);
  else
    hy_chain_give_up(c, &error);
}

/* An API key or local user other than the stored one makes a fresh login. */
static int is_another(const homey_client *c)
{
  const hy_account *a = &c->account;

  if (c->options.token)
    return !a->token || strcmp(a->token, c->options.token);
  return c->options.username &&
         (a->token || (a->username && strcmp(a->username, c->options.username)));
}

/* The login is for the hub at the given address, which may have changed; a hub that has shown
 * its id in this process stays chosen. An API key goes to the store. A login with a key sends no
 * request of its own, so one is made to test the key. */
static void begin_local(homey_client *c)
{
  if (!c->routed)
    hy_account_forget_hub(&c->account);
  if (!c->options.token)
    return;
  c->unsaved = c->options.has_store;
  c->chain->fresh_bearer = !c->chain->want_route;
  c->chain->want_route = 1;
}

static int take_local(homey_client *c)
{
  hy_account *a = &c->account;

  if (!c->options.token && !c->options.username)
    return a->fixed && !c->options.address ? hy_account_set(&c->options.address, a->fixed) : 0;
  if (hy_account_set(&a->token, c->options.token) < 0 ||
      hy_account_set(&a->username, c->options.token ? NULL : c->options.username) < 0)
    return -HOMEY_MEMORY;
  return hy_account_set(&a->fixed, c->options.address);
}

/* The caller's options override the store; a fresh login forgets the old tokens. */
static int apply_given(homey_client *c)
{
  hy_account *a = &c->account;
  homey_error error;

  c->fresh |= is_another(c);
  a->rechosen |= c->fresh;
  if (c->fresh && (c->options.token || c->options.username))
    begin_local(c);
  if (c->fresh)
    hy_account_clear_tokens(a);
  if (!a->refresh && c->options.refresh_token &&
      (hy_account_set(&a->refresh, c->options.refresh_token) < 0 || hy_client_take_own(c) < 0))
    return -HOMEY_MEMORY;
  if (take_local(c) < 0)
    return -HOMEY_MEMORY;
  if (!hy_client_is_local(c) && hy_account_choose(a, c->options.hub, &error) < 0 &&
      hy_account_set(&a->hub_id, NULL) < 0)
    return -HOMEY_MEMORY;
  if (!a->client_id && !hy_client_preset(c, 0))
    return -HOMEY_MEMORY;
  return 0;
}

/* Loads the stored bearer, unless it is one that was refused. When it is the same bearer as
 * before it keeps its serial, so that calls in flight recognise it. */
static int take_session(homey_client *c)
{
  hy_account *a = &c->account;
  char *route = c->routed ? a->route : NULL; /* verified just now, so better than the stored one */
  char *before = a->bearer;
  int kind = a->route_kind, result, same;

  a->bearer = NULL;
  if (route)
    a->route = NULL;
  result = hy_account_load_session(a);
  if (route) {
    hy_wipe(a->route);
    a->route = route;
    a->route_kind = kind;
  }
  if (result < 0) {
    hy_wipe(before);
    return result;
  }
  if (c->fresh || (c->refused && a->bearer && !strcmp(a->bearer, c->refused)))
    hy_account_clear_session(a);
  if (a->token)
    result = hy_account_set(&a->bearer, a->token);
  if (a->token)
    a->bearer_issued = a->bearer_expires = 0;
  same = before && a->bearer && !strcmp(before, a->bearer);
  hy_wipe(before);
  if (!same)
    hy_account_new_bearer(&c->account);
  return result < 0 ? result : hy_client_connect_to(c);
}

static void describe_damage(const homey_client *c, const char *why, homey_error *error)
{
  char name[400] = "";

  if (c->options.file_store)
    hy_file_store_name(c->options.file_store, c->account.key ? c->account.key : "", name,
                       sizeof name);
  hy_error_set(error, HOMEY_INVALID, "the stored login%s%s %s.", *name ? " " : "", name, why);
  hy_error_step(error, "store");
}

/* Tokens belong to the OAuth client that requested them. When the caller gives another, it is
 * used from the next login on. */
static int take_client(homey_client *c)
{
  const hy_account *a = &c->account;
  int same = c->options.client_id && a->client_id && !strcmp(a->client_id, c->options.client_id);

  return !same && (a->access || a->refresh) ? 0 : hy_client_take_own(c);
}

static int take_text(homey_client *c, const char *text, size_t length)
{
  hy_account *a = &c->account;
  char *key = hy_strdup(a->key);
  const char *why = NULL;
  homey_error error;
  int result = hy_account_load(a, text, length, &why);

  if (result == 0)
    result = take_client(c);
  if (result == 0 && key)
    result = hy_account_set(&a->key, key);
  free(key);
  c->chain->stored = result == 0;
  if (result == 0)
    c->chain->print = hy_account_print(a);
  if (c->refused_access)
    hy_access_refused(c, c->refused_access);
  if (!why)
    return result;
  describe_damage(c, why, &error);
  hy_chain_finish(c, &error);
  return result;
}

/* Keeps data that exists in memory alone, unless somebody has logged in meanwhile. Returns 1, 0,
 * or -1 after reporting an error. */
static int is_kept(homey_client *c, const char *text, size_t length)
{
  hy_chain *chain = c->chain;
  const char *why = NULL;
  homey_error error;
  int64_t issued;
  uint64_t print;

  if (!chain->loaded || !(chain->tokens_unsaved || chain->unkept))
    return 0;
  if (!text || hy_account_look(text, length, &print, &issued, &why) == 0)
    return !text || print == chain->print || issued <= c->account.access_issued;
  describe_damage(c, why, &error);
  hy_chain_unlock(c);
  chain->phase = HY_LOCKING; /* the stored login is not overwritten */
  go_unkept(c, &error);
  return -1;
}

/* Takes another login than the one that ended; without one the look ends. */
static int is_revived(homey_client *c, const char *text, size_t length)
{
  const char *why = NULL;
  int64_t issued;
  uint64_t print;

  if (!text || hy_account_look(text, length, &print, &issued, &why) < 0 || print == c->chain->print)
    return 0;
  c->dead = c->fresh = 0;
  c->unsaved = c->chain->tokens_unsaved = c->chain->unkept = 0;
  return 1;
}

void hy_chain_loaded(homey_client *c, const char *text, size_t length)
{
  hy_account *a = &c->account;
  int result = 0, keep;

  if (c->chain->looking && !is_revived(c, text, length)) {
    hy_chain_finish(c, NULL);
    return;
  }
  keep = is_kept(c, text, length);
  if (keep < 0)
    return;
  if (!keep)
    c->chain->tokens_unsaved = 0;
  if (text && !keep)
    result = take_text(c, text, length);
  if (result == -HOMEY_INVALID) /* already reported */
    return;
  if (result == 0 && !a->key)
    result = hy_account_set(&a->key, "default");
  if (result == 0 && !keep)
    result = apply_given(c);
  if (result == 0 && !keep)
    result = take_session(c);
  if (result < 0) {
    hy_chain_finish_memory(c);
    return;
  }
  c->chain->loaded = 1;
  if (c->chain->looking)
    hy_chain_finish(c, NULL);
  else
    hy_chain_advance(c);
}

void hy_chain_look(homey_client *c, hy_done_fn *done)
{
  c->chain->done = done;
  c->chain->looking = 1;
  hy_chain_load(c, HY_LOADING);
}

static void locked(homey_client *c, homey_kind kind, const char *why)
{
  if (kind == HOMEY_OK) {
    c->chain->locked = 1;
    hy_chain_load(c, HY_RELOADING);
  } else if (kind != HOMEY_UNAVAILABLE) {
    store_failed(c, kind, why);
  } else if (c->loop->now < c->chain->lock_until && !c->chain->quiet) {
    hy_chain_pause(c, LOCK_PAUSE_MS, HY_LOCKING);
  } else {
    store_failed(
        c, HOMEY_TIMEOUT,
        "another program has been renewing this login for a minute. Check whether it hangs.");
  }
}

/* The next login starts with only the caller's options. */
void hy_chain_forgotten(homey_client *c)
{
  hy_account_forget(&c->account);
  c->chain->loaded = c->chain->stored = c->unsaved = c->chain->tokens_unsaved = c->chain->unkept =
      0;
  c->routed = 0;
  hy_account_new_bearer(&c->account);
  hy_chain_finish(c, NULL);
}

static void saved(homey_client *c)
{
  c->unsaved = c->chain->tokens_unsaved = c->chain->unkept = c->chain->warned = 0;
  c->chain->print = hy_account_print(&c->account);
  c->new_login |= c->fresh || c->chain->began || !c->chain->stored;
  c->chain->stored = 1;
  c->chain->began = c->account.rechosen = 0;
  if (c->chain->ending)
    hy_chain_forgotten(c);
  else
    hy_chain_advance(c);
}

void hy_chain_store_answered(homey_client *c)
{
  homey_store_op *op = c->chain->op;
  hy_phase phase = c->chain->phase;

  if (!op || !op->answered)
    return;
  c->chain->op = NULL;
  hy_timer_unset(c->loop, &c->chain->timer);
  if (phase == HY_LOCKING)
    locked(c, op->kind, op->text);
  else if (op->kind != HOMEY_OK)
    store_failed(c, op->kind, op->text);
  else if (phase == HY_SAVING)
    saved(c);
  else
    hy_chain_loaded(c, op->text, op->length);
  hy_store_op_free(op);
}
