/*
 * Login steps as table rows: what a step needs and gives, how it is requested, and how its answer
 * is read.
 *
 * e-mail + password -> JWT -> (consent page ->) code -> tokens -> delegation JWT -> bearer of the
 * hub.
 */
#include "login/steps.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "account/client_state.h"
#include "account/reply.h"
#include "base/error.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "http/exchange.h"
#include "login/chain.h"

/* ---- small readers ---- */

hy_verdict hy_step_failed(homey_client *c, const hy_exchange *x, homey_kind kind, const char *what,
                          const char *advice, homey_error *error)
{
  char words[240], status[24], when[40];
  long seconds = hy_exchange_retry_after(x);

  hy_reply_complaint(c, x, words, sizeof words);
  snprintf(status, sizeof status, "status %d", x->status);
  snprintf(when, sizeof when, "Try again in %ld s.", seconds);
  if (seconds && !*advice)
    advice = when;
  hy_error_set(error, kind, "%s (%s)%s%s", what, *words ? words : status, *advice ? ". " : "",
               advice);
  error->status = x->status;
  error->retry_after = seconds;
  return HY_FAILED;
}

/* Handles an answer that no step can read: from a broken cloud, or not from the cloud at all. */
hy_verdict hy_step_strange(homey_client *c, const hy_exchange *x, homey_error *error)
{
  if (x->status == 429)
    return hy_step_failed(c, x, HOMEY_RATE_LIMITED, "too many attempts", "", error);
  if (x->status >= 500)
    return hy_step_failed(c, x, HOMEY_UNAVAILABLE, "the server failed", "", error);
  if (x->status == 403)
    return hy_step_failed(c, x, HOMEY_FORBIDDEN, "the server forbids it", "", error);
  if (x->status >= 400)
    return hy_step_failed(c, x, HOMEY_PROTOCOL, "the server did not accept the request", "", error);
  return hy_step_failed(c, x, HOMEY_PROTOCOL, "the server gave an answer that it should not give",
                        "", error);
}

int hy_step_is_success(const hy_exchange *x)
{
  return x->status >= 200 && x->status < 300;
}

/* Returns a token that is sent bare, as a JSON string, or in {"token"}; to be wiped. NULL when
 * there is none. */
char *hy_step_token(homey_client *c, const hy_exchange *x)
{
  cJSON *json = hy_reply_json(x);
  const char *text = cJSON_IsString(json) ? json->valuestring : hy_json_string(json, "token");
  char *token;
  size_t n;

  /* Bare text, not a page or truncated JSON. */
  if (!json && x->reply.length > 0 && !strchr("<\"{[", *x->reply.data))
    text = x->reply.data;
  token = hy_strdup(text);
  c->chain->starved |= text && !token;
  n = token ? strlen(token) : 0;
  while (n > 0 && isspace((unsigned char)token[n - 1]))
    token[--n] = '\0';
  hy_json_tree_free(json);
  if (token && !hy_is_token(token)) {
    hy_wipe(token);
    token = NULL;
  }
  return token;
}

hy_verdict hy_step_no_memory(homey_error *error)
{
  hy_error_set(error, HOMEY_MEMORY, "the login could not go on");
  return HY_FAILED;
}

/* ---- the rows ---- */

/* clang-format off */
const hy_step hy_steps[] = {
  { "user",
    HY_HAS_HUBS,
    HY_HAS_ACCESS,
    HY_LOCKED | HY_REPEAT,
    { { { { HY_API, "/user/me" } }, "GET", HY_ACCESS, HY_NO_BODY, NULL } },
    hy_read_user },
  { "address",
    HY_HAS_ROUTE,
    HY_HAS_HUBS,
    0,
    { { { { HY_END, NULL } }, NULL, HY_NO_AUTH, HY_NO_BODY, NULL } },
    NULL },
  { "local-login",
    HY_HAS_BEARER,
    HY_HAS_LOCAL | HY_HAS_ROUTE,
    HY_LOCKED,
    { { { { HY_HUB, "/api/manager/users/login-local" } },
        "POST", HY_NO_AUTH, HY_JSON, hy_say_local_login } },
    hy_read_local_login },
  { "hub-login",
    HY_HAS_BEARER,
    HY_HAS_DELEGATION | HY_HAS_ROUTE,
    HY_LOCKED | HY_REPEAT,
    { { { { HY_HUB, "/api/manager/users/login" } },
        "POST", HY_NO_AUTH, HY_JSON, hy_say_hub_login } },
    hy_read_hub_login },
  { "delegation",
    HY_HAS_DELEGATION,
    HY_HAS_ACCESS | HY_HAS_ROUTE,
    HY_LOCKED | HY_REPEAT,
    { { { { HY_API, "//delegation/token?audience=homey" },
          { HY_API, "/delegation/token?audience=homey" } },
        "POST", HY_ACCESS, HY_JSON, hy_say_empty } },
    hy_read_delegation },
  { "refresh",
    HY_HAS_ACCESS,
    HY_HAS_REFRESH,
    HY_LOCKED | HY_TOKENS | HY_REPEAT,
    { { { { HY_API, "/oauth2/token" } }, "POST", HY_BASIC, HY_FORM, hy_say_refresh },
      { { { HY_API, "/oauth2/token" } }, "POST", HY_NO_AUTH, HY_FORM, hy_say_client_refresh },
      { { { HY_API, "/delegation/token?audience=homey" } },
        "POST", HY_NO_AUTH, HY_FORM, hy_say_client_refresh } },
    hy_read_refresh },
  { "token",
    HY_HAS_ACCESS,
    HY_HAS_CODE,
    HY_LOCKED | HY_TOKENS,
    { { { { HY_API, "/oauth2/token" } }, "POST", HY_NO_AUTH, HY_FORM, hy_say_client_code },
      { { { HY_API, "/oauth2/token" } }, "POST", HY_BASIC, HY_FORM, hy_say_code } },
    hy_read_token },
  { "password-grant",
    HY_HAS_ACCESS,
    HY_HAS_GRANT,
    HY_LOCKED | HY_TOKENS,
    { { { { HY_API, "/oauth2/token" } }, "POST", HY_BASIC, HY_FORM, hy_say_grant } },
    hy_read_grant },
  { "consent",
    HY_HAS_CODE,
    HY_HAS_PAGE,
    HY_LOCKED,
    { { { { HY_PAGE, "action" }, { HY_ACCOUNTS, "/authorise" }, { HY_PAGE, "" } },
        "POST", HY_NO_AUTH, HY_FORM, hy_say_consent } },
    hy_read_consent },
  { "authorise",
    HY_HAS_CODE,
    HY_HAS_JWT,
    HY_LOCKED | HY_REPEAT,
    { { { { HY_ACCOUNTS, "//authorise" },
          { HY_ACCOUNTS, "/oauth2/authorise" },
          { HY_ACCOUNTS, "/authorise" },
          { HY_API, "/oauth2/authorise" } },
        "GET", HY_NO_AUTH, HY_NO_BODY, hy_say_authorise } },
    hy_read_authorise },
  { "login",
    HY_HAS_JWT,
    HY_HAS_CREDENTIALS,
    HY_LOCKED,
    { { { { HY_ACCOUNTS, "/login" } }, "POST", HY_NO_AUTH, HY_FORM, hy_say_login } },
    hy_read_login },
  { "session",
    HY_HAS_SESSION,
    HY_HAS_BEARER | HY_HAS_ROUTE,
    HY_OPTIONAL,
    { { { { HY_HUB, "/api/manager/sessions/session/me" } }, "GET", HY_BEARER, HY_NO_BODY, NULL } },
    hy_read_session },
  { "logout",
    HY_HAS_ENDED,
    HY_HAS_BEARER | HY_HAS_ROUTE,
    HY_OPTIONAL,
    { { { { HY_HUB, "/api/manager/sessions/session/" } }, "DELETE", HY_BEARER, HY_NO_BODY, NULL } },
    hy_read_ended },
};
/* clang-format on */
const int hy_step_count = sizeof hy_steps / sizeof *hy_steps;
