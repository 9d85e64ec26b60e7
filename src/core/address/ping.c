/* Ping: asks an address for the id of its hub, without a token. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/client_state.h"
#include "account/reply.h"
#include "account/trace.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/form.h"
#include "base/text.h"
#include "base/url.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "http/lines.h"

#define PING_MS 5000

static int refuse(hy_candidate *k, homey_kind kind, const char *why, const char *advice)
{
  k->failed = kind;
  k->advice = advice;
  snprintf(k->what, sizeof k->what, "%s %s", k->base, why);
  return 0;
}

#define NETWORK_LOGIN 511 /* RFC 6585 */
#define MOVED "Check the address of yours."

/* Only a local login is advised to log in anew: a login through the cloud would find the same
 * hub again. */
static int refuse_other(const homey_client *c, hy_candidate *k)
{
  if (hy_client_is_local(c))
    return refuse(k, HOMEY_OFFLINE, "belongs to another Homey than before",
                  "Correct the address. If your hub was replaced, log in with `fresh = true`, or "
                  "call homey.logout() first.");
  return refuse(k, HOMEY_OFFLINE, "belongs to another Homey", MOVED);
}

static int judge_id(homey_client *c, const hy_exchange *x, hy_candidate *k)
{
  const char *id = hy_exchange_header(x, "X-Homey-ID", NULL), *wanted = c->account.hub_id;

  if (x->reply.length >= 5 && !strncmp(x->reply.data, "false", 5))
    return refuse_other(c, k);
  if (hy_exchange_is(x, "html"))
    return refuse(k, HOMEY_OFFLINE, "answers with a web page, as no Homey does", MOVED);
  if (wanted && id && !curl_strequal(id, wanted))
    return refuse_other(c, k);
  /* With TLS, the certificate shows at least that this is a Homey. */
  if (wanted && !id && hy_url_is_plain(k->base))
    return refuse(k, HOMEY_OFFLINE,
                  "does not say which Homey it is, and gets no token over plain http", MOVED);
  if (!wanted && (!id || strlen(id) > 64 || !hy_is_token(id)))
    return refuse(k, HOMEY_PROTOCOL, "does not answer like a Homey", "Check the address.");
  if (!wanted && hy_account_set(&c->account.hub_id, id) < 0)
    return refuse(k, HOMEY_MEMORY, "could not be asked", NULL);
  return 1;
}

static int refuse_failure(const hy_exchange *x, hy_candidate *k)
{
  hy_failure f = hy_exchange_failure(x);

  k->failed = f.kind == HOMEY_OK || f.kind == HOMEY_TIMEOUT || f.kind == HOMEY_NETWORK
                  ? HOMEY_OFFLINE
                  : f.kind;
  k->advice = f.advice;
  hy_failure_say(&f, k->base, k->what, sizeof k->what);
  return 0;
}

static int judge(homey_client *c, const hy_exchange *x, hy_candidate *k)
{
  char words[160], what[40];

  if (x->result != CURLE_OK)
    return refuse_failure(x, k);
  if (x->status == 403) {
    hy_reply_complaint(c, x, words, sizeof words);
    if (strcasestr(words, "Subscription Inactive"))
      return refuse(k, HOMEY_FORBIDDEN, "says that the Homey subscription is inactive",
                    "Renew it in the Homey app.");
    if (strcasestr(words, "Invalid Serial Number"))
      return refuse(k, HOMEY_FORBIDDEN, "says that its serial number is invalid",
                    "Ask Homey support.");
  }
  if ((x->status >= 300 && x->status < 400) || x->status == NETWORK_LOGIN)
    return refuse(k, HOMEY_OFFLINE, "redirects to another page, as no Homey does",
                  "Check for the login page of this network.");
  if (x->status < 200 || x->status > 299) {
    snprintf(what, sizeof what, "answers %d to a ping", x->status);
    k->status = x->status;
    return refuse(k, HOMEY_OFFLINE, what, "Check that this is the address of a Homey that is on.");
  }
  return judge_id(c, x, k);
}

/* From now on this hub never gets plain http, unless the options allow that. */
static void note_tls(homey_client *c, const hy_candidate *k)
{
  if (!hy_is_own_tls(k->kind, k->base) || hy_account_tls_worked(&c->account))
    return;
  if (hy_account_set(&c->account.tls_hub, c->account.hub_id) == 0)
    c->unsaved |= c->options.has_store;
}

static void pinged(hy_exchange *x)
{
  homey_client *c = x->owner;
  hy_candidate *k = c->race->list;
  const char *version;
  curl_off_t time = 0;

  while (k->x != x)
    k++;
  curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &time);
  k->ms = (long)(time / 1000);
  k->step = hy_exchange_phase(x);
  hy_trace(c, x, "ping");
  if (k->kind == HY_CLOUD) /* the other names may belong to a network that we are not in */
    hy_client_note_names(c, x);
  k->answered = 1;
  k->good = judge(c, x, k);
  if (k->good)
    note_tls(c, k);
  else if (k->kind != HY_FIXED && k->kind != HY_CLOUD)
    c->hubs_due = 1;
  if (k->good)
    hy_client_note_date(c, x);
  version = hy_exchange_header(x, "X-Homey-Version", NULL);
  if (k->good && hy_is_token(version))
    snprintf(c->version, sizeof c->version, "%.23s", version);
  k->x = hy_exchange_free(x);
  c->race->running--;
  hy_race_settle(c);
}

int hy_ping(homey_client *c, hy_candidate *k)
{
  const char *id = c->account.hub_id;
  hy_buf url = { 0 };
  hy_lines *headers = hy_client_hub_headers(c, HY_FOR_LOGIN);
  int result = -HOMEY_MEMORY;

  k->asked = 1;
  k->x = hy_exchange_new(c->loop, &c->settings);
  hy_buf_adds(&url, k->base);
  hy_buf_adds(&url, "/api/manager/system/ping");
  if (id) {
    hy_buf_adds(&url, "?");
    hy_form_add(&url, "id", id);
  }
  if (k->x && headers && !url.failed && (!id || hy_headers_add(headers, "X-Homey-ID", id) == 0)) {
    k->x->method = "GET";
    k->x->step = "ping";
    k->x->timeout_ms = c->options.timeout_ms < PING_MS ? c->options.timeout_ms : PING_MS;
    k->x->name_ms = c->race->survey ? k->x->timeout_ms : hy_client_name_ms(c);
    k->x->direct = hy_is_at_home(k->kind, k->base);
    k->x->is_small = 1;
    k->x->done = pinged;
    k->x->owner = c;
    result = hy_exchange_start(k->x, url.data, NULL, headers);
  }
  hy_buf_free(&url);
  hy_lines_release(headers);
  if (result < 0) {
    k->x = hy_exchange_free(k->x);
    k->answered = 1;
    refuse(k, HOMEY_MEMORY, "could not be asked", NULL);
    return result;
  }
  c->race->running++;
  return 0;
}
