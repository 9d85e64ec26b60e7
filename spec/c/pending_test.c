/*
 * Ids of pending answers: each id belongs to one answer, also after a loop has used all numbers.
 *
 * Linked with libhomey.a, whose hy_ names it uses, and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>

#include "loop/loop.h"

static void note(void *data, homey_reply *reply)
{
  int *last = data;

  *last = reply->err ? -reply->id : reply->id;
  homey_reply_free(reply);
}

static void ids_wrap_around_and_skip_those_in_use(void **state)
{
  homey_loop *loop = homey_loop_new();
  int answered = 0, lasting, next;

  (void)state;
  assert_int_equal(homey_loop_timer(loop, 100000, note, &answered), 1);
  lasting = homey_loop_timer(loop, 100000, note, &answered);
  assert_int_equal(lasting, 2);
  loop->last_id = INT_MAX - 1;
  assert_int_equal(homey_loop_timer(loop, 100000, note, &answered), INT_MAX);
  next = homey_loop_timer(loop, 100000, note, &answered);
  assert_int_equal(next, 3);
  homey_loop_cancel(loop, lasting);
  homey_loop_step(loop);
  assert_int_equal(answered, -lasting);
  loop->last_id = 1;
  assert_int_equal(homey_loop_timer(loop, 100000, note, &answered), lasting); /* free again */
  homey_loop_free(loop);
}

/* A linear search for each would take half a minute. */
static void many_answers_are_cancelled_in_linear_time(void **state)
{
  enum { MANY = 100000 };
  homey_loop *loop = homey_loop_new();
  int answered = 0, i;

  (void)state;
  for (i = 1; i <= MANY; i++)
    assert_int_equal(homey_loop_timer(loop, 100000 + i, note, &answered), i);
  for (i = 1; i <= MANY; i++)
    homey_loop_cancel(loop, i);
  homey_loop_step(loop);
  assert_int_equal(answered, -MANY);
  homey_loop_free(loop);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ids_wrap_around_and_skip_those_in_use),
    cmocka_unit_test(many_answers_are_cancelled_in_linear_time),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
