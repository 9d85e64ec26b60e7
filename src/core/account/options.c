/* Options into a client: every one is checked, and a wrong one is named, before anything is sent. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/client.h"

const homey_preset homey_presets[] = {
  { "developer", "598d85a330e1bb0c0d75b8eb", "ba93fc861b204732607169fb29c2708f1da7e17f", "https://developer.athom.com" },
  { "localhost", "5a8d4ca6eb9f7a2c9d6ccf6d", "e3ace394af9f615857ceaa61b053f966ddcfb12a", "http://localhost" },
  { NULL, NULL, NULL, NULL }
};

#define ACCOUNTS_URL "https://accounts.athom.com"
#define API_URL "https://api.athom.com"
#define OWN_REDIRECT "http://localhost"
#define USER_AGENT "Anyname/1.0"
#define SCHEME "anyname"
#define V2_TIMEOUT_MS 30000
#define STALE_MS 60000
#define MAX_REPLY ((size_t)64 * 1024 * 1024)

/* ---- what others ask of them ---- */

int hy_client_preset(homey_client *c, int index)
{
  const homey_preset *preset = &homey_presets[index];
  hy_account *a = &c->account;

  return preset->name && hy_account_set(&a->client_id, preset->client_id) == 0 &&
         hy_account_set(&a->client_secret, preset->client_secret) == 0 &&
         hy_account_set(&a->redirect_uri, preset->redirect_uri) == 0;
}

int hy_client_has_own(const homey_client *c)
{
  return c->own_id || c->own_redirect;
}

/* Who names an id alone has a project of one's own, which is for localhost; a redirect_uri alone corrects the preset's. */
int hy_client_take_own(homey_client *c)
{
  hy_account *a = &c->account;
  const homey_preset *preset = &homey_presets[0];

  if (!hy_client_has_own(c))
    return 0;
  return hy_account_set(&a->client_id, c->own_id ? c->own_id : preset->client_id) == 0 &&
                 hy_account_set(&a->client_secret, c->own_id ? c->own_secret : preset->client_secret) == 0 &&
                 hy_account_set(&a->redirect_uri, c->own_redirect ? c->own_redirect : OWN_REDIRECT) == 0
             ? 0
             : -HOMEY_MEMORY;
}

int hy_client_is_local(const homey_client *c)
{
  return c->account.token || c->account.fixed || c->username;
}

long hy_client_timeout(const homey_client *c)
{
  const hy_hub *hub = hy_account_hub((hy_account *)&c->account);

  return !c->pinned_timeout && hub && hub->api_version == 2 ? V2_TIMEOUT_MS : c->timeout_ms;
}

#define NAME_MS 1000   /* enough for what a working name server knows */
#define SILENT_MS 5000 /* so long the next lookups of a call come after one that failed */

void hy_client_note_names(homey_client *c, const hy_exchange *x)
{
  if (hy_exchange_met_silence(x))
    c->names_silent_at = hy_clock();
}

long hy_client_name_ms(const homey_client *c)
{
  return c->names_silent_at && hy_clock() - c->names_silent_at < SILENT_MS ? NAME_MS : 0;
}

/* ---- checks ---- */

typedef struct text_option {
  const char *name;
  size_t given, kept;
} text_option;

#define ROW(option, field)                                                  \
  {                                                                         \
#option, offsetof(homey_options, option), offsetof(homey_client, field) \
  }
static const text_option texts[] = { ROW(account, account.key),
                                     ROW(email, email),
                                     ROW(password, password),
                                     ROW(otp, otp),
                                     ROW(hub, hub),
                                     ROW(address, address),
                                     ROW(token, token),
                                     ROW(username, username),
                                     ROW(code, code),
                                     ROW(refresh_token, given_refresh),
                                     ROW(client_id, own_id),
                                     ROW(client_secret, own_secret),
                                     ROW(redirect_uri, own_redirect),
                                     ROW(accounts_url, accounts_url),
                                     ROW(api_url, api_url),
                                     ROW(cafile, settings.cafile),
                                     ROW(user_agent, user_agent) };

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

/* What the URL of the hub may not be; names are judged when they have been resolved, by the race. */
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
    return bad(error, "address", "is plain http to an address that is not at home: use https");
  return 0;
}

/* The URL of a cloud of one's own. */
static int check_endpoint(const homey_options *o, const char *name, const char *url, const char *like,
                          homey_error *error)
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
  if (check_endpoint(o, "accounts_url", o->accounts_url, "must look like https://accounts.athom.com", error) < 0 ||
      check_endpoint(o, "api_url", o->api_url, "must look like https://api.athom.com", error) < 0)
    return -HOMEY_INVALID;
  return check_address(o, error);
}

static int check_ways_in(const homey_options *o, homey_error *error)
{
  if (o->token && !o->address)
    return bad(error, "token", "needs an address: the URL of the hub at home");
  if (o->token && !hy_is_token(o->token))
    return bad(error, "token", "holds characters that no API key has");
  if (o->refresh_token && !hy_is_token(o->refresh_token))
    return bad(error, "refresh_token", "holds characters that no token has");
  if (o->username && (!o->password || !o->address))
    return bad(error, "username", "needs a password and an address: the URL of the hub at home");
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

/* What a header may hold: anything else a server may take for its end, or for another character. */
static int is_ascii(const char *text)
{
  for (; *text; text++)
    if (*text < ' ' || *text > '~')
      return 0;
  return 1;
}

/* Lines of a form: as many colons as it has, and a name before the first where that is wanted. */
static int check_lines(const char *const *lines, const char *name, int colons, const char *form, homey_error *error)
{
  for (; lines && *lines; lines++) {
    const char *at = *lines;
    int n = 0;
    while ((at = strchr(at, ':')) && ++n)
      at++;
    if (n >= colons && is_plain(*lines) && hy_is_utf8(*lines, strlen(*lines)) && (colons > 1 || **lines != ':'))
      continue;
    hy_error_set(error, HOMEY_INVALID, "the option `%s` has a line that is not of the form %s.", name, form);
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
    return bad(error, "user_agent", "holds characters that are not allowed in a header: use ASCII");
  for (; line && *line; line++)
    if (!is_ascii(*line))
      return bad(error, "headers", "holds characters that are not allowed in a header: use ASCII");
  return 0;
}

static int name_bare_ip(char **address)
{
  char url[96];

  return *address && hy_bare_ip_url(*address, url, sizeof url) ? hy_account_set(address, url) : 0;
}

static int copy_texts(homey_client *c, const homey_options *o)
{
  size_t i;

  for (i = 0; i < sizeof texts / sizeof *texts; i++)
    if (hy_account_set((char **)((char *)c + texts[i].kept), given(o, &texts[i])) < 0)
      return -HOMEY_MEMORY;
  if ((!c->accounts_url && hy_account_set(&c->accounts_url, ACCOUNTS_URL) < 0) ||
      (!c->api_url && hy_account_set(&c->api_url, API_URL) < 0) ||
      (!c->user_agent && hy_account_set(&c->user_agent, USER_AGENT) < 0) ||
      hy_account_set(&c->account.email, o->email) < 0)
    return -HOMEY_MEMORY;
  if (!c->account.key && (o->email || o->address) &&
      hy_account_set(&c->account.key, o->email ? o->email : o->address) < 0)
    return -HOMEY_MEMORY;
  if (!c->account.key && (o->code || o->refresh_token) && hy_account_set(&c->account.key, "default") < 0)
    return -HOMEY_MEMORY; /* "" would be whoever logged in last */
  strip_slash(c->accounts_url);
  strip_slash(c->api_url);
  strip_slash(c->address);
  return name_bare_ip(&c->address);
}

/* What the cloud's own pages send with every call; Accept-Encoding and User-Agent are libcurl's options. */
static int cloud_headers(homey_client *c, const char *scheme)
{
  hy_buf origin = { 0 };
  int result;

  c->cloud_headers = hy_lines_new();
  if (!c->cloud_headers)
    return -HOMEY_MEMORY;
  hy_buf_addf(&origin, "%s://authorize", scheme);
  result = origin.failed ? -HOMEY_MEMORY : 0;
  if (result == 0 && (hy_headers_add(c->cloud_headers, "Accept", "application/json") < 0 ||
                      hy_headers_add(c->cloud_headers, "Accept-Language", "en-us") < 0 ||
                      hy_headers_add(c->cloud_headers, "Connection", "keep-alive") < 0 ||
                      hy_headers_add(c->cloud_headers, "Origin", origin.data) < 0 ||
                      hy_headers_add(c->cloud_headers, "Referer", origin.data) < 0))
    result = -HOMEY_MEMORY;
  hy_buf_free(&origin);
  return result;
}

static int hub_headers(homey_client *c)
{
  char **own = c->headers;
  int result;

  c->hub_base = hy_lines_copy(c->cloud_headers);
  result = c->hub_base ? 0 : -HOMEY_MEMORY;
  for (; result == 0 && own && *own; own++)
    result = hy_lines_add(c->hub_base, *own);
  return result;
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
    c->store = *o->store;
    c->has_store = 1;
  } else if (o->state_dir) {
    c->file_store = hy_file_store_new(o->state_dir);
    if (!c->file_store)
      return -HOMEY_MEMORY;
    c->store = *c->file_store;
    c->has_store = 1;
  }
  return 0;
}

static void copy_values(homey_client *c, const homey_options *o)
{
  c->pinned_timeout = o->timeout_ms > 0;
  c->timeout_ms = c->pinned_timeout ? o->timeout_ms : 10000;
  c->patience_ms = c->pinned_timeout ? 6 * c->timeout_ms : 120000;
  c->stale_ms = o->stale_ms ? o->stale_ms : STALE_MS;
  c->settings.max_reply = o->max_reply ? o->max_reply : MAX_REPLY;
  c->settings.user_agent = c->user_agent;
  c->refresh_mode = o->refresh;
  c->password_grant = o->password_grant;
  c->fresh = o->fresh;
  c->plain_http = o->plain_http;
  c->trace = o->trace;
  c->trace_data = o->trace_data;
  c->warn = o->warn;
  c->warn_data = o->warn_data;
  c->nameless = !c->account.key;
}

int hy_client_configure(homey_client *c, const homey_options *o, homey_error *error)
{
  const char *scheme = o->scheme ? o->scheme : SCHEME;

  if (check_texts(o, error) < 0 || check_ways_in(o, error) < 0 || check_urls(o, error) < 0 ||
      check_lines(o->headers, "headers", 1, "NAME: VALUE", error) < 0 || check_headers(o, error) < 0 ||
      check_lines(o->connect_to, "connect_to", 3, "HOST:PORT:TO-HOST:TO-PORT", error) < 0)
    return -(int)error->kind;
  if (strspn(scheme, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") != strlen(scheme) || !*scheme)
    return bad(error, "scheme", "may hold only letters, digits and + - .");
  if (copy_texts(c, o) < 0 || choose_client(c) < 0 || copy_lines(&c->headers, o->headers) < 0 ||
      copy_lines(&c->connect_to, o->connect_to) < 0 || cloud_headers(c, scheme) < 0 || hub_headers(c) < 0 ||
      copy_store(c, o) < 0) {
    hy_error_set(error, HOMEY_MEMORY, "a client could not be made");
    return -HOMEY_MEMORY;
  }
  copy_values(c, o);
  return 0;
}

void hy_client_forget_options(homey_client *c)
{
  char **fields[] = { &c->email,           &c->password, &c->otp,        &c->hub,
                      &c->address,         &c->token,    &c->username,   &c->code,
                      &c->accounts_url,    &c->api_url,  &c->user_agent, &c->given_refresh,
                      &c->settings.cafile, &c->own_id,   &c->own_secret, &c->own_redirect };
  size_t i;

  for (i = 0; i < sizeof fields / sizeof *fields; i++) {
    hy_wipe(*fields[i]);
    *fields[i] = NULL;
  }
  free_lines(c->headers);
  free_lines(c->connect_to);
  c->headers = c->connect_to = NULL;
  hy_lines_release(c->cloud_headers);
  hy_lines_release(c->hub_base);
  hy_lines_release(c->settings.connect_to);
  c->cloud_headers = c->hub_base = c->settings.connect_to = NULL;
  hy_file_store_free(c->file_store);
  c->file_store = NULL;
}
