/* HTTP exchange: sent by libcurl, collected by the loop, handed to its owner. */
#ifndef HY_HTTP_H
#define HY_HTTP_H

#include <curl/curl.h>

#include "base/buf.h"
#include "http/lines.h"
#include "loop/loop.h"

/* What all exchanges of a client have in common. An easy handle remembers the serial it was set up for, so a warm
 * handle is not set up again; whoever changes a field takes a new serial from its loop. */
typedef struct hy_settings {
  uint64_t serial;
  char *cafile, *user_agent;
  hy_lines *connect_to; /* may be NULL */
  size_t max_reply;
} hy_settings;

#define HY_SMALL_REPLY ((size_t)1024 * 1024) /* after decompression: of the token chain, and of a ping */

typedef enum hy_late { HY_IN_TIME, HY_NAME_LATE, HY_SILENT, HY_TOO_SLOW } hy_late;

typedef void hy_exchange_fn(hy_exchange *exchange);

struct hy_exchange {
  hy_transfer transfer; /* first: libcurl's handle knows it */

  /* What to send: borrowed, and to stay until `done`, but for the headers, which are kept by reference. */
  const hy_settings *settings;
  const char *method;
  const char *body; /* NULL = none */
  size_t body_length;
  long timeout_ms; /* of silence */
  long name_ms;    /* for a name to be looked up; 0 = as long as a slow name server may take */
  int direct;      /* 1 = no proxy: the address is at home */
  int once;        /* 1 = libcurl may not send it twice either */
  int fresh;       /* 1 = on a new connection */
  int is_small; /* 1 = no more than HY_SMALL_REPLY may come: cJSON makes sixty bytes of memory of two that it reads */
  hy_exchange_fn *done;
  void *owner;
  const char *step; /* for the trace; static */

  /* What came. */
  CURLcode result;
  int status;
  hy_buf reply;
  hy_buf head;    /* header lines of the last response, each NUL-terminated */
  int head_ended; /* the empty line has come */
  int too_big, head_too_big;
  int not_home; /* plain http to an address that is not at home: nothing was sent */
  hy_late late; /* why it was ended before its time */
  char curl_error[CURL_ERROR_SIZE];

  /* The exchange's own. */
  CURL *easy;
  homey_loop *loop;
  hy_lines *headers, *connect_to;
  uint64_t serial;
  int plain; /* no TLS: only to an address at home */
  int tries;
  hy_timer timer;
  int64_t started, dialled, alive; /* dialled: when its name was known, 0 = not yet; alive: when something last moved */
  curl_off_t received, sent; /* received: of the body, decompressed, and of ours */
  hy_exchange *next, *prev;
  int finished;
};

/* An exchange with everything at rest, or NULL; end it with hy_exchange_free(), also while it is under way. */
hy_exchange *hy_exchange_new(homey_loop *loop, const hy_settings *settings);
hy_exchange *hy_exchange_free(hy_exchange *exchange);
/* `url` is copied, a reference to `headers` is taken (may be NULL).  0, or a negative kind and then `done` is not called. */
int hy_exchange_start(hy_exchange *exchange, const char *url, hy_lines *headers);

/* The value of a header among lines that are each NUL-terminated, NULL when there is none: the first after the value
 * `before`, or the first of all where that is NULL. */
const char *hy_header(const hy_buf *head, const char *name, const char *before);
const char *hy_exchange_header(const hy_exchange *exchange, const char *name, const char *before); /* of a response */
int hy_exchange_is(const hy_exchange *exchange, const char *content_type); /* "json", "html": contained in Content-Type */
/* No name server has answered, as far as can be told: its lookup took longer than one that fails with an answer. */
int hy_exchange_met_silence(const hy_exchange *exchange);
int hy_exchange_was_sent(const hy_exchange *exchange); /* 0 when not a byte of the request can have left */
long hy_exchange_retry_after(const hy_exchange *exchange); /* seconds; 0 = not asked */

/* Applies to a handle what every connection of a client has in common. A reference to settings->connect_to is the caller's
 * to keep. */
void hy_settings_apply(homey_loop *loop, CURL *easy, const hy_settings *settings);

/* ---- between exchange.c and deadline.c ---- */

void hy_exchange_finish(hy_exchange *exchange, CURLcode result); /* ends in `done` */
void hy_exchange_set_deadline(hy_exchange *exchange);            /* as it starts */

#endif
