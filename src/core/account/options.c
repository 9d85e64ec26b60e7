/* Options of a client: checked before anything is sent; an error names the wrong option. */
#include "account/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account/account.h"
#include "account/client_state.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "http/exchange.h"
#include "http/lines.h"
#include "store/file_store.h"

#define ACCOUNTS_URL "https://accounts.athom.com"
#define API_URL "https://api.athom.com"
#define ENERGY_URL "https://energy-api.athom.com"
#define WEATHER_URL "https://weather-api.athom.com"
#define USER_AGENT "Anyname/1.0"
#define SCHEME "anyname"
#define STALE_MS 60000
#define MAX_REPLY ((size_t)64 * 1024 * 1024)

/* ---- checks ---- */

typedef struct text_option {
  const char *name;
  size_t given, kept;
} text_option;

#define TEXT(field)                                                               \
  {                                                                               \
#field, offsetof(homey_options, field), offsetof(homey_client, options.field) \
  }
#define TEXT_IN(field, kept)                                             \
  {                                                                      \
#field, offsetof(homey_options, field), offsetof(homey_client, kept) \
  }
/* clang-format off */
static const text_option texts[] = {
  TEXT_IN(account, account.key),
  TEXT(email),
  TEXT(password),
  TEXT(otp),
  TEXT(hub),
  TEXT(address),
  TEXT(token),
  TEXT(username),
  TEXT(code),
  TEXT(refresh_token),
  TEXT(client_id),
  TEXT(client_secret),
  TEXT(redirect_uri),
  TEXT(accounts_url),
  TEXT(api_url),
  TEXT(energy_url),
  TEXT(weather_url),
  TEXT_IN(cafile, settings.cafile),
  TEXT(user_agent),
};
/* clang-format on */

static const char *given(const homey_options *o, const text_option *row)
{
  return *(const char *const *)((const char *)o + row->given);
}

static int is_plain(const char *text)
{
  for (; *text; text++)
    if ((unsigned char)*text < ' ' || *text == 127)
      return 0;
  return 1;
}

static int bad(homey_error *error, const char *name, const char *why)
{
  hy_error_set(error, HOMEY_INVALID, "the option `%s` %s.", name, why);
  return -HOMEY_INVALID;
}

static int check_texts(const homey_options *o, homey_error *error)
{
  size_t i;

  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *text = given(o, &texts[i]);
    if (!text)
      continue;
    if (!*text)
      return bad(error, texts[i].name, "is empty");
    if (!hy_is_utf8(text, strlen(text)))
      return bad(error, texts[i].name, "is not valid UTF-8");
    if (strcmp(texts[i].name, "password") && !is_plain(text))
      return bad(error, texts[i].name, "holds a control character");
  }
  return 0;
}

/* Checks the form of the hub's URL; whether a name is in the home network is known only after
 * its lookup, in the race. */
static int check_address(const homey_options *o, homey_error *error)
{
  char host[256];
  int plain = 0, ip;

  if (!o->address)
    return 0;
  if (hy_bare_ip_url(o->address, host, sizeof host))
    return 0;
  if (!hy_url_is_base(o->address, &plain, host, sizeof host))
    return bad(error, "address", "must look like 192.168.1.20 or https://hub.example:4860");
  if (!plain)
    return 0;
  if (o->plain_http == HOMEY_PLAIN_NEVER)
    return bad(error, "address", "is plain http, which plain_http = \"never\" forbids");
  ip = host[0] == '[' || strspn(host, "0123456789.") == strlen(host);
  if (ip && !hy_is_private_ip(host))
    return bad(error, "address", "is plain http to an address outside the home network. Use https");
  return 0;
}

/* Checks the URL of a custom cloud. */
static int check_endpoint(const homey_options *o, const char *name, const char *url,
                          const char *like, homey_error *error)
{
  int plain = 0;

  if (!url)
    return 0;
  if (!hy_url_is_base(url, &plain, NULL, 0))
    return bad(error, name, like);
  if (plain && o->plain_http == HOMEY_PLAIN_NEVER)
    return bad(error, name, "is plain http, which plain_http = \"never\" forbids");
  return 0;
}

static int check_urls(const homey_options *o, homey_error *error)
{
  if (check_endpoint(o, "accounts_url", o->accounts_url, "must look like " ACCOUNTS_URL, error) <
          0 ||
      check_endpoint(o, "api_url", o->api_url, "must look like " API_URL, error) < 0 ||
      check_endpoint(o, "energy_url", o->energy_url, "must look like " ENERGY_URL, error) < 0 ||
      check_endpoint(o, "weather_url", o->weather_url, "must look like " WEATHER_URL, error) < 0)
    return -HOMEY_INVALID;
  return check_address(o, error);
}

static int check_ways_in(const homey_options *o, homey_error *error)
{
  if (o->token && !o->address)
    return bad(error, "token", "needs `address`, the URL of the hub at home");
  if (o->token && !hy_is_token(o->token))
    return bad(error, "token", "holds characters that no API key has");
  if (o->refresh_token && !hy_is_token(o->refresh_token))
    return bad(error, "refresh_token", "holds characters that no token has");
  if (o->username && (!o->password || !o->address))
    return bad(error, "username", "needs `password` and `address`, the URL of the hub at home");
  if (o->email && !strchr(o->email, '@'))
    return bad(error, "email", "is not an e-mail address");
  if (o->password && !o->email && !o->username)
    return bad(error, "password", "needs an email, or a username and an address");
  if (o->client_secret && !o->client_id)
    return bad(error, "client_secret", "needs a client_id");
  if (o->timeout_ms < 0 || o->timeout_ms > 3600000)
    return bad(error, "timeout", "must be more than 0 and at most an hour");
  if (o->stale_ms < 0 || o->stale_ms > 86400000)
    return bad(error, "stale", "must be more than 0 and at most a day");
  return 0;
}

/* Allows only printable ASCII in a header: a server may read other bytes as its end or as other
 * characters. */
static int is_ascii(const char *text)
{
  for (; *text; text++)
    if (*text < ' ' || *text > '~')
      return 0;
  return 1;
}

/* Checks that each line has at least `colons` colons and, when that is 1, a name before the
 * colon. */
static int check_lines(const char *const *lines, const char *name, int colons, const char *form,
                       homey_error *error)
{
  for (; lines && *lines; lines++) {
    const char *at = *lines;
    int n = 0;
    while ((at = strchr(at, ':')) && ++n)
      at++;
    if (n >= colons && is_plain(*lines) && hy_is_utf8(*lines, strlen(*lines)) &&
        (colons > 1 || **lines != ':'))
      continue;
    hy_error_set(error, HOMEY_INVALID, "the option `%s` has a line that is not of the form %s.",
                 name, form);
    return -HOMEY_INVALID;
  }
  return 0;
}

/* ---- copies ---- */

static void free_lines(char **lines)
{
  char **line;

  for (line = lines; line && *line; line++)
    hy_wipe(*line);
  free(lines);
}

static int copy_lines(char ***kept, const char *const *lines)
{
  size_t n = 0, i;

  while (lines && lines[n])
    n++;
  if (!n)
    return 0;
  *kept = calloc(n + 1, sizeof **kept);
  for (i = 0; *kept && i < n; i++)
    if (!((*kept)[i] = hy_strdup(lines[i])))
      return -HOMEY_MEMORY;
  return *kept ? 0 : -HOMEY_MEMORY;
}

static void strip_slash(char *url)
{
  size_t n = url ? strlen(url) : 0;

  while (n > 0 && url[n - 1] == '/')
    url[--n] = '\0';
}

static int check_headers(const homey_options *o, homey_error *error)
{
  const char *const *line = o->headers;

  if (o->user_agent && !is_ascii(o->user_agent))
    return bad(error, "user_agent", "holds characters that are not allowed in a header. Use ASCII");
  for (; line && *line; line++)
    if (!is_ascii(*line))
      return bad(error, "headers", "holds characters that are not allowed in a header. Use ASCII");
  return 0;
}

static int name_bare_ip(char **address)
{
  char url[96];

  return *address && hy_bare_ip_url(*address, url, sizeof url) ? hy_account_set(address, url) : 0;
}

/* A cloud of the caller's own gets no token that is meant for these servers, and these get none of
 * its tokens. */
static int default_servers(homey_client *c, const homey_options *o)
{
  if (!o->api_url && !o->energy_url && hy_account_set(&c->options.energy_url, ENERGY_URL) < 0)
    return -HOMEY_MEMORY;
  if (!o->api_url && !o->weather_url && hy_account_set(&c->options.weather_url, WEATHER_URL) < 0)
    return -HOMEY_MEMORY;
  strip_slash(c->options.energy_url);
  strip_slash(c->options.weather_url);
  return 0;
}

static int copy_texts(homey_client *c, const homey_options *o)
{
  size_t i;

  for (i = 0; i < sizeof texts / sizeof *texts; i++)
    if (hy_account_set((char **)((char *)c + texts[i].kept), given(o, &texts[i])) < 0)
      return -HOMEY_MEMORY;
  if (default_servers(c, o) < 0 ||
      (!c->options.accounts_url && hy_account_set(&c->options.accounts_url, ACCOUNTS_URL) < 0) ||
      (!c->options.api_url && hy_account_set(&c->options.api_url, API_URL) < 0) ||
      (!c->options.user_agent && hy_account_set(&c->options.user_agent, USER_AGENT) < 0) ||
      hy_account_set(&c->account.email, o->email) < 0)
    return -HOMEY_MEMORY;
  if (!c->account.key && (o->email || o->address) &&
      hy_account_set(&c->account.key, o->email ? o->email : o->address) < 0)
    return -HOMEY_MEMORY;
  if (!c->account.key && (o->code || o->refresh_token) &&
      hy_account_set(&c->account.key, "default") < 0)
    return -HOMEY_MEMORY; /* "" would mean the current account */
  strip_slash(c->options.accounts_url);
  strip_slash(c->options.api_url);
  strip_slash(c->options.address);
  return name_bare_ip(&c->options.address);
}

static int choose_client(homey_client *c)
{
  if (hy_client_has_own(c))
    return hy_client_take_own(c);
  return hy_client_preset(c, 0) ? 0 : -HOMEY_MEMORY;
}

static int copy_store(homey_client *c, const homey_options *o)
{
  if (o->store) {
    c->options.store = *o->store;
    c->options.has_store = 1;
  } else if (o->state_dir) {
    c->options.file_store = hy_file_store_new(o->state_dir);
    if (!c->options.file_store)
      return -HOMEY_MEMORY;
    c->options.store = *c->options.file_store;
    c->options.has_store = 1;
  }
  return 0;
}

static void copy_values(homey_client *c, const homey_options *o)
{
  c->options.pinned_timeout = o->timeout_ms > 0;
  c->options.timeout_ms = c->options.pinned_timeout ? o->timeout_ms : 10000;
  c->options.patience_ms = c->options.pinned_timeout ? 6 * c->options.timeout_ms : 120000;
  c->options.stale_ms = o->stale_ms ? o->stale_ms : STALE_MS;
  c->settings.max_reply = o->max_reply ? o->max_reply : MAX_REPLY;
  c->settings.user_agent = c->options.user_agent;
  c->options.refresh = o->refresh;
  c->options.password_grant = o->password_grant;
  c->fresh = o->fresh;
  c->options.plain_http = o->plain_http;
  c->options.trace = o->trace;
  c->options.trace_data = o->trace_data;
  c->options.warn = o->warn;
  c->options.warn_data = o->warn_data;
  c->nameless = !c->account.key;
}

int hy_client_configure(homey_client *c, const homey_options *o, homey_error *error)
{
  const char *scheme = o->scheme ? o->scheme : SCHEME;

  if (check_texts(o, error) < 0 || check_ways_in(o, error) < 0 || check_urls(o, error) < 0 ||
      check_lines(o->headers, "headers", 1, "NAME: VALUE", error) < 0 ||
      check_headers(o, error) < 0 ||
      check_lines(o->connect_to, "connect_to", 3, "HOST:PORT:TO-HOST:TO-PORT", error) < 0)
    return -(int)error->kind;
  if (strspn(scheme, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") !=
          strlen(scheme) ||
      !*scheme)
    return bad(error, "scheme", "may hold only letters, digits and + - .");
  if (copy_texts(c, o) < 0 || choose_client(c) < 0 ||
      copy_lines(&c->options.headers, o->headers) < 0 ||
      copy_lines(&c->options.connect_to, o->connect_to) < 0 ||
      hy_client_make_headers(c, scheme) < 0 || copy_store(c, o) < 0) {
    hy_error_set(error, HOMEY_MEMORY, "a client could not be made");
    return -HOMEY_MEMORY;
  }
  copy_values(c, o);
  return 0;
}

void hy_client_forget_options(homey_client *c)
{
  char **fields[] = { &c->options.email,      &c->options.password,      &c->options.otp,
                      &c->options.hub,        &c->options.address,       &c->options.token,
                      &c->options.username,   &c->options.code,          &c->options.accounts_url,
                      &c->options.api_url,    &c->options.user_agent,    &c->options.refresh_token,
                      &c->options.energy_url, &c->options.weather_url,   &c->settings.cafile,
                      &c->options.client_id,  &c->options.client_secret, &c->options.redirect_uri };
  size_t i;

  for (i = 0; i < sizeof fields / sizeof *fields; i++) {
    hy_wipe(*fields[i]);
    *fields[i] = NULL;
  }
  free_lines(c->options.headers);
  free_lines(c->options.connect_to);
  c->options.headers = c->options.connect_to = NULL;
  hy_lines_release(c->cloud_headers);
  hy_lines_release(c->settings.connect_to);
  c->cloud_headers = c->settings.connect_to = NULL;
  hy_file_store_free(c->options.file_store);
  c->options.file_store = NULL;
}
