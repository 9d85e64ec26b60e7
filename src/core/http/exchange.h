/* HTTP exchange: sent by libcurl, collected by the loop, handed to its owner. */
#ifndef HY_EXCHANGE_H
#define HY_EXCHANGE_H

#include <curl/curl.h>

#include "base/buf.h"
#include "http/lines.h"
#include "loop/loop.h"

/* Settings that all exchanges of a client share. An easy handle remembers the serial of the
 * settings it was set up with, so that a reused handle is not set up again. Changing a field
 * requires a new serial from the loop. */
typedef struct hy_settings {
  uint64_t serial;
  char *cafile, *user_agent;
  hy_lines *connect_to; /* may be NULL */
  size_t max_reply;
  /* 1 = a fetch: to any address, by the proxy of the environment; timeout_ms limits all of it */
  int is_fetch;
  int redirects; /* of a fetch, the most that are followed; less than 0 = none */
} hy_settings;

/* Bytes after decompression: limit for the token chain and for a ping. */
#define HY_SMALL_REPLY ((size_t)1024 * 1024)

/* Of a request to the cloud: see cloud_queue.c. */
typedef enum hy_turn { HY_NO_TURN, HY_AWAITS_TURN, HY_HAS_TURN } hy_turn;

typedef enum hy_late { HY_IN_TIME, HY_NAME_LATE, HY_SILENT, HY_TOO_SLOW, HY_CROWDED } hy_late;

typedef void hy_exchange_fn(hy_exchange *exchange);

struct hy_exchange {
  hy_transfer transfer; /* must be first: CURLOPT_PRIVATE points to it */

  /* The request. Borrowed until `done` is called, except the headers, which are held by
   * reference. */
  const hy_settings *settings;
  const char *method;
  const char *body; /* NULL = none */
  size_t body_length;
  long timeout_ms; /* of silence */
  long name_ms;    /* limit for the name lookup; 0 = as long as a slow name server may take */
  int direct;      /* 1 = no proxy: the address is in the home network */
  int once;        /* 1 = libcurl may not send the request twice either */
  int fresh;       /* 1 = use a new connection */
  int is_cloud;    /* 1 = to the cloud: at most 32 are sent at once, and the others wait */
  /* 1 = the reply is limited to HY_SMALL_REPLY: cJSON can allocate sixty bytes for two bytes of
   * text */
  int is_small;
  hy_exchange_fn *done;
  void *owner;
  const char *step; /* for the trace; static */
  const char *path; /* see hy_exchange_start */

  /* The response. */
  CURLcode result;
  int status;
  hy_buf reply;
  hy_buf head;    /* header lines of the last response, each NUL-terminated */
  int head_ended; /* the empty line after the headers was received */
  int too_big, head_too_big;
  int not_home; /* plain http to an address outside the home network: nothing was sent */
  hy_late late; /* which deadline ended it, if one did */
  char curl_error[CURL_ERROR_SIZE];

  /* Internal to the exchange. */
  CURL *easy;
  homey_loop *loop;
  hy_lines *headers, *connect_to;
  /* What the handle was set to for an earlier exchange, to set only what differs. */
  uint64_t serial;
  hy_buf base;   /* of an exchange with a path; empty after one without */
  CURLU *parts;  /* the same, split; NULL until the first one with a path */
  char verb[16]; /* the method; "" = none yet */
  int sends;     /* the method was set for a body */
  int may_proxy; /* -1 = not set yet, as the next one */
  int was_fresh;
  long connect_ms;
  const struct curl_slist *list;
  int plain; /* no TLS: only to an address in the home network */
  int tries;
  hy_timer timer;
  /* dialled: when the name was resolved, 0 = not yet; alive: when bytes last moved */
  int64_t started, dialled, alive;
  curl_off_t received, sent; /* bytes of the decompressed reply, and of our body */
  hy_exchange *next, *prev;
  hy_turn turn;
  hy_exchange *behind; /* the next in the queue */
  int finished;
};

/* Creates an idle exchange, or returns NULL. hy_exchange_free() ends it, also while it runs. */
hy_exchange *hy_exchange_new(homey_loop *loop, const hy_settings *settings);
hy_exchange *hy_exchange_free(hy_exchange *exchange);
/* Copies `base` and takes a reference to `headers` (may be NULL). `path` is NULL when `base` is the
 * whole URL; else `base` has no path, and `path`, which is borrowed until `done` is called, is sent
 * as it is, so it must be encoded. Returns 0, or a negative kind; then `done` is not called. A
 * request to the cloud may be sent later, within 30 s: its other limits of time begin then. */
int hy_exchange_start(hy_exchange *exchange, const char *base, const char *path, hy_lines *headers);
/* The value of Accept-Encoding: the encodings that this libcurl can decode. */
const char *hy_exchange_encodings(void);

/* Finds a header in `head`, whose lines are each NUL-terminated. Returns the value that follows
 * the value `before`, the first one when `before` is NULL, or NULL when there is none. */
const char *hy_header(const hy_buf *head, const char *name, const char *before);
/* The same for the headers of a response. */
const char *hy_exchange_header(const hy_exchange *exchange, const char *name, const char *before);
/* 1 when Content-Type contains "json", "html", ... */
int hy_exchange_is(const hy_exchange *exchange, const char *content_type);
/* Probably no name server answered: the lookup took longer than one that fails with an answer. */
int hy_exchange_met_silence(const hy_exchange *exchange);
/* 0 when no byte of the request was sent */
int hy_exchange_was_sent(const hy_exchange *exchange);
long hy_exchange_retry_after(const hy_exchange *exchange); /* seconds; 0 = none given */

/* Sets an option that libcurl copies; -1 when memory runs out: then the option is not set. */
int hy_set_text(CURL *easy, CURLoption option, const char *text);
/* Sets the options that every connection of a client shares on a handle; -1 when memory runs out.
 * The caller keeps a reference to settings->connect_to. */
int hy_settings_apply(homey_loop *loop, CURL *easy, const hy_settings *settings);

/* ---- between exchange.c, deadline.c and cloud_queue.c ---- */

void hy_exchange_finish(hy_exchange *exchange, CURLcode result); /* calls `done` in the end */
void hy_exchange_set_deadline(hy_exchange *exchange);            /* called at the start */
int hy_exchange_send(hy_exchange *exchange); /* hands it to libcurl: 0 or -HOMEY_MEMORY */
/* Called at the start: 1 when it has to wait for its turn, and hy_exchange_send() follows. */
int hy_cloud_queue_wait(hy_exchange *exchange);
void hy_cloud_queue_leave(hy_exchange *exchange); /* at its end, also when it was not sent */

#endif
