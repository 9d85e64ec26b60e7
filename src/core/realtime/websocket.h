/*
 * Websocket: libcurl opens the connection, with the same TLS, proxy and address rules as an
 * exchange; wslay handles the frames.
 *
 * Callbacks of the owner run inside a step, and never inside libcurl. They may call any function
 * here, including hy_websocket_free() and hy_websocket_close().
 */
#ifndef HY_WEBSOCKET_H
#define HY_WEBSOCKET_H

#include "http/exchange.h"

typedef struct hy_websocket hy_websocket;

/* Limit in bytes of one message until hy_websocket_trust(). */
#define HY_WEBSOCKET_GREETING ((size_t)64 * 1024)

/* Why the websocket ended. */
typedef struct hy_websocket_end {
  homey_error *error; /* kept, including retry_after; NULL = none yet */
  /* HTTP status of the answer to the upgrade; 0 when there was none, 101 when it succeeded */
  int status;
  /* The close code, the server's or ours; 1006 when the connection broke; 0 before the upgrade. */
  int code;
} hy_websocket_end;

typedef struct hy_websocket_owner {
  void (*opened)(void *owner);
  /* Delivers a whole text message, UTF-8, with a NUL after it. An owner that empties the buffer
   * (zeroes) keeps its memory. */
  void (*message)(void *owner, hy_buf *text);
  /* Called once, as the last callback; not after hy_websocket_close() or hy_websocket_free(). */
  void (*closed)(void *owner, const hy_websocket_end *end);
  void (*drained)(void *owner); /* it is no longer crowded */
} hy_websocket_owner;

typedef struct hy_websocket_options {
  const hy_settings *settings;
  const char *base;      /* http(s)://host[:port] */
  const char *path;      /* with the query */
  const hy_lines *lines; /* additional lines of the upgrade request, or NULL */
  long timeout_ms;       /* for connecting; the owner limits the upgrade itself */
  int direct;            /* 1 = no proxy: the address is in the home network */
} hy_websocket_options;

/* Begins to connect. The options are copied, except `settings`, which must stay valid. Returns
 * NULL when memory is short. */
hy_websocket *hy_websocket_new(homey_loop *loop, const hy_websocket_options *options,
                               const hy_websocket_owner *on, void *owner);
/* 1 when the connection is up and the upgrade was requested. Accepts NULL. */
int hy_websocket_is_connected(const hy_websocket *ws);
/* Queues a text message. What is queued in one step leaves in one write, up to 64 KiB. Returns 0 or
 * a negative kind; then the connection cannot be used any more. */
int hy_websocket_send(hy_websocket *ws, const char *text, size_t length);
/* The same for an answer to a message of the server. A server that does not read the answers is
 * disconnected. */
int hy_websocket_answer(hy_websocket *ws, const char *text, size_t length);
/* 1 when as much is queued as is written at once. Accepts NULL. */
int hy_websocket_is_crowded(const hy_websocket *ws);
/* Trusts the server: its messages may now be as large as the settings allow, instead of
 * HY_WEBSOCKET_GREETING. */
void hy_websocket_trust(hy_websocket *ws);
/* Sends a close frame if that is possible without waiting, then frees. Accepts and returns NULL,
 * like the next function. */
hy_websocket *hy_websocket_close(hy_websocket *ws, int code);
hy_websocket *hy_websocket_free(hy_websocket *ws);

#endif
