/*
 * Failing allocations in the realtime connection: each allocation fails once while a client
 * connects, subscribes, calls and receives an event. Every call is answered, and nothing leaks
 * (under AddressSanitizer).
 *
 * Linked with libhomey.a, cmocka and the wrapped allocator (see oom.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "homey.h"
#include "support/oom.h"
#include "support/socket_hub.h"

/* Sends every possible answer; the client ignores those that it does not wait for. */
static void talk(int fd)
{
  char bytes[100];

  while (read(fd, bytes, sizeof bytes) > 0) {
    frame(fd, "430[null,{\"namespace\":\"/api\"}]");
    frame(fd, "40/api,");
    frame(fd, "42/api,[\"homey:device:1\",\"capability\",{\"value\":\"\\u00e9\"}]");
    frame(fd, "43/api,0[null]");
    frame(fd, "43/api,1[null,{\"way\":\"socket\"}]");
  }
}

/* ---- tests ---- */

typedef struct notes {
  int open, connected, over, events, answers, good, finals;
} notes;

static void note_connection(void *data, homey_reply *reply)
{
  notes *n = data;

  n->finals += !reply->more;
  n->connected += strstr(reply->body, "\"connected\"") != NULL;
  n->over += strstr(reply->body, "disconnected") || strstr(reply->body, "refused") ||
             strstr(reply->body, "failed");
  homey_reply_free(reply);
}

static void note_event(void *data, homey_reply *reply)
{
  notes *n = data;

  n->finals += !reply->more;
  n->events += reply->more && !reply->err && strstr(reply->body, "capability");
  homey_reply_free(reply);
}

static void note_answer(void *data, homey_reply *reply)
{
  notes *n = data;

  n->answers++;
  n->good += !reply->err && strstr(reply->body, "socket") != NULL;
  homey_reply_free(reply);
}

static void run(notes *n)
{
  static const char args[] = "{}";
  homey_request request = {
    .method = "POST", .path = "/api/x", .operation = "x", .manager = "homey:manager:x"
  };
  homey_options options = { .address = url, .token = "pat", .timeout_ms = 60000 };
  homey_loop *loop = homey_loop_new();
  homey_client *c = loop ? homey_client_new(loop, &options, NULL) : NULL;
  int asked = 0;

  request.args = args;
  request.args_length = strlen(args);
  if (c && homey_client_subscribe(c, HOMEY_CONNECTION, note_connection, n) > 0)
    n->open++;
  if (c && homey_client_subscribe(c, "homey:device:1", note_event, n) > 0)
    n->open++;
  for (int turns = 0;
       n->open == 2 && turns < 300 && !n->over && (!asked || !n->answers || !n->events); turns++) {
    if (n->connected && !asked) {
      asked = homey_client_request(c, &request, note_answer, n);
      if (asked < 0)
        break;
    }
    homey_loop_wait(loop, 100);
  }
  homey_loop_free(loop);
  assert_int_equal(n->finals, n->open);
  assert_int_equal(n->answers, asked > 0);
}

static void a_connection_survives_every_failing_allocation(void **state)
{
  long nth;
  int failed = 1;

  (void)state;
  for (nth = 1; failed; nth++) {
    notes n = { 0 };
    oom_fail(nth);
    run(&n);
    failed = oom_happened();
    if (!failed) {
      assert_int_equal(n.good, 1);
      assert_true(n.events > 0);
    }
  }
  print_message("%ld allocations failed in turn\n", nth - 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(
      a_connection_survives_every_failing_allocation) };
  int failures;

  start_hub(talk);
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  stop_hub();
  return failures;
}
