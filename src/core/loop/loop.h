/* Event loop: its state, as the files of the core see it. */
#ifndef HY_LOOP_H
#define HY_LOOP_H

#include "loop/multi.h"
#include "loop/pending.h"
#include "loop/poller.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "loop/watch.h"

typedef struct hy_exchange hy_exchange;

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
  struct hy_websocket_cache *websocket_caches;
  hy_pending **open;                       /* promised, not yet ready: by id, */
  int open_size, open_count;               /* in so many buckets, a power of two; so many */
  hy_pending *ready, **ready_tail;         /* to be handed out at the end of the step */
  hy_exchange *exchanges;                  /* under way */
  void (*end_exchanges)(homey_loop *loop); /* frees them all; set by the first of them */
  homey_client *clients;
  void (*end_clients)(homey_loop *loop); /* frees them all; set by the first of them */
  int last_id;
  uint64_t serial; /* of settings, see exchange.h */
};

#endif
