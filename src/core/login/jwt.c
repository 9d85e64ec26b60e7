/*
 * JSON Web Tokens, read without their key: the format, and the ids in the payload.
 *
 * Invariant: nothing here proves a token genuine, and nothing depends on that. The ids are hints
 * that the caller compares with the hubs that the cloud offers. A failure leaves the output
 * unchanged.
 */
#include "login/jwt.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/json_tree.h"

/* More than any real token has; limits the search for duplicates in a hostile one. */
#define IDS_MAX 64
#define ID_DIGITS 24

/* ---- tokens ---- */

static size_t segment(const char *text)
{
  return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

int hy_jwt_like(const char *text)
{
  for (int i = 0; text && i < 3; i++) {
    size_t length = segment(text);
    if (!length || text[length] != (i < 2 ? '.' : '\0'))
      return 0;
    text += length + (i < 2);
  }
  return text != NULL;
}

typedef struct ids {
  hy_buf *out;
  size_t start; /* of the first id in `out` */
  int count;
} ids;

static int has_id(const ids *found, const char *id)
{
  for (int i = 0; i < found->count; i++)
    if (!memcmp(found->out->data + found->start + (size_t)i * (ID_DIGITS + 1), id, ID_DIGITS))
      return 1;
  return 0;
}

/* An id stands alone, or after the prefix of the consent page: "resource.homey.<id>". */
static void collect(ids *found, const char *text)
{
  const char *prefix = text ? strstr(text, "homey.") : NULL;
  const char *id = prefix ? prefix + 6 : text;

  if (!id || strlen(id) != ID_DIGITS || strspn(id, "0123456789abcdefABCDEF") != ID_DIGITS)
    return;
  if (found->count == IDS_MAX || found->out->failed || has_id(found, id))
    return;
  hy_buf_add(found->out, id, ID_DIGITS + 1);
  found->count++;
}

/* Object keys are checked as well: they may be ids. cJSON limits the depth. */
static void walk(ids *found, const cJSON *item)
{
  for (; item; item = item->next) {
    collect(found, item->string);
    if (cJSON_IsString(item))
      collect(found, item->valuestring);
    walk(found, item->child);
  }
}

static cJSON *parse_payload(const char *jwt)
{
  const char *dot = strchr(jwt, '.');
  hy_buf text = { 0 };
  cJSON *payload = NULL;

  if (dot && !hy_base64_decode(&text, dot + 1, strcspn(dot + 1, ".")) && text.length)
    payload = hy_json_tree_parse(text.data, text.length);
  hy_buf_wipe(&text);
  return payload;
}

int hy_jwt_ids(hy_buf *out, const char *jwt)
{
  ids found = { out, out->length, 0 };
  cJSON *payload = jwt ? parse_payload(jwt) : NULL;
  int readable = cJSON_IsObject(payload);

  if (readable)
    walk(&found, payload);
  hy_json_tree_free(payload);
  if (readable && !out->failed)
    return found.count;
  out->length = found.start;
  if (out->data)
    out->data[out->length] = '\0';
  return -1;
}
