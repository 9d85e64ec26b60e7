/*
 * Tables of subscriptions: every uri and ack is found after any insertions and removals, and the
 * time of an operation does not grow with the number of subscriptions.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "realtime/subscriptions.h"

static void free_reply(void *data, homey_reply *reply)
{
  ++*(long *)data;
  homey_reply_free(reply);
}

static hy_subscription *get(hy_subscriptions *subscriptions, int i)
{
  char uri[40];

  snprintf(uri, sizeof uri, "homey:device:%d", i);
  return hy_subscriptions_get(subscriptions, uri);
}

static void check(const hy_subscriptions *subscriptions, size_t count)
{
  const hy_subscription *subscription = NULL;
  size_t n = 0;

  while ((subscription = hy_subscriptions_next(subscriptions, subscription))) {
    assert_ptr_equal(hy_subscriptions_find(subscriptions, subscription->uri, subscription->length),
                     subscription);
    if (subscription->ack >= 0)
      assert_ptr_equal(hy_subscriptions_by_ack(subscriptions, subscription->ack), subscription);
    n++;
  }
  assert_int_equal(n, count);
  assert_int_equal(subscriptions->count, count);
}

static void every_uri_and_every_ack_is_found(void **state)
{
  hy_subscriptions subscriptions = { 0 };
  hy_subscription *subscription, *next;
  int i;

  (void)state;
  assert_null(hy_subscriptions_by_ack(&subscriptions, 0));
  for (i = 0; i < 1000; i++) {
    subscription = get(&subscriptions, i);
    assert_ptr_equal(get(&subscriptions, i), subscription);
    hy_subscriptions_set_ack(&subscriptions, subscription, 3 * i);
  }
  check(&subscriptions, 1000);
  for (i = 0; i < 1000; i++)
    hy_subscriptions_set_ack(&subscriptions, get(&subscriptions, i), i % 3 ? 5000 - i : -1);
  check(&subscriptions, 1000);
  assert_null(hy_subscriptions_by_ack(&subscriptions, 5000));
  assert_null(hy_subscriptions_by_ack(&subscriptions, -1));
  for (i = 0, subscription = hy_subscriptions_next(&subscriptions, NULL); subscription;
       subscription = next, i++) {
    next = hy_subscriptions_next(&subscriptions, subscription);
    if (i % 2)
      hy_subscriptions_remove(&subscriptions, subscription);
  }
  check(&subscriptions, 500);
  assert_null(hy_subscriptions_find(&subscriptions, "homey:device:1", 14));
  while ((subscription = hy_subscriptions_next(&subscriptions, NULL)))
    hy_subscriptions_remove(&subscriptions, subscription);
  check(&subscriptions, 0);
  hy_subscriptions_free(&subscriptions);
}

static void listeners_are_called_in_order(void **state)
{
  homey_loop *loop = homey_loop_new();
  hy_subscriptions subscriptions = { 0 };
  hy_listener *listeners[5];
  long told = 0;
  hy_subscription *subscription = get(&subscriptions, 1);
  int i;

  (void)state;
  for (i = 0; i < 5; i++)
    listeners[i] = hy_subscription_listen(subscription, loop, free_reply, &told);
  for (i = 0; i < 5; i += 2) { /* the first, one inside, the last */
    hy_pending_discard(listeners[i]->answer);
    hy_subscription_leave(listeners[i]);
  }
  assert_ptr_equal(subscription->listeners, listeners[1]);
  assert_ptr_equal(listeners[1]->next, listeners[3]);
  assert_null(listeners[3]->next);
  listeners[0] = hy_subscription_listen(subscription, loop, free_reply, &told);
  assert_ptr_equal(listeners[3]->next, listeners[0]);
  assert_int_equal(hy_subscription_tell(subscription, "[]", 2), 0);
  homey_loop_step(loop);
  assert_int_equal(told, 3);
  while (subscription->listeners) {
    hy_pending_discard(subscription->listeners->answer);
    hy_subscription_leave(subscription->listeners);
  }
  hy_subscriptions_remove(&subscriptions, subscription);
  hy_subscriptions_free(&subscriptions);
  homey_loop_free(loop);
}

/* Subscribes, acknowledges and unsubscribes, all for one uri or each for its own. Returns the CPU
 * time in clock ticks. */
static clock_t life_of(int count, int spread)
{
  homey_loop *loop = homey_loop_new();
  hy_listener **listeners = calloc((size_t)count, sizeof *listeners);
  hy_subscriptions subscriptions = { 0 };
  clock_t begun = clock();
  long told = 0;
  int i;

  assert_true(loop && listeners);
  for (i = 0; i < count; i++) {
    hy_subscription *subscription = get(&subscriptions, spread ? i : 0);
    listeners[i] = hy_subscription_listen(subscription, loop, free_reply, &told);
    hy_subscriptions_set_ack(&subscriptions, subscription, i);
  }
  for (i = 0; i < count; i++)
    assert_true(!spread || hy_subscriptions_by_ack(&subscriptions, i));
  for (i = count - 1; i >= 0; i--) {
    hy_subscription *subscription = listeners[i]->subscription;
    hy_pending_discard(listeners[i]->answer);
    hy_subscription_leave(listeners[i]);
    if (!subscription->listeners)
      hy_subscriptions_remove(&subscriptions, subscription);
    assert_true(!spread || !i || hy_subscriptions_next(&subscriptions, NULL));
  }
  hy_subscriptions_free(&subscriptions);
  homey_loop_free(loop);
  free(listeners);
  return clock() - begun;
}

/* 32 times as many take about 32 times as long; a quadratic algorithm would take 1000 times. */
static void the_cost_of_each_does_not_grow(void **state)
{
  int spread;

  (void)state;
  for (spread = 0; spread <= 1; spread++) {
    clock_t few = life_of(4000, spread), many = life_of(128000, spread);
    assert_true(many < 250 * (few + CLOCKS_PER_SEC / 1000));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(every_uri_and_every_ack_is_found),
                                      cmocka_unit_test(listeners_are_called_in_order),
                                      cmocka_unit_test(the_cost_of_each_does_not_grow) };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
