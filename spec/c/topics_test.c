/*
 * The tables of who listens to what: every uri and every ack is found whatever was added, moved and removed before, and
 * what is done once for each subscription does not take longer the more there are.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "topics.h"

static void free_reply(void *data, homey_reply *reply)
{
  ++*(long *)data;
  homey_reply_free(reply);
}

static hy_topic *get(hy_topics *topics, int i)
{
  char uri[40];

  snprintf(uri, sizeof uri, "homey:device:%d", i);
  return hy_topics_get(topics, uri);
}

static void check(const hy_topics *topics, size_t count)
{
  const hy_topic *topic = NULL;
  size_t n = 0;

  while ((topic = hy_topics_next(topics, topic))) {
    assert_ptr_equal(hy_topics_find(topics, topic->uri, topic->length), topic);
    if (topic->ack >= 0)
      assert_ptr_equal(hy_topics_by_ack(topics, topic->ack), topic);
    n++;
  }
  assert_int_equal(n, count);
  assert_int_equal(topics->count, count);
}

static void every_uri_and_every_ack_is_found(void **state)
{
  hy_topics topics = { 0 };
  hy_topic *topic, *next;
  int i;

  (void)state;
  assert_null(hy_topics_by_ack(&topics, 0));
  for (i = 0; i < 1000; i++) {
    topic = get(&topics, i);
    assert_ptr_equal(get(&topics, i), topic);
    hy_topics_set_ack(&topics, topic, 3 * i);
  }
  check(&topics, 1000);
  for (i = 0; i < 1000; i++)
    hy_topics_set_ack(&topics, get(&topics, i), i % 3 ? 5000 - i : -1);
  check(&topics, 1000);
  assert_null(hy_topics_by_ack(&topics, 5000));
  assert_null(hy_topics_by_ack(&topics, -1));
  for (i = 0, topic = hy_topics_next(&topics, NULL); topic; topic = next, i++) {
    next = hy_topics_next(&topics, topic);
    if (i % 2)
      hy_topics_remove(&topics, topic);
  }
  check(&topics, 500);
  assert_null(hy_topics_find(&topics, "homey:device:1", 14));
  while ((topic = hy_topics_next(&topics, NULL)))
    hy_topics_remove(&topics, topic);
  check(&topics, 0);
  hy_topics_free(&topics);
}

static void listeners_are_told_in_their_order_whoever_leaves(void **state)
{
  homey_loop *loop = homey_loop_new();
  hy_topics topics = { 0 };
  hy_listener *listeners[5];
  long told = 0;
  hy_topic *topic = get(&topics, 1);
  int i;

  (void)state;
  for (i = 0; i < 5; i++)
    listeners[i] = hy_topic_listen(topic, loop, free_reply, &told);
  for (i = 0; i < 5; i += 2) { /* the first, one inside, the last */
    hy_answer_discard(listeners[i]->answer);
    hy_topic_leave(listeners[i]);
  }
  assert_ptr_equal(topic->listeners, listeners[1]);
  assert_ptr_equal(listeners[1]->next, listeners[3]);
  assert_null(listeners[3]->next);
  listeners[0] = hy_topic_listen(topic, loop, free_reply, &told);
  assert_ptr_equal(listeners[3]->next, listeners[0]);
  assert_int_equal(hy_topic_tell(topic, "[]", 2), 0);
  homey_loop_step(loop);
  assert_int_equal(told, 3);
  while (topic->listeners) {
    hy_answer_discard(topic->listeners->answer);
    hy_topic_leave(topic->listeners);
  }
  hy_topics_remove(&topics, topic);
  hy_topics_free(&topics);
  homey_loop_free(loop);
}

/* Subscribes, acks and leaves, all to one uri or each to its own; the CPU time it takes, in clock ticks. */
static clock_t life_of(int count, int spread)
{
  homey_loop *loop = homey_loop_new();
  hy_listener **listeners = calloc((size_t)count, sizeof *listeners);
  hy_topics topics = { 0 };
  clock_t begun = clock();
  long told = 0;
  int i;

  assert_true(loop && listeners);
  for (i = 0; i < count; i++) {
    hy_topic *topic = get(&topics, spread ? i : 0);
    listeners[i] = hy_topic_listen(topic, loop, free_reply, &told);
    hy_topics_set_ack(&topics, topic, i);
  }
  for (i = 0; i < count; i++)
    assert_true(!spread || hy_topics_by_ack(&topics, i));
  for (i = count - 1; i >= 0; i--) {
    hy_topic *topic = listeners[i]->topic;
    hy_answer_discard(listeners[i]->answer);
    hy_topic_leave(listeners[i]);
    if (!topic->listeners)
      hy_topics_remove(&topics, topic);
    assert_true(!spread || !i || hy_topics_next(&topics, NULL));
  }
  hy_topics_free(&topics);
  homey_loop_free(loop);
  free(listeners);
  return clock() - begun;
}

/* 32 times as many take some 32 times as long; were it quadratic, a thousand times. */
static void many_cost_no_more_each(void **state)
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
                                      cmocka_unit_test(listeners_are_told_in_their_order_whoever_leaves),
                                      cmocka_unit_test(many_cost_no_more_each) };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
