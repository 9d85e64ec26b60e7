/* Hubs of an account: reading user/me, and choosing a hub. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json_tree.h"
#include "base/text.h"

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

void hy_account_clear_hubs(hy_account *a)
{
  while (a->hub_count > 0)
    clear_hub(&a->hubs[--a->hub_count]);
  free(a->hubs);
  a->hubs = NULL;
}

int hy_account_add_hub(hy_account *a, int (*read)(hy_hub *hub, const cJSON *item),
                       const cJSON *item)
{
  hy_hub *hubs = realloc(a->hubs, ((size_t)a->hub_count + 1) * sizeof *hubs);
  int result;

  if (!hubs)
    return -HOMEY_MEMORY;
  a->hubs = hubs;
  memset(&hubs[a->hub_count], 0, sizeof *hubs);
  result = read(&hubs[a->hub_count], item);
  if (result < 0)
    clear_hub(&hubs[a->hub_count]);
  else
    a->hub_count++;
  return result;
}

int hy_account_find_hub(const hy_account *a, const char *id)
{
  int i = a->hub_count - 1;

  while (i >= 0 && strcmp(a->hubs[i].id, id) != 0)
    i--;
  return i;
}

hy_hub *hy_account_hub(hy_account *a)
{
  int i = a->hub_id ? hy_account_find_hub(a, a->hub_id) : -1;

  return i < 0 ? NULL : &a->hubs[i];
}

/* ---- choosing a hub ---- */

static void list_hubs(const hy_account *a, char *text, size_t size)
{
  size_t used = 0;
  int i;

  text[0] = '\0';
  if (!a->hubs)
    return;
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
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a hub was found, so there is a list */
  if (count == 1 && a->hubs[found].api_version == 1) {
    hy_error_set(
        error, HOMEY_UNAVAILABLE,
        "this Homey runs firmware that is no longer supported. Update it in the Homey app.");
    hy_account_set(&a->hub_id, NULL);
    return -HOMEY_UNAVAILABLE;
  }
  if (count == 1) {
    hy_error_set(error, HOMEY_MEMORY, "the hub could not be chosen");
    return hy_account_set(&a->hub_id, a->hubs[found].id);
  }
  list_hubs(a, names, sizeof names);
  if (a->hub_count == 0)
    hy_error_set(
        error, HOMEY_NOT_FOUND,
        "this account has no Homey. Add one in the Homey app, or log in with another account.");
  else if (wanted && count == 0)
    hy_error_set(error, HOMEY_NOT_FOUND, "this account has no Homey \"%.64s\". It has %s.", wanted,
                 names);
  else
    hy_error_set(error, HOMEY_AMBIGUOUS, "this account has several Homeys: %s. Name one by `hub`.",
                 names);
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

/* Fields may be missing or null. A missing one removes that kind of address, unless another
 * field implies it. */
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
  if (mdns &&
      !(hub->urls[HY_MDNS] = joined("http://", mdns, cJSON_IsNumber(port) ? port->valueint : 0)))
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
  if (hy_account_set(&hub->id, id) < 0 ||
      hy_account_set(&hub->name, hy_json_string(homey, "name")) < 0 ||
      hy_account_set(&hub->platform, hy_json_string(homey, "platform")) < 0)
    return -HOMEY_MEMORY;
  return read_urls(hub, homey);
}

/* The cloud may list no address for a while, such as when the hub is offline: the earlier ones
 * are kept. */
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
    if (a->hub_count == HY_HUBS || !hy_is_token(id_of(homey))) /* the id is sent in a header */
      continue;
    if (hy_account_add_hub(a, read_hub, homey) < 0)
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
      (hy_json_string(user, "email") &&
       hy_account_set(&a->email, hy_json_string(user, "email")) < 0))
    return -HOMEY_MEMORY;
  hub = hy_account_hub(a);
  if (hub) {
    before = *hub;
    memset(hub, 0, sizeof *hub);
  }
  hy_account_clear_hubs(a);
  result = read_hubs(a, homeys);
  hub = before.id ? hy_account_hub(a) : NULL;
  if (hub) {
    keep_urls(hub, &before, HY_LOCAL_SECURE, HY_MDNS);
    keep_urls(hub, &before, HY_FORWARDED, HY_CLOUD);
  }
  clear_hub(&before);
  return result;
}
