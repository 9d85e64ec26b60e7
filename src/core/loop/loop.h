/* Event loop: its state, as the files of the core use it. */
#ifndef HY_LOOP_H
#define HY_LOOP_H

#include "base/random.h"
#include "loop/multi.h"
#include "loop/pending.h"
#include "loop/poller.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "loop/watch.h"

typedef struct hy_exchange hy_exchange;

typedef struct hy_slot {
  hy_watch *watch; /* NULL when libcurl or nobody uses the descriptor */
  int opened;      /* set by hy_watch_opened() */
} hy_slot;

#define HY_POOL 16 /* idle easy handles kept for the next exchange */

struct homey_loop {
  hy_poller poller;
  int hosted;    /* a host polls our descriptor, so the deadlines must be in it too */
  int looked;    /* the last step has polled */
  int stepping;  /* inside a step, which sets the alarm at its end */
  int closing;   /* homey_loop_free() answers pending requests: nothing new may start */
  int64_t alarm; /* when the alarm makes the descriptor readable; INT64_MAX = never */
  CURLM *multi;
  int64_t now;
  uint64_t turn; /* counts the steps, to give each connection one share per step */
  hy_timer *timers;
  hy_timer curl_timer;
  hy_exchange *pool[HY_POOL];
  int pooled;
  hy_work *work, **work_tail;
  hy_work *later;   /* work for the next step */
  hy_slot *slots;   /* indexed by descriptor */
  hy_watch resting; /* the watch of all idle connections */
  int slot_count;
  hy_transfer *refused; /* to be ended at the next collection */
  struct hy_websocket_cache *websocket_caches;
  struct hy_context *idle_context; /* of wslay, while there are websockets */
  hy_random_stock masks;           /* for frames of websockets */
  hy_pending **open;               /* open requests: buckets by id */
  /* The number of buckets (a power of two), and of open requests. */
  int open_size, open_count;
  hy_pending *ready, **ready_tail;          /* to be delivered at the end of the step */
  hy_exchange *exchanges;                   /* in progress */
  hy_exchange *cloud_waiting, **cloud_last; /* requests to the cloud that wait, in order */
  int cloud_running;                        /* requests to the cloud that are sent */
  void (*end_exchanges)(homey_loop *loop);  /* frees all exchanges; set by the first one */
  homey_client *clients;
  void (*end_clients)(homey_loop *loop); /* frees all clients; set by the first one */
  int64_t reconnect_at;                  /* no home reconnects earlier: see connection.c */
  int last_id;
  int fetches;     /* in progress */
  uint64_t serial; /* serial of settings, see exchange.h */
};

#endif
