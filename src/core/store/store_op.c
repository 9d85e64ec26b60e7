/* Store operations. One may outlive the client that started it: its last user frees it. */
#include "store/store_op.h"

#include <stdlib.h>

#include "base/text.h"
#include "loop/run_queue.h"

homey_store_op *hy_store_op_new(homey_loop *loop, hy_work *waiter)
{
  homey_store_op *op = calloc(1, sizeof *op);

  if (op) {
    op->loop = loop;
    op->waiter = waiter;
  }
  return op;
}

void hy_store_op_free(homey_store_op *op)
{
  if (op->text)
    hy_overwrite(op->text, op->length);
  free(op->text);
  free(op);
}

void hy_store_op_abandon(homey_store_op *op)
{
  if (op && op->answered)
    hy_store_op_free(op);
  else if (op)
    op->loop = NULL;
}

void homey_store_op_answer(homey_store_op *op, homey_kind kind, const char *text, size_t length)
{
  if (!op->loop) {
    hy_store_op_free(op);
    return;
  }
  op->answered = 1;
  op->kind = kind;
  op->text = text ? hy_strndup(text, length) : NULL;
  op->length = length;
  if (text && !op->text)
    op->kind = HOMEY_MEMORY;
  hy_work_queue(op->loop, op->waiter);
}
