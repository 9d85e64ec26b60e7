/* What is known of one account: its tokens, its hubs, the session on the chosen one.  This is what the store keeps;
 * members of the stored text that we do not know are kept as they are. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/client.h"

#define STORE_VERSION 1

const char *const hy_route_names[HY_ROUTES] = { "fixed", "localSecure",     "local",
                                                "mdns",  "remoteForwarded", "cloud" };

int hy_account_set(char **field, const char *value)
{
  char *copy = hy_strdup(value);

  if (value && !copy)
    return -HOMEY_MEMORY;
  hy_wipe(*field);
  *field = copy;
  return 0;
}

static void clear_hub(hy_hub *hub)
{
  int i;

  free(hub->id);
  free(hub->name);
  free(hub->platform);
  for (i = 0; i < HY_ROUTES; i++)
    free(hub->urls[i]);
  memset(hub, 0, sizeof *hub);
}

static void clear_hubs(hy_account *a)
{
  while (a->hub_count > 0)
    clear_hub(&a->hubs[--a->hub_count]);
}

/* The hub that was just read, behind the last one: it counts when it is whole. */
static int count_hub(hy_account *a, int result)
{
  if (result < 0)
    clear_hub(&a->hubs[a->hub_count]);
  else
    a->hub_count++;
  return result;
}

void hy_account_new_bearer(hy_account *a)
{
  a->bearer_serial++;
}

void hy_account_clear_session(hy_account *a)
{
  hy_wipe(a->bearer);
  hy_wipe(a->session_id);
  a->bearer = a->session_id = NULL;
  a->bearer_issued = a->bearer_expires = 0;
}

void hy_account_clear_tokens(hy_account *a)
{
  hy_account_set(&a->access, NULL);
  hy_account_set(&a->refresh, NULL);
  hy_account_set(&a->token, NULL);
  hy_account_set(&a->username, NULL);
  hy_account_set(&a->fixed, NULL);
  hy_account_clear_session(a);
}

void hy_account_forget_hub(hy_account *a)
{
  hy_account_set(&a->hub_id, NULL);
  hy_account_set(&a->route, NULL);
  hy_account_clear_session(a);
}

static void drop_doc(hy_account *a)
{
  hy_json_tree_free(a->doc);
  a->doc = NULL;
}

void hy_account_clear(hy_account *a)
{
  char **fields[] = { &a->key,          &a->email,  &a->user,     &a->client_id, &a->client_secret,
                      &a->redirect_uri, &a->access, &a->refresh,  &a->hub_id,    &a->route,
                      &a->fixed,        &a->token,  &a->username, &a->tls_hub };
  size_t i;

  for (i = 0; i < sizeof fields / sizeof *fields; i++) {
    hy_wipe(*fields[i]);
    *fields[i] = NULL;
  }
  hy_account_clear_session(a);
  clear_hubs(a);
  drop_doc(a);
}

void hy_account_forget(hy_account *a)
{
  char **fields[] = { &a->access, &a->refresh, &a->hub_id, &a->route, &a->token, &a->username };
  size_t i;

  for (i = 0; i < sizeof fields / sizeof *fields; i++) {
    hy_wipe(*fields[i]);
    *fields[i] = NULL;
  }
  hy_account_clear_session(a);
  drop_doc(a);
}

int hy_still_good(int64_t issued, int64_t expires, int64_t margin)
{
  int64_t now = (int64_t)time(NULL), tenth = (expires - issued) / 10;

  if (!expires || now < issued - 60)
    return 1;
  if (issued && margin > tenth)
    margin = tenth;
  return now < expires - margin;
}

/* Its place among the hubs, -1 when it is none of them. */
static int place_of(const hy_account *a, const char *id)
{
  int i = a->hub_count - 1;

  while (i >= 0 && strcmp(a->hubs[i].id, id) != 0)
    i--;
  return i;
}

hy_hub *hy_account_hub(hy_account *a)
{
  int i = a->hub_id ? place_of(a, a->hub_id) : -1;

  return i < 0 ? NULL : &a->hubs[i];
}

/* ---- choosing a hub ---- */

static void list_hubs(const hy_account *a, char *text, size_t size)
{
  size_t used = 0;
  int i;

  text[0] = '\0';
  for (i = 0; i < a->hub_count && used < size; i++) {
    int n = snprintf(text + used, size - used, "%s\"%s\" (%s)", i ? ", " : "",
                     a->hubs[i].name ? a->hubs[i].name : "?", a->hubs[i].id);
    used += n > 0 ? (size_t)n : 0;
  }
}

static int find_hub(const hy_account *a, const char *wanted, int *ret_count)
{
  int i, found = -1;

  *ret_count = 0;
  for (i = 0; i < a->hub_count; i++) {
    if (curl_strequal(a->hubs[i].id, wanted)) {
      *ret_count = 1;
      return i;
    }
    if (a->hubs[i].name && curl_strequal(a->hubs[i].name, wanted)) {
      found = found < 0 || strcmp(a->hubs[i].name, wanted) == 0 ? i : found;
      ++*ret_count;
    }
  }
  return found;
}

int hy_account_choose(hy_account *a, const char *wanted, homey_error *error)
{
  char names[400];
  int count = 0, found = -1;

  if (wanted)
    found = find_hub(a, wanted, &count);
  else if (hy_account_hub(a))
    found = (int)(hy_account_hub(a) - a->hubs), count = 1;
  else if (a->hub_count == 1)
    found = 0, count = 1;
  if (count == 1 && a->hubs[found].api_version == 1) {
    hy_error_set(error, HOMEY_UNAVAILABLE,
                 "this Homey runs a firmware that is no longer served: update it in the Homey app.");
    hy_account_set(&a->hub_id, NULL);
    return -HOMEY_UNAVAILABLE;
  }
  if (count == 1) {
    hy_error_set(error, HOMEY_MEMORY, "the hub could not be chosen");
    return hy_account_set(&a->hub_id, a->hubs[found].id);
  }
  list_hubs(a, names, sizeof names);
  if (a->hub_count == 0)
    hy_error_set(error, HOMEY_NOT_FOUND,
                 "this account has no Homey: add one in the Homey app, or log in with another account.");
  else if (wanted && count == 0)
    hy_error_set(error, HOMEY_NOT_FOUND, "this account has no Homey \"%.64s\", it has %s", wanted, names);
  else
    hy_error_set(error, HOMEY_AMBIGUOUS, "this account has several Homeys, say which by `hub`: %s.", names);
  return -(int)error->kind;
}

/* ---- homeys[] of user/me ---- */

static const struct {
  hy_route_kind kind;
  const char *member;
} url_members[] = { { HY_LOCAL_SECURE, "localUrlSecure" },
                    { HY_LOCAL, "localUrl" },
                    { HY_FORWARDED, "remoteUrlForwarded" },
                    { HY_CLOUD, "remoteUrl" } };

static char *joined(const char *scheme, const char *rest, int port)
{
  hy_buf b = { 0 };

  hy_buf_addf(&b, "%s%s", scheme, rest);
  if (port > 0 && port != 80)
    hy_buf_addf(&b, ":%d", port);
  return hy_buf_take(&b);
}

/* Fields may be missing or null; a missing one removes that kind, but for what the others imply. */
static int read_urls(hy_hub *hub, const cJSON *homey)
{
  const char *ip = hy_json_string(homey, "ipInternal"), *mdns = hy_json_string(homey, "mdnsFqdn");
  const cJSON *port = cJSON_GetObjectItemCaseSensitive(homey, "portHttp");
  size_t i;

  for (i = 0; i < sizeof url_members / sizeof *url_members; i++) {
    const char *url = hy_json_string(homey, url_members[i].member);
    if (url && hy_account_set(&hub->urls[url_members[i].kind], url) < 0)
      return -HOMEY_MEMORY;
  }
  if (!hub->urls[HY_LOCAL] && ip && !(hub->urls[HY_LOCAL] = joined("http://", ip, 0)))
    return -HOMEY_MEMORY;
  if (mdns && !(hub->urls[HY_MDNS] = joined("http://", mdns, cJSON_IsNumber(port) ? port->valueint : 0)))
    return -HOMEY_MEMORY;
  return 0;
}

static const char *id_of(const cJSON *homey)
{
  const char *id = hy_json_string(homey, "_id");

  return id ? id : hy_json_string(homey, "id");
}

int hy_user_has_hub(const cJSON *user, const char *id)
{
  const cJSON *homey;

  cJSON_ArrayForEach (homey, cJSON_GetObjectItemCaseSensitive(user, "homeys")) {
    const char *other = id_of(homey);
    if (id && other && !strcmp(id, other))
      return 1;
  }
  return 0;
}

static int read_hub(hy_hub *hub, const cJSON *homey)
{
  const cJSON *version = cJSON_GetObjectItemCaseSensitive(homey, "apiVersion");
  const char *id = id_of(homey);

  hub->api_version = cJSON_IsNumber(version) ? version->valueint : 0;
  if (hy_account_set(&hub->id, id) < 0 || hy_account_set(&hub->name, hy_json_string(homey, "name")) < 0 ||
      hy_account_set(&hub->platform, hy_json_string(homey, "platform")) < 0)
    return -HOMEY_MEMORY;
  return read_urls(hub, homey);
}

/* The cloud may know no address for a while, such as while the hub is away: those from before go on being tried. */
static void keep_urls(hy_hub *hub, hy_hub *before, hy_route_kind first, hy_route_kind last)
{
  int kind;

  for (kind = first; kind <= (int)last; kind++)
    if (hub->urls[kind])
      return;
  for (kind = first; kind <= (int)last; kind++) {
    hub->urls[kind] = before->urls[kind];
    before->urls[kind] = NULL;
  }
}

static int read_hubs(hy_account *a, const cJSON *homeys)
{
  const cJSON *homey;

  cJSON_ArrayForEach (homey, homeys) {
    if (a->hub_count == HY_HUBS || !hy_is_token(id_of(homey))) /* it goes into a header */
      continue;
    if (count_hub(a, read_hub(&a->hubs[a->hub_count], homey)) < 0)
      return -HOMEY_MEMORY;
  }
  return 0;
}

int hy_account_read_user(hy_account *a, const cJSON *user)
{
  const cJSON *homeys = cJSON_GetObjectItemCaseSensitive(user, "homeys");
  const char *name = hy_json_string(user, "fullname");
  hy_hub before = { 0 }, *hub;
  int result;

  if (!cJSON_IsArray(homeys))
    return -HOMEY_PROTOCOL;
  if ((name && hy_account_set(&a->user, name) < 0) ||
      (hy_json_string(user, "email") && hy_account_set(&a->email, hy_json_string(user, "email")) < 0))
    return -HOMEY_MEMORY;
  hub = hy_account_hub(a);
  if (hub) {
    before = *hub;
    memset(hub, 0, sizeof *hub);
  }
  clear_hubs(a);
  result = read_hubs(a, homeys);
  hub = before.id ? hy_account_hub(a) : NULL;
  if (hub) {
    keep_urls(hub, &before, HY_LOCAL_SECURE, HY_MDNS);
    keep_urls(hub, &before, HY_FORWARDED, HY_CLOUD);
  }
  clear_hub(&before);
  return result;
}

/* ---- the store's text ---- */

typedef struct member {
  const char *name;
  size_t offset;
} member;

static const member account_strings[] = { { "email", offsetof(hy_account, email) },
                                          { "user", offsetof(hy_account, user) },
                                          { "client_id", offsetof(hy_account, client_id) },
                                          { "client_secret", offsetof(hy_account, client_secret) },
                                          { "redirect_uri", offsetof(hy_account, redirect_uri) },
                                          { "access_token", offsetof(hy_account, access) },
                                          { "refresh_token", offsetof(hy_account, refresh) },
                                          { "hub", offsetof(hy_account, hub_id) },
                                          { "address", offsetof(hy_account, fixed) },
                                          { "personal_access_token", offsetof(hy_account, token) },
                                          { "username", offsetof(hy_account, username) } };
static const member account_times[] = { { "access_issued_at", offsetof(hy_account, access_issued) },
                                        { "access_expires_at", offsetof(hy_account, access_expires) } };
static const member session_strings[] = { { "bearer", offsetof(hy_account, bearer) },
                                          { "session_id", offsetof(hy_account, session_id) },
                                          { "route", offsetof(hy_account, route) } };
static const member session_times[] = { { "bearer_issued_at", offsetof(hy_account, bearer_issued) },
                                        { "bearer_expires_at", offsetof(hy_account, bearer_expires) },
                                        { "addresses_asked_at", offsetof(hy_account, asked) } };

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Seconds since 1970; what is no time to reckon with is unknown. */
static int64_t seconds_of(const cJSON *item)
{
  return cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 1e12 ? (int64_t)item->valuedouble : 0;
}

static int load_members(hy_account *a, const cJSON *object, const member *strings, size_t n,
                        const member *times, size_t m)
{
  size_t i;

  for (i = 0; i < n; i++) {
    const char *value = hy_json_string(object, strings[i].name);
    if (hy_account_set((char **)((char *)a + strings[i].offset), value) < 0)
      return -HOMEY_MEMORY;
  }
  for (i = 0; i < m; i++) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, times[i].name);
    *(int64_t *)((char *)a + times[i].offset) = seconds_of(item);
  }
  return 0;
}

/* However often it is there: the first of that name would be the one that is read. */
static void take_away(cJSON *object, const char *name)
{
  cJSON *item;

  while ((item = cJSON_DetachItemFromObjectCaseSensitive(object, name)))
    hy_json_tree_free(item);
}

/* Sets, replaces or (value NULL) removes a string. */
static int put_string(cJSON *object, const char *name, const char *value)
{
  take_away(object, name);
  return !value || cJSON_AddStringToObject(object, name, value) ? 0 : -HOMEY_MEMORY;
}

static int put_true(cJSON *object, const char *name)
{
  take_away(object, name);
  return cJSON_AddTrueToObject(object, name) ? 0 : -HOMEY_MEMORY;
}

static int put_number(cJSON *object, const char *name, double value)
{
  take_away(object, name);
  return cJSON_AddNumberToObject(object, name, value) ? 0 : -HOMEY_MEMORY;
}

static int save_members(const hy_account *a, cJSON *object, const member *strings, size_t n,
                        const member *times, size_t m)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (put_string(object, strings[i].name, *(char *const *)((const char *)a + strings[i].offset)) < 0)
      return -HOMEY_MEMORY;
  for (i = 0; i < m; i++)
    if (put_number(object, times[i].name, (double)*(const int64_t *)((const char *)a + times[i].offset)) < 0)
      return -HOMEY_MEMORY;
  return 0;
}

static int load_hub(hy_hub *hub, const cJSON *item)
{
  const cJSON *urls = cJSON_GetObjectItemCaseSensitive(item, "urls");
  const cJSON *version = cJSON_GetObjectItemCaseSensitive(item, "api_version");
  int i;

  hub->api_version = cJSON_IsNumber(version) ? version->valueint : 0;
  if (hy_account_set(&hub->id, item->string) < 0 || hy_account_set(&hub->name, hy_json_string(item, "name")) < 0 ||
      hy_account_set(&hub->platform, hy_json_string(item, "platform")) < 0)
    return -HOMEY_MEMORY;
  for (i = 0; i < HY_ROUTES; i++)
    if (hy_account_set(&hub->urls[i], hy_json_string(urls, hy_route_names[i])) < 0)
      return -HOMEY_MEMORY;
  return 0;
}

static int load_hubs(hy_account *a)
{
  const cJSON *hubs = cJSON_GetObjectItemCaseSensitive(a->doc, "hubs"), *item;

  clear_hubs(a);
  cJSON_ArrayForEach (item, hubs)
    if (a->hub_count < HY_HUBS && place_of(a, item->string) < 0 &&
        count_hub(a, load_hub(&a->hubs[a->hub_count], item)) < 0)
      return -HOMEY_MEMORY;
  return 0;
}

/* Sessions are kept by hub; "" is the hub of a login that has not learnt its id. */
static cJSON *session_of(cJSON *doc, const char *hub_id)
{
  cJSON *sessions = cJSON_GetObjectItemCaseSensitive(doc, "sessions");

  return cJSON_GetObjectItemCaseSensitive(sessions, hub_id ? hub_id : "");
}

int hy_account_tls_worked(const hy_account *a)
{
  if (!a->hub_id)
    return 0;
  return (a->tls_hub && !strcmp(a->tls_hub, a->hub_id)) ||
         cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(session_of(a->doc, a->hub_id), "tls"));
}

int hy_account_tls_worked_at(const hy_account *a, const char *address)
{
  const char *stored = hy_json_string(a->doc, "address");
  const cJSON *sessions = cJSON_GetObjectItemCaseSensitive(a->doc, "sessions"), *session;

  if (!stored || !address || !curl_strequal(stored, address))
    return 0;
  cJSON_ArrayForEach (session, sessions)
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(session, "tls")))
      return 1;
  return 0;
}

/* What goes into a header as it is: of the login itself, or of a session. */
static int has_sound_tokens(const cJSON *object)
{
  static const char *const names[] = { "access_token", "refresh_token", "personal_access_token", "bearer" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++) {
    const char *token = hy_json_string(object, names[i]);
    if (token && !hy_is_token(token))
      return 0;
  }
  return 1;
}

/* What is kept by hub, where it is there: an object of objects, whose names and tokens go into a header. */
static int is_by_hub(const cJSON *doc, const char *name, int may_be_nameless)
{
  const cJSON *table = cJSON_GetObjectItemCaseSensitive(doc, name), *item;

  if (table && !cJSON_IsObject(table))
    return 0;
  cJSON_ArrayForEach (item, table)
    if (!cJSON_IsObject(item) || !(hy_is_token(item->string) || (may_be_nameless && !*item->string)) ||
        !has_sound_tokens(item))
      return 0;
  return 1;
}

static const char *why_not(const cJSON *doc)
{
  const cJSON *version = cJSON_GetObjectItemCaseSensitive(doc, "version");
  const char *hub = hy_json_string(doc, "hub");

  if (cJSON_IsNumber(version) && version->valueint > STORE_VERSION)
    return "was written by a newer version of homey: update this one, or use another state_dir";
  if (!cJSON_IsObject(doc) || !cJSON_IsNumber(version) || (hub && !hy_is_token(hub)) ||
      !has_sound_tokens(doc) || !is_by_hub(doc, "hubs", 0) || !is_by_hub(doc, "sessions", 1))
    return "is damaged, or none of homey: move it away and log in again";
  return NULL;
}

static uint64_t print_of(const cJSON *doc)
{
  static const char *const names[] = { "access_token", "refresh_token", "personal_access_token", "username" };
  const cJSON *sessions = cJSON_GetObjectItemCaseSensitive(doc, "sessions"), *session;
  uint64_t hash = HY_HASH_START;
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    hash = hy_hash_text(hash, hy_json_string(doc, names[i]));
  cJSON_ArrayForEach (session, sessions)
    hash = hy_hash_text(hash, hy_json_string(session, "bearer"));
  return hash;
}

uint64_t hy_account_print(const hy_account *a)
{
  return print_of(a->doc);
}

int hy_account_look(const char *text, size_t length, uint64_t *ret_print, int64_t *ret_issued, const char **ret_why)
{
  cJSON *doc = hy_json_tree_parse(text, length);

  *ret_why = why_not(doc);
  *ret_print = print_of(doc);
  *ret_issued = seconds_of(cJSON_GetObjectItemCaseSensitive(doc, "access_issued_at"));
  hy_json_tree_free(doc);
  return *ret_why ? -HOMEY_INVALID : 0;
}

int hy_account_load(hy_account *a, const char *text, size_t length, const char **ret_why)
{
  cJSON *doc = hy_json_tree_parse(text, length);
  char *wanted = a->hub_id ? hy_strdup(a->hub_id) : NULL;
  int result = 0;

  *ret_why = why_not(doc);
  if (*ret_why) {
    hy_json_tree_free(doc);
    free(wanted);
    return -HOMEY_INVALID;
  }
  drop_doc(a);
  a->doc = doc;
  result = load_members(a, doc, account_strings, COUNT(account_strings), account_times, COUNT(account_times));
  if (result == 0 && wanted)
    result = hy_account_set(&a->hub_id, wanted);
  free(wanted);
  if (result == 0 && hy_json_string(doc, "account"))
    result = hy_account_set(&a->key, hy_json_string(doc, "account"));
  if (result == 0)
    result = load_hubs(a);
  return result;
}

int hy_account_load_session(hy_account *a)
{
  const cJSON *session = session_of(a->doc, a->hub_id), *kind;

  kind = cJSON_GetObjectItemCaseSensitive(session, "route_kind");
  a->route_kind = cJSON_IsNumber(kind) && kind->valueint >= 0 && kind->valueint < HY_ROUTES ? kind->valueint : HY_FIXED;
  return load_members(a, session, session_strings, COUNT(session_strings), session_times, COUNT(session_times));
}

/* The object of that name inside `parent`, made where it is missing. */
static cJSON *child(cJSON *parent, const char *name)
{
  cJSON *item = cJSON_GetObjectItemCaseSensitive(parent, name);

  if (cJSON_IsObject(item))
    return item;
  take_away(parent, name);
  return cJSON_AddObjectToObject(parent, name);
}

static int save_hub(cJSON *hubs, const hy_hub *hub)
{
  cJSON *item = child(hubs, hub->id), *urls = item ? child(item, "urls") : NULL;
  int i;

  if (!urls || put_string(item, "name", hub->name) < 0 || put_string(item, "platform", hub->platform) < 0 ||
      put_number(item, "api_version", hub->api_version) < 0)
    return -HOMEY_MEMORY;
  for (i = 0; i < HY_ROUTES; i++)
    if (put_string(urls, hy_route_names[i], hub->urls[i]) < 0)
      return -HOMEY_MEMORY;
  return 0;
}

/* A hub that has left the account leaves the store, with its session. */
static void drop_strangers(const hy_account *a, cJSON *hubs, cJSON *sessions)
{
  cJSON *item = hubs->child, *next;

  for (; item; item = next) {
    next = item->next;
    if (place_of(a, item->string) >= 0)
      continue;
    take_away(sessions, item->string);
    hy_json_tree_free(cJSON_DetachItemViaPointer(hubs, item));
  }
}

/* A login without the cloud is one of a single hub: what came before it, its key as the bearer included, goes. */
static void drop_others(const char *hub_id, cJSON *sessions)
{
  cJSON *item = sessions->child, *next;

  for (; item; item = next) {
    next = item->next;
    if (!strcmp(item->string, hub_id))
      continue;
    hy_json_tree_free(cJSON_DetachItemViaPointer(sessions, item));
  }
}

static int save_doc(hy_account *a, cJSON *doc)
{
  cJSON *hubs = child(doc, "hubs"), *sessions = child(doc, "sessions"), *session;
  int i;

  if (!hubs || !sessions || put_number(doc, "version", STORE_VERSION) < 0 || put_string(doc, "account", a->key) < 0 ||
      save_members(a, doc, account_strings, COUNT(account_strings), account_times, COUNT(account_times)) < 0)
    return -HOMEY_MEMORY;
  drop_strangers(a, hubs, sessions);
  if (a->fixed && a->hub_id)
    drop_others(a->hub_id, sessions);
  for (i = 0; i < a->hub_count; i++)
    if (save_hub(hubs, &a->hubs[i]) < 0)
      return -HOMEY_MEMORY;
  if (!a->hub_id && !a->bearer)
    return 0;
  session = child(sessions, a->hub_id ? a->hub_id : "");
  if (!session || put_number(session, "route_kind", a->route_kind) < 0 ||
      (hy_account_tls_worked(a) && put_true(session, "tls") < 0))
    return -HOMEY_MEMORY;
  return save_members(a, session, session_strings, COUNT(session_strings), session_times, COUNT(session_times));
}

char *hy_account_save(hy_account *a)
{
  hy_buf text = { 0 };

  if (!a->doc)
    a->doc = cJSON_CreateObject();
  if (!a->doc || save_doc(a, a->doc) < 0)
    return NULL;
  hy_json_tree_print(a->doc, 1, &text);
  return hy_buf_take(&text);
}
