/*
 * Heap of timers, compared with a sorted list: after any changes the timers fire in order, each as
 * often as it was set.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "loop/loop.h"

#define TIMERS 300

static homey_loop loop; /* only its heap is used */
static hy_timer timers[TIMERS];

static unsigned random_number(void)
{
  static uint64_t x = 88172645463325252u;

  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return (unsigned)(x >> 11);
}

static int64_t earliest(void)
{
  int64_t when = INT64_MAX;
  int i;

  for (i = 0; i < TIMERS; i++)
    if (timers[i].set && timers[i].when < when)
      when = timers[i].when;
  return when;
}

/* Checks the order and the links of the heap. Returns the number of nodes. */
static int check_heap(const hy_timer *node, const hy_timer *from)
{
  int count = 0;

  for (; node; from = node, node = node->next) {
    assert_ptr_equal(node->prev, from);
    assert_true(node->set);
    assert_true(!node->child || node->child->when >= node->when);
    count += 1 + check_heap(node->child, node);
    assert_true(count <= TIMERS);
  }
  return count;
}

static int set_now(void)
{
  int i, count = 0;

  for (i = 0; i < TIMERS; i++)
    count += timers[i].set;
  return count;
}

static void the_root_is_always_the_earliest(void **state)
{
  int round;

  (void)state;
  for (round = 0; round < 40000; round++) {
    hy_timer *timer = &timers[random_number() % TIMERS];
    switch (random_number() % 4) {
    case 0: hy_timer_unset(&loop, timer); break;
    case 1:
      if (loop.timers) {
        assert_int_equal(loop.timers->when, earliest());
        hy_timer_unset(&loop, loop.timers);
      }
      break;
    default: /* equal times, times in the past, and moves of set timers */
      hy_timer_set(&loop, timer, (int64_t)(random_number() % 200) - 50);
    }
    assert_int_equal(loop.timers ? loop.timers->when : INT64_MAX, earliest());
    if (round % 100 == 0)
      assert_int_equal(check_heap(loop.timers, NULL), set_now());
  }
}

static void timers_are_removed_in_order(void **state)
{
  int64_t last = INT64_MIN;
  int i, count = 0;

  (void)state;
  for (i = 0; i < TIMERS; i++)
    hy_timer_set(&loop, &timers[i], (int64_t)random_number() - 1000);
  while (loop.timers) {
    hy_timer *timer = loop.timers;
    assert_true(timer->when >= last);
    last = timer->when;
    hy_timer_unset(&loop, timer);
    hy_timer_unset(&loop, timer); /* allowed twice */
    count++;
  }
  assert_int_equal(count, TIMERS);
  assert_int_equal(set_now(), 0);
}

static void a_hundred_thousand_in_falling_order_need_no_deep_stack(void **state)
{
  enum { many = 100000 };
  hy_timer *row = calloc(many, sizeof *row);
  int i;

  (void)state;
  assert_non_null(row);
  for (i = 0; i < many; i++)
    hy_timer_set(&loop, &row[i], many - i);
  for (i = many - 1; i >= 0; i--) {
    assert_ptr_equal(loop.timers, &row[i]);
    hy_timer_unset(&loop, &row[i]);
  }
  assert_null(loop.timers);
  free(row);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_root_is_always_the_earliest),
    cmocka_unit_test(timers_are_removed_in_order),
    cmocka_unit_test(a_hundred_thousand_in_falling_order_need_no_deep_stack),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
