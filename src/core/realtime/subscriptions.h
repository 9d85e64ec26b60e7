/* Subscriptions of a connection: hash tables by uri and by the ack of the subscribe. */
#ifndef HY_SUBSCRIPTIONS_H
#define HY_SUBSCRIPTIONS_H

#include "loop/loop.h"
#include "realtime/socketio.h"

typedef struct hy_listener hy_listener;

typedef enum hy_subscription_state {
  HY_SUBSCRIPTION_NEW,   /* not sent to the hub on this connection yet */
  HY_SUBSCRIPTION_ASKED, /* no ack yet */
  HY_SUBSCRIPTION_LIVE,
  HY_SUBSCRIPTION_LATE /* no ack in time, or refused */
} hy_subscription_state;

/* One uri: a single subscribe is sent, however many listeners there are. */
typedef struct hy_subscription {
  struct hy_subscription *next, *next_ack; /* in the hash buckets */
  struct hy_subscription *before, *after;  /* in order of creation */
  hy_listener *listeners, *newest;
  uint32_t hash;
  hy_subscription_state state;
  int ours;    /* HOMEY_CONNECTION: a local subscription, never sent to the hub */
  int doubted; /* refused with a 401: one more handshake was made for it, and is not repeated */
  long ack;    /* set only by hy_subscriptions_set_ack(); -1 for none */
  int64_t asked;
  size_t length;
  char uri[];
} hy_subscription;

struct hy_listener {
  hy_listener *next, *prev;
  hy_subscription *subscription;
  hy_pending *answer;
  void *owner;
};

typedef struct hy_subscriptions {
  hy_subscription **buckets, **acks;
  size_t size, count; /* size: of each table, 0 or a power of two */
  hy_subscription *first, *last;
} hy_subscriptions;

hy_subscription *hy_subscriptions_find(const hy_subscriptions *subscriptions, const char *uri,
                                       size_t length);
hy_subscription *hy_subscriptions_get(hy_subscriptions *subscriptions,
                                      /* Created when missing; NULL when memory is short. */
                                      const char *uri);
void hy_subscriptions_set_ack(hy_subscriptions *subscriptions, hy_subscription *subscription,
                              long ack);
/* NULL when none has this ack */
hy_subscription *hy_subscriptions_by_ack(const hy_subscriptions *subscriptions, long ack);
/* Call it when nobody listens any more. */
void hy_subscriptions_remove(hy_subscriptions *subscriptions, hy_subscription *subscription);
/* Iterates from the oldest: NULL begins, NULL ends. Get the next subscription before you remove
 * the current one. */
hy_subscription *hy_subscriptions_next(const hy_subscriptions *subscriptions,
                                       const hy_subscription *subscription);
void hy_subscriptions_free(hy_subscriptions *subscriptions);

hy_listener *hy_subscription_listen(hy_subscription *subscription, homey_loop *loop,
                                    homey_reply_fn *done, void *data);
/* Frees the listener; the caller ends its answer. */
void hy_subscription_leave(hy_listener *listener);
/* Hands JSON to every listener. Returns 0, or -HOMEY_MEMORY; then some listeners have not
 * received it. */
int hy_subscription_tell(const hy_subscription *subscription, const char *json, size_t length);
int hy_listener_tell(const hy_listener *listener, const char *json, size_t length);
/* The same with an error. */
int hy_subscription_fail(const hy_subscription *subscription, const homey_error *error);

#endif
