/* Login steps from e-mail and password to an authorization code: the user's JWT, the consent
 * page, and the redirect with the code. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/client_state.h"
#include "account/reply.h"
#include "account/trace.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/form.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "http/exchange.h"
#include "login/chain.h"
#include "login/consent.h"
#include "login/jwt.h"
#include "login/steps.h"

/* ---- 1 e-mail + password -> user JWT ---- */

void hy_say_login(homey_client *c, hy_buf *b)
{
  hy_form_add(b, "email", c->options.email);
  hy_form_add(b, "password", c->options.password);
  hy_form_add(b, "otptoken", c->options.otp);
}

/* The status of a refused login is not documented. A JSON error comes from the cloud, an HTML
 * page from a proxy or gateway. */
static int is_login_refused(const hy_exchange *x)
{
  cJSON *json = NULL;
  int refused = x->status == 400 || x->status == 401 || x->status == 403 || x->status == 422;

  if (x->status < 400 || x->status > 499 || x->status == 408 || x->status == 429 ||
      hy_exchange_is(x, "html"))
    return 0;
  if (!refused)
    json = hy_reply_json(x);
  refused |= cJSON_IsObject(json);
  hy_json_tree_free(json);
  return refused;
}

static int wants_code(const hy_exchange *x)
{
  static const char *const words[] = { "otp", "one-time", "2fa", "two-factor", "two factor" };
  size_t i, n = sizeof words / sizeof *words;

  for (i = 0; x->status < 500 && i < n && !hy_reply_says(x, words[i]); i++)
    ;
  return x->status < 500 && i < n;
}

hy_verdict hy_read_login(homey_client *c, hy_exchange *x, homey_error *error)
{
  char *jwt = hy_step_is_success(x) ? hy_step_token(c, x) : NULL;

  if (jwt && hy_jwt_like(jwt)) {
    hy_wipe(c->secrets.jwt);
    c->secrets.jwt = jwt;
    c->credentials_used |= c->options.otp != NULL; /* a one-time code works once */
    return HY_DONE;
  }
  hy_wipe(jwt);
  if (!c->chain->starved && (wants_code(x) || is_login_refused(x)))
    c->credentials_used = 1;
  else
    return hy_step_strange(c, x, error);
  if (!wants_code(x))
    return hy_step_failed(c, x, HOMEY_CREDENTIALS, "the e-mail address or the password was refused",
                          "Check both.", error);
  if (!c->options.otp)
    return hy_step_failed(c, x, HOMEY_CREDENTIALS, "the account needs a one-time code",
                          "Give it as `otp`.", error);
  return hy_step_failed(c, x, HOMEY_CREDENTIALS, "the one-time code was refused",
                        "Give the one that is shown now.", error);
}

/* ---- 2a request a code ---- */

void hy_say_authorise(homey_client *c, hy_buf *b)
{
  hy_form_add(b, "client_id", c->account.client_id);
  hy_form_add(b, "redirect_uri", c->account.redirect_uri);
  hy_form_add(b, "response_type", "code");
  hy_form_add(b, "user_token", c->secrets.jwt);
}

/* Reads the redirect without following it: its target may be a localhost where nothing listens.
 * The cloud may encode the redirect_uri differently, so that nl%20nl comes back as nl+nl. */
static hy_verdict read_redirect(homey_client *c, hy_exchange *x, homey_error *error)
{
  const char *location = hy_exchange_header(x, "Location", NULL);
  char *code, *refusal;

  if (!location || !hy_url_holds(location, c->account.redirect_uri)) {
    hy_error_set(error, HOMEY_PROTOCOL,
                 "the cloud redirects to another address than redirect_uri. Correct the "
                 "redirect_uri of the client.");
    error->status = x->status;
    return HY_FAILED;
  }
  code = hy_query_get(location, "code");
  refusal = hy_query_get(location, "error");
  c->chain->starved |= !code && strstr(location, "code=") != NULL;
  if (code && hy_is_token(code)) {
    free(refusal);
    hy_wipe(c->secrets.code);
    c->secrets.code = code;
    return HY_DONE;
  }
  hy_wipe(code);
  if (refusal)
    hy_redact(c, refusal);
  hy_error_set(error, HOMEY_FORBIDDEN,
               "the cloud refused this OAuth client (%.60s). Use another client_id.",
               refusal ? refusal : "no code");
  error->status = x->status;
  free(refusal);
  return HY_FAILED;
}

/* Bytes sent back: more than servers accept in one header. */
#define COOKIES_MOST ((size_t)16 * 1024)

/* Length without the attributes; 0 when the cookie cannot be sent in a header. */
static size_t cookie_length(const char *cookie)
{
  size_t length = strcspn(cookie, ";"), i;

  for (i = 0; i < length; i++)
    if (cookie[i] < ' ' || cookie[i] > '~')
      return 0;
  return length;
}

/* Keeps each cookie's name and raw value. */
static int keep_cookies(homey_client *c, const hy_exchange *x)
{
  const char *cookie = NULL;
  hy_buf b = { 0 };

  while ((cookie = hy_exchange_header(x, "Set-Cookie", cookie))) {
    size_t length = cookie_length(cookie);
    if (!length || b.length + length > COOKIES_MOST)
      continue;
    if (b.length)
      hy_buf_adds(&b, "; ");
    hy_buf_add(&b, cookie, length);
  }
  hy_wipe(c->secrets.cookies);
  c->secrets.cookies = NULL;
  if (b.failed)
    return -HOMEY_MEMORY;
  c->secrets.cookies = b.length ? hy_buf_take(&b) : NULL;
  return 0;
}

/* Picks the hub for the code: the caller's, the previous one, the JWT's, or the only one on the
 * page. */
static const char *pick_resource(homey_client *c, hy_buf *ids, int count)
{
  hy_consent *page = &c->chain->page;
  const char *wanted[2] = { c->options.hub, c->account.hub_id }, *id = ids->data;
  size_t i, w;
  int labelled = 0;

  for (w = 0; w < 2; w++)
    for (i = 0; wanted[w] && i < page->count; i++)
      if (curl_strequal(page->resources[i].id, wanted[w]) ||
          (page->resources[i].label && curl_strequal(page->resources[i].label, wanted[w])))
        return page->resources[i].id;
  for (i = 0; i < page->count; i++)
    labelled |= page->resources[i].label != NULL;
  for (; count > 0 && !(c->options.hub && labelled); count--, id += strlen(id) + 1)
    for (i = 0; i < page->count; i++)
      if (curl_strequal(page->resources[i].id, id))
        return page->resources[i].id;
  return page->count == 1 ? page->resources[0].id : NULL;
}

static void list_resources(const hy_consent *page, char *text, size_t size)
{
  size_t i, used = 0;

  text[0] = '\0';
  for (i = 0; i < page->count && used < size; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%s (%s)", i ? ", " : "",
                             page->resources[i].label ? page->resources[i].label : "?",
                             page->resources[i].id);
}

void hy_step_drop_page(homey_client *c)
{
  hy_consent_free(&c->chain->page);
  c->secrets.csrf = NULL;
}

static hy_verdict read_consent_page(homey_client *c, hy_exchange *x, homey_error *error)
{
  hy_buf ids = { 0 };
  char names[360], *url = NULL;
  const char *resource;
  int count, result;

  hy_step_drop_page(c);
  result = hy_consent_parse(&c->chain->page, x->reply.data ? x->reply.data : "", x->reply.length);
  c->secrets.csrf = c->chain->page.csrf;
  if (result == -HOMEY_MEMORY || keep_cookies(c, x) < 0)
    return hy_step_no_memory(error);
  if (result < 0)
    return hy_step_strange(c, x, error);
  count = hy_jwt_ids(&ids, c->secrets.jwt);
  /* The page offers no choice: uses the JWT's hub, or the chosen one. */
  if (c->chain->page.count == 0)
    resource = c->account.hub_id ? c->account.hub_id : count > 0 ? ids.data : NULL;
  else
    resource = pick_resource(c, &ids, count > 0 ? count : 0);
  curl_easy_getinfo(x->easy, CURLINFO_EFFECTIVE_URL, &url);
  result = hy_account_set(&c->chain->resource, resource);
  hy_buf_free(&ids);
  if (result < 0 || hy_account_set(&c->chain->page_url, url) < 0)
    return hy_step_no_memory(error);
  if (resource)
    return HY_DONE;
  list_resources(&c->chain->page, names, sizeof names);
  hy_step_drop_page(c);
  if (c->options.hub)
    hy_error_set(error, HOMEY_NOT_FOUND, "this account has no Homey \"%.64s\". It has %s.",
                 c->options.hub, names);
  else
    hy_error_set(error, HOMEY_AMBIGUOUS, "this account has several Homeys: %s. Name one by `hub`.",
                 names);
  return HY_FAILED;
}

/* A preset's client id may be out of use: tries the next preset. */
static hy_verdict unknown_client(homey_client *c, hy_exchange *x, homey_error *error)
{
  if (!hy_client_has_own(c) && hy_client_preset(c, c->chain->preset + 1)) {
    c->chain->preset++;
    return HY_AGAIN;
  }
  return hy_step_failed(c, x, HOMEY_INVALID,
                        "the cloud does not know this client_id with this redirect_uri",
                        "Both must be exact.", error);
}

hy_verdict hy_read_authorise(homey_client *c, hy_exchange *x, homey_error *error)
{
  if (x->status == 301 || x->status == 302 || x->status == 303 || x->status == 307)
    return read_redirect(c, x, error);
  if (x->status == 200)
    return read_consent_page(c, x, error);
  if (x->status == 401 || x->status == 403)
    return hy_step_failed(c, x, HOMEY_CREDENTIALS, "the cloud did not accept its own login",
                          "Log in again.", error);
  if (x->status >= 400 && x->status < 500 && x->status != 429)
    return unknown_client(c, x, error);
  return hy_step_strange(c, x, error);
}

/* ---- 2b press Allow ---- */

static const char consent_advice[] = "Try again, or log in by a `code` from the browser.";

void hy_say_consent(homey_client *c, hy_buf *b)
{
  hy_buf resource = { 0 };

  hy_buf_addf(&resource, "resource.homey.%s", c->chain->resource);
  b->failed |= resource.failed;
  hy_form_add(b, "resource", resource.data);
  hy_form_add(b, "_csrf", c->chain->page.csrf);
  hy_form_add(b, "allow", "Allow");
  hy_buf_free(&resource);
}

hy_verdict hy_read_consent(homey_client *c, hy_exchange *x, homey_error *error)
{
  hy_step_drop_page(c);
  if (x->status >= 300 && x->status < 400)
    return read_redirect(c, x, error);
  if (x->status == 403)
    return hy_step_failed(c, x, HOMEY_PROTOCOL, "the cloud did not accept the consent form",
                          consent_advice, error);
  if (x->status == 200) {
    hy_error_set(error, HOMEY_PROTOCOL,
                 "the cloud shows its consent page again instead of accepting it. %s",
                 consent_advice);
    return HY_FAILED;
  }
  return hy_step_strange(c, x, error);
}
