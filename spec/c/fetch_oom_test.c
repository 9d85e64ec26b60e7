/*
 * Memory runs out at any one allocation of ours while a loop fetches and polls: whoever was
 * promised an answer gets one, and nothing leaks (seen under AddressSanitizer).
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
#include "support/cloud.h"
#include "support/oom.h"

typedef struct answers {
  int count, good;
} answers;

/* A failure names its reason: memory, or an incomplete answer. */
static void note(void *data, homey_reply *reply)
{
  answers *a = data;

  a->count++;
  a->good += !reply->err;
  if (!reply->err)
    assert_true(!strcmp(reply->body, "{\"value\":true}") || !strcmp(reply->body, "w"));
  else
    assert_true(reply->err->message[0] != '\0');
  homey_reply_free(reply);
}

static int promised(int id)
{
  assert_true(id > 0 || id == -HOMEY_MEMORY || id == -HOMEY_UNAVAILABLE);
  return id > 0;
}

static void run(answers *a, int *asked)
{
  static const char *const headers[] = { "X-A: b", NULL };
  char url[80];
  int ends[2];
  homey_fetch fetch = { .url = url, .method = "POST", .headers = headers, .timeout_ms = 30000 };
  homey_loop *loop = homey_loop_new();

  if (!loop)
    return;
  snprintf(url, sizeof url, "%s/page", cloud_url);
  fetch.body = "{}";
  fetch.length = 2;
  assert_int_equal(pipe(ends), 0);
  *asked += promised(homey_loop_fetch(loop, &fetch, note, a));
  *asked += promised(homey_loop_poll(loop, ends[1], HOMEY_WRITE, 30000, note, a));
  *asked += promised(homey_loop_poll(loop, ends[0], HOMEY_READ, 30000, note, a));
  while (a->count < *asked - 1)
    homey_loop_wait(loop, 1000);
  homey_loop_free(loop);
  close(ends[0]);
  close(ends[1]);
}

static void every_promise_is_kept(void **state)
{
  int failed = 1, asked;
  answers a;

  (void)state;
  for (long nth = 1; failed; nth++) {
    memset(&a, 0, sizeof a);
    asked = 0;
    oom_fail(nth);
    run(&a, &asked);
    failed = oom_happened();
    assert_int_equal(a.count, asked);
  }
  assert_int_equal(asked, 3);
  assert_int_equal(a.good, 2); /* the pipe never becomes readable */
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(every_promise_is_kept) };
  int failures;

  cloud_start();
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  cloud_stop();
  return failures;
}
