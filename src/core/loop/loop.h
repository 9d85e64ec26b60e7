/* The loop as the other files of libhomey see it: timers, answers, exchanges, the work that waits for a step. */
#ifndef HY_LOOP_H
#define HY_LOOP_H

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075000 /* CURLOPT_PREREQFUNCTION keeps plain http at home */
#error "homey needs libcurl 7.80 or later, and its headers"
#endif

#include "internal.h"
#include "pipe.h"
#include "poller.h"

/* ---- timers: a pairing heap whose nodes live in their owners, so that setting one cannot fail ---- */

typedef struct hy_timer {
  int64_t when;
  void (*fire)(struct hy_timer *timer); /* the timer is unset when this is called */
  struct hy_timer *child, *next, *prev; /* prev: left sibling, or parent of a first child */
  int set;
} hy_timer;

void hy_timer_set(homey_loop *loop, hy_timer *timer, int64_t when);
void hy_timer_unset(homey_loop *loop, hy_timer *timer);

/* ---- answers: one per id, made with it, so that answering needs no memory ------------------------ */

typedef struct hy_answer {
  homey_reply reply; /* first: homey_reply_free() finds the rest by it */
  homey_error error;
  hy_buf body;
  homey_reply_fn *done;
  void *data;
  void (*cancel)(struct hy_answer *answer); /* stop the work behind it; then hy_answer_fail */
  void *owner;
  homey_loop *loop;
  struct hy_answer *prev, *next; /* in its bucket of open ones, later among the ready ones (next only) */
} hy_answer;

int hy_answers_open(homey_loop *loop); /* before all others: 0 or -1; its memory is hy_answers_close()'s to free */
void hy_answers_close(homey_loop *loop);
hy_answer *hy_answer_new(homey_loop *loop, homey_reply_fn *done, void *data);
void hy_answer_discard(hy_answer *answer); /* never promised to anybody: free it */
void hy_answer_ready(hy_answer *answer);   /* success; body and status are set by the caller before */
void hy_answer_fail(hy_answer *answer, const homey_error *error);
void hy_answer_cancelled(hy_answer *answer);
void hy_answers_cancel(homey_loop *loop); /* all that are open */
/* One more answer under the id of a lasting one, which stays open; NULL when memory is short.  Hand it out by
 * hy_answer_post(), with its body and status set, or its error and reply.err. */
hy_answer *hy_answer_more(const hy_answer *lasting);
void hy_answer_post(hy_answer *answer);

/* ---- work.c: what wants a turn in the next step ----------------------------------------------------- */

typedef struct hy_work {
  void (*run)(struct hy_work *work);
  struct hy_work *next;
  int queued;
} hy_work;

int64_t hy_clock(void);                            /* monotonic milliseconds */
void hy_loop_wake(homey_loop *loop, int64_t when); /* a host's descriptor turns readable at `when` at the latest */
void hy_work_queue(homey_loop *loop, hy_work *work); /* once, however often it is queued */
void hy_work_later(homey_loop *loop, hy_work *work); /* the same in the next step: others come first */
void hy_work_drop(homey_loop *loop, hy_work *work);

/* ---- watches: who is told what about a descriptor that is not libcurl's to drive ------------------ */

typedef struct hy_watch {
  void (*ready)(struct hy_watch *watch, int events);
  int fd, events; /* what is watched for; 0 = nothing */
} hy_watch;

/* Watch for `events` from now on; 0 = no longer, and that before the descriptor is closed.  0 or -1. */
int hy_watch_set(homey_loop *loop, hy_watch *watch, int events);

/* Notes that `fd` is a connection of ours from now on, whose end we are told; `opened` = 0 notes that end.  0 or -1. */
int hy_watch_opened(homey_loop *loop, int fd, int opened);
/* A connection between two exchanges is watched on, since the next one wants that again at once; until it is roused, or
 * something comes that nobody has asked for.  1 when it rests now, 0 when it has to be taken out of the poller: libcurl also
 * announces descriptors of its own (a resolver's), which it closes without a word, and their numbers are given anew. */
int hy_watch_rest(homey_loop *loop, int fd);
/* What a descriptor that rests is watched for, whose next owner the caller is; 0 = it does not rest. */
int hy_watch_rouse(homey_loop *loop, int fd);

/* ---- loop.c ---------------------------------------------------------------------------------------- */

typedef struct hy_exchange hy_exchange;

/* What libcurl finishes: the first member of whatever a handle's CURLOPT_PRIVATE is. */
typedef struct hy_transfer {
  void (*finished)(struct hy_transfer *transfer, CURLcode result);
  struct hy_transfer *next; /* among the refused ones */
  int refused;              /* the poller did not take its descriptor: nothing would ever be heard of it */
} hy_transfer;

typedef struct hy_slot {
  hy_watch *watch; /* NULL where libcurl or nobody has it */
  int opened;      /* by hy_watch_opened() */
} hy_slot;

#define HY_POOL 16 /* idle easy handles kept for the next exchange */

struct homey_loop {
  hy_poller poller;
  int hosted;    /* a host polls our descriptor, so deadlines must live in it too */
  int looked;    /* at the descriptors, in the last step */
  int stepping;  /* inside a step: its end sees to the descriptor */
  int closing;   /* homey_loop_free() is answering what is left: nothing new begins */
  int64_t alarm; /* when the descriptor will turn readable by itself; INT64_MAX = never */
  CURLM *multi;
  int guarded; /* see pipe.h */
  int64_t now;
  uint64_t turn; /* counts the steps: who has had its share in this one waits for the next */
  hy_timer *timers;
  hy_timer curl_timer;
  hy_exchange *pool[HY_POOL];
  int pooled;
  hy_work *work, **work_tail;
  hy_work *later;   /* of the next step */
  hy_slot *slots;   /* by descriptor */
  hy_watch resting; /* whose slots are those of connections at rest */
  int slot_count;
  hy_transfer *refused; /* to be ended with the next collection */
  struct hy_ws_cache *ws_caches;
  hy_answer **open;               /* promised, not yet ready: by id, */
  int open_size, open_count;      /* in so many buckets, a power of two; so many */
  hy_answer *ready, **ready_tail; /* to be handed out at the end of the step */
  struct hy_exchange *flying;     /* exchanges under way */
  homey_client *clients;
  void (*end_clients)(homey_loop *loop); /* frees them all; set by the first of them */
  int last_id;
  uint64_t serial; /* of settings, see http.h */
};

/* ---- store_op.c: one operation of a store, from the asking to the answer ---------------------------------- */

struct homey_store_op {
  homey_loop *loop; /* NULL once nobody waits any more: the answer frees it */
  hy_work *waiter;  /* gets a turn when it is answered */
  homey_kind kind;
  char *text;
  size_t length;
  int answered;
};

homey_store_op *hy_store_op_new(homey_loop *loop, hy_work *waiter);
void hy_store_op_free(homey_store_op *op);    /* of an answered one */
void hy_store_op_abandon(homey_store_op *op); /* frees it now, or when it is answered after all; takes NULL */

/* ---- error.c --------------------------------------------------------------------------------------- */

/* Fills an error: "<text>: <what its kind advises>", cut at a character's border if need be; a text that is whole gets no
 * advice.  status, step and retry_after are reset. */
void hy_error_set(homey_error *error, homey_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int hy_error_ends_login(const homey_error *error); /* no waiting mends it: somebody must log in again */
int hy_error_is_whole(const char *message);        /* it ends as a sentence does, in "." or "?" */
void hy_error_step(homey_error *error, const char *step);

#endif
