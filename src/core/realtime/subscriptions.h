/* Subscriptions: tables by uri and by the ack of its subscribe. Finding one takes the same time however many there are. */
#ifndef HY_TOPICS_H
#define HY_TOPICS_H

#include "loop/loop.h"
#include "realtime/socketio.h"

typedef struct hy_listener hy_listener;

typedef enum hy_subscription_state {
  HY_SUBSCRIPTION_NEW,   /* the hub does not know of it on this connection */
  HY_SUBSCRIPTION_ASKED, /* no ack yet */
  HY_SUBSCRIPTION_LIVE,
  HY_SUBSCRIPTION_LATE /* no ack in time, or a refusal */
} hy_subscription_state;

/* One uri, subscribed to once on the wire however many listen. */
typedef struct hy_subscription {
  struct hy_subscription *next, *next_ack; /* in its buckets */
  struct hy_subscription *before, *after;  /* in the order in which they were made */
  hy_listener *listeners, *newest;
  uint32_t hash;
  hy_subscription_state state;
  int ours;    /* HOMEY_CONNECTION: never told to the hub */
  int doubted; /* refused with a 401: the login was shown once more on its account, and is not again */
  long ack;    /* by hy_subscriptions_set_ack() alone; -1 for none */
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
  size_t size, count; /* size: of either, 0 or a power of two */
  hy_subscription *first, *last;
} hy_subscriptions;

hy_subscription *hy_subscriptions_find(const hy_subscriptions *subscriptions, const char *uri, size_t length);
hy_subscription *hy_subscriptions_get(hy_subscriptions *subscriptions,
                                      const char *uri); /* made where it is missing; NULL when memory is short */
void hy_subscriptions_set_ack(hy_subscriptions *subscriptions, hy_subscription *subscription, long ack);
hy_subscription *hy_subscriptions_by_ack(const hy_subscriptions *subscriptions, long ack); /* NULL where none has it */
void hy_subscriptions_remove(hy_subscriptions *subscriptions, hy_subscription *subscription); /* nobody listens any more */
/* Walks, the oldest first: NULL begins, NULL ends. The subscription in hand may be removed only after the next was taken. */
hy_subscription *hy_subscriptions_next(const hy_subscriptions *subscriptions, const hy_subscription *subscription);
void hy_subscriptions_free(hy_subscriptions *subscriptions);

hy_listener *hy_subscription_listen(hy_subscription *subscription, homey_loop *loop, homey_reply_fn *done, void *data);
void hy_subscription_leave(hy_listener *listener); /* freed; its answer is the caller's to end */
/* Hands JSON to every listener; 0 or -HOMEY_MEMORY, and then some have not got it. */
int hy_subscription_tell(const hy_subscription *subscription, const char *json, size_t length);
int hy_listener_tell(const hy_listener *listener, const char *json, size_t length);
int hy_subscription_fail(const hy_subscription *subscription, const homey_error *error); /* the same with a failure */

#endif
