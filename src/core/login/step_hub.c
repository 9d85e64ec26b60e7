/* Login steps on the hub: the hubs of the account, and the session on the chosen one, from the
 * delegation JWT or a local user to the bearer. */
#include <string.h>
#include <time.h>

#include "account/account.h"
#include "account/client_state.h"
#include "account/reply.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "http/exchange.h"
#include "login/chain.h"
#include "login/jwt.h"
#include "login/lookup.h"
#include "login/steps.h"

/* ---- user/me ---- */

/* A refused access token is renewed. One that this run has received is renewed once more: it may
 * have expired during the search for the hub, or may not be known everywhere in the cloud yet.
 * The next refusal ends the run. */
static hy_verdict access_refused(homey_client *c, hy_exchange *x, homey_error *error)
{
  int most = c->account.refresh ? 1 : 0;

  hy_step_failed(c, x, HOMEY_UNAUTHORIZED,
                 "the cloud does not accept the access token it has just issued", "Log in again.",
                 error);
  hy_wipe(c->account.access);
  c->account.access = NULL;
  return c->chain->fresh_access > most ? HY_FAILED : HY_DONE;
}

hy_verdict hy_read_user(homey_client *c, hy_exchange *x, homey_error *error)
{
  uint64_t known = hy_client_addresses(c);
  cJSON *user;
  int result;

  if (x->status == 401)
    return access_refused(c, x, error);
  user = hy_step_is_success(x) ? hy_reply_json(x) : NULL;
  result = user ? hy_account_read_user(&c->account, user) : -HOMEY_PROTOCOL;
  hy_json_tree_free(user);
  if (result == -HOMEY_PROTOCOL)
    return hy_step_strange(c, x, error);
  if (result < 0)
    return hy_step_no_memory(error);
  c->chain->user_read = 1;
  c->hubs_due = 0;
  c->chain->hubs_stale = 0;
  c->unsaved = c->options.has_store;
  if (hy_account_choose(&c->account, c->options.hub, error) < 0)
    return HY_FAILED;
  if (hy_client_connect_to(c) < 0)
    return hy_step_no_memory(error);
  if (hy_client_addresses(c) != known)
    hy_lookup_moved(c);
  return HY_DONE;
}

/* ---- 4 access token -> delegation JWT ---- */

void hy_say_empty(homey_client *c, hy_buf *b)
{
  (void)c;
  hy_buf_adds(b, "{}");
}

hy_verdict hy_read_delegation(homey_client *c, hy_exchange *x, homey_error *error)
{
  char *token;

  if (x->status == 401)
    return access_refused(c, x, error);
  token = hy_step_is_success(x) ? hy_step_token(c, x) : NULL;
  if (!token || !hy_jwt_like(token)) {
    hy_wipe(token);
    return hy_step_strange(c, x, error);
  }
  hy_wipe(c->secrets.delegation);
  c->secrets.delegation = token;
  return HY_DONE;
}

/* ---- 5 delegation JWT -> bearer, or local user -> bearer ---- */

#define BEARER_SECONDS (24 * 3600)

static void say_json(hy_buf *b, const char *const *names, const char *const *values)
{
  cJSON *json = cJSON_CreateObject();
  int good = json != NULL;

  for (; good && *names; names++, values++)
    good = cJSON_AddStringToObject(json, *names, *values) != NULL;
  if (good)
    hy_json_tree_print(json, 0, b);
  else
    b->failed = 1;
  hy_json_tree_free(json);
}

void hy_say_hub_login(homey_client *c, hy_buf *b)
{
  const char *names[] = { "token", NULL }, *values[] = { c->secrets.delegation };

  say_json(b, names, values);
}

void hy_say_local_login(homey_client *c, hy_buf *b)
{
  const char *names[] = { "username", "password", "clientId", "clientName", NULL };
  const char *values[] = { c->options.username, c->options.password, c->account.client_id,
                           "homey for Lua" };

  say_json(b, names, values);
}

static hy_verdict take_bearer(homey_client *c, hy_exchange *x, homey_error *error)
{
  char *token = hy_step_token(c, x);
  hy_account *a = &c->account;

  if (!token)
    return hy_step_strange(c, x, error);
  hy_account_clear_session(a);
  a->bearer = token;
  a->bearer_issued = (int64_t)time(NULL);
  a->bearer_expires = a->bearer_issued + BEARER_SECONDS;
  c->chain->fresh_bearer = c->chain->renewed = 1;
  c->unsaved = c->options.has_store;
  hy_account_new_bearer(&c->account);
  return HY_DONE;
}

hy_verdict hy_read_hub_login(homey_client *c, hy_exchange *x, homey_error *error)
{
  hy_verdict verdict;

  if (x->status == 401)
    verdict = hy_step_failed(c, x, HOMEY_UNAUTHORIZED, "the hub does not accept this login",
                             "Log in again.", error);
  else
    verdict = hy_step_is_success(x) ? take_bearer(c, x, error) : hy_step_strange(c, x, error);
  hy_wipe(c->secrets.delegation);
  c->secrets.delegation = NULL;
  return verdict;
}

hy_verdict hy_read_local_login(homey_client *c, hy_exchange *x, homey_error *error)
{
  if (x->status == 400 || x->status == 401 || x->status == 403) {
    c->credentials_used = 1;
    return hy_step_failed(c, x, HOMEY_CREDENTIALS, "the hub refused the user name or the password",
                          "Check both.", error);
  }
  if (x->status == 404 || x->status == 405)
    return hy_step_failed(c, x, HOMEY_UNAVAILABLE, "this hub has no local users",
                          "Log in with an account or an API key.", error);
  return hy_step_is_success(x) ? take_bearer(c, x, error) : hy_step_strange(c, x, error);
}

/* ---- the session's data, and its end ---- */

/* Converts "2026-02-15T18:00:00.000Z" to seconds since 1970; returns 0 for another format. */
static int64_t parse_time(const char *text)
{
  struct tm t;

  memset(&t, 0, sizeof t);
  if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &t.tm_year, &t.tm_mon, &t.tm_mday,
                      &t.tm_hour, &t.tm_min, &t.tm_sec) != 6)
    return 0;
  t.tm_year -= 1900;
  t.tm_mon -= 1;
  return (int64_t)timegm(&t);
}

hy_verdict hy_read_session(homey_client *c, hy_exchange *x, homey_error *error)
{
  hy_account *a = &c->account;
  int64_t created, expires;
  cJSON *session;
  int result;

  if (x->status == 401 && a->token)
    return hy_step_failed(c, x, HOMEY_UNAUTHORIZED, "the hub does not accept this API key",
                          "Make a new one in the Homey app.", error);
  session = hy_step_is_success(x) ? hy_reply_json(x) : NULL;
  created = parse_time(hy_json_string(session, "createdAt"));
  expires = parse_time(hy_json_string(session, "expiresAt"));
  result = hy_account_set(&a->session_id, hy_json_string(session, "id"));
  hy_json_tree_free(session);
  c->chain->fresh_bearer = 0;
  /* These are times of the hub's clock: only the lifetime is used. */
  if (a->bearer_issued && created && expires > created)
    a->bearer_expires = a->bearer_issued + (expires - created);
  return result < 0 ? hy_step_no_memory(error) : HY_DONE;
}

hy_verdict hy_read_ended(homey_client *c, hy_exchange *x, homey_error *error)
{
  (void)c;
  (void)x;
  (void)error;
  return HY_DONE;
}
