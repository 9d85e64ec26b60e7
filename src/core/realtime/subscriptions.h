/* Who listens to which uri: tables by uri and by the ack of its subscribe, so that an event and an ack find theirs at once
 * however many there are, and nothing that is done once for each takes longer with their number. */
#ifndef HY_TOPICS_H
#define HY_TOPICS_H

#include "loop.h"
#include "sio.h"

typedef struct hy_listener hy_listener;

typedef enum hy_topic_state {
  HY_TOPIC_NEW,   /* the hub does not know of it on this connection */
  HY_TOPIC_ASKED, /* no ack yet */
  HY_TOPIC_LIVE,
  HY_TOPIC_LATE /* no ack in time, or a refusal */
} hy_topic_state;

/* One uri, subscribed to once on the wire however many listen. */
typedef struct hy_topic {
  struct hy_topic *next, *next_ack; /* in its buckets */
  struct hy_topic *before, *after;  /* in the order in which they were made */
  hy_listener *listeners, *newest;
  uint32_t hash;
  hy_topic_state state;
  int ours;    /* HOMEY_CONNECTION: never told to the hub */
  int doubted; /* refused with a 401: the login was shown once more on its account, and is not again */
  long ack;    /* by hy_topics_set_ack() alone; -1 for none */
  int64_t asked;
  size_t length;
  char uri[];
} hy_topic;

struct hy_listener {
  hy_listener *next, *prev;
  hy_topic *topic;
  hy_answer *answer;
  void *owner;
};

typedef struct hy_topics {
  hy_topic **buckets, **acks;
  size_t size, count; /* size: of either, 0 or a power of two */
  hy_topic *first, *last;
} hy_topics;

hy_topic *hy_topics_find(const hy_topics *topics, const char *uri, size_t length);
hy_topic *hy_topics_get(hy_topics *topics, const char *uri); /* made where it is missing; NULL when memory is short */
void hy_topics_set_ack(hy_topics *topics, hy_topic *topic, long ack);
hy_topic *hy_topics_by_ack(const hy_topics *topics, long ack); /* NULL where none has it */
void hy_topics_remove(hy_topics *topics, hy_topic *topic);     /* nobody listens any more */
/* Walks, the oldest first: NULL begins, NULL ends.  The topic in hand may be removed only after the next was taken. */
hy_topic *hy_topics_next(const hy_topics *topics, const hy_topic *topic);
void hy_topics_free(hy_topics *topics);

hy_listener *hy_topic_listen(hy_topic *topic, homey_loop *loop, homey_reply_fn *done, void *data);
void hy_topic_leave(hy_listener *listener); /* freed; its answer is the caller's to end */
/* Hands JSON to every listener; 0 or -HOMEY_MEMORY, and then some have not got it. */
int hy_topic_tell(const hy_topic *topic, const char *json, size_t length);
int hy_listener_tell(const hy_listener *listener, const char *json, size_t length);
int hy_topic_fail(const hy_topic *topic, const homey_error *error); /* the same with a failure */

#endif
