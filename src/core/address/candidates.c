/* Candidate addresses of the hub, best first, and which of them may be used. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/client_state.h"
#include "address/address.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/url.h"
#include "http/lines.h"
#include "loop/loop.h"

static void copy_host(const char *base, char *host, size_t size)
{
  const char *start = strstr(base, "://");
  size_t length;

  base = start ? start + 3 : base;
  length = *base == '[' ? strlen(base) : strcspn(base, ":/");
  if (length >= size)
    length = size - 1;
  memcpy(host, base, length);
  host[length] = '\0';
}

/* Requires a scheme, since libcurl would guess one. Refuses a user and password, which could
 * hide the real host. */
static int is_web_address(const char *url)
{
  const char *host = url + (hy_url_is_plain(url) ? 7 : 8);

  if (!hy_url_is_plain(url) && !hy_url_is_tls(url))
    return 0;
  return hy_is_token(url) && *host && !strchr("/:?#", *host) && !strpbrk(host, "@?#");
}

/* Length of a base URL, without slashes at its end; 0 for NULL. */
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

/* A hub that is known by its IP only can be reached with TLS by the name that contains the IP. */
static int add_named(hy_candidate *list, int n, const char *local)
{
  const char *rest = local && hy_url_is_plain(local) ? local + 7 : "";
  char url[96];
  int quad[4];
  size_t used = hy_read_quad(rest, '.', quad);

  rest += used;
  /* A custom port: its TLS port is unknown. */
  if (!used || (strcmp(rest, ":80") && *rest && *rest != '/'))
    return n;
  hy_homeylocal_url(quad, "", url, sizeof url);
  return add(list, n, HY_LOCAL_SECURE, url);
}

/* Whether an IP is outside the home network. A name is checked after its lookup: see
 * on_connected in exchange.c. */
static int is_public(const char *base)
{
  char host[300];

  copy_host(base, host, sizeof host);
  return (*host == '[' || strspn(host, "0123456789.") == strlen(host)) && !hy_is_private_ip(host);
}

/* The hub of the account, or NULL for a login without the cloud. */
static const hy_hub *hub_of(const hy_account *a)
{
  return hy_account_hub((hy_account *)a);
}

/* Excludes the cloud's relay: its TLS says nothing about the hub behind it. */
int hy_is_own_tls(hy_route_kind kind, const char *url)
{
  char host[300], ip[32];

  if (!url || !hy_url_is_tls(url) || kind == HY_CLOUD)
    return 0;
  copy_host(url, host, sizeof host);
  return kind != HY_FORWARDED || hy_homeylocal_ip(host, ip, sizeof ip);
}

/* Whether the caller or the cloud has given an address of the hub with TLS. */
static int names_tls(const hy_hub *hub, const char *given)
{
  int kind, found = hy_is_own_tls(HY_FIXED, given);

  for (kind = HY_LOCAL_SECURE; hub && kind < HY_ROUTES; kind++)
    found |= hy_is_own_tls(kind, hub->urls[kind]);
  return found;
}

static int is_given(const char *given, const char *base)
{
  size_t length = base_length(given);

  return length == strlen(base) &&
         (!memcmp(given, base, length) || curl_strnequal(given, base, length));
}

/* Whether plain http may be used at an address in the home network. A hub with TLS never gets it:
 * somebody who took over its address could make TLS fail and repeat the id of a ping. */
static int may_be_plain(const hy_account *a, const char *given, homey_plain_http plain,
                        const char *base)
{
  if (plain != HOMEY_PLAIN_AUTO)
    return plain == HOMEY_PLAIN_ALLOW;
  if (hy_account_tls_worked(a) || hy_account_tls_worked_at(a, given))
    return 0;
  return is_given(given, base) || !names_tls(hub_of(a), given);
}

static int may_use(const hy_account *a, const char *given, homey_plain_http plain, const char *base)
{
  return !hy_url_is_plain(base) || (!is_public(base) && may_be_plain(a, given, plain, base));
}

/* Asked for every call. The route was a candidate, so it is not public. */
int hy_route_is_allowed(const homey_client *c)
{
  const char *route = c->account.route;

  return !route || !hy_url_is_plain(route) ||
         may_be_plain(&c->account, c->options.address, c->options.plain_http, route);
}

int hy_candidates(const hy_account *a, const char *given, homey_plain_http plain,
                  hy_candidate *list)
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

int hy_is_home_kind(hy_route_kind kind)
{
  return kind == HY_LOCAL_SECURE || kind == HY_LOCAL || kind == HY_MDNS;
}

int hy_is_at_home(hy_route_kind kind, const char *base)
{
  char host[300], ip[64];

  if (kind != HY_FIXED)
    return hy_is_home_kind(kind);
  if (hy_url_is_plain(base))
    return 1;
  copy_host(base, host, sizeof host);
  return hy_is_private_ip(host) || curl_strequal(host, "localhost") ||
         (hy_homeylocal_ip(host, ip, sizeof ip) && hy_is_private_ip(ip));
}

/* Names that contain their IP are dialled directly, so neither DNS nor a router's rebind
 * protection can interfere; TLS still verifies the name. The caller's own rows come first and
 * take precedence. */
static int add_dialled(hy_lines *lines, const char *url)
{
  char host[256], ip[32];
  hy_buf row = { 0 };
  int port = 443, plain = 0, result;
  const char *colon;

  if (!url || !hy_url_is_base(url, &plain, host, sizeof host) ||
      !hy_homeylocal_ip(host, ip, sizeof ip))
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
  hy_candidate list[HY_CANDIDATES];
  int i, n = hy_candidates(&c->account, c->options.address, c->options.plain_http, list),
         result = 0;
  hy_lines *rows = hy_lines_new();
  char **line;

  if (!rows)
    return -HOMEY_MEMORY;
  for (line = c->options.connect_to; result == 0 && line && *line; line++)
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
