/*
 * What the files of the websocket share: ws.c has its life, from connecting to the end; ws_upgrade.c what is said before it
 * is one; ws_frames.c what goes in and out when it is; ws_cache.c where libcurl keeps the connection.
 *
 * Kept true: the easy handle stays in the multi for as long as the websocket lives, or libcurl would close the
 * connection; once connected, the descriptor is ours to watch, and libcurl never looks at it again.
 */
#ifndef HY_WS_PARTS_H
#define HY_WS_PARTS_H

#include <wslay/wslay.h>

#include "ws.h"

typedef struct hy_ws_cache hy_ws_cache;

typedef enum hy_ws_state { HY_WS_CONNECTING, HY_WS_UPGRADING, HY_WS_OPEN, HY_WS_OVER } hy_ws_state;

struct hy_ws {
  hy_transfer transfer; /* first: libcurl's handle knows it */
  hy_watch watch;
  hy_work work;
  homey_loop *loop;
  CURL *easy;
  hy_ws_cache *cache;
  wslay_event_context_ptr frames;
  hy_lines *connect_to;
  const hy_ws_owner *on;
  void *owner;
  hy_ws_state state;
  int busy, doomed; /* inside wslay; to be freed when that is over, */
  int goodbye;      /* after a close frame with this code; 0 = none */
  int plain;        /* no TLS: only to an address at home */
  int asked;        /* the line is up: an upgrade was asked for */
  int in_control;   /* the frame that is being read is none of a message */
  int eof;
  CURLcode trouble; /* what reading or writing met */
  size_t budget, max, head_at, out_at;
  char accept[32];
  hy_buf head; /* of the answer to the upgrade, and what came behind it */
  hy_buf text; /* the message so far */
  hy_buf out;
  hy_ws_end end;
  char words[CURL_ERROR_SIZE];
};

/* ---- ws_frames.c ---- */

void hy_ws_over(hy_ws *ws, int code); /* the first reason is the one that is told */
void hy_ws_line_broke(hy_ws *ws);
void hy_ws_no_memory(hy_ws *ws);
ssize_t hy_ws_read(hy_ws *ws, void *bytes, size_t size); /* bytes, or -1 with `trouble` or `eof` set */
void hy_ws_flush(hy_ws *ws);                             /* writes what the socket takes */
int hy_ws_start_frames(hy_ws *ws);                       /* 0 or -1 */
void hy_ws_read_frames(hy_ws *ws);

/* ---- ws_cache.c ---- */

/* A handle that connects from now on, and until it is cleaned up, keeps its connection in `joined`; NULL = where all others
 * are.  0 or -1. */
int hy_ws_cache_join(homey_loop *loop, CURL *easy, hy_ws_cache **joined);
void hy_ws_cache_leave(homey_loop *loop, hy_ws_cache *cache); /* after the clean-up; takes NULL */

/* ---- ws_upgrade.c ---- */

int hy_ws_say_upgrade(hy_ws *ws, const hy_ws_options *o); /* into `out`; 0 or -1 */
/* Reads up to the empty line; what comes behind it belongs to the frames already. */
void hy_ws_upgrade(hy_ws *ws);

#endif
