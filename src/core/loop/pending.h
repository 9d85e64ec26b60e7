/* Pending requests: one record per id, allocated with the id, so that answering needs no memory. */
#ifndef HY_PENDING_H
#define HY_PENDING_H

#include "base/buf.h"
#include "homey.h"

typedef struct hy_pending {
  homey_reply reply; /* first: homey_reply_free() finds the rest by it */
  homey_error error;
  hy_buf body;
  homey_reply_fn *done;
  void *data;
  void (*cancel)(struct hy_pending *answer); /* stop the work behind it; then hy_pending_fail */
  void *owner;
  homey_loop *loop;
  struct hy_pending *prev, *next; /* in its bucket of open ones, later among the ready ones (next only) */
} hy_pending;

int hy_pending_open(homey_loop *loop); /* before all others: 0 or -1; its memory is hy_pending_close()'s to free */
void hy_pending_close(homey_loop *loop);
hy_pending *hy_pending_new(homey_loop *loop, homey_reply_fn *done, void *data);
void hy_pending_discard(hy_pending *answer); /* never promised to anybody: free it */
void hy_pending_ready(hy_pending *answer);   /* success; body and status are set by the caller before */
void hy_pending_fail(hy_pending *answer, const homey_error *error);
void hy_pending_cancelled(hy_pending *answer);
void hy_pending_cancel_all(homey_loop *loop); /* all that are open */
/* One more answer under the id of a lasting one, which stays open; NULL when memory is short. Hand it out by
 * hy_pending_post(), with its body and status set, or its error and reply.err. */
hy_pending *hy_pending_add_event(const hy_pending *lasting);
void hy_pending_post(hy_pending *answer);

#endif
