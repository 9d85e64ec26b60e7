/* Pending requests: one record per id, allocated with the id, so that a reply needs no memory. Only
 * an error is allocated when it comes. */
#ifndef HY_PENDING_H
#define HY_PENDING_H

#include "base/buf.h"
#include "homey.h"

typedef struct hy_pending {
  homey_reply reply;  /* must be first: homey_reply_free() casts it to the record */
  homey_error *error; /* kept; NULL = none */
  hy_buf body, head;  /* head: of a fetch */
  homey_reply_fn *done;
  void *data;
  void (*cancel)(struct hy_pending *answer); /* stops the work for it, then calls hy_pending_fail */
  void *owner;
  homey_loop *loop;
  struct hy_pending *prev, *next; /* in its bucket while open, then in the ready list (next only) */
} hy_pending;

/* Called first; 0 or -1; hy_pending_close() frees its memory. */
int hy_pending_open(homey_loop *loop);
void hy_pending_close(homey_loop *loop);
hy_pending *hy_pending_new(homey_loop *loop, homey_reply_fn *done, void *data);
void hy_pending_discard(hy_pending *answer); /* frees a record whose id nobody has received */
void hy_pending_ready(hy_pending *answer);   /* success; the caller has set body and status */
void hy_pending_set_error(hy_pending *answer, const homey_error *error);
void hy_pending_fail(hy_pending *answer, const homey_error *error);
void hy_pending_cancelled(hy_pending *answer);
void hy_pending_cancel_all(homey_loop *loop); /* cancels all open requests */
/* Creates an event under the id of a subscription, which stays open. Returns NULL when memory is
 * short. Set its body and status, or call hy_pending_set_error(), then call hy_pending_post(). */
hy_pending *hy_pending_add_event(const hy_pending *lasting);
void hy_pending_post(hy_pending *answer);

#endif
