/* Socket.IO packets. Strict about packets that could be misread, tolerant otherwise: accepts
 * unknown types, a query after a namespace, and a missing object where none is needed. */
#include "realtime/socketio.h"

#include <string.h>

#include "base/buf.h"
#include "base/json_text.h"
#include "homey.h"

#define MOST_ID 2000000000L

static hy_span span(const char *at, const char *end)
{
  return (hy_span){ at, (size_t)(end - at) };
}

/* ---- packets ---- */

static hy_socketio_type sio_type(char c)
{
  return c >= '0' && c < '0' + HY_SOCKETIO_UNKNOWN ? (hy_socketio_type)(c - '0')
                                                   : HY_SOCKETIO_UNKNOWN;
}

/* Reads "/api?x=1," as "/api"; leaves *at after the comma. */
static hy_span read_nsp(const char **at, const char *end)
{
  const char *start = *at, *comma, *query;

  if (start == end || *start != '/')
    return (hy_span){ "/", 1 };
  comma = memchr(start, ',', (size_t)(end - start));
  *at = comma ? comma + 1 : end;
  if (!comma)
    comma = end;
  query = memchr(start, '?', (size_t)(comma - start));
  return span(start, query ? query : comma);
}

/* Returns -1 when there is no id, -2 when it is too large to be ours. */
static long read_id(const char **at, const char *end)
{
  long id = -1;

  for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
    if (id > MOST_ID / 10)
      return -2;
    id = (id < 0 ? 0 : id * 10) + (**at - '0');
  }
  return id;
}

static hy_span trimmed(const char *at, const char *end)
{
  while (at < end && strchr(" \t\r\n", *at) && *at)
    at++;
  while (end > at && strchr(" \t\r\n", end[-1]) && end[-1])
    end--;
  return span(at, end);
}

static int is_array(hy_span s)
{
  return s.length >= 2 && s.at[0] == '[' && s.at[s.length - 1] == ']';
}

/* Reads the part after the "4". */
static int read_message(hy_socketio_packet *p, const char *at, const char *end)
{
  if (at == end)
    return -HOMEY_PROTOCOL;
  p->type = sio_type(*at++);
  p->nsp = (hy_span){ "/", 1 };
  if (p->type >= HY_SOCKETIO_BINARY_EVENT) {
    p->data = span(at, end);
    return 0;
  }
  p->nsp = read_nsp(&at, end);
  if (p->type == HY_SOCKETIO_EVENT || p->type == HY_SOCKETIO_ACK)
    p->id = read_id(&at, end);
  p->data = trimmed(at, end);
  if (p->id == -2 || (p->type == HY_SOCKETIO_ACK && p->id < 0))
    return -HOMEY_PROTOCOL;
  return p->type != HY_SOCKETIO_EVENT && p->type != HY_SOCKETIO_ACK ? 0
         : is_array(p->data)                                        ? 0
                                                                    : -HOMEY_PROTOCOL;
}

int hy_socketio_packet_read(hy_socketio_packet *p, const char *text, size_t length)
{
  const char *end = text + length;

  *p = (hy_socketio_packet){ .engine = HY_ENGINEIO_UNKNOWN, .type = HY_SOCKETIO_UNKNOWN, .id = -1 };
  if (length == 0)
    return -HOMEY_PROTOCOL;
  if (*text >= '0' && *text < '0' + HY_ENGINEIO_UNKNOWN)
    p->engine = (hy_engineio_type)(*text - '0');
  p->data = span(text + 1, end);
  return p->engine == HY_ENGINEIO_MESSAGE ? read_message(p, text + 1, end) : 0;
}

/* By hand, since printf takes longer than all else of a packet. */
static void add_id(hy_buf *b, long id)
{
  char digits[20];
  size_t at = sizeof digits;

  do
    digits[--at] = (char)('0' + id % 10);
  while ((id /= 10) > 0);
  hy_buf_add(b, digits + at, sizeof digits - at);
}

void hy_socketio_begin(hy_buf *b, hy_socketio_type type, const char *nsp, long id)
{
  char start[] = { '4', (char)('0' + (int)type) };

  hy_buf_add(b, start, sizeof start);
  if (strcmp(nsp, "/")) {
    hy_buf_adds(b, nsp);
    hy_buf_adds(b, ",");
  }
  if (id >= 0)
    add_id(b, id);
}

/* ---- the open packet ---- */

#define PING_INTERVAL_MS 25000
#define PING_TIMEOUT_MS 5000
#define LONGEST_MS 3600000

/* Clamps implausible intervals, such as a few milliseconds or a year. */
static long milliseconds(const cJSON *object, const char *name, long otherwise)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

  if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1))
    return otherwise;
  return item->valuedouble < 20           ? 20
         : item->valuedouble > LONGEST_MS ? LONGEST_MS
                                          : (long)item->valuedouble;
}

int hy_socketio_read_open(hy_span data, long *ret_interval, long *ret_timeout)
{
  cJSON *json = hy_json_parse_span(data);
  int good = cJSON_IsObject(json);

  if (good) {
    *ret_interval = milliseconds(json, "pingInterval", PING_INTERVAL_MS);
    *ret_timeout = milliseconds(json, "pingTimeout", PING_TIMEOUT_MS);
  }
  cJSON_Delete(json);
  return good ? 0 : -HOMEY_PROTOCOL;
}

/* ---- arrays ---- */

/* Returns the position after the closing quote of the string at `at`, or NULL when it does not
 * close. */
static const char *skip_string(const char *at, const char *end)
{
  const char *quote = end - at > 1 ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;

  if (quote && !memchr(at, '\\', (size_t)(quote - at))) /* nearly always */
    return quote + 1;
  for (at++; at < end; at++) {
    if (*at == '\\')
      at++;
    else if (*at == '"')
      return at + 1;
  }
  return NULL;
}

/* Returns the position after the value at `at`: a comma, or the bracket that closes the
 * enclosing value. */
static const char *skip_value(const char *at, const char *end)
{
  size_t depth = 0;

  while (at && at < end) {
    if (*at == '"') {
      at = skip_string(at, end);
      continue;
    }
    if (depth == 0 && (*at == ',' || *at == ']' || *at == '}'))
      return at;
    depth += *at == '[' || *at == '{';
    depth -= *at == ']' || *at == '}';
    at++;
  }
  return NULL;
}

int hy_socketio_items(hy_span array, hy_span *items, int most)
{
  const char *at = array.at + 1, *end = array.at + array.length;
  int count = 0;

  if (!is_array(array))
    return -HOMEY_PROTOCOL;
  if (trimmed(at, end - 1).length == 0)
    return 0;
  for (;;) {
    const char *stop = skip_value(at, end);
    hy_span item = stop ? trimmed(at, stop) : (hy_span){ 0 };
    if (item.length == 0 || *stop == '}' || count == 1000000)
      return -HOMEY_PROTOCOL;
    if (count < most)
      items[count] = item;
    count++;
    if (*stop == ']')
      return stop + 1 == end ? count : -HOMEY_PROTOCOL;
    at = stop + 1;
  }
}

/* ---- strings ---- */

/* Handles strings with escapes, which are rare: cJSON decodes them, but would cut at \u0000. */
static int unescape(hy_span s, hy_buf *out)
{
  const char *at, *end = s.at + s.length;
  cJSON *json;
  int good;

  for (at = s.at; at + 6 <= end; at++) {
    if (*at == '\\' && !memcmp(at, "\\u0000", 6))
      return -HOMEY_PROTOCOL;
    at += *at == '\\';
  }
  json = hy_json_parse_span(s);
  good = cJSON_IsString(json);
  if (good)
    hy_buf_adds(out, json->valuestring);
  cJSON_Delete(json);
  return !good ? -HOMEY_PROTOCOL : out->failed ? -HOMEY_MEMORY : 0;
}

int hy_socketio_unquote(hy_span s, hy_buf *out)
{
  if (s.length < 2 || s.at[0] != '"' || skip_string(s.at, s.at + s.length) != s.at + s.length)
    return -HOMEY_PROTOCOL;
  if (memchr(s.at, '\\', s.length))
    return unescape(s, out);
  if (memchr(s.at, '\0', s.length))
    return -HOMEY_PROTOCOL;
  hy_buf_add(out, s.at + 1, s.length - 2);
  return out->failed ? -HOMEY_MEMORY : 0;
}

void hy_socketio_quote(hy_buf *b, const char *text)
{
  const char *from = text;

  hy_buf_add(b, "\"", 1);
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c >= ' ' && c != '"' && c != '\\')
      continue;
    hy_buf_add(b, from, (size_t)(text - from));
    if (c < ' ')
      hy_buf_addf(b, "\\u%04x", c);
    else
      hy_buf_addf(b, "\\%c", c);
    from = text + 1;
  }
  hy_buf_add(b, from, (size_t)(text - from));
  hy_buf_add(b, "\"", 1);
}
