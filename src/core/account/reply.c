/* Replies of servers: JSON, error messages in their different formats, refusals. */
#include "account/reply.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "account/trace.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "http/exchange.h"

/* Unwraps a cloud's success: {status, result} or {success, message}. Returns NULL for another
 * format. */
static cJSON *unwrapped(cJSON *json)
{
  const cJSON *success = cJSON_GetObjectItemCaseSensitive(json, "success");

  if (!cJSON_IsObject(json) || cJSON_GetArraySize(json) != 2)
    return NULL;
  if (cJSON_HasObjectItem(json, "status"))
    return cJSON_DetachItemFromObjectCaseSensitive(json, "result");
  return cJSON_IsTrue(success) ? cJSON_DetachItemFromObjectCaseSensitive(json, "message") : NULL;
}

cJSON *hy_reply_json(const hy_exchange *x)
{
  cJSON *json = hy_json_tree_parse(x->reply.data, x->reply.length), *result = unwrapped(json);

  if (!result)
    return json;
  hy_json_tree_free(json);
  return result;
}

/* error_description may be a string or {field: message}. */
static const char *description(const cJSON *json)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "error_description");

  if (cJSON_IsObject(item))
    item = item->child;
  return cJSON_GetStringValue(item);
}

static const char *complaint(const cJSON *json)
{
  static const char *const names[] = { "error_message", "error", "message", "result" };
  const char *text = description(json);
  size_t i;

  for (i = 0; (!text || !*text) && i < sizeof names / sizeof *names; i++)
    text = hy_json_string(json, names[i]);
  return text;
}

/* Copies one line without trailing spaces, safe for a terminal; drops invalid UTF-8. */
static void copy_line(char *to, size_t size, char *from)
{
  size_t n;

  to[0] = '\0';
  if (!hy_is_utf8(from, strlen(from)))
    return;
  for (char *at = from; *at; at++)
    if (*at == '\t' || *at == '\n' || *at == '\r')
      *at = ' ';
  hy_visible(to, size, from);
  for (n = strlen(to); n > 0 && to[n - 1] == ' '; n--)
    to[n - 1] = '\0';
}

#define QUOTABLE 65536 /* a longer text is not an error message */

/* Redacts before cutting, so that no half of a secret remains at the end. */
static void quote(const homey_client *c, const char *found, char *text, size_t size)
{
  hy_buf whole = { 0 };

  text[0] = '\0';
  if (!found)
    return;
  hy_buf_adds(&whole, found);
  if (!whole.failed) {
    hy_redact(c, whole.data);
    copy_line(text, size, whole.data);
  }
  hy_buf_wipe(&whole);
}

/* A successful reply is never quoted: it may contain a token that is not known yet and so not
 * redacted. */
void hy_reply_complaint(homey_client *c, const hy_exchange *x, char *text, size_t size)
{
  cJSON *json = x->status >= 400 && x->reply.length < QUOTABLE
                    ? hy_json_tree_parse(x->reply.data, x->reply.length)
                    : NULL;
  const char *found = cJSON_GetStringValue(json);

  if (!found)
    found = complaint(json);
  if (!json && x->status >= 400 && x->reply.length > 0 && x->reply.length < QUOTABLE &&
      !hy_exchange_is(x, "html"))
    found = x->reply.data;
  quote(c, found, text, size);
  hy_json_tree_free(json);
}

/* Recognises the error text for a refused bearer, whatever the status is. */
static int is_bearer_refused(const cJSON *json)
{
  const char *word = json && cJSON_IsString(json) ? json->valuestring
                                                  : hy_json_string(json, "error");

  return word && (curl_strequal(word, "session_expired") || curl_strequal(word, "invalid_token"));
}

int hy_reply_refuses_bearer(const hy_exchange *x)
{
  cJSON *json;
  int refuses;

  if (x->status == 401 || x->status < 400 || x->status > 499 || x->reply.length >= QUOTABLE)
    return x->status == 401;
  json = hy_json_tree_parse(x->reply.data, x->reply.length);
  refuses = is_bearer_refused(json);
  hy_json_tree_free(json);
  return refuses;
}

/* Newer firmware sends statusCode, older sends code; a string there is not a status. */
static int status_of(const cJSON *json)
{
  static const char *const names[] = { "statusCode", "code", "status" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, names[i]);
    if (cJSON_IsNumber(item) && item->valuedouble >= 100 && item->valuedouble < 600)
      return item->valueint;
  }
  return 0;
}

int hy_socket_complaint(homey_client *c, const char *text, size_t length, char *words, size_t size)
{
  char *copy = length < QUOTABLE ? hy_strndup(text, length) : NULL;
  cJSON *json = copy ? hy_json_tree_parse(copy, length) : NULL;
  const char *said = cJSON_GetStringValue(json);
  int status = is_bearer_refused(json) ? 401 : status_of(json);

  quote(c, said ? said : complaint(json), words, size);
  hy_json_tree_free(json);
  hy_wipe(copy);
  return status;
}

static const struct {
  int status;
  homey_kind kind;
  const char *text;
} refusals[] = { { 400, HOMEY_INVALID, "did not accept what was sent" },
                 { 401, HOMEY_UNAUTHORIZED, "does not accept the login" },
                 { 403, HOMEY_FORBIDDEN, "forbids it" },
                 { 404, HOMEY_NOT_FOUND, "does not know it" },
                 { 405, HOMEY_INVALID, "does not support this" },
                 { 422, HOMEY_INVALID, "did not accept what was sent" },
                 { 429, HOMEY_RATE_LIMITED, "asks for fewer requests" },
                 { 0, HOMEY_HUB, "could not do it" } };

void hy_reply_refusal_of(const char *who, int status, const char *words, long retry_after,
                         homey_error *error)
{
  char cause[320] = ", and did not say why", when[48] = "";
  size_t i = 0;

  while (refusals[i].status && refusals[i].status != status)
    i++;
  if (*words)
    snprintf(cause, sizeof cause, " (%s)", words);
  else if (status)
    snprintf(cause, sizeof cause, " (status %d)", status);
  if (retry_after)
    snprintf(when, sizeof when, ". Try again in %ld s.", retry_after);
  hy_error_set(error, refusals[i].kind, "%s %s%s%s", who, refusals[i].text, cause, when);
  error->status = status;
  error->retry_after = retry_after;
}

void hy_reply_refusal(int status, const char *words, long retry_after, homey_error *error)
{
  hy_reply_refusal_of("the hub", status, words, retry_after, error);
}

int hy_reply_says(const hy_exchange *x, const char *word)
{
  cJSON *json = hy_json_tree_parse(x->reply.data, x->reply.length);
  const char *code = hy_json_string(json, "error"), *text = complaint(json);
  int says = (code && strcasestr(code, word)) || (text && strcasestr(text, word));

  hy_json_tree_free(json);
  return says;
}
