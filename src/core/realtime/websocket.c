/* Websocket: connecting, its turns, its close. */

#include "realtime/websocket.h"

#include <curl/curl.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/url.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "http/lines.h"
#include "loop/loop.h"
#include "loop/multi.h"
#include "loop/poller.h"
#include "loop/run_queue.h"
#include "loop/watch.h"
#include "realtime/websocket_parts.h"

/* ---- a turn ---- */

static void destroy(hy_websocket *ws)
{
  hy_watch_set(ws->loop, &ws->watch, 0);
  hy_work_drop(ws->loop, &ws->work);
  if (ws->easy)
    hy_multi_remove(ws->loop, ws->easy, &ws->transfer);
  curl_easy_cleanup(ws->easy);
  hy_context_free(ws->context);
  hy_websocket_cache_leave(ws->loop, ws->cache);
  hy_lines_release(ws->connect_to);
  free(ws->words);
  free(ws->end.error);
  hy_buf_free(&ws->head);
  hy_buf_free(&ws->text);
  hy_buf_wipe(&ws->out);
  free(ws);
}

static void watch(hy_websocket *ws)
{
  int writing = ws->out.length > ws->out_at || (ws->state == HY_WEBSOCKET_OPEN && ws->frames &&
                                                wslay_event_want_write(ws->frames));

  if (hy_watch_set(ws->loop, &ws->watch, HY_READ | (writing ? HY_WRITE : 0)) < 0)
    hy_websocket_no_memory(ws);
}

/* Reads once per step, so that a busy server does not starve the other connections. TLS may hold
 * more data, for which the poller does not report the descriptor. */
static void read_once(hy_websocket *ws)
{
  if (ws->state != HY_WEBSOCKET_OPEN || !ws->readable)
    return;
  if (ws->read_in != ws->loop->turn)
    hy_websocket_read_frames(ws);
  if (ws->state == HY_WEBSOCKET_OPEN && !ws->doomed && ws->readable)
    hy_work_later(ws->loop, &ws->work);
  if (ws->head.size && ws->head_at == ws->head.length) {
    hy_buf_free(&ws->head);
    ws->head_at = 0;
  }
}

static void tell_drained(hy_websocket *ws)
{
  if (!ws->crowded || hy_websocket_queued(ws) >= HY_WRITE_MOST)
    return;
  ws->crowded = 0;
  ws->on->drained(ws->owner);
}

static void work(hy_websocket *ws)
{
  if (ws->state == HY_WEBSOCKET_UPGRADING) {
    hy_websocket_flush(ws);
    if (ws->state == HY_WEBSOCKET_UPGRADING)
      hy_websocket_upgrade(ws);
    if (ws->state == HY_WEBSOCKET_UPGRADING && ws->frames) {
      ws->state = HY_WEBSOCKET_OPEN;
      ws->readable = 1;
      ws->on->opened(ws->owner);
    }
  }
  if (ws->state == HY_WEBSOCKET_OPEN && !ws->doomed) {
    hy_websocket_flush(ws);
    read_once(ws);
  }
  if (ws->state == HY_WEBSOCKET_OPEN)
    hy_websocket_flush(ws);
  if (ws->state == HY_WEBSOCKET_OPEN)
    hy_websocket_settle(ws);
  if (ws->state == HY_WEBSOCKET_OPEN)
    tell_drained(ws);
  if (ws->state != HY_WEBSOCKET_OVER && !ws->doomed)
    watch(ws);
}

/* Writes the queue first: wslay would send the close frame ahead of it. */
static void say_goodbye(hy_websocket *ws)
{
  if (ws->state != HY_WEBSOCKET_OPEN || !ws->goodbye)
    return;
  hy_websocket_flush(ws);
  if (ws->state == HY_WEBSOCKET_OPEN && hy_context_take(ws) == 0 &&
      wslay_event_queue_close(ws->frames, (uint16_t)ws->goodbye, NULL, 0) == 0)
    hy_websocket_flush(ws);
}

static void pump(hy_websocket *ws)
{
  if (ws->state == HY_WEBSOCKET_CONNECTING || ws->state == HY_WEBSOCKET_OVER)
    return;
  ws->busy = 1;
  work(ws);
  ws->busy = 0;
  if (ws->doomed) {
    say_goodbye(ws);
    destroy(ws);
  } else if (ws->state == HY_WEBSOCKET_OVER) {
    hy_watch_set(ws->loop, &ws->watch, 0);
    ws->on->closed(ws->owner, &ws->end);
  } else {
    hy_context_rest(ws);
  }
}

static void on_ready(hy_watch *watch, int events)
{
  hy_websocket *ws = (hy_websocket *)((char *)watch - offsetof(hy_websocket, watch));

  ws->readable |= events != HY_WRITE;
  pump(ws);
}

static void on_work(hy_work *work)
{
  pump((hy_websocket *)((char *)work - offsetof(hy_websocket, work)));
}

/* Nothing has been sent yet. Refuses plain http to an address outside the home network, whatever
 * a name has resolved to. */
static int is_home(const hy_websocket *ws)
{
  char *ip = NULL;

  return !ws->plain || (curl_easy_getinfo(ws->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip &&
                        hy_is_private_ip(ip));
}

static void forget_words(hy_websocket *ws)
{
  curl_easy_setopt(ws->easy, CURLOPT_ERRORBUFFER, NULL);
  free(ws->words);
  ws->words = NULL;
}

static void on_connected(hy_transfer *transfer, CURLcode result)
{
  hy_websocket *ws = (hy_websocket *)transfer;
  curl_socket_t fd = CURL_SOCKET_BAD;
  homey_error error;

  if (result == CURLE_OK)
    result = curl_easy_getinfo(ws->easy, CURLINFO_ACTIVESOCKET, &fd);
  ws->watch.fd = fd;
  if (result != CURLE_OK || fd == CURL_SOCKET_BAD) {
    hy_easy_error(ws->easy, result != CURLE_OK ? result : CURLE_COULDNT_CONNECT, ws->words,
                  "the hub", HOMEY_OFFLINE, &error);
    hy_error_keep(&ws->end.error, &error);
    hy_websocket_over(ws, 0);
  } else if (!is_home(ws)) {
    hy_websocket_blame(ws, HOMEY_INVALID,
                       "the hub is plain http to an address outside the home network. Use https.");
    hy_websocket_over(ws, 0);
  }
  if (ws->state == HY_WEBSOCKET_OVER) {
    ws->on->closed(ws->owner, &ws->end);
    return;
  }
  forget_words(ws);
  ws->state = HY_WEBSOCKET_UPGRADING;
  ws->asked = 1;
  pump(ws);
}

/* ---- new and free ---- */

static int connect_to(hy_websocket *ws, const hy_websocket_options *o)
{
  hy_buf url = { 0 };
  CURLcode result;

  ws->easy = curl_easy_init();
  ws->words = calloc(1, CURL_ERROR_SIZE);
  if (!ws->easy || !ws->words || hy_websocket_cache_join(ws->loop, ws->easy, &ws->cache) < 0)
    return -1;
  ws->connect_to = o->settings->connect_to;
  if (ws->connect_to)
    ws->connect_to->references++;
  if (hy_settings_apply(ws->loop, ws->easy, o->settings) < 0 ||
      hy_set_text(ws->easy, CURLOPT_USERAGENT, o->settings->user_agent) < 0 || /* for a proxy */
      hy_set_text(ws->easy, CURLOPT_PROXY, o->direct || ws->plain ? "" : NULL) < 0)
    return -1;
  curl_easy_setopt(ws->easy, CURLOPT_PRIVATE, &ws->transfer);
  curl_easy_setopt(ws->easy, CURLOPT_ERRORBUFFER, ws->words);
  curl_easy_setopt(ws->easy, CURLOPT_BUFFERSIZE, (long)HY_READ_PIECE);
  curl_easy_setopt(ws->easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(ws->easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(ws->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(ws->easy, CURLOPT_CONNECTTIMEOUT_MS, o->timeout_ms);
  hy_buf_adds(&url, o->base);
  hy_buf_adds(&url, "/");
  result = url.failed ? CURLE_OUT_OF_MEMORY : curl_easy_setopt(ws->easy, CURLOPT_URL, url.data);
  hy_buf_free(&url);
  return result == CURLE_OK && hy_multi_add(ws->loop, ws->easy) == 0 ? 0 : -1;
}

hy_websocket *hy_websocket_new(homey_loop *loop, const hy_websocket_options *options,
                               const hy_websocket_owner *on, void *owner)
{
  hy_websocket *ws = calloc(1, sizeof *ws);

  if (!ws)
    return NULL;
  ws->transfer.finished = on_connected;
  ws->watch.ready = on_ready;
  ws->work.run = on_work;
  ws->loop = loop;
  ws->on = on;
  ws->owner = owner;
  ws->most = options->settings->max_reply;
  ws->max = ws->most < HY_WEBSOCKET_GREETING ? ws->most : HY_WEBSOCKET_GREETING;
  ws->plain = !hy_url_is_tls(options->base);
  if (hy_websocket_say_upgrade(ws, options) < 0 || connect_to(ws, options) < 0) {
    destroy(ws);
    return NULL;
  }
  return ws;
}

int hy_websocket_is_connected(const hy_websocket *ws)
{
  return ws && ws->asked;
}

#define QUEUED_MOST ((size_t)64 * 1024 * 1024) /* bytes in the queue; then messages are refused */

int hy_websocket_send(hy_websocket *ws, const char *text, size_t length)
{
  struct wslay_event_msg message = { WSLAY_TEXT_FRAME, (const uint8_t *)text, length };
  int result = WSLAY_ERR_NO_MORE_MSG;

  if (ws->state == HY_WEBSOCKET_OPEN && hy_websocket_queued(ws) < QUEUED_MOST)
    result = hy_context_take(ws) < 0 ? WSLAY_ERR_NOMEM
                                     : wslay_event_queue_msg(ws->frames, &message);
  if (result == 0) {
    ws->crowded |= hy_websocket_queued(ws) >= HY_WRITE_MOST;
    hy_work_queue(ws->loop, &ws->work);
  }
  return result == 0 ? 0 : result == WSLAY_ERR_NOMEM ? -HOMEY_MEMORY : -HOMEY_NETWORK;
}

int hy_websocket_is_crowded(const hy_websocket *ws)
{
  return ws && ws->crowded;
}

int hy_websocket_answer(hy_websocket *ws, const char *text, size_t length)
{
  int result = hy_websocket_send(ws, text, length);

  if (result == 0)
    hy_websocket_owe(ws, length);
  return result;
}

void hy_websocket_trust(hy_websocket *ws)
{
  ws->max = ws->most;
  if (ws->frames)
    wslay_event_config_set_max_recv_msg_length(ws->frames, ws->max);
}

hy_websocket *hy_websocket_close(hy_websocket *ws, int code)
{
  if (!ws)
    return NULL;
  ws->goodbye = ws->doomed ? ws->goodbye : code;
  if (!ws->busy)
    say_goodbye(ws);
  return hy_websocket_free(ws);
}

hy_websocket *hy_websocket_free(hy_websocket *ws)
{
  if (!ws)
    return NULL;
  if (ws->busy)
    ws->doomed = 1;
  else
    destroy(ws);
  return NULL;
}
