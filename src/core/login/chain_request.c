/* Request of a chain step: builds URL, credentials, headers and body from the step's row. */
#include <curl/curl.h>
#include <string.h>

#include "account/client_state.h"
#include "address/address.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/form.h"
#include "http/exchange.h"
#include "http/lines.h"
#include "login/chain.h"
#include "login/chain_parts.h"
#include "login/steps.h"

static void page_target(homey_client *c, const char *which, hy_buf *url)
{
  const char *page = c->chain->page_url, *query = strchr(page, '?'),
             *action = c->chain->page.action;
  CURLU *u = curl_url();
  char *target = NULL, *host = NULL, *page_host = NULL;

  if (u && *which && action && curl_url_set(u, CURLUPART_URL, page, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_HOST, &page_host, 0) == CURLUE_OK &&
      curl_url_set(u, CURLUPART_URL, action, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_URL, &target, 0) == CURLUE_OK && curl_strequal(host, page_host) &&
      strncmp(target, page, strcspn(page, ":")) == 0) {
    hy_buf_adds(url, target);
    if (!strchr(target, '?') && query)
      hy_buf_adds(url, query);
  } else if (!*which) {
    hy_buf_adds(url, page);
  }
  curl_free(target);
  curl_free(host);
  curl_free(page_host);
  curl_url_cleanup(u);
}

/* Leaves `url` empty when this row of the way does not apply. */
static void make_url(homey_client *c, const hy_way *way, hy_buf *url)
{
  hy_base base = way->urls[c->chain->url].base;
  const char *path = way->urls[c->chain->url].path;

  hy_buf_clear(url);
  if (base == HY_PAGE) {
    page_target(c, path, url);
    return;
  }
  hy_buf_adds(url, base == HY_ACCOUNTS ? c->options.accounts_url
                   : base == HY_API    ? c->options.api_url
                                       : c->account.route);
  hy_buf_adds(url, path);
  if (c->chain->step->gives == HY_HAS_ENDED)
    hy_percent_encode(url, c->account.session_id, strlen(c->account.session_id));
  if (way->body == HY_NO_BODY && way->say) {
    hy_buf_adds(url, "?");
    way->say(c, url);
  } else if (c->chain->step->needs == HY_HAS_PAGE && strchr(c->chain->page_url, '?')) {
    hy_buf_adds(url, strchr(c->chain->page_url, '?'));
  }
}

static int add_basic(homey_client *c, hy_lines *headers)
{
  hy_buf pair = { 0 }, value = { 0 };
  int result;

  hy_buf_addf(&pair, "%s:%s", c->account.client_id,
              c->account.client_secret ? c->account.client_secret : "");
  hy_buf_adds(&value, "Basic ");
  hy_base64_encode(&value, pair.data ? pair.data : "", pair.length);
  result = pair.failed || value.failed ? -HOMEY_MEMORY
                                       : hy_headers_add(headers, "Authorization", value.data);
  hy_buf_wipe(&pair);
  hy_buf_wipe(&value);
  return result;
}

static int add_proof(homey_client *c, const hy_way *way, hy_lines *headers)
{
  if (way->auth == HY_BASIC)
    return add_basic(c, headers);
  if (way->auth == HY_ACCESS)
    return hy_headers_add_bearer(headers, c->account.access);
  if (way->auth == HY_BEARER)
    return hy_headers_add_bearer(headers, c->account.bearer);
  return 0;
}

static hy_lines *make_headers(homey_client *c, const hy_way *way)
{
  int hub = way->urls[c->chain->url].base == HY_HUB;
  hy_lines *headers = hub ? hy_client_hub_headers(c, HY_FOR_LOGIN)
                          : hy_lines_copy(c->cloud_headers);
  int result = headers ? 0 : -HOMEY_MEMORY;

  if (result == 0 && way->body)
    result = hy_headers_add(headers, "Content-Type",
                            way->body == HY_FORM ? "application/x-www-form-urlencoded"
                                                 : "application/json");
  if (result == 0 && hub && c->account.hub_id)
    result = hy_headers_add(headers, "X-Homey-ID", c->account.hub_id);
  if (result == 0 && c->chain->step->needs == HY_HAS_PAGE && c->secrets.cookies)
    result = hy_headers_add(headers, "Cookie", c->secrets.cookies);
  if (result == 0)
    result = add_proof(c, way, headers);
  if (result == 0)
    return headers;
  hy_lines_release(headers);
  return NULL;
}

static int send_step(homey_client *c, const hy_way *way, hy_exchange_fn *done)
{
  hy_chain *chain = c->chain;
  hy_lines *headers;
  int result = -HOMEY_MEMORY;

  hy_buf_clear(&chain->body);
  if (way->body && way->say)
    way->say(c, &chain->body);
  headers = make_headers(c, way);
  if (headers && !chain->body.failed && !chain->address.failed &&
      (chain->x = hy_exchange_new(c->loop, &c->settings))) {
    hy_exchange *x = chain->x;
    x->method = way->method;
    x->body = way->body ? chain->body.data : NULL;
    x->body_length = chain->body.length;
    x->step = chain->step->name;
    x->timeout_ms = hy_client_timeout(c);
    x->name_ms = hy_client_name_ms(c);
    x->direct = way->urls[chain->url].base == HY_HUB &&
                hy_is_at_home(c->account.route_kind, c->account.route);
    x->once = !(chain->step->flags & (HY_REPEAT | HY_OPTIONAL)) || chain->step->flags & HY_TOKENS;
    x->is_cloud = way->urls[chain->url].base != HY_HUB;
    x->is_small = 1;
    x->done = done;
    x->owner = c;
    result = hy_exchange_start(x, chain->address.data, NULL, headers);
    if (result < 0)
      chain->x = hy_exchange_free(x);
  }
  hy_lines_release(headers);
  return result;
}

int hy_chain_request(homey_client *c, hy_exchange_fn *done)
{
  hy_chain *chain = c->chain;
  const hy_way *way = &chain->step->ways[chain->way];

  make_url(c, way, &chain->address);
  while (!chain->address.failed && chain->address.length == 0 &&
         way->urls[chain->url + 1].base != HY_END) {
    chain->url++;
    make_url(c, way, &chain->address);
  }
  return send_step(c, way, done);
}
