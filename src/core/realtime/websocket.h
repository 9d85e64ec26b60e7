/*
 * Websocket: libcurl makes the connection, with the TLS, proxy and address rules of every other, wslay the frames.
 *
 * Its owner is told what happens from inside a step, and never from inside libcurl; it may call anything here then,
 * hy_websocket_free() and hy_websocket_close() included.
 */
#ifndef HY_WEBSOCKET_H
#define HY_WEBSOCKET_H

#include "http/exchange.h"

typedef struct hy_websocket hy_websocket;

#define HY_WEBSOCKET_GREETING ((size_t)64 * 1024) /* bytes of one message, until the server is trusted */

/* Why it is over. */
typedef struct hy_websocket_end {
  homey_error error; /* with its retry_after */
  int status;        /* of the answer to the upgrade; 0 when there was none, 101 when it went through */
  int code; /* the close code, the server's or ours; 1006 where the line broke; 0 before the upgrade */
} hy_websocket_end;

typedef struct hy_websocket_owner {
  void (*opened)(void *owner);
  /* A whole text message, UTF-8, NUL behind it. Whoever empties the buffer (zeroes) keeps its memory. */
  void (*message)(void *owner, hy_buf *text);
  /* Once, and the last thing that is said; not after hy_websocket_close() or hy_websocket_free(). */
  void (*closed)(void *owner, const hy_websocket_end *end);
} hy_websocket_owner;

typedef struct hy_websocket_options {
  const hy_settings *settings;
  const char *base;      /* http(s)://host[:port] */
  const char *path;      /* and query */
  const hy_lines *lines; /* more lines of the upgrade request, or NULL */
  long timeout_ms;       /* to connect; how long the upgrade may take is the owner's to say */
  int direct;            /* 1 = no proxy: the address is at home */
} hy_websocket_options;

/* Begins to connect; what the options point to is needed no longer than the call, but for `settings`. NULL when memory
 * is short. */
hy_websocket *hy_websocket_new(homey_loop *loop, const hy_websocket_options *options,
                               const hy_websocket_owner *on, void *owner);
/* Did it get as far as asking for the upgrade? Takes NULL. */
int hy_websocket_is_connected(const hy_websocket *ws);
/* Queues a text message, sent at the end of the step.  0 or a negative kind; then the line is as good as dead. */
int hy_websocket_send(hy_websocket *ws, const char *text, size_t length);
/* The same for what a message of the server makes us say: who asks and does not read the answers is left. */
int hy_websocket_answer(hy_websocket *ws, const char *text, size_t length);
/* The server is known now: from here on its messages may be as large as the settings say, and not only HY_WEBSOCKET_GREETING. */
void hy_websocket_trust(hy_websocket *ws);
/* Says goodbye as far as that goes without waiting, and frees. Takes and answers NULL, as the next. */
hy_websocket *hy_websocket_close(hy_websocket *ws, int code);
hy_websocket *hy_websocket_free(hy_websocket *ws);

#endif
