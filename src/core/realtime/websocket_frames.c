/* Websocket frames and bytes, by wslay. */
#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/random.h"
#include "http/failure.h"
#include "loop/loop.h"
#include "realtime/websocket.h"
#include "realtime/websocket_parts.h"

#define READ_MOST (256 * 1024) /* bytes per step, so that other connections get their turn */
#define KEPT (4 * 1024)        /* bytes that an idle buffer may keep */
#define OVERHEAD 256           /* bytes per queued message beside its text, estimated high */
#define OWED_MOST ((size_t)256 * 1024)

static void trim(hy_buf *b)
{
  if (b->size > KEPT)
    hy_buf_free(b);
  hy_buf_clear(b);
}

void hy_websocket_over(hy_websocket *ws, int code)
{
  ws->state = HY_WEBSOCKET_OVER;
  ws->end.code = code;
}

void hy_websocket_blame(hy_websocket *ws, homey_kind kind, const char *format, ...)
{
  homey_error error;
  char text[300];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  hy_error_set(&error, kind, "%s", text);
  hy_error_keep(&ws->end.error, &error);
}

static void blame_curl(hy_websocket *ws)
{
  homey_error error;

  hy_curl_error(ws->trouble, NULL, "the hub", HOMEY_NETWORK, &error);
  hy_error_keep(&ws->end.error, &error);
}

void hy_websocket_line_broke(hy_websocket *ws)
{
  if (ws->end.error) /* the earlier reason for closing is more specific */
    ;
  else if (ws->eof)
    hy_websocket_blame(ws, HOMEY_NETWORK, "the hub closed the connection");
  else
    blame_curl(ws);
  hy_websocket_over(ws, ws->state == HY_WEBSOCKET_OPEN ? WSLAY_CODE_ABNORMAL_CLOSURE : 0);
}

void hy_websocket_no_memory(hy_websocket *ws)
{
  hy_websocket_blame(ws, HOMEY_MEMORY, "out of memory in the connection to the hub");
  hy_websocket_over(ws, WSLAY_CODE_INTERNAL_SERVER_ERROR);
}

/* ---- bytes ---- */

/* Follows wslay's convention: returns bytes, or -1 with its error set. */
ssize_t hy_websocket_read(hy_websocket *ws, void *bytes, size_t size)
{
  size_t n = ws->head.length - ws->head_at;
  if (n > 0) { /* bytes that arrived with the answer to the upgrade */
    n = n < size ? n : size;
    memcpy(bytes, ws->head.data + ws->head_at, n);
    ws->head_at += n;
    return (ssize_t)n;
  }
  ws->trouble = curl_easy_recv(ws->easy, bytes, size, &n);
  ws->eof = ws->trouble == CURLE_OK && n == 0;
  ws->readable = ws->trouble == CURLE_OK && (!ws->plain || n == size || n >= HY_READ_PIECE);
  return ws->trouble == CURLE_OK && n > 0 ? (ssize_t)n : -1;
}

static ssize_t on_read(wslay_event_context_ptr frames, uint8_t *bytes, size_t size, int flags,
                       void *data)
{
  hy_websocket *ws = ((hy_context *)data)->user;
  ssize_t n = -1;

  (void)flags;
  if (ws->budget == 0 || !ws->readable)
    ws->trouble = CURLE_AGAIN;
  else
    n = hy_websocket_read(ws, bytes, size);
  if (n < 0)
    wslay_event_set_error(frames, ws->trouble == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK
                                                             : WSLAY_ERR_CALLBACK_FAILURE);
  else
    ws->budget -= (size_t)n < ws->budget ? (size_t)n : ws->budget;
  ws->unparsed += n > 0 ? n : 0;
  return n;
}

/* Collects frames, so that many small ones are sent in one piece. */
static ssize_t on_write(wslay_event_context_ptr frames, const uint8_t *bytes, size_t size,
                        int flags, void *data)
{
  hy_websocket *ws = ((hy_context *)data)->user;

  (void)flags;
  if (ws->out.length >= HY_WRITE_MOST) {
    wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  hy_buf_add(&ws->out, bytes, size);
  if (!ws->out.failed)
    return (ssize_t)size;
  wslay_event_set_error(frames, WSLAY_ERR_NOMEM);
  return -1;
}

/* Returns 1 when all is written, 0 when the socket is full or the connection is broken. */
static int write_out(hy_websocket *ws)
{
  while (ws->out_at < ws->out.length) {
    size_t n = 0;
    ws->trouble = curl_easy_send(ws->easy, ws->out.data + ws->out_at, ws->out.length - ws->out_at,
                                 &n);
    if (ws->trouble == CURLE_AGAIN)
      return 0;
    if (ws->trouble != CURLE_OK) {
      hy_websocket_line_broke(ws);
      return 0;
    }
    ws->out_at += n;
  }
  ws->out_at = 0;
  trim(&ws->out);
  return 1;
}

size_t hy_websocket_queued(const hy_websocket *ws)
{
  size_t queued = ws->out.length - ws->out_at;

  if (!ws->frames)
    return queued;
  return queued + wslay_event_get_queued_msg_length(ws->frames) +
         OVERHEAD * wslay_event_get_queued_msg_count(ws->frames);
}

void hy_websocket_owe(hy_websocket *ws, size_t length)
{
  ws->owed += OVERHEAD + length;
  if (ws->owed >= OWED_MOST)
    ws->budget = 0;
}

void hy_websocket_settle(hy_websocket *ws)
{
  if (hy_websocket_queued(ws) == 0)
    ws->owed = 0;
  if (ws->owed < OWED_MOST)
    return;
  hy_websocket_blame(ws, HOMEY_NETWORK,
                     "the hub does not read the replies to its messages. Reconnecting.");
  hy_websocket_over(ws, WSLAY_CODE_ABNORMAL_CLOSURE);
}

void hy_websocket_flush(hy_websocket *ws)
{
  while (write_out(ws) && ws->state == HY_WEBSOCKET_OPEN && ws->frames &&
         wslay_event_want_write(ws->frames)) {
    if (wslay_event_send(ws->frames) < 0) {
      hy_websocket_no_memory(ws);
      return;
    }
    if (ws->out.length == 0)
      return;
  }
}

/* ---- frames ---- */

static int on_mask(wslay_event_context_ptr frames, uint8_t *mask, size_t length, void *data)
{
  hy_websocket *ws = ((hy_context *)data)->user;

  (void)frames;
  return hy_random_take(&ws->loop->masks, mask, length);
}

static void refuse(hy_websocket *ws, int code, const char *why)
{
  hy_websocket_blame(ws, HOMEY_PROTOCOL, "the hub %s", why);
  wslay_event_queue_close(ws->frames, (uint16_t)code, NULL, 0);
  wslay_event_shutdown_read(ws->frames);
}

static const char *too_large(const hy_websocket *ws)
{
  return ws->max < ws->most ? "sent a first message that is too large"
                            : "sent a message larger than the limit. Raise `max_reply`.";
}

/* Bytes of a frame of the server, which is not masked. */
static int64_t frame_size(uint64_t payload)
{
  return (int64_t)payload + (payload < 126 ? 2 : payload <= UINT16_MAX ? 4 : 10);
}

static void on_frame(wslay_event_context_ptr frames,
                     const struct wslay_event_on_frame_recv_start_arg *frame, void *data)
{
  hy_websocket *ws = ((hy_context *)data)->user;

  (void)frames;
  ws->unparsed -= frame_size(frame->payload_length);
  ws->in_control = wslay_is_ctrl_frame(frame->opcode);
  if (!ws->in_control)
    ws->in_message = !frame->fin;
  if (frame->opcode == WSLAY_BINARY_FRAME)
    refuse(ws, WSLAY_CODE_UNSUPPORTED_DATA, "sent binary data, which nobody asked for");
}

static void on_chunk(wslay_event_context_ptr frames,
                     const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *data)
{
  hy_websocket *ws = ((hy_context *)data)->user;

  (void)frames;
  if (ws->in_control || ws->doomed || ws->state != HY_WEBSOCKET_OPEN)
    return;
  if (chunk->data_length > ws->max - ws->text.length) {
    hy_buf_free(&ws->text);
    refuse(ws, WSLAY_CODE_MESSAGE_TOO_BIG, too_large(ws));
    return;
  }
  hy_buf_add(&ws->text, chunk->data, chunk->data_length);
  if (ws->text.failed) {
    hy_websocket_no_memory(ws);
    wslay_event_shutdown_read(ws->frames);
  }
}

static void on_message(wslay_event_context_ptr frames,
                       const struct wslay_event_on_msg_recv_arg *message, void *data)
{
  hy_websocket *ws = ((hy_context *)data)->user;

  (void)frames;
  if (message->opcode == WSLAY_PING) /* wslay has queued the pong */
    hy_websocket_owe(ws, message->msg_length);
  if (message->opcode != WSLAY_TEXT_FRAME || ws->doomed || ws->state != HY_WEBSOCKET_OPEN)
    return;
  hy_buf_add(&ws->text, "", 0);
  ws->on->message(ws->owner, &ws->text);
  trim(&ws->text);
  if (ws->doomed)
    wslay_event_shutdown_read(ws->frames);
}

const struct wslay_event_callbacks hy_websocket_callbacks = { on_read,   on_write, on_mask,
                                                              on_frame,  on_chunk, NULL,
                                                              on_message };

/* A close frame was received, or wslay closes because of a protocol error. */
static void closing(hy_websocket *ws)
{
  int theirs = wslay_event_get_close_received(ws->frames), code;

  hy_websocket_flush(ws); /* wslay's close code is known only after its close frame is written */
  if (ws->state == HY_WEBSOCKET_OVER)
    return;
  code = theirs ? wslay_event_get_status_code_received(ws->frames)
                : wslay_event_get_status_code_sent(ws->frames);
  if (theirs)
    hy_websocket_blame(ws, HOMEY_NETWORK, "the hub closed the connection (code %d)", code);
  else if (!ws->end.error && code == WSLAY_CODE_MESSAGE_TOO_BIG)
    hy_websocket_blame(ws, HOMEY_PROTOCOL, "the hub %s", too_large(ws));
  else if (!ws->end.error)
    hy_websocket_blame(ws, HOMEY_PROTOCOL, "the hub sent an invalid websocket message (code %d)",
                       code);
  hy_websocket_over(ws, code);
}

/* A frame that wslay cannot read, and for which it would close without a code. */
static void violated(hy_websocket *ws)
{
  static const unsigned char goodbye[] = {
    0x88, 0x82, 0, 0, 0, 0, WSLAY_CODE_PROTOCOL_ERROR >> 8, WSLAY_CODE_PROTOCOL_ERROR & 0xFF
  };

  hy_buf_add(&ws->out, goodbye, sizeof goodbye);
  write_out(ws);
  if (ws->state == HY_WEBSOCKET_OVER)
    return;
  hy_websocket_blame(ws, HOMEY_PROTOCOL, "the hub sent an invalid websocket message (code %d)",
                     WSLAY_CODE_PROTOCOL_ERROR);
  hy_websocket_over(ws, WSLAY_CODE_PROTOCOL_ERROR);
}

void hy_websocket_read_frames(hy_websocket *ws)
{
  int result;

  ws->budget = READ_MOST;
  ws->read_in = ws->loop->turn;
  ws->readable = 1;
  if (hy_context_take(ws) < 0) {
    hy_websocket_no_memory(ws);
    return;
  }
  result = wslay_event_recv(ws->frames);
  if (ws->state != HY_WEBSOCKET_OPEN || ws->doomed)
    return;
  if (result == WSLAY_ERR_NOMEM) {
    hy_websocket_no_memory(ws);
  } else if (wslay_event_get_close_received(ws->frames) ||
             (result == 0 && !wslay_event_get_read_enabled(ws->frames))) {
    closing(ws);
  } else if (result < 0 && !ws->eof && (ws->trouble == CURLE_OK || ws->trouble == CURLE_AGAIN)) {
    violated(ws);
  } else if (result < 0) {
    hy_websocket_line_broke(ws);
  }
}
