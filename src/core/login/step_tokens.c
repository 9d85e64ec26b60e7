/* Login steps that return tokens: from a code, a refresh token (which is replaced), or the
 * password grant. */
#include <string.h>
#include <time.h>

#include "account/account.h"
#include "account/client_state.h"
#include "account/reply.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/form.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "http/exchange.h"
#include "login/chain.h"
#include "login/jwt.h"
#include "login/steps.h"

static void say_client(homey_client *c, hy_buf *b)
{
  hy_form_add(b, "client_id", c->account.client_id);
  hy_form_add(b, "client_secret", c->account.client_secret);
}

void hy_say_code(homey_client *c, hy_buf *b)
{
  hy_form_add(b, "grant_type", "authorization_code");
  hy_form_add(b, "code", c->secrets.code ? c->secrets.code : c->options.code);
}

void hy_say_client_code(homey_client *c, hy_buf *b)
{
  say_client(c, b);
  hy_say_code(c, b);
}

void hy_say_grant(homey_client *c, hy_buf *b)
{
  hy_form_add(b, "grant_type", "password");
  hy_form_add(b, "username", c->options.email);
  hy_form_add(b, "password", c->options.password);
}

void hy_say_refresh(homey_client *c, hy_buf *b)
{
  hy_form_add(b, "grant_type", "refresh_token");
  hy_form_add(b, "refresh_token", c->account.refresh);
}

void hy_say_client_refresh(homey_client *c, hy_buf *b)
{
  say_client(c, b);
  hy_say_refresh(c, b);
}

/* Notes that the tokens in the store are out of date. */
static void tokens_changed(homey_client *c)
{
  c->chain->tokens_unsaved = c->unsaved = c->options.has_store;
}

/* Takes over a token object. Returns 0, -HOMEY_PROTOCOL or -HOMEY_MEMORY; on failure the refresh
 * token is unchanged, since it is set last. */
static int take_tokens(homey_client *c, const cJSON *json)
{
  const char *access = hy_json_string(json, "access_token"),
             *refresh = hy_json_string(json, "refresh_token");
  const cJSON *lifetime = cJSON_GetObjectItemCaseSensitive(json, "expires_in");
  double seconds = cJSON_IsNumber(lifetime) ? lifetime->valuedouble : 3600;
  hy_account *a = &c->account;

  if (!hy_is_token(access) || (refresh && !hy_is_token(refresh)))
    return -HOMEY_PROTOCOL;
  if (hy_account_set(&a->access, access) < 0 ||
      (refresh && hy_account_set(&a->refresh, refresh) < 0))
    return -HOMEY_MEMORY;
  a->access_issued = (int64_t)time(NULL);
  a->access_expires = a->access_issued + (seconds > 0 && seconds < 1e9 ? (int64_t)seconds : 3600);
  c->chain->fresh_access++;
  c->chain->reread |= c->fresh;
  c->chain->began |= c->fresh;
  c->fresh = 0; /* the new login has begun: a later failure continues from here */
  tokens_changed(c);
  return 0;
}

static hy_verdict read_tokens(homey_client *c, hy_exchange *x, homey_error *error)
{
  cJSON *json = hy_reply_json(x);
  int result = take_tokens(c, json);

  hy_json_tree_free(json);
  if (result == 0)
    return HY_DONE;
  return result == -HOMEY_MEMORY ? hy_step_no_memory(error) : hy_step_strange(c, x, error);
}

void hy_steps_spend_code(homey_client *c)
{
  hy_wipe(c->secrets.code);
  hy_wipe(c->options.code);
  c->secrets.code = c->options.code = NULL;
}

/* A code from this chain may have expired: requests another, once. */
static int asks_again(homey_client *c)
{
  int again = c->secrets.jwt && !c->chain->recoded;

  c->chain->recoded = 1;
  return again;
}

static int is_client_trouble(const hy_exchange *x)
{
  return (x->status == 400 || x->status == 401) &&
         (hy_reply_says(x, "invalid_client") || hy_reply_says(x, "invalid_request"));
}

hy_verdict hy_read_token(homey_client *c, hy_exchange *x, homey_error *error)
{
  hy_verdict verdict;

  if (is_client_trouble(x))
    return HY_OTHER_WAY;
  if (x->status == 400 || x->status == 401) {
    hy_step_failed(c, x, HOMEY_CREDENTIALS, "the authorization code was refused",
                   "It is valid for 30 seconds and once. Get another.", error);
    hy_steps_spend_code(c);
    return asks_again(c) ? HY_DONE : HY_FAILED;
  }
  verdict = hy_step_is_success(x) ? read_tokens(c, x, error) : hy_step_strange(c, x, error);
  if (verdict == HY_DONE || x->status < 500)
    hy_steps_spend_code(c);
  return verdict;
}

hy_verdict hy_read_grant(homey_client *c, hy_exchange *x, homey_error *error)
{
  if (is_client_trouble(x))
    return HY_OTHER_WAY;
  if (hy_reply_says(x, "unsupported_grant_type") || hy_reply_says(x, "unauthorized_client"))
    return hy_step_failed(c, x, HOMEY_INVALID,
                          "this client_id may not log in by the password grant",
                          "Log in without it.", error);
  if (x->status == 400 || x->status == 401) {
    c->credentials_used = 1;
    return hy_step_failed(c, x, HOMEY_CREDENTIALS, "the e-mail address or the password was refused",
                          "Check both.", error);
  }
  return hy_step_is_success(x) ? read_tokens(c, x, error) : hy_step_strange(c, x, error);
}

/* The cloud has checked the token and explicitly refused it. */
static int is_refusal(const hy_exchange *x)
{
  if (x->status < 400 || x->status > 499 || hy_exchange_is(x, "html"))
    return 0;
  return hy_reply_says(x, "invalid_grant") || hy_reply_says(x, "invalid_token") ||
         (x->status == 401 &&
          (hy_reply_says(x, "refresh token") || hy_reply_says(x, "refresh_token")));
}

/* A refusal without a clear reason may come from a proxy, or from a cloud in trouble. The token
 * is kept, and not used again in this run. */
static hy_verdict read_unclear(homey_client *c, hy_exchange *x, homey_error *error)
{
  c->chain->unclear = 1;
  if (hy_chain_plan(hy_facts(c), HY_HAS_ACCESS))
    return HY_DONE;
  return hy_step_failed(c, x, HOMEY_PROTOCOL, "the cloud neither renewed the login nor ended it",
                        "The next call tries again. If it keeps failing, log in again.", error);
}

/* The caller's refresh token was sent: it is never sent again. If it was refused and there is no
 * other way to log in, its refusal is the error. */
static void spend_given(homey_client *c, hy_exchange *x)
{
  int given = c->options.refresh_token && c->account.refresh &&
              !strcmp(c->options.refresh_token, c->account.refresh);
  homey_error refusal;

  hy_account_set(&c->options.refresh_token, NULL);
  if (!given || !is_refusal(x))
    return;
  hy_step_failed(c, x, HOMEY_CREDENTIALS, "the refresh token that was given was refused",
                 "Get another, or log in with e-mail and password.", &refusal);
  hy_error_step(&refusal, c->chain->step->name);
  hy_error_keep(&c->refusal, &refusal);
}

/* Tells an answer by its format: the seed URL may return tokens, or directly the JWT of step 4;
 * then the refresh token was not used up. */
hy_verdict hy_read_refresh(homey_client *c, hy_exchange *x, homey_error *error)
{
  char *token;

  if (is_client_trouble(x) && !hy_reply_says(x, "invalid_grant"))
    return HY_OTHER_WAY;
  if (x->status == 404 || x->status == 405 || x->status == 501 ||
      hy_reply_says(x, "unsupported_grant_type")) {
    c->chain->way |= 1; /* the second way has the same URL, and would be refused too */
    hy_step_failed(c, x, HOMEY_PROTOCOL, "the cloud knows no way to renew a login", "Log in again.",
                   error);
    return HY_OTHER_WAY;
  }
  if (x->status < 500)
    spend_given(c, x);
  if (is_refusal(x)) {
    hy_account_set(&c->account.refresh, NULL);
    tokens_changed(c);
    return HY_DONE; /* the plan finds another way, or none */
  }
  if (x->status == 400 || x->status == 401)
    return read_unclear(c, x, error);
  token = hy_step_is_success(x) ? hy_step_token(c, x) : NULL;
  if (token && hy_jwt_like(token) && !c->secrets.delegation) {
    c->secrets.delegation = token;
    return HY_DONE;
  }
  hy_wipe(token);
  return hy_step_is_success(x) ? read_tokens(c, x, error) : hy_step_strange(c, x, error);
}
