/*
 * Fetches and polls: no client is needed, each is answered exactly once, and each can be cancelled
 * or freed at any moment. What a fetch sends and follows is tested by spec/net/fetch_spec.lua.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "support/cloud.h"
#include "homey.h"

#define GENEROUS_MS 60000 /* only what hangs takes so long */
#define MOST 64           /* fetches in progress */

/* What came under the ids of one test. */
typedef struct answers {
  int count, good;
  homey_kind kind;   /* of the last failure */
  char body[32];     /* of the last success */
  char message[768]; /* of the last failure */
  homey_loop *loop;  /* to fetch once more from the callback; NULL = not */
} answers;

static char page[80]; /* a URL that is answered, and one that is not */
static char hang[80];

static void note(void *data, homey_reply *reply)
{
  answers *a = data;
  homey_fetch again = { .url = page };

  a->count++;
  a->good += reply->err == NULL;
  a->kind = reply->err ? reply->err->kind : HOMEY_OK;
  snprintf(a->message, sizeof a->message, "%s", reply->err ? reply->err->message : "");
  snprintf(a->body, sizeof a->body, "%s", reply->body);
  if (a->loop) {
    assert_true(homey_loop_fetch(a->loop, &again, note, a) > 0);
    a->loop = NULL;
  }
  homey_reply_free(reply);
}

static int descriptors(void)
{
  DIR *folder = opendir("/proc/self/fd");
  int count = -1; /* the folder itself */

  assert_non_null(folder);
  while (readdir(folder))
    count++;
  closedir(folder);
  return count;
}

static void run(homey_loop *loop, const answers *a, int wanted)
{
  int64_t end = homey_loop_now(loop) + GENEROUS_MS;

  while (a->count < wanted && homey_loop_now(loop) < end)
    homey_loop_wait(loop, 1000);
  assert_int_equal(a->count, wanted);
}

/* ---- fetches ---- */

static void look_at_head(void *data, homey_reply *reply)
{
  answers *a = data;
  const char *at = reply->head;
  int json = 0;

  assert_null(reply->err);
  assert_int_equal(reply->status, 200);
  assert_true(reply->is_json);
  assert_string_equal(reply->body, "{\"value\":true}");
  assert_int_equal(reply->length, strlen(reply->body));
  assert_string_equal(at, page);
  while (at < reply->head + reply->head_length) {
    json += !strcmp(at, "Content-Type: application/json");
    at += strlen(at) + 1;
  }
  assert_ptr_equal(at, reply->head + reply->head_length);
  assert_int_equal(json, 1);
  a->count++;
  homey_reply_free(reply);
}

static void a_fetch_returns_status_head_and_body(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_fetch fetch = { .url = page };
  answers a = { 0 };

  (void)state;
  assert_true(homey_loop_fetch(loop, &fetch, look_at_head, &a) > 0);
  run(loop, &a, 1);
  homey_loop_free(loop);
}

static void everything_of_a_fetch_is_copied(void **state)
{
  static const char text[] = "{\"value\":1}";
  char *url = strdup(page), *method = strdup("PUT"), *body = strdup(text), *line = strdup("A: b");
  const char *headers[] = { line, NULL };
  homey_loop *loop = homey_loop_new();
  homey_fetch fetch = { .url = url, .method = method, .headers = headers, .body = body };
  answers a = { 0 };

  (void)state;
  fetch.length = strlen(body);
  assert_true(homey_loop_fetch(loop, &fetch, note, &a) > 0);
  memset(&fetch, 0, sizeof fetch);
  free(url);
  free(method);
  free(body);
  free(line);
  headers[0] = NULL;
  run(loop, &a, 1);
  assert_int_equal(a.good, 1);
  homey_loop_free(loop);
}

static void a_wrong_fetch_is_refused_at_once(void **state)
{
  static const char *const urls[] = {
    "",           "x",         "file:///etc/passwd", "ftp://x/",
    "HTTP:x",     "http://",   "https://a b/",       "http://x/\n",
    "http://x:y", "httpx://x", "http://[::1",        NULL
  };
  static const char *const lines[] = { "A", "A: b\r\nC: d", "A: b\n", "A: \x01", "A: \x7f", NULL };
  static const char *const methods[] = { "", "A B", "GET\r\n", NULL };
  homey_loop *loop = homey_loop_new();
  homey_fetch fetch = { 0 };
  answers a = { 0 };

  (void)state;
  assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  for (const char *const *each = urls; *each; each++) {
    fetch = (homey_fetch){ .url = *each };
    assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  }
  for (const char *const *each = lines; *each; each++) {
    const char *headers[] = { "Good: one", *each, NULL };
    fetch = (homey_fetch){ .url = page, .headers = headers };
    assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  }
  for (const char *const *each = methods; *each; each++) {
    fetch = (homey_fetch){ .url = page, .method = *each };
    assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  }
  fetch = (homey_fetch){ .url = page, .body = "x", .length = 1 };
  assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  fetch = (homey_fetch){ .url = page, .method = "POST", .length = 1 };
  assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  fetch = (homey_fetch){ .url = page, .timeout_ms = -1 };
  assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  fetch.timeout_ms = 3600001;
  assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_INVALID);
  homey_loop_free(loop);
  assert_int_equal(a.count, 0);
}

static void a_fetch_ends_at_its_limits(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_fetch late = { .url = hang, .timeout_ms = 50 }, large = { .url = page, .max = 5 };
  answers a = { 0 };

  (void)state;
  assert_true(homey_loop_fetch(loop, &late, note, &a) > 0);
  run(loop, &a, 1);
  assert_int_equal(a.kind, HOMEY_TIMEOUT);
  assert_true(homey_loop_fetch(loop, &large, note, &a) > 0);
  run(loop, &a, 2);
  assert_int_equal(a.kind, HOMEY_PROTOCOL);
  assert_string_equal(
      a.message, "127.0.0.1 sent a reply larger than the limit. Raise `max`, or ask for less.");
  homey_loop_free(loop);
}

static void only_so_many_are_in_progress(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_fetch fetch = { .url = hang };
  answers a = { 0 };
  int ids[MOST];

  (void)state;
  for (int i = 0; i < MOST; i++)
    assert_true((ids[i] = homey_loop_fetch(loop, &fetch, note, &a)) > 0);
  assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_UNAVAILABLE);
  homey_loop_wait(loop, 10);
  homey_loop_cancel(loop, ids[0]);
  fetch.url = page;
  assert_true(homey_loop_fetch(loop, &fetch, note, &a) > 0);
  assert_int_equal(homey_loop_fetch(loop, &fetch, note, &a), -HOMEY_UNAVAILABLE);
  run(loop, &a, 2);
  assert_int_equal(a.good, 1);
  homey_loop_free(loop);
  assert_int_equal(a.count, MOST + 1);
  assert_int_equal(a.good, 1);
}

static void a_fetch_can_be_cancelled_at_every_moment(void **state)
{
  homey_fetch fetch = { .url = page };
  int steps = 0, over = 0;

  (void)state;
  for (; !over; steps++) {
    homey_loop *loop = homey_loop_new();
    answers a = { 0 };
    int id = homey_loop_fetch(loop, &fetch, note, &a);
    for (int i = 0; i < steps && !a.count; i++)
      homey_loop_wait(loop, 1000);
    over = a.count;
    homey_loop_cancel(loop, id);
    run(loop, &a, 1);
    assert_int_equal(a.kind, over ? HOMEY_OK : HOMEY_CANCELLED);
    homey_loop_free(loop);
    assert_int_equal(a.count, 1);
  }
  assert_true(steps > 2);
}

static void a_loop_can_be_freed_while_it_fetches(void **state)
{
  homey_fetch fetch = { .url = hang };
  int before = descriptors();
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };

  (void)state;
  for (int i = 0; i < 3; i++)
    assert_true(homey_loop_fetch(loop, &fetch, note, &a) > 0);
  homey_loop_wait(loop, 10);
  homey_loop_free(loop);
  assert_int_equal(a.count, 3);
  assert_int_equal(a.kind, HOMEY_CANCELLED);
  assert_int_equal(descriptors(), before);
}

static void a_callback_may_fetch_more(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_fetch fetch = { .url = page };
  answers a = { .loop = loop };

  (void)state;
  assert_true(homey_loop_fetch(loop, &fetch, note, &a) > 0);
  run(loop, &a, 2);
  assert_int_equal(a.good, 2);
  homey_loop_free(loop);
}

/* ---- polls ---- */

static void a_poll_says_what_is_ready(void **state)
{
  int before, ends[2], pair[2];
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };

  (void)state;
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  before = descriptors();
  assert_true(homey_loop_poll(loop, ends[1], HOMEY_WRITE, -1, note, &a) > 0);
  run(loop, &a, 1);
  assert_string_equal(a.body, "w");
  assert_true(homey_loop_poll(loop, ends[0], HOMEY_READ, 20, note, &a) > 0);
  run(loop, &a, 2);
  assert_string_equal(a.body, "");
  assert_int_equal(write(ends[1], "x", 1), 1);
  assert_true(homey_loop_poll(loop, ends[0], HOMEY_READ, -1, note, &a) > 0);
  run(loop, &a, 3);
  assert_string_equal(a.body, "r");
  assert_int_equal(write(pair[1], "x", 1), 1);
  assert_true(homey_loop_poll(loop, pair[0], HOMEY_READ | HOMEY_WRITE, -1, note, &a) > 0);
  run(loop, &a, 4);
  assert_string_equal(a.body, "rw");
  assert_int_equal(a.good, 4);
  assert_int_equal(descriptors(), before);
  close(ends[0]);
  assert_true(homey_loop_poll(loop, ends[1], HOMEY_WRITE, -1, note, &a) > 0);
  run(loop, &a, 5); /* nobody reads any more: a write says so */
  assert_string_equal(a.body, "w");
  close(ends[1]);
  close(pair[0]);
  close(pair[1]);
  homey_loop_free(loop);
}

static void every_poll_of_a_descriptor_is_answered(void **state)
{
  int ends[2], before;
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };

  (void)state;
  assert_int_equal(pipe(ends), 0);
  before = descriptors();
  for (int i = 0; i < 3; i++)
    assert_true(homey_loop_poll(loop, ends[0], HOMEY_READ, -1, note, &a) > 0);
  homey_loop_step(loop);
  close(ends[0]); /* the polls go on */
  assert_int_equal(write(ends[1], "x", 1), 1);
  run(loop, &a, 3);
  assert_int_equal(a.good, 3);
  assert_int_equal(descriptors(), before - 1);
  close(ends[1]);
  homey_loop_free(loop);
}

static void what_is_always_ready_is_answered_at_once(void **state)
{
  static const char *const paths[] = { "/dev/null", "/etc/passwd", "/", NULL };
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  int count = 0;

  (void)state;
  for (const char *const *path = paths; *path; path++) {
    int fd = open(*path, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(homey_loop_poll(loop, fd, HOMEY_READ | HOMEY_WRITE, -1, note, &a) > 0);
    run(loop, &a, ++count);
    assert_string_equal(a.body, "rw");
    close(fd);
  }
  homey_loop_free(loop);
}

static void a_wrong_poll_is_refused_at_once(void **state)
{
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  int ends[2];

  (void)state;
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(homey_loop_poll(loop, -1, HOMEY_READ, -1, note, &a), -HOMEY_INVALID);
  assert_int_equal(homey_loop_poll(loop, 1000000, HOMEY_READ, -1, note, &a), -HOMEY_INVALID);
  assert_int_equal(homey_loop_poll(loop, ends[0], 0, -1, note, &a), -HOMEY_INVALID);
  assert_int_equal(homey_loop_poll(loop, ends[0], 4, -1, note, &a), -HOMEY_INVALID);
  close(ends[0]);
  close(ends[1]);
  assert_int_equal(homey_loop_poll(loop, ends[0], HOMEY_READ, -1, note, &a), -HOMEY_INVALID);
  homey_loop_free(loop);
  assert_int_equal(a.count, 0);
}

static void a_poll_can_be_cancelled_and_freed(void **state)
{
  int before = descriptors(), ends[2], id;
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };

  (void)state;
  assert_int_equal(pipe(ends), 0);
  id = homey_loop_poll(loop, ends[0], HOMEY_READ, GENEROUS_MS, note, &a);
  assert_true(homey_loop_poll(loop, ends[0], HOMEY_READ, GENEROUS_MS, note, &a) > 0);
  homey_loop_cancel(loop, id);
  homey_loop_cancel(loop, id);
  run(loop, &a, 1);
  assert_int_equal(a.kind, HOMEY_CANCELLED);
  homey_loop_free(loop);
  assert_int_equal(a.count, 2);
  close(ends[0]);
  close(ends[1]);
  assert_int_equal(descriptors(), before);
}

static void a_poll_makes_the_loop_readable(void **state)
{
  int ends[2];
  homey_loop *loop = homey_loop_new();
  struct pollfd host = { .fd = homey_loop_fd(loop), .events = POLLIN };
  answers a = { 0 };

  (void)state;
  assert_int_equal(pipe(ends), 0);
  assert_true(homey_loop_poll(loop, ends[0], HOMEY_READ, -1, note, &a) > 0);
  homey_loop_step(loop);
  assert_int_equal(poll(&host, 1, 0), 0);
  assert_int_equal(homey_loop_timeout(loop), -1);
  assert_int_equal(write(ends[1], "x", 1), 1);
  assert_int_equal(poll(&host, 1, GENEROUS_MS), 1);
  homey_loop_step(loop);
  assert_int_equal(a.good, 1);
  homey_loop_step(loop);
  assert_int_equal(poll(&host, 1, 0), 0);
  homey_loop_free(loop);
  close(ends[0]);
  close(ends[1]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_fetch_returns_status_head_and_body),
    cmocka_unit_test(everything_of_a_fetch_is_copied),
    cmocka_unit_test(a_wrong_fetch_is_refused_at_once),
    cmocka_unit_test(a_fetch_ends_at_its_limits),
    cmocka_unit_test(only_so_many_are_in_progress),
    cmocka_unit_test(a_fetch_can_be_cancelled_at_every_moment),
    cmocka_unit_test(a_loop_can_be_freed_while_it_fetches),
    cmocka_unit_test(a_callback_may_fetch_more),
    cmocka_unit_test(a_poll_says_what_is_ready),
    cmocka_unit_test(every_poll_of_a_descriptor_is_answered),
    cmocka_unit_test(what_is_always_ready_is_answered_at_once),
    cmocka_unit_test(a_wrong_poll_is_refused_at_once),
    cmocka_unit_test(a_poll_can_be_cancelled_and_freed),
    cmocka_unit_test(a_poll_makes_the_loop_readable),
  };
  int failures;

  cloud_start();
  snprintf(page, sizeof page, "%s/page", cloud_url);
  snprintf(hang, sizeof hang, "%s/hang", cloud_url);
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  cloud_stop();
  return failures;
}
