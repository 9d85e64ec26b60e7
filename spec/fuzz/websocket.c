/*
 * Fuzz target of the websocket: any bytes as the answer to the upgrade and as frames, in pieces of
 * any size. A delivered message is UTF-8, ends with NUL and is within the limit; a closed
 * connection has an error; nothing is read past the end.
 *
 * The first byte is the size of the pieces, the second the largest message. Only the source of the
 * bytes differs from the library: it is the input in place of libcurl.
 */
#include <curl/curl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static CURLcode fuzz_recv(CURL *easy, void *bytes, size_t size, size_t *n);
static CURLcode fuzz_send(CURL *easy, const void *bytes, size_t size, size_t *n);
/* libcurl's header may define these as macros that check types. */
#undef curl_easy_recv
#undef curl_easy_send
#define curl_easy_recv fuzz_recv
#define curl_easy_send fuzz_send

#include "base/text.h"
#include "realtime/websocket_context.c" /* NOLINT(bugprone-suspicious-include): the target */
#include "realtime/websocket_frames.c"  /* NOLINT(bugprone-suspicious-include): likewise */
#include "realtime/websocket_upgrade.c" /* NOLINT(bugprone-suspicious-include): likewise */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* the example of RFC 6455; the corpus uses it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t left, piece, largest;
static int dry; /* the next read gets nothing, the one after it a piece */

static CURLcode fuzz_recv(CURL *easy, void *bytes, size_t size, size_t *n)
{
  (void)easy;
  dry = !dry;
  *n = 0;
  if (dry && left > 0)
    return CURLE_AGAIN;
  *n = left < piece ? left : piece;
  *n = *n < size ? *n : size;
  memcpy(bytes, input, *n);
  input += *n;
  left -= *n;
  return CURLE_OK; /* without bytes: the end of the connection */
}

static CURLcode fuzz_send(CURL *easy, const void *bytes, size_t size, size_t *n)
{
  (void)easy;
  (void)bytes;
  *n = size;
  return CURLE_OK;
}

static void on_text(void *owner, hy_buf *text)
{
  (void)owner;
  CHECK(text->length <= largest);
  CHECK(text->data[text->length] == '\0');
  CHECK(hy_is_utf8(text->data, text->length));
}

static void check_over(const hy_websocket *ws)
{
  CHECK(ws->end.error->kind != 0);
  CHECK(strlen(ws->end.error->message) > 0);
  CHECK(ws->end.error->retry_after >= 0);
}

static void turn(hy_websocket *ws)
{
  if (ws->state == HY_WEBSOCKET_UPGRADING) {
    hy_websocket_upgrade(ws);
    CHECK(ws->head_at <= ws->head.length);
    if (ws->state == HY_WEBSOCKET_UPGRADING && ws->frames)
      ws->state = HY_WEBSOCKET_OPEN;
  }
  if (ws->state == HY_WEBSOCKET_OPEN) {
    hy_websocket_read_frames(ws);
    CHECK(ws->text.length <= ws->max);
  }
  if (ws->state == HY_WEBSOCKET_OPEN)
    hy_websocket_flush(ws);
  hy_context_rest(ws); /* without a cache it is freed: the next read must not need it */
}

static void free_all(hy_websocket *ws)
{
  hy_context_free(ws->context);
  free(ws->end.error);
  hy_buf_free(&ws->head);
  hy_buf_free(&ws->text);
  hy_buf_free(&ws->out);
  free(ws);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const hy_websocket_owner websocket_events = { NULL, on_text, NULL, NULL };
  static homey_loop loop;
  hy_websocket *ws;

  if (size < 2 || size > READ_MOST / 2)
    return 0;
  ws = calloc(1, sizeof *ws);
  CHECK(ws != NULL);
  piece = data[0] + 1U;
  largest = ws->max = ws->most = (data[1] + 1U) * 64U;
  input = data + 2;
  left = size - 2;
  dry = 0;
  ws->on = &websocket_events;
  ws->loop = &loop;
  ws->state = HY_WEBSOCKET_UPGRADING;
  memcpy(ws->accept, ACCEPT, sizeof ACCEPT);
  while (ws->state != HY_WEBSOCKET_OVER)
    turn(ws);
  check_over(ws);
  free_all(ws);
  return 0;
}
