/*
 * Internals of the websocket: websocket.c has its life from connecting to the end; websocket_upgrade.c the upgrade;
 * websocket_frames.c what goes in and out after it; websocket_cache.c where libcurl keeps the connection.
 *
 * Invariant: the easy handle stays in the multi for as long as the websocket lives, or libcurl would close the
 * connection; once connected, the descriptor is ours to watch, and libcurl never looks at it again.
 */
#ifndef HY_WEBSOCKET_PARTS_H
#define HY_WEBSOCKET_PARTS_H

#include <wslay/wslay.h>

#include "realtime/websocket.h"

typedef struct hy_websocket_cache hy_websocket_cache;

typedef enum hy_websocket_state {
  HY_WEBSOCKET_CONNECTING,
  HY_WEBSOCKET_UPGRADING,
  HY_WEBSOCKET_OPEN,
  HY_WEBSOCKET_OVER
} hy_websocket_state;

struct hy_websocket {
  hy_transfer transfer; /* first: libcurl's handle knows it */
  hy_watch watch;
  hy_work work;
  homey_loop *loop;
  CURL *easy;
  hy_websocket_cache *cache;
  wslay_event_context_ptr frames;
  hy_lines *connect_to;
  const hy_websocket_owner *on;
  void *owner;
  hy_websocket_state state;
  int busy, doomed; /* inside wslay; to be freed when that is over, */
  int goodbye;      /* after a close frame with this code; 0 = none */
  int plain;        /* no TLS: only to an address at home */
  int asked;        /* the line is up: an upgrade was asked for */
  int in_control;   /* the frame that is being read is none of a message */
  int eof;
  int more;         /* reading ended before the socket was empty */
  uint64_t read_in; /* the step in which it was last read */
  size_t owed;      /* bytes of answers to the server since all that was queued was last written */
  CURLcode trouble; /* what reading or writing met */
  size_t budget, most, max, head_at, out_at; /* most: of the settings; max: now, of one message */
  char accept[32];
  hy_buf head; /* of the answer to the upgrade, and what came behind it */
  hy_buf text; /* the message so far */
  hy_buf out;
  hy_websocket_end end;
  char words[CURL_ERROR_SIZE];
};

/* ---- websocket_frames.c ---- */

void hy_websocket_over(hy_websocket *ws, int code); /* the first reason is the one that is told */
void hy_websocket_line_broke(hy_websocket *ws);
void hy_websocket_no_memory(hy_websocket *ws);
ssize_t hy_websocket_read(hy_websocket *ws, void *bytes, size_t size); /* bytes, or -1 with `trouble` or `eof` set */
void hy_websocket_flush(hy_websocket *ws);                             /* writes what the socket takes */
int hy_websocket_start_frames(hy_websocket *ws);                       /* 0 or -1 */
void hy_websocket_read_frames(hy_websocket *ws);
size_t hy_websocket_queued(const hy_websocket *ws); /* bytes that wait to be written */
/* One more answer to the server is queued. Where that makes too many nothing is read until they are written. */
void hy_websocket_owe(hy_websocket *ws, size_t length);
void hy_websocket_settle(hy_websocket *ws); /* after writing: ends it where the answers are not read */

/* ---- websocket_cache.c ---- */

/* A handle that connects from now on, and until it is cleaned up, keeps its connection in `joined`; NULL = where all others
 * are.  0 or -1. */
int hy_websocket_cache_join(homey_loop *loop, CURL *easy, hy_websocket_cache **joined);
void hy_websocket_cache_leave(homey_loop *loop, hy_websocket_cache *cache); /* after the clean-up; takes NULL */

/* ---- websocket_upgrade.c ---- */

int hy_websocket_say_upgrade(hy_websocket *ws, const hy_websocket_options *o); /* into `out`; 0 or -1 */
/* Reads up to the empty line; what comes behind it belongs to the frames already. */
void hy_websocket_upgrade(hy_websocket *ws);

#endif
