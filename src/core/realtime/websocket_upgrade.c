/* Websocket upgrade: the request, and the check of its answer. */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/random.h"
#include "http/exchange.h"
#include "realtime/websocket.h"
#include "realtime/websocket_parts.h"

#define HEAD_MOST (16 * 1024)
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static int make_accept(hy_websocket *ws, const char *key)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  hy_buf text = { 0 };
  char both[80];

  snprintf(both, sizeof both, "%s" GUID, key);
  if (EVP_Digest(both, strlen(both), digest, &length, EVP_sha1(), NULL) != 1)
    return -1;
  hy_base64_encode(&text, digest, length);
  if (!text.failed)
    snprintf(ws->accept, sizeof ws->accept, "%s", text.data);
  hy_buf_free(&text);
  return *ws->accept ? 0 : -1;
}

/* Writes "[fe80::1%25eth0]:80" without the zone, which is valid on this machine only. */
static void add_host(hy_buf *out, const char *host, size_t length)
{
  size_t zone = strcspn(host, "%"), rest = strcspn(host, "]");

  if (*host != '[' || rest >= length || zone > rest)
    zone = rest = 0;
  hy_buf_add(out, host, zone);
  hy_buf_add(out, host + rest, length - rest);
}

int hy_websocket_say_upgrade(hy_websocket *ws, const hy_websocket_options *o)
{
  const char *host = strstr(o->base, "://") + 3, *prefix = host + strcspn(host, "/");
  const struct curl_slist *line = o->lines ? o->lines->list : NULL;
  unsigned char nonce[16];
  hy_buf key = { 0 };
  int result = hy_random(nonce, sizeof nonce);

  hy_base64_encode(&key, nonce, sizeof nonce);
  if (result == 0 && !key.failed)
    result = make_accept(ws, key.data);
  hy_buf_addf(&ws->out, "GET %s%s HTTP/1.1\r\nHost: ", prefix, o->path);
  add_host(&ws->out, host, (size_t)(prefix - host));
  hy_buf_addf(&ws->out,
              "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: %s\r\nUser-Agent: %s\r\n",
              key.failed ? "" : key.data, o->settings->user_agent);
  for (; line; line = line->next)
    hy_buf_addf(&ws->out, "%s\r\n", line->data);
  hy_buf_adds(&ws->out, "\r\n");
  if (key.failed || ws->out.failed)
    result = -1;
  hy_buf_free(&key);
  return result;
}

/* Splits the head, which ends at `end`, into NUL-terminated lines. */
static void split_head(hy_buf *head, size_t end)
{
  for (size_t i = 0; i < end; i++)
    if (head->data[i] == '\r' || head->data[i] == '\n')
      head->data[i] = '\0';
}

static int has_word(const char *list, const char *word)
{
  size_t length = strlen(word);

  while (list && *list) {
    list += strspn(list, ", \t");
    if (curl_strnequal(list, word, length) && strchr(", \t", list[length]))
      return 1;
    list += strcspn(list, ",");
  }
  return 0;
}

/* Compares, ignoring blanks at the end of the header's value. */
static int is_just(const char *value, const char *word)
{
  size_t length = strlen(word);

  return !strncmp(value, word, length) && !value[length + strspn(value + length, " \t")];
}

static int is_upgraded(const hy_websocket *ws)
{
  const char *accept = hy_header(&ws->head, "Sec-WebSocket-Accept", NULL);

  return has_word(hy_header(&ws->head, "Upgrade", NULL), "websocket") &&
         has_word(hy_header(&ws->head, "Connection", NULL), "upgrade") && accept &&
         is_just(accept, ws->accept) && !hy_header(&ws->head, "Sec-WebSocket-Extensions", NULL) &&
         !hy_header(&ws->head, "Sec-WebSocket-Protocol", NULL);
}

/* Returns 0 when it is not a number, such as a date. */
static long read_seconds(const char *text)
{
  size_t digits = text ? strspn(text, "0123456789") : 0;

  return digits > 0 && digits < 10 && !text[digits] ? atol(text) : 0;
}

static void judge_upgrade(hy_websocket *ws)
{
  int status = 0, is_good = 0;

  if (sscanf(ws->head.data, "HTTP/1.%*1[01] %3d", &status) != 1)
    hy_websocket_blame(ws, HOMEY_PROTOCOL, "the hub did not answer in HTTP");
  else if (status != 101)
    hy_websocket_blame(ws, HOMEY_UNAVAILABLE,
                       "the hub, or a proxy before it, takes no websockets (status %d)", status);
  else if (!is_upgraded(ws))
    hy_websocket_blame(ws, HOMEY_PROTOCOL, "the hub gave a wrong answer to the websocket upgrade");
  else if (hy_context_take(ws) < 0)
    hy_websocket_no_memory(ws);
  else
    is_good = 1;
  ws->end.status = status;
  if (is_good)
    return;
  if (ws->end.error) {
    ws->end.error->status = status;
    ws->end.error->retry_after = read_seconds(hy_header(&ws->head, "Retry-After", NULL));
  }
  hy_websocket_over(ws, 0);
}

void hy_websocket_upgrade(hy_websocket *ws)
{
  char bytes[2048];
  const char *stop = NULL;

  while (!stop && ws->head.length <= HEAD_MOST) {
    size_t from = ws->head.length > 3 ? ws->head.length - 3 : 0;
    ssize_t n;
    ws->head_at = ws->head.length;
    n = hy_websocket_read(ws, bytes, sizeof bytes);
    if (n < 0 && ws->trouble == CURLE_AGAIN)
      return;
    if (n < 0) {
      hy_websocket_line_broke(ws);
      return;
    }
    hy_buf_add(&ws->head, bytes, (size_t)n);
    if (ws->head.failed) {
      hy_websocket_no_memory(ws);
      return;
    }
    stop = memmem(ws->head.data + from, ws->head.length - from, "\r\n\r\n", 4);
  }
  ws->head_at = stop ? (size_t)(stop - ws->head.data) + 4 : 0;
  if (ws->head_at == 0) {
    hy_websocket_blame(
        ws, HOMEY_PROTOCOL,
        "the hub sent headers that are too large in its answer to the websocket upgrade");
    hy_websocket_over(ws, 0);
    return;
  }
  split_head(&ws->head, ws->head_at);
  judge_upgrade(ws);
}
