/* Plan of the chain: searches backwards from the wanted fact for the latest step that still
 * works. */
#include <time.h>

#include "account/account.h"
#include "account/client_state.h"
#include "address/address.h"
#include "base/text.h"
#include "login/chain.h"
#include "login/steps.h"
#include "loop/loop.h"

#define ACCESS_MARGIN 20 /* seconds before the end */
#define BEARER_MARGIN 300
#define FRESH_SECONDS 5 /* a bearer that is refused so soon was never valid */
#define RENEWED_MOST 3

static int reachable(unsigned facts, unsigned wanted, unsigned on_the_way);

static const hy_step *plan(unsigned facts, unsigned wanted, unsigned on_the_way)
{
  int i;

  for (i = 0; i < hy_step_count; i++) {
    const hy_step *step = &hy_steps[i];
    unsigned missing = step->needs & ~facts, first = missing & (~missing + 1), bit;
    if (step->gives != wanted)
      continue;
    for (bit = 1; bit && (!(missing & bit) || reachable(facts, bit, on_the_way | wanted));
         bit <<= 1)
      ;
    if (bit)
      continue;
    return missing ? plan(facts, first, on_the_way | wanted) : step;
  }
  return NULL;
}

static int reachable(unsigned facts, unsigned wanted, unsigned on_the_way)
{
  return !(on_the_way & wanted) && plan(facts, wanted, on_the_way) != NULL;
}

const hy_step *hy_chain_plan(unsigned facts, unsigned wanted)
{
  return plan(facts, wanted, 0);
}

int hy_bearer_is_good(const homey_client *c)
{
  const hy_account *a = &c->account;

  /* A program that ends soon does not renew a valid bearer: if it is killed meanwhile, the login
   * is lost. */
  return a->bearer && (hy_still_good(a->bearer_issued, a->bearer_expires,
                                     hy_client_stays(c) ? BEARER_MARGIN : 0) ||
                       c->loop->now < c->good_until);
}

int hy_bearer_refused(homey_client *c, uint64_t serial)
{
  if (serial != c->account.bearer_serial || !c->account.bearer)
    return 0;
  hy_wipe(c->refused);
  c->refused = c->account.bearer;
  c->account.bearer = NULL;
  c->good_until = 0;
  hy_account_new_bearer(&c->account);
  return 1;
}

uint64_t hy_access_hash(const homey_client *c)
{
  return hy_hash_text(HY_HASH_START, c->account.access);
}

void hy_access_refused(homey_client *c, uint64_t hash)
{
  if (!c->account.access || hy_access_hash(c) != hash)
    return;
  c->refused_access = hash;
  hy_account_set(&c->account.access, NULL);
}

/* The bearer of this serial was replaced, or is some seconds old and may have expired on the
 * way: its refusal says nothing about fresh ones. */
static int is_past(const homey_client *c, uint64_t serial)
{
  const hy_account *a = &c->account;

  return serial != a->bearer_serial || !a->bearer ||
         (int64_t)time(NULL) >= a->bearer_issued + FRESH_SECONDS;
}

int hy_refusal_is_final(const homey_client *c, uint64_t serial, int renewed)
{
  return c->account.token || renewed > (is_past(c, serial) ? RENEWED_MOST : 0);
}

unsigned hy_facts(const homey_client *c)
{
  const hy_account *a = &c->account;
  const hy_chain *chain = c->chain;
  unsigned facts = 0;

  if (hy_client_is_local(c) || (hy_account_hub((hy_account *)a) && !chain->hubs_stale))
    facts |= HY_HAS_HUBS;
  if (c->routed && hy_route_is_allowed(c))
    facts |= HY_HAS_ROUTE;
  if (c->options.email && c->options.password && !c->credentials_used && !c->options.username)
    facts |= c->options.password_grant ? HY_HAS_GRANT : HY_HAS_CREDENTIALS;
  if (c->secrets.jwt)
    facts |= HY_HAS_JWT;
  if (chain->page.csrf)
    facts |= HY_HAS_PAGE;
  if (c->secrets.code || c->options.code)
    facts |= HY_HAS_CODE;
  if (a->refresh && !chain->unclear)
    facts |= HY_HAS_REFRESH;
  if (a->access && hy_still_good(a->access_issued, a->access_expires, ACCESS_MARGIN))
    facts |= HY_HAS_ACCESS;
  if (c->secrets.delegation)
    facts |= HY_HAS_DELEGATION;
  if (c->options.username && c->options.password && !c->credentials_used)
    facts |= HY_HAS_LOCAL;
  if (hy_bearer_is_good(c))
    facts |= HY_HAS_BEARER;
  if (!chain->fresh_bearer || a->session_id)
    facts |= HY_HAS_SESSION;
  return facts;
}
