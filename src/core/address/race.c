/* Race between the addresses of the hub: all are pinged at once; better kinds have a head start. */
#include <curl/curl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/client_state.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/error.h"
#include "http/exchange.h"
#include "loop/loop.h"
#include "loop/pending.h"
#include "loop/timer.h"

/* How long the others wait for a better kind (ms), as in the official client. */
static const int head_start[HY_ROUTES] = {
  [HY_FIXED] = 1500, [HY_LOCAL_SECURE] = 1200, [HY_LOCAL] = 1000,
  [HY_MDNS] = 3000,  [HY_FORWARDED] = 2000,    [HY_CLOUD] = 5000
};
#define ALONE_MS 300  /* the last winner is asked alone for so long */
#define GRACE_MS 300  /* the others wait so long for a better candidate that is not the best */
#define LOOK_MS 60000 /* between two searches for a better address than the one in use */

void hy_race_stop(homey_client *c)
{
  int i;

  hy_timer_unset(c->loop, &c->race->timer);
  for (i = 0; i < c->race->count; i++)
    c->race->list[i].x = hy_exchange_free(c->race->list[i].x);
  free(c->race->list);
  c->race->list = NULL;
  c->race->count = c->race->running = c->race->looking = 0;
  if (c->race->survey)
    hy_pending_cancelled(c->race->survey);
  c->race->survey = NULL;
}

static void won(homey_client *c, const hy_candidate *k)
{
  hy_account *a = &c->account;
  homey_error error;
  int looking = c->race->looking, again = k - c->race->list == c->race->remembered;
  int better = !a->route || strcmp(a->route, k->base), result = hy_account_set(&a->route, k->base);

  /* When only the last winner was asked, a better one is searched at once, in the background. */
  if (!looking)
    c->look_at = again && k != c->race->list ? 0 : c->loop->now + LOOK_MS;
  if (result == 0)
    a->route_kind = k->kind;
  c->has_better = k != c->race->list;
  if (hy_is_home_kind(k->kind))
    c->hubs_due = c->reread_tries = 0;
  hy_race_stop(c);
  if (result < 0 && !looking) {
    hy_error_set(&error, HOMEY_MEMORY, "the address could not be kept");
    c->race->done(c, &error);
    return;
  }
  c->routed = 1;
  c->unsaved |= better && c->options.has_store;
  c->race->done(c, NULL);
}

/* The candidate with the most useful failure: a fatal answer, else the best candidate. */
static const hy_candidate *worst(const hy_race *race)
{
  int i;

  for (i = 0; i < race->count; i++)
    if (race->list[i].failed == HOMEY_FORBIDDEN)
      return &race->list[i];
  return race->list;
}

/* Lists the failures of all candidates, since any may be the cause. */
static void list_failures(const hy_race *race, hy_buf *text)
{
  int i, n = 0;

  hy_buf_adds(text, "no address of the hub works: ");
  for (i = 0; i < race->count; i++)
    if (race->list[i].failed)
      hy_buf_addf(text, "%s%s", n++ ? "; " : "", race->list[i].what);
}

static void explain(const hy_race *race, homey_error *error)
{
  const hy_candidate *k = worst(race);
  const char *advice = k->advice;
  hy_buf text = { 0 };
  int all = race->count > 1 && k->failed != HOMEY_FORBIDDEN;

  if (all)
    list_failures(race, &text);
  if (all && !advice && k->failed == HOMEY_OFFLINE)
    advice = "Check that the hub and this machine are on the network.";
  hy_error_set(error, k->failed, "%s%s%s", all && !text.failed ? text.data : k->what,
               advice ? ". " : "", advice ? advice : "");
  error->status = k->status;
  hy_buf_free(&text);
}

static void lost(homey_client *c)
{
  homey_error error;

  if (c->race->count > 0)
    explain(c->race, &error);
  else if (!c->race->list)
    hy_error_set(&error, HOMEY_MEMORY, "the addresses of the hub could not be tried");
  else
    hy_error_set(&error, HOMEY_OFFLINE,
                 "no address of the hub is known that may be used. Give one as `address`%s.",
                 c->options.plain_http == HOMEY_PLAIN_ALLOW
                     ? ""
                     : ", or allow plain http at home by plain_http = \"allow\"");
  hy_error_step(&error, "address");
  hy_race_stop(c);
  c->race->done(c, &error);
}

/* The first good candidate that no longer has to wait for a better one. */
static hy_candidate *winner(homey_client *c)
{
  hy_race *race = c->race;
  int64_t until = 0;
  int i;

  if (race->remembered >= 0 && race->list[race->remembered].good)
    return &race->list[race->remembered];
  for (i = 0; i < race->count && !race->list[i].good; i++)
    if (!race->list[i].answered &&
        race->started + (i ? GRACE_MS : head_start[race->list[0].kind]) > until)
      until = race->started + (i ? GRACE_MS : head_start[race->list[0].kind]);
  if (i < race->count && c->loop->now < until)
    hy_timer_set(c->loop, &race->timer, until);
  else if (i < race->count)
    return &race->list[i];
  return NULL;
}

static void ask_all(homey_client *c)
{
  hy_race *race = c->race;
  int i;

  race->asked_all = 1;
  race->started = c->loop->now;
  for (i = 0; i < race->count; i++)
    if (!race->list[i].asked)
      hy_ping(c, &race->list[i]);
}

/* Called after every change. */
void hy_race_settle(homey_client *c)
{
  hy_race *race = c->race;
  const hy_candidate *good;

  if (race->survey) {
    if (race->running == 0)
      hy_survey_tell(c);
    return;
  }
  if (race->running == 0 && !race->asked_all)
    ask_all(c);
  good = winner(c);
  if (good)
    won(c, good);
  else if (race->running == 0 || (race->list[0].failed == HOMEY_FORBIDDEN))
    lost(c);
}

static void race_timer(hy_timer *timer)
{
  homey_client *c = ((hy_race *)((char *)timer - offsetof(hy_race, timer)))->client;

  if (c->race->survey) {
    hy_survey_tell(c);
    return;
  }
  if (!c->race->asked_all)
    ask_all(c);
  hy_race_settle(c);
}

static void start_race(homey_client *c)
{
  hy_race *race = c->race;
  int i;

  hy_race_stop(c);
  race->timer.fire = race_timer;
  race->list = calloc(HY_CANDIDATES, sizeof *race->list);
  if (race->list)
    race->count = hy_candidates(&c->account, c->options.address, c->options.plain_http, race->list);
  race->remembered = -1;
  race->asked_all = 0;
  for (i = 0; c->account.route && i < race->count; i++)
    if (curl_strequal(c->account.route, race->list[i].base))
      race->remembered = i;
}

/* Asks only the last winner at first. */
void hy_race_start(homey_client *c, hy_done_fn *done)
{
  hy_race *race = c->race;

  start_race(c);
  race->done = done;
  c->routed = 0;
  if (race->remembered >= 0) {
    hy_ping(c, &race->list[race->remembered]);
    hy_timer_set(c->loop, &race->timer, c->loop->now + ALONE_MS);
  }
  hy_race_settle(c);
}

void hy_race_survey(homey_client *c, hy_pending *survey, int64_t ms)
{
  start_race(c);
  c->race->survey = survey;
  ask_all(c);
  hy_timer_set(c->loop, &c->race->timer, c->loop->now + ms);
  hy_race_settle(c);
}

/* Has no timer of its own: without calls, no search is made. */
void hy_race_look(homey_client *c, hy_done_fn *moved)
{
  hy_race *race = c->race;

  if (c->loop->now < c->look_at || race->running > 0)
    return;
  c->look_at = c->loop->now + LOOK_MS;
  start_race(c);
  if (race->remembered >= 0) /* else user/me has new addresses, and all of them are tried */
    race->count = race->remembered;
  race->remembered = -1;
  if (race->count == 0) {
    hy_race_stop(c);
    return;
  }
  race->looking = 1;
  race->done = moved;
  hy_race_settle(c);
}
