/* Store operations: one request to a store, until it is answered. */
#ifndef HY_STORE_OP_H
#define HY_STORE_OP_H

#include "loop/run_queue.h"

struct homey_store_op {
  homey_loop *loop; /* NULL when nobody waits any more: the answer frees it */
  hy_work *waiter;  /* gets a turn when the operation is answered */
  homey_kind kind;
  char *text;
  size_t length;
  int answered;
};

homey_store_op *hy_store_op_new(homey_loop *loop, hy_work *waiter);
void hy_store_op_free(homey_store_op *op); /* for an answered operation */
/* Frees it now, or when it is answered later; accepts NULL. */
void hy_store_op_abandon(homey_store_op *op);

#endif
