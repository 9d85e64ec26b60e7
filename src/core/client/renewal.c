/* Renewal and other background work: renews a login before it ends, saves again what the store
 * refused, looks for a better address, and for another login when this one has ended. A failure
 * is tried again. */
#include <stddef.h>
#include <time.h>

#include "account/account.h"
#include "account/client_state.h"
#include "account/trace.h"
#include "address/address.h"
#include "base/backoff.h"
#include "client/client.h"
#include "http/exchange.h"
#include "login/chain.h"
#include "login/lookup.h"
#include "login/steps.h"
#include "loop/loop.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "realtime/realtime.h"

#define LOOK_MS 60000
#define HOUR_MS 3600000

void homey_client_stay(homey_client *c, int stay)
{
  c->stays = stay;
  hy_work_queue(c->loop, &c->work);
}

/* ---- the store ---- */

static void done(homey_client *c, const homey_error *error)
{
  (void)error;
  if (!c->chain->unkept)
    c->chain->save_tries = 0;
  hy_work_queue(c->loop, &c->work);
}

/* ---- another login ---- */

int hy_renewal_may_look(const homey_client *c)
{
  return c->dead && c->options.has_store && !c->left && !c->options.token;
}

static void looked(homey_client *c, const homey_error *error)
{
  (void)error;
  c->renewal->looked = c->dead;
  if (!c->dead)
    hy_realtime_login(c);
  hy_work_queue(c->loop, &c->work);
}

void hy_renewal_look(homey_client *c)
{
  c->renewal->look_at = c->loop->now + LOOK_MS;
  hy_chain_look(c, looked);
}

/* ---- the address of the hub ---- */

/* The hub answers, but not at the address from the cloud. Only a program that stays renews a
 * token to ask for addresses. */
static int wants_reread(const homey_client *c)
{
  const hy_account *a = &c->account;

  return c->hubs_due && !c->chain->lookup.x && c->routed && !c->dead && !hy_client_is_local(c) &&
         ((hy_facts(c) & HY_HAS_ACCESS) || (a->refresh && hy_client_stays(c)));
}

/* Calls look for a better address by themselves. This is for a client that only listens. */
static int wants_look(const homey_client *c)
{
  return c->has_better && c->routed && !c->dead && hy_realtime_ready(c);
}

static void reread(homey_client *c, const homey_error *error)
{
  c->hubs_due = 0; /* until another address fails */
  done(c, error);
}

static void user_applied(homey_client *c, const homey_error *error)
{
  hy_exchange_free(hy_lookup_take(c));
  hy_client_look(c);
  done(c, error);
}

/* ---- renewal ---- */

/* Lifetime in seconds of a bearer that the chain can renew; 0 when it is unknown or cannot be
 * renewed. */
static int64_t lifetime(const homey_client *c)
{
  const hy_account *a = &c->account;

  return a->bearer && !a->token && a->bearer_issued && a->bearer_expires > a->bearer_issued
             ? a->bearer_expires - a->bearer_issued
             : 0;
}

#define LEAST_MS 10000 /* between two early renewals, whatever lifetime a hub gives */

/* Half of the bearer's lifetime after its issue. Checked every hour, since the clock may be set
 * meanwhile. */
static int64_t renewal_due(const homey_client *c)
{
  int64_t left = c->account.bearer_issued + lifetime(c) / 2 - (int64_t)time(NULL);
  int64_t when = c->loop->now + (left <= 0 ? 0 : left < HOUR_MS / 1000 ? left * 1000 : HOUR_MS);

  if (when < c->renewal->renew_at)
    when = c->renewal->renew_at;
  /* The hub has asked for a pause. */
  return c->calls->quiet.set && when < c->calls->quiet.when ? c->calls->quiet.when : when;
}

static void renewed(homey_client *c, const homey_error *error)
{
  hy_renewal *u = c->renewal;
  int64_t pause = lifetime(c) * 1000 / 200;

  if (error) {
    pause = (pause > 1000 ? pause : 1000) * hy_backoff(u->renew_tries++);
    u->renew_at = c->loop->now + pause;
    hy_trace_line(c, "the login is not renewed yet. Trying again in %lld s: %s",
                  (long long)(pause / 1000), error->message);
  } else {
    u->renew_tries = 0;
    u->renew_at = c->loop->now + LEAST_MS;
    hy_realtime_again(c); /* or the hub would end the connection when the old bearer expires */
  }
  done(c, error);
}

/* ---- the timer ---- */

static void run(hy_timer *timer)
{
  homey_client *c = ((hy_renewal *)((char *)timer - offsetof(hy_renewal, timer)))->client;
  int64_t now = c->loop->now;

  if (c->chain->phase != HY_IDLE || c->ending) /* the end of the chain plans again */
    return;
  if (hy_renewal_may_look(c) && now >= c->renewal->look_at)
    hy_renewal_look(c);
  else if (!c->dead && c->chain->unkept && now >= c->chain->save_at)
    hy_chain_start(c, 0, 0, done);
  else if (!c->dead && lifetime(c) && hy_client_stays(c) && now >= renewal_due(c))
    hy_chain_renew(c, renewed);
  else if (wants_reread(c) && now >= c->chain->lookup.reread_at)
    hy_chain_reread(c, reread);
  else {
    if (wants_look(c))
      hy_client_look(c);
    hy_renewal_plan(c);
  }
}

static void sooner(int64_t *when, int64_t other)
{
  *when = other < *when ? other : *when;
}

void hy_renewal_plan(homey_client *c)
{
  hy_renewal *u = c->renewal;
  int64_t when = INT64_MAX;

  if (c->chain->lookup.x && c->chain->lookup.answered && !c->dead && !c->ending) {
    hy_chain_take_user(c, user_applied);
    return;
  }
  if (c->dead && hy_client_stays(c) && hy_renewal_may_look(c))
    sooner(&when, u->look_at);
  if (!c->dead && c->chain->unkept && hy_bearer_is_good(c)) /* else the next chain saves it */
    sooner(&when, c->chain->save_at);
  if (!c->dead && lifetime(c) && hy_client_stays(c))
    sooner(&when, renewal_due(c));
  if (wants_reread(c))
    sooner(&when, c->chain->lookup.reread_at);
  if (wants_look(c) && !c->race->running)
    sooner(&when, c->look_at);
  u->timer.fire = run;
  if (when == INT64_MAX)
    hy_timer_unset(c->loop, &u->timer);
  else if (!u->timer.set || u->timer.when != when)
    hy_timer_set(c->loop, &u->timer, when);
}
