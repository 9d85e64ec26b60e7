/* Where the hub answers: every address that is known is pinged at once, the best kind has a head start, and none is
 * trusted before it has shown the id of the hub that was asked for.  No token is sent here. */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"

/* How long a better kind may keep the others waiting, as the official client has it (ms). */
static const int head_start[HY_ROUTES] = { [HY_FIXED] = 1500, [HY_LOCAL_SECURE] = 1200, [HY_LOCAL] = 1000,
                                           [HY_MDNS] = 3000,  [HY_FORWARDED] = 2000,    [HY_CLOUD] = 5000 };
#define PING_MS 5000
#define ALONE_MS 300  /* the winner of last time is asked alone for so long */
#define GRACE_MS 300  /* one that is better, but not the best, may keep the others waiting for so long */
#define LOOK_MS 60000 /* between two looks for a better address than the one in use */

/* ---- candidates ---- */

static void copy_host(const char *base, char *host, size_t size)
{
  const char *start = strstr(base, "://");

  snprintf(host, size, "%s", start ? start + 3 : base);
  if (*host != '[')
    host[strcspn(host, ":/")] = '\0';
}

/* Without a scheme libcurl would guess one, and who may say user and password in it says where they go. */
static int is_web_address(const char *url)
{
  const char *host = url + (hy_url_is_plain(url) ? 7 : 8);

  if (!hy_url_is_plain(url) && !hy_url_is_tls(url))
    return 0;
  return hy_is_token(url) && *host && !strchr("/:?#", *host) && !strpbrk(host, "@?#");
}

/* Of a base URL, without slashes at its end; 0 for NULL. */
static size_t base_length(const char *url)
{
  size_t length = url ? strlen(url) : 0;

  while (length > 0 && url[length - 1] == '/')
    length--;
  return length;
}

static int add(hy_candidate *list, int n, hy_route_kind kind, const char *url)
{
  size_t length = base_length(url);
  int i;

  if (!length || length >= sizeof list->base || !is_web_address(url))
    return n;
  for (i = 0; i < n; i++)
    if (strlen(list[i].base) == length && curl_strnequal(list[i].base, url, length))
      return n;
  memset(&list[n], 0, sizeof list[n]);
  list[n].kind = kind;
  snprintf(list[n].base, sizeof list[n].base, "%.*s", (int)length, url);
  return n + 1;
}

/* A hub that is known by its IP alone is reachable under the name that says that IP, with TLS. */
static int add_named(hy_candidate *list, int n, const char *local)
{
  const char *rest = local && hy_url_is_plain(local) ? local + 7 : "";
  char url[96];
  int quad[4];
  size_t used = hy_read_quad(rest, '.', quad);

  rest += used;
  if (!used || (strcmp(rest, ":80") && *rest && *rest != '/')) /* a port of its own: none is known for TLS */
    return n;
  hy_homeylocal_url(quad, "", url, sizeof url);
  return add(list, n, HY_LOCAL_SECURE, url);
}

/* An IP that is not at home; a name is judged when it has been resolved (see on_connected in http.c). */
static int is_public(const char *base)
{
  char host[300];

  copy_host(base, host, sizeof host);
  return (*host == '[' || strspn(host, "0123456789.") == strlen(host)) && !hy_is_private_ip(host);
}

/* The hub of the account, or none for a login that knows no cloud. */
static const hy_hub *hub_of(const hy_account *a)
{
  return hy_account_hub((hy_account *)a);
}

/* TLS of the hub itself: the cloud's relay has its own, also before a hub that has none. */
static int is_own_tls(hy_route_kind kind, const char *url)
{
  char host[300], ip[32];

  if (!url || !hy_url_is_tls(url) || kind == HY_CLOUD)
    return 0;
  copy_host(url, host, sizeof host);
  return kind != HY_FORWARDED || hy_homeylocal_ip(host, ip, sizeof ip);
}

/* Whether the caller or the cloud has named an address of the hub that has TLS. */
static int names_tls(const hy_hub *hub, const char *given)
{
  int kind, found = is_own_tls(HY_FIXED, given);

  for (kind = HY_LOCAL_SECURE; hub && kind < HY_ROUTES; kind++)
    found |= is_own_tls(kind, hub->urls[kind]);
  return found;
}

/* Whether that address may be spoken to in the way that its scheme says.  A hub that has TLS is not spoken to without: who
 * took its address could make TLS fail, and repeat the id of a ping. */
static int may_use(const hy_account *a, const char *given, homey_plain_http plain, const char *base)
{
  size_t length = base_length(given);

  if (!hy_url_is_plain(base))
    return 1;
  if (plain == HOMEY_PLAIN_NEVER || is_public(base))
    return 0;
  if (plain == HOMEY_PLAIN_ALLOW)
    return 1;
  if (hy_account_tls_worked(a) || hy_account_tls_worked_at(a, given))
    return 0;
  return (length == strlen(base) && curl_strnequal(given, base, length)) || !names_tls(hub_of(a), given);
}

int hy_route_is_allowed(const homey_client *c)
{
  const char *route = c->account.route;

  return !route || !hy_url_is_plain(route) || may_use(&c->account, c->address, c->plain_http, route);
}

int hy_candidates(const hy_account *a, const char *given, homey_plain_http plain, hy_candidate *list)
{
  const hy_hub *hub = hub_of(a);
  int i, n = 0, kept = 0;

  n = add_named(list, n, given);
  n = add(list, n, HY_FIXED, given);
  if (hub) {
    n = add(list, n, HY_LOCAL_SECURE, hub->urls[HY_LOCAL_SECURE]);
    if (!hub->urls[HY_LOCAL_SECURE])
      n = add_named(list, n, hub->urls[HY_LOCAL]);
    for (i = HY_LOCAL; i < HY_ROUTES; i++)
      n = add(list, n, i, hub->urls[i]);
  }
  for (i = 0; i < n; i++)
    if (may_use(a, given, plain, list[i].base))
      list[kept++] = list[i];
  return kept;
}

static int is_at_home_kind(hy_route_kind kind)
{
  return kind == HY_LOCAL_SECURE || kind == HY_LOCAL || kind == HY_MDNS;
}

int hy_is_at_home(hy_route_kind kind, const char *base)
{
  char host[300], ip[64];

  if (kind != HY_FIXED)
    return is_at_home_kind(kind);
  copy_host(base, host, sizeof host);
  return hy_url_is_plain(base) || hy_is_private_ip(host) || curl_strequal(host, "localhost") ||
         (hy_homeylocal_ip(host, ip, sizeof ip) && hy_is_private_ip(ip));
}

/* Where names carry their IP it is dialled directly, so that neither DNS nor a router's rebind protection matters;
 * TLS is verified for the name all the same.  The caller's own rows come first and win. */
static int add_dialled(hy_lines *lines, const char *url)
{
  char host[256], ip[32];
  hy_buf row = { 0 };
  int port = 443, plain = 0, result;
  const char *colon;

  if (!url || !hy_url_is_base(url, &plain, host, sizeof host) || !hy_homeylocal_ip(host, ip, sizeof ip))
    return 0;
  colon = strrchr(url, ':');
  if (colon && colon[1] != '/')
    port = atoi(colon + 1);
  else if (plain)
    port = 80;
  hy_buf_addf(&row, "%s:%d:%s:%d", host, port, ip, port);
  result = row.failed ? -HOMEY_MEMORY : hy_lines_add(lines, row.data);
  hy_buf_free(&row);
  return result;
}

int hy_client_connect_to(homey_client *c)
{
  hy_candidate list[HY_ROUTES + 2];
  int i, n = hy_candidates(&c->account, c->address, c->plain_http, list), result = 0;
  hy_lines *rows = hy_lines_new();
  char **line;

  if (!rows)
    return -HOMEY_MEMORY;
  for (line = c->connect_to; result == 0 && line && *line; line++)
    result = hy_lines_add(rows, *line);
  for (i = 0; result == 0 && i < n; i++)
    result = add_dialled(rows, list[i].base);
  if (result < 0) {
    hy_lines_release(rows);
    return result;
  }
  for (i = 0; i < n && !(c->account.route && curl_strequal(c->account.route, list[i].base)); i++)
    ;
  c->has_better = n > 0 && i > 0;
  hy_lines_release(c->settings.connect_to);
  c->settings.connect_to = rows;
  c->settings.serial = ++c->loop->serial;
  return 0;
}

uint64_t hy_client_addresses(const homey_client *c)
{
  const hy_hub *hub = hub_of(&c->account);
  uint64_t hash = HY_HASH_START;
  int kind;

  for (kind = 0; hub && kind < HY_ROUTES; kind++)
    hash = hy_hash_text(hash, hub->urls[kind]);
  return hash;
}

/* ---- one ping ---- */

static void settle(homey_client *c);

static int refuse(hy_candidate *k, homey_kind kind, const char *why, const char *advice)
{
  k->failed = kind;
  k->advice = advice;
  snprintf(k->what, sizeof k->what, "%s %s", k->base, why);
  return 0;
}

#define NETWORK_LOGIN 511 /* RFC 6585 */
#define MOVED "has the address of yours changed?"

/* Who is told to log in anew can: a login by the cloud would ask the cloud, and find the same hub. */
static int refuse_other(const homey_client *c, hy_candidate *k)
{
  if (hy_client_is_local(c))
    return refuse(k, HOMEY_OFFLINE, "belongs to another Homey than before",
                  "correct the address, or, where yours was replaced, log in with `fresh = true`, or after homey.logout().");
  return refuse(k, HOMEY_OFFLINE, "belongs to another Homey", MOVED);
}

static int judge_id(homey_client *c, const hy_exchange *x, hy_candidate *k)
{
  const char *id = hy_exchange_header(x, "X-Homey-ID", NULL), *wanted = c->account.hub_id;

  if (x->reply.length >= 5 && !strncmp(x->reply.data, "false", 5))
    return refuse_other(c, k);
  if (hy_exchange_is(x, "html"))
    return refuse(k, HOMEY_OFFLINE, "answers with a web page, which is no Homey's", MOVED);
  if (wanted && id && !curl_strequal(id, wanted))
    return refuse_other(c, k);
  if (wanted && !id && hy_url_is_plain(k->base)) /* a certificate says at least that it is a Homey */
    return refuse(k, HOMEY_OFFLINE, "does not say which Homey it is, and gets no token over plain http", MOVED);
  if (!wanted && (!id || strlen(id) > 64 || !hy_is_token(id)))
    return refuse(k, HOMEY_PROTOCOL, "does not answer as a Homey does", "is the address right?");
  if (!wanted && hy_account_set(&c->account.hub_id, id) < 0)
    return refuse(k, HOMEY_MEMORY, "could not be asked", NULL);
  return 1;
}

static int refuse_failure(const hy_exchange *x, hy_candidate *k)
{
  hy_failure f = hy_exchange_failure(x);

  k->failed = f.kind == HOMEY_OK || f.kind == HOMEY_TIMEOUT || f.kind == HOMEY_NETWORK ? HOMEY_OFFLINE : f.kind;
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
      return refuse(k, HOMEY_FORBIDDEN, "says that the Homey subscription is inactive", "renew it in the Homey app.");
    if (strcasestr(words, "Invalid Serial Number"))
      return refuse(k, HOMEY_FORBIDDEN, "says that its serial number is invalid", "ask Homey support.");
  }
  if ((x->status >= 300 && x->status < 400) || x->status == NETWORK_LOGIN)
    return refuse(k, HOMEY_OFFLINE, "leads to another page, which no Homey does",
                  "is it the login page of this network?");
  if (x->status < 200 || x->status > 299) {
    snprintf(what, sizeof what, "answers %d to a ping", x->status);
    k->status = x->status;
    return refuse(k, HOMEY_OFFLINE, what, "is it the address of a Homey that is up?");
  }
  return judge_id(c, x, k);
}

/* From now on this hub is never spoken to in plain http, unless that is allowed. */
static void note_tls(homey_client *c, const hy_candidate *k)
{
  if (!is_own_tls(k->kind, k->base) || hy_account_tls_worked(&c->account))
    return;
  if (hy_account_set(&c->account.tls_hub, c->account.hub_id) == 0)
    c->chain.unsaved |= c->has_store;
}

static void pinged(hy_exchange *x)
{
  homey_client *c = x->owner;
  hy_candidate *k = c->race.list;
  const char *version;

  while (k->x != x)
    k++;
  hy_trace(c, x, "ping");
  if (k->kind == HY_CLOUD) /* other names may be those of a network that we are not in */
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
  c->race.running--;
  settle(c);
}

static int ping(homey_client *c, hy_candidate *k)
{
  const char *id = c->account.hub_id;
  hy_buf url = { 0 };
  hy_lines *headers = hy_lines_copy(c->hub_base);
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
    k->x->timeout_ms = c->timeout_ms < PING_MS ? c->timeout_ms : PING_MS;
    k->x->name_ms = hy_client_name_ms(c);
    k->x->direct = hy_is_at_home(k->kind, k->base);
    k->x->is_small = 1;
    k->x->done = pinged;
    k->x->owner = c;
    result = hy_exchange_start(k->x, url.data, headers);
  }
  hy_buf_free(&url);
  hy_lines_release(headers);
  if (result < 0) {
    k->x = hy_exchange_free(k->x);
    k->answered = 1;
    refuse(k, HOMEY_MEMORY, "could not be asked", NULL);
    return result;
  }
  c->race.running++;
  return 0;
}

/* ---- the race ---- */

void hy_race_stop(homey_client *c)
{
  int i;

  hy_timer_unset(c->loop, &c->race.timer);
  for (i = 0; i < c->race.count; i++)
    c->race.list[i].x = hy_exchange_free(c->race.list[i].x);
  c->race.count = c->race.running = c->race.looking = 0;
}

static void won(homey_client *c, const hy_candidate *k)
{
  hy_account *a = &c->account;
  homey_error error;
  int looking = c->race.looking, again = k - c->race.list == c->race.remembered;
  int better = !a->route || strcmp(a->route, k->base), result = hy_account_set(&a->route, k->base);

  /* Where the others were not asked, a better one is looked for at once, but nobody has to wait for it. */
  if (!looking)
    c->look_at = again && k != c->race.list ? 0 : c->loop->now + LOOK_MS;
  if (result == 0)
    a->route_kind = k->kind;
  c->has_better = k != c->race.list;
  if (is_at_home_kind(k->kind))
    c->hubs_due = c->renewal.reread_tries = 0;
  hy_race_stop(c);
  if (result < 0 && !looking) {
    hy_error_set(&error, HOMEY_MEMORY, "the address could not be kept");
    c->race.done(c, &error);
    return;
  }
  c->routed = 1;
  c->chain.unsaved |= better && c->has_store;
  c->race.done(c, NULL);
}

/* The candidate whose failure says most: a fatal answer, else the best one. */
static const hy_candidate *worst(const hy_race *race)
{
  int i;

  for (i = 0; i < race->count; i++)
    if (race->list[i].failed == HOMEY_FORBIDDEN)
      return &race->list[i];
  return race->list;
}

/* What each of them met, since the fault may be that of any. */
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
    advice = "are the hub and this machine on the network?";
  hy_error_set(error, k->failed, "%s%s%s", all && !text.failed ? text.data : k->what, advice ? ": " : "",
               advice ? advice : "");
  error->status = k->status;
  hy_buf_free(&text);
}

static void lost(homey_client *c)
{
  homey_error error;

  if (c->race.count > 0)
    explain(&c->race, &error);
  else
    hy_error_set(&error, HOMEY_OFFLINE, "no address of the hub is known that may be used: give one as `address`%s.",
                 c->plain_http == HOMEY_PLAIN_ALLOW ? "" : ", or allow plain http at home by plain_http = \"allow\"");
  hy_error_step(&error, "address");
  hy_race_stop(c);
  c->race.done(c, &error);
}

/* The first good one that no better one keeps waiting any more. */
static hy_candidate *winner(homey_client *c)
{
  hy_race *race = &c->race;
  int64_t until = 0;
  int i;

  if (race->remembered >= 0 && race->list[race->remembered].good)
    return &race->list[race->remembered];
  for (i = 0; i < race->count && !race->list[i].good; i++)
    if (!race->list[i].answered && race->started + (i ? GRACE_MS : head_start[race->list[0].kind]) > until)
      until = race->started + (i ? GRACE_MS : head_start[race->list[0].kind]);
  if (i < race->count && c->loop->now < until)
    hy_timer_set(c->loop, &race->timer, until);
  else if (i < race->count)
    return &race->list[i];
  return NULL;
}

static void ask_all(homey_client *c)
{
  hy_race *race = &c->race;
  int i;

  race->asked_all = 1;
  race->started = c->loop->now;
  for (i = 0; i < race->count; i++)
    if (!race->list[i].asked)
      ping(c, &race->list[i]);
}

/* Called whenever something is known anew. */
static void settle(homey_client *c)
{
  hy_race *race = &c->race;
  const hy_candidate *good;

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
  homey_client *c = (homey_client *)((char *)timer - offsetof(homey_client, race.timer));

  if (!c->race.asked_all)
    ask_all(c);
  settle(c);
}

static void start_race(homey_client *c)
{
  hy_race *race = &c->race;
  int i;

  hy_race_stop(c);
  race->timer.fire = race_timer;
  race->count = hy_candidates(&c->account, c->address, c->plain_http, race->list);
  race->remembered = -1;
  race->asked_all = 0;
  for (i = 0; c->account.route && i < race->count; i++)
    if (curl_strequal(c->account.route, race->list[i].base))
      race->remembered = i;
}

/* The winner of last time is asked alone at first. */
void hy_race_start(homey_client *c, hy_done_fn *done)
{
  hy_race *race = &c->race;

  start_race(c);
  race->done = done;
  c->routed = 0;
  if (race->remembered >= 0) {
    ping(c, &race->list[race->remembered]);
    hy_timer_set(c->loop, &race->timer, c->loop->now + ALONE_MS);
  }
  settle(c);
}

/* No timer of its own: a home that nobody uses looks for nothing. */
void hy_race_look(homey_client *c, hy_done_fn *moved)
{
  hy_race *race = &c->race;

  if (c->loop->now < c->look_at || race->running > 0)
    return;
  c->look_at = c->loop->now + LOOK_MS;
  start_race(c);
  if (race->remembered >= 0) /* else user/me knows others now, and all of them are looked at */
    race->count = race->remembered;
  race->remembered = -1;
  if (race->count == 0)
    return;
  race->looking = 1;
  race->done = moved;
  settle(c);
}
