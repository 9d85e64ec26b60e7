/* Stored text of an account: JSON, read and written. Unknown members are kept unchanged. */
#include <curl/curl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/buf.h"
#include "base/json_tree.h"
#include "base/text.h"

#define STORE_VERSION 1

typedef struct member {
  const char *name;
  size_t offset;
} member;

static const member account_strings[] = {
  { "email", offsetof(hy_account, email) },
  { "user", offsetof(hy_account, user) },
  { "client_id", offsetof(hy_account, client_id) },
  { "client_secret", offsetof(hy_account, client_secret) },
  { "redirect_uri", offsetof(hy_account, redirect_uri) },
  { "access_token", offsetof(hy_account, access) },
  { "refresh_token", offsetof(hy_account, refresh) },
  { "address", offsetof(hy_account, fixed) },
  { "personal_access_token", offsetof(hy_account, token) },
  { "username", offsetof(hy_account, username) },
};
static const member account_times[] = {
  { "access_issued_at", offsetof(hy_account, access_issued) },
  { "access_expires_at", offsetof(hy_account, access_expires) },
};
static const member session_strings[] = {
  { "bearer", offsetof(hy_account, bearer) },
  { "session_id", offsetof(hy_account, session_id) },
  { "route", offsetof(hy_account, route) },
};
static const member session_times[] = {
  { "bearer_issued_at", offsetof(hy_account, bearer_issued) },
  { "bearer_expires_at", offsetof(hy_account, bearer_expires) },
  { "addresses_asked_at", offsetof(hy_account, asked) },
};

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Seconds since 1970; 0 (unknown) for a value that is not a usable time. */
static int64_t seconds_of(const cJSON *item)
{
  return cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 1e12
             ? (int64_t)item->valuedouble
             : 0;
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

/* Removes every member of that name, since otherwise the next duplicate would be read. */
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
    if (put_string(object, strings[i].name, *(char *const *)((const char *)a + strings[i].offset)) <
        0)
      return -HOMEY_MEMORY;
  for (i = 0; i < m; i++)
    if (put_number(object, times[i].name,
                   (double)*(const int64_t *)((const char *)a + times[i].offset)) < 0)
      return -HOMEY_MEMORY;
  return 0;
}

static int load_hub(hy_hub *hub, const cJSON *item)
{
  const cJSON *urls = cJSON_GetObjectItemCaseSensitive(item, "urls");
  const cJSON *version = cJSON_GetObjectItemCaseSensitive(item, "api_version");
  int i;

  hub->api_version = cJSON_IsNumber(version) ? version->valueint : 0;
  if (hy_account_set(&hub->id, item->string) < 0 ||
      hy_account_set(&hub->name, hy_json_string(item, "name")) < 0 ||
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

  hy_account_clear_hubs(a);
  cJSON_ArrayForEach (item, hubs)
    if (a->hub_count < HY_HUBS && hy_account_find_hub(a, item->string) < 0 &&
        hy_account_add_hub(a, load_hub, item) < 0)
      return -HOMEY_MEMORY;
  return 0;
}

/* Sessions are stored per hub; "" stands for the hub while its id is not known. */
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

/* Checks the tokens of the login or of a session: they are sent in headers unchanged. */
static int has_sound_tokens(const cJSON *object)
{
  static const char *const names[] = { "access_token", "refresh_token", "personal_access_token",
                                       "bearer" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++) {
    const char *token = hy_json_string(object, names[i]);
    if (token && !hy_is_token(token))
      return 0;
  }
  return 1;
}

/* Checks a table with one object per hub, if it exists: ids and tokens are sent in headers. */
static int is_by_hub(const cJSON *doc, const char *name, int may_be_nameless)
{
  const cJSON *table = cJSON_GetObjectItemCaseSensitive(doc, name), *item;

  if (table && !cJSON_IsObject(table))
    return 0;
  cJSON_ArrayForEach (item, table)
    if (!cJSON_IsObject(item) ||
        !(hy_is_token(item->string) || (may_be_nameless && !*item->string)) ||
        !has_sound_tokens(item))
      return 0;
  return 1;
}

static const char *defect_of(const cJSON *doc)
{
  const cJSON *version = cJSON_GetObjectItemCaseSensitive(doc, "version");
  const char *hub = hy_json_string(doc, "hub");

  if (cJSON_IsNumber(version) && version->valueint > STORE_VERSION)
    return "was written by a newer version of homey. Update this one, or use another state_dir";
  if (!cJSON_IsObject(doc) || !cJSON_IsNumber(version) || (hub && !hy_is_token(hub)) ||
      !has_sound_tokens(doc) || !is_by_hub(doc, "hubs", 0) || !is_by_hub(doc, "sessions", 1))
    return "is damaged, or not a file of homey. Move it away and log in again";
  return NULL;
}

static uint64_t fingerprint_of(const cJSON *doc)
{
  static const char *const names[] = { "access_token", "refresh_token", "personal_access_token",
                                       "username" };
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
  return fingerprint_of(a->doc);
}

int hy_account_look(const char *text, size_t length, uint64_t *ret_print, int64_t *ret_issued,
                    const char **ret_why)
{
  cJSON *doc = hy_json_tree_parse(text, length);

  *ret_why = defect_of(doc);
  *ret_print = fingerprint_of(doc);
  *ret_issued = seconds_of(cJSON_GetObjectItemCaseSensitive(doc, "access_issued_at"));
  hy_json_tree_free(doc);
  return *ret_why ? -HOMEY_INVALID : 0;
}

int hy_account_load(hy_account *a, const char *text, size_t length, const char **ret_why)
{
  cJSON *doc = hy_json_tree_parse(text, length);
  char *wanted = a->hub_id ? hy_strdup(a->hub_id) : NULL;
  int result = 0;

  *ret_why = defect_of(doc);
  if (*ret_why) {
    hy_json_tree_free(doc);
    free(wanted);
    return -HOMEY_INVALID;
  }
  hy_account_drop_doc(a);
  a->doc = doc;
  result = load_members(a, doc, account_strings, COUNT(account_strings), account_times,
                        COUNT(account_times));
  if (result == 0)
    result = hy_account_set(&a->hub_id, wanted ? wanted : hy_json_string(doc, "hub"));
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
  a->route_kind = cJSON_IsNumber(kind) && kind->valueint >= 0 && kind->valueint < HY_ROUTES
                      ? kind->valueint
                      : HY_FIXED;
  return load_members(a, session, session_strings, COUNT(session_strings), session_times,
                      COUNT(session_times));
}

/* Returns the object of that name in `parent`, created when missing. */
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

  if (!urls || put_string(item, "name", hub->name) < 0 ||
      put_string(item, "platform", hub->platform) < 0 ||
      put_number(item, "api_version", hub->api_version) < 0)
    return -HOMEY_MEMORY;
  for (i = 0; i < HY_ROUTES; i++)
    if (put_string(urls, hy_route_names[i], hub->urls[i]) < 0)
      return -HOMEY_MEMORY;
  return 0;
}

/* Removes hubs that have left the account, with their sessions. */
static void drop_strangers(const hy_account *a, cJSON *hubs, cJSON *sessions)
{
  cJSON *item = hubs->child, *next;

  for (; item; item = next) {
    next = item->next;
    if (hy_account_find_hub(a, item->string) >= 0)
      continue;
    take_away(sessions, item->string);
    hy_json_tree_free(cJSON_DetachItemViaPointer(hubs, item));
  }
}

/* A login without the cloud has a single hub: removes the sessions of earlier hubs, including an
 * API key stored as a bearer. */
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

/* Keeps the stored choice of the hub, since other programs use it, and this one may have named
 * another hub. It is put where a new choice would be, so that the same account gives the same
 * bytes. */
static int save_choice(const hy_account *a, cJSON *doc)
{
  const char *stored = hy_json_string(doc, "hub");
  char *kept;
  int result;

  if (a->rechosen || !stored || hy_account_find_hub(a, stored) < 0)
    return put_string(doc, "hub", a->hub_id);
  kept = hy_strdup(stored); /* put_string frees the stored one */
  result = kept ? put_string(doc, "hub", kept) : -HOMEY_MEMORY;
  free(kept);
  return result;
}

static int save_doc(hy_account *a, cJSON *doc)
{
  cJSON *hubs = child(doc, "hubs"), *sessions = child(doc, "sessions"), *session;
  int i;

  if (!hubs || !sessions || put_number(doc, "version", STORE_VERSION) < 0 ||
      put_string(doc, "account", a->key) < 0 || save_choice(a, doc) < 0 ||
      save_members(a, doc, account_strings, COUNT(account_strings), account_times,
                   COUNT(account_times)) < 0)
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
  return save_members(a, session, session_strings, COUNT(session_strings), session_times,
                      COUNT(session_times));
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
