/*
 * Internals of the websocket: websocket.c connects, runs the turns and closes; websocket_upgrade.c
 * makes the upgrade; websocket_frames.c reads and writes after it; websocket_context.c lends
 * wslay's contexts; websocket_cache.c assigns libcurl's connection caches.
 *
 * Invariant: the easy handle stays in the multi handle as long as the websocket exists, or libcurl
 * would close the connection. Once connected, we watch the descriptor, and libcurl never does
 * again. `frames` is NULL when nothing of a frame is read or written yet and no message is queued.
 */
#ifndef HY_WEBSOCKET_PARTS_H
#define HY_WEBSOCKET_PARTS_H

#include <wslay/wslay.h>

#include "realtime/websocket.h"

/* A context of wslay, and the websocket that uses it now: wslay's callbacks get this. */
typedef struct hy_context {
  wslay_event_context_ptr frames;
  hy_websocket *user;
} hy_context;

/* What a few websockets share. */
typedef struct hy_websocket_cache hy_websocket_cache;
struct hy_websocket_cache {
  CURLSH *share; /* libcurl's connection cache */
  int used;
  hy_websocket_cache *next;
};

typedef enum hy_websocket_state {
  HY_WEBSOCKET_CONNECTING,
  HY_WEBSOCKET_UPGRADING,
  HY_WEBSOCKET_OPEN,
  HY_WEBSOCKET_OVER
} hy_websocket_state;

struct hy_websocket {
  hy_transfer transfer; /* must be first: CURLOPT_PRIVATE points to it */
  hy_watch watch;
  hy_work work;
  homey_loop *loop;
  CURL *easy;
  hy_websocket_cache *cache;
  hy_context *context;
  wslay_event_context_ptr frames; /* of the context */
  int64_t unparsed; /* bytes read after the last whole frame; less than 0 = missing of a frame */
  int in_message;   /* more frames of the same message follow */
  hy_lines *connect_to;
  const hy_websocket_owner *on;
  void *owner;
  hy_websocket_state state;
  int busy, doomed; /* busy: a call of wslay is running; doomed: free it when that call returns, */
  int goodbye;      /* after a close frame with this code; 0 = none */
  int plain;        /* no TLS: only to an address in the home network */
  int asked;        /* connected, and the upgrade was requested */
  int in_control;   /* a control frame is being read */
  int eof;
  int readable;     /* there may be something to read, as the socket was not seen to be empty */
  uint64_t read_in; /* the step in which it was last read */
  int crowded;      /* more was queued than is written at once */
  /* Bytes of answers to the server that are queued since the queue was last empty. */
  size_t owed;
  CURLcode trouble; /* libcurl's error of reading or writing */
  /* most: the settings' limit of a message; max: the limit now */
  size_t budget, most, max, head_at, out_at;
  char accept[32];
  hy_buf head; /* the answer to the upgrade, and the bytes after it */
  hy_buf text; /* the message so far */
  hy_buf out;
  hy_websocket_end end;
  char *words; /* libcurl's about the failure; only while it connects */
};

/* libcurl reads at most so many bytes at once, the least that it allows: it allocates a buffer of
 * this size, which it does not use, for as long as the connection is up. */
#define HY_READ_PIECE 1024

/* ---- websocket_frames.c ---- */

void hy_websocket_over(hy_websocket *ws, int code); /* ends it; only the first reason is reported */
/* Notes why it ends. */
void hy_websocket_blame(hy_websocket *ws, homey_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hy_websocket_line_broke(hy_websocket *ws);
void hy_websocket_no_memory(hy_websocket *ws);
/* Returns bytes, or -1 with `trouble` or `eof` set. */
ssize_t hy_websocket_read(hy_websocket *ws, void *bytes, size_t size);
void hy_websocket_flush(hy_websocket *ws); /* writes as much as the socket accepts */
void hy_websocket_read_frames(hy_websocket *ws);
#define HY_WRITE_MOST ((size_t)64 * 1024)           /* bytes passed to libcurl at once */
size_t hy_websocket_queued(const hy_websocket *ws); /* bytes that wait to be written */
/* Counts an answer to the server that was queued. When too many are queued, reading stops until
 * they are written. */
void hy_websocket_owe(hy_websocket *ws, size_t length);
/* After writing: ends it when the server does not read the answers. */
void hy_websocket_settle(hy_websocket *ws);

extern const struct wslay_event_callbacks hy_websocket_callbacks; /* their data: a hy_context */

/* ---- websocket_context.c ---- */

/* Gives the websocket a context, unless it has one; 0, or -1 when memory is short. */
int hy_context_take(hy_websocket *ws);
/* Takes the context back when the connection is between two messages and nothing is queued. */
void hy_context_rest(hy_websocket *ws);
void hy_context_free(hy_context *context); /* accepts NULL */

/* ---- websocket_cache.c ---- */

/* Makes a handle use the connection cache `joined` from now until its clean-up; NULL = the cache
 * of all other connections. Returns 0 or -1. */
int hy_websocket_cache_join(homey_loop *loop, CURL *easy, hy_websocket_cache **joined);
/* After the handle's clean-up; accepts NULL. */
void hy_websocket_cache_leave(homey_loop *loop, hy_websocket_cache *cache);

/* ---- websocket_upgrade.c ---- */

/* Writes the request into `out`; 0 or -1. */
int hy_websocket_say_upgrade(hy_websocket *ws, const hy_websocket_options *o);
/* Reads up to the empty line; the bytes after it are frames. */
void hy_websocket_upgrade(hy_websocket *ws);

#endif
