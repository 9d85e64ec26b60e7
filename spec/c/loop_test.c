/*
 * Contract between a host and the loop: one descriptor, which is readable only when there is work;
 * each call is answered once; anything may be cancelled and freed at any time.
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
#include <limits.h>
#include <malloc.h>
#include <time.h>

#include "support/cloud.h"
#include "homey.h"

#define PUT_PATH "/api/manager/devices/device/d/capability/onoff"

static const homey_request put = {
  .method = "PUT", .path = PUT_PATH, .body = "{\"value\":true}", .length = 14
};
static const homey_request hang = { .method = "GET", .path = "/hang" };

/* The answers of one test. */
typedef struct answers {
  int count, good, cancelled, other;
  int seen[64]; /* by id */
} answers;

static void note(void *data, homey_reply *reply)
{
  answers *a = data;

  a->count++;
  a->good += reply->err == NULL;
  a->cancelled += reply->err && reply->err->kind == HOMEY_CANCELLED;
  a->other += reply->err && reply->err->kind != HOMEY_CANCELLED;
  if (reply->id < 64)
    a->seen[reply->id]++;
  homey_reply_free(reply);
}

#define GENEROUS_MS 60000 /* only a hanging test takes this long */

static homey_options whole_chain(void)
{
  homey_options o = {
    .email = "a@b.c", .password = "secret", .client_id = "id", .client_secret = "s"
  };

  o.redirect_uri = "http://localhost";
  o.accounts_url = o.api_url = cloud_url;
  o.timeout_ms = GENEROUS_MS;
  return o;
}

static homey_options by_token(void)
{
  homey_options o = { .token = "pat", .address = cloud_url, .timeout_ms = GENEROUS_MS };

  return o;
}

static homey_client *client_of(homey_loop *loop, homey_options options)
{
  homey_error error;
  homey_client *c = homey_client_new(loop, &options, &error);

  if (!c)
    fail_msg("%s", error.message);
  return c;
}

static int64_t clock_ms(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits like a host, by the descriptor only. Returns 1 when it became readable. */
static int readable(homey_loop *loop, int ms)
{
  struct pollfd p = { .fd = homey_loop_fd(loop), .events = POLLIN };

  return poll(&p, 1, ms) > 0;
}

static void host(homey_loop *loop, answers *a, int wanted)
{
  int64_t end = clock_ms() + GENEROUS_MS;

  while (a->count < wanted && clock_ms() < end)
    if (readable(loop, 1000))
      homey_loop_step(loop);
  assert_int_equal(a->count, wanted);
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

/* ---- the descriptor ---- */

static void the_descriptor_is_enough_to_drive_the_loop(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_client *c = client_of(loop, whole_chain());
  answers a = { 0 };

  (void)state;
  assert_int_equal(homey_loop_fd(loop), homey_loop_fd(loop));
  assert_true(homey_client_login(c, note, &a) > 0);
  assert_true(homey_client_request(c, &put, note, &a) > 0);
  assert_true(homey_loop_timer(loop, 30, note, &a) > 0);
  host(loop, &a, 3);
  assert_int_equal(a.good, 3);
  homey_loop_free(loop);
}

static void a_new_request_makes_the_descriptor_readable(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_client *c = client_of(loop, by_token());
  answers a = { 0 };

  (void)state;
  homey_loop_step(loop);
  assert_false(readable(loop, 0));
  assert_true(homey_client_request(c, &put, note, &a) > 0);
  assert_true(readable(loop, 0));
  host(loop, &a, 1);
  assert_false(readable(loop, 50)); /* an idle connection causes no event */
  assert_int_equal(homey_loop_timeout(loop), -1);
  homey_loop_free(loop);
}

static void a_timer_makes_the_descriptor_readable(void **state)
{
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  int64_t began = clock_ms();

  (void)state;
  assert_int_equal(homey_loop_timeout(loop), -1);
  assert_true(homey_loop_timer(loop, 600, note, &a) > 0);
  assert_in_range(homey_loop_timeout(loop), 1, 600);
  assert_false(readable(loop, 20));
  homey_loop_step(loop); /* too early: does nothing */
  assert_int_equal(a.count, 0);
  assert_true(readable(loop, GENEROUS_MS));
  homey_loop_step(loop);
  assert_int_equal(a.good, 1);
  assert_true(clock_ms() - began >= 599);
  homey_loop_free(loop);
}

static void an_earlier_timer_wakes_the_loop_earlier(void **state)
{
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  int64_t began = clock_ms();

  (void)state;
  homey_loop_fd(loop);
  homey_loop_timer(loop, GENEROUS_MS, note, &a);
  homey_loop_step(loop);
  homey_loop_timer(loop, 10, note, &a);
  assert_true(readable(loop, GENEROUS_MS));
  homey_loop_step(loop);
  assert_true(clock_ms() - began < GENEROUS_MS / 2);
  assert_int_equal(a.count, 1);
  homey_loop_free(loop);
  assert_int_equal(a.cancelled, 1);
}

static void a_wait_ends_at_its_time(void **state)
{
  homey_loop *loop = homey_loop_new();
  int64_t began = clock_ms();

  (void)state;
  homey_loop_wait(loop, 30);
  assert_in_range(clock_ms() - began, 29, GENEROUS_MS);
  homey_loop_wait(loop, 0);
  homey_loop_free(loop);
}

/* ---- many idle homes ---- */

#define HOMES 200

static void idle_homes_cost_a_socket_each_and_no_wake_up(void **state)
{
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  int i, wake_ups = 0, before;
  size_t memory;
  int64_t end;

  (void)state;
  homey_loop_fd(loop);
  before = descriptors();
  memory = mallinfo2().uordblks;
  for (i = 0; i < HOMES; i++)
    homey_client_request(client_of(loop, by_token()), &put, note, &a);
  host(loop, &a, HOMES);
  assert_int_equal(a.good, HOMES);
  end = clock_ms() + 1000;
  while (clock_ms() < end)
    if (readable(loop, (int)(end - clock_ms()))) {
      homey_loop_step(loop);
      wake_ups++;
    }
  assert_int_equal(wake_ups, 0);
  assert_int_equal(homey_loop_timeout(loop), -1);
  assert_true(descriptors() - before <= HOMES + 2); /* one idle connection each; the timer */
  memory = (mallinfo2().uordblks - memory) / HOMES;
  print_message("%zu bytes for an idle home\n", memory);
#if !defined(__SANITIZE_ADDRESS__)
  assert_true(memory < 40 * 1024);
#endif
  homey_loop_free(loop);
}

static void a_program_that_the_host_starts_inherits_no_connection(void **state)
{
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  struct sockaddr_in at;
  int fd, connections = 0;

  (void)state;
  homey_client_request(client_of(loop, by_token()), &put, note, &a);
  host(loop, &a, 1);
  for (fd = 0; fd < 256; fd++) {
    socklen_t size = sizeof at;
    if (getpeername(fd, (struct sockaddr *)&at, &size) < 0 || at.sin_family != AF_INET)
      continue;
    connections++;
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  }
  assert_int_equal(connections, 1);
  homey_loop_free(loop);
}

/* ---- a callback that continues when its loop is freed ---- */

typedef struct stubborn {
  homey_loop *loop;
  homey_client *client;
  int told, refused;
} stubborn;

static void ask_again(void *data, homey_reply *reply)
{
  stubborn *s = data;

  s->told++;
  s->refused += homey_client_request(s->client, &put, ask_again, s) == -HOMEY_CANCELLED;
  s->refused += homey_client_login(s->client, ask_again, s) == -HOMEY_CANCELLED;
  s->refused += homey_client_logout(s->client, ask_again, s) == -HOMEY_CANCELLED;
  s->refused += homey_client_subscribe(s->client, "homey:manager:devices", ask_again, s) ==
                -HOMEY_CANCELLED;
  s->refused += homey_loop_timer(s->loop, 0, ask_again, s) == -HOMEY_CANCELLED;
  homey_loop_cancel(s->loop, reply->id);
  if (s->told == 4)
    s->client = homey_client_free(s->client);
  homey_reply_free(reply);
}

static void callbacks_may_use_a_client_while_its_loop_is_freed(void **state)
{
  homey_loop *loop = homey_loop_new();
  stubborn s = { loop, client_of(loop, by_token()), 0, 0 };

  (void)state;
  assert_true(homey_client_request(s.client, &put, ask_again, &s) > 0);
  assert_true(homey_client_login(s.client, ask_again, &s) > 0);
  assert_true(homey_client_subscribe(s.client, "homey:manager:devices", ask_again, &s) > 0);
  assert_true(homey_loop_timer(loop, 1000000, ask_again, &s) > 0);
  homey_loop_free(loop);
  assert_int_equal(s.told, 4);
  assert_int_equal(s.refused, 4 * 5);
}

/* ---- cancel and free at any time ---- */

typedef enum moment { CANCEL, FREE_CLIENT, FREE_LOOP } moment;

/* Turns the loop k times, then does it. Returns 1 when everything had ended before. */
static int interrupted_after(int k, moment what)
{
  homey_loop *loop = homey_loop_new();
  homey_client *c = client_of(loop, whole_chain());
  answers a = { 0 };
  int ids[4], i;

  ids[0] = homey_client_login(c, note, &a);
  ids[1] = homey_client_request(c, &put, note, &a);
  ids[2] = homey_client_request(c, &put, note, &a);
  ids[3] = homey_client_request(c, &hang, note, &a);
  for (i = 0; i < k && a.count < 3; i++)
    homey_loop_wait(loop, 2000);
  if (what == CANCEL)
    for (i = 0; i < 4; i++)
      homey_loop_cancel(loop, ids[i]);
  else if (what == FREE_CLIENT)
    homey_client_free(c);
  if (what != FREE_LOOP) {
    homey_loop_step(loop);
    assert_int_equal(a.count, 4);
  }
  homey_loop_free(loop);
  assert_int_equal(a.count, 4);
  assert_int_equal(a.other, 0);
  assert_true(a.cancelled >= 1); /* the one without an answer */
  for (i = 0; i < 4; i++)
    assert_int_equal(a.seen[ids[i]], 1);
  return a.good == 3;
}

static void at_every_moment(moment what)
{
  int before = descriptors(), k = 0;

  while (!interrupted_after(k, what) && k < 2000)
    k++;
  assert_in_range(k, 4, 1999); /* a slow machine handles more of them in one turn */
  assert_int_equal(descriptors(), before);
  print_message("%d moments\n", k);
}

static void everything_can_be_cancelled_at_any_time(void **state)
{
  (void)state;
  at_every_moment(CANCEL);
}

static void a_client_can_be_freed_at_any_time(void **state)
{
  (void)state;
  at_every_moment(FREE_CLIENT);
}

static void the_loop_can_be_freed_at_any_time(void **state)
{
  (void)state;
  at_every_moment(FREE_LOOP);
}

static void a_client_works_after_a_cancel_at_any_time(void **state)
{
  int k;

  (void)state;
  for (k = 0; k < 60; k += 3) {
    homey_loop *loop = homey_loop_new();
    homey_client *c = client_of(loop, whole_chain());
    answers a = { 0 }, b = { 0 };
    int i, id = homey_client_request(c, &put, note, &a);
    homey_loop_fd(loop);
    for (i = 0; i < k && a.count < 1; i++)
      homey_loop_wait(loop, 2000);
    homey_loop_cancel(loop, id);
    homey_client_request(c, &put, note, &b);
    host(loop, &b, 1);
    assert_int_equal(b.good, 1);
    assert_int_equal(a.count, 1);
    homey_loop_free(loop);
  }
}

static void an_ended_or_unknown_id_may_be_cancelled(void **state)
{
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  int id = homey_loop_timer(loop, 0, note, &a);

  (void)state;
  homey_loop_cancel(loop, 12345);
  homey_loop_cancel(loop, 0);
  homey_loop_cancel(loop, -1);
  homey_loop_wait(loop, 1000);
  homey_loop_cancel(loop, id);
  homey_loop_cancel(loop, id);
  homey_loop_step(loop);
  assert_int_equal(a.count, 1);
  assert_int_equal(a.good, 1);
  homey_loop_free(loop);
}

/* ---- callbacks that use the loop ---- */

typedef struct scene {
  homey_loop *loop;
  homey_client *client;
  answers a;
  int more, refused;
} scene;

static void free_client_in_reply(void *data, homey_reply *reply)
{
  scene *s = data;

  note(&s->a, reply);
  s->client = homey_client_free(s->client);
}

static void a_callback_may_free_its_client(void **state)
{
  scene s = { .loop = homey_loop_new() };
  int i;

  (void)state;
  s.client = client_of(s.loop, by_token());
  homey_loop_fd(s.loop);
  for (i = 0; i < 8; i++)
    homey_client_request(s.client, i % 2 ? &hang : &put, free_client_in_reply, &s);
  host(s.loop, &s.a, 8);
  assert_null(s.client);
  assert_true(s.a.good >= 1);
  assert_int_equal(s.a.good + s.a.cancelled, 8);
  homey_loop_free(s.loop);
}

static void cancel_others_in_reply(void *data, homey_reply *reply)
{
  scene *s = data;
  int id;

  note(&s->a, reply);
  for (id = 1; id < 20; id++)
    homey_loop_cancel(s->loop, id);
}

static void a_callback_may_cancel_others(void **state)
{
  scene s = { .loop = homey_loop_new() };
  int i;

  (void)state;
  s.client = client_of(s.loop, by_token());
  homey_loop_fd(s.loop);
  for (i = 0; i < 6; i++)
    homey_client_request(s.client, i % 2 ? &hang : &put, cancel_others_in_reply, &s);
  host(s.loop, &s.a, 6);
  homey_loop_free(s.loop);
  assert_int_equal(s.a.count, 6);
}

static void ask_more_in_reply(void *data, homey_reply *reply)
{
  scene *s = data;
  int id;

  note(&s->a, reply);
  if (s->more-- <= 0)
    return;
  id = s->client ? homey_client_request(s->client, &put, ask_more_in_reply, s)
                 : homey_loop_timer(s->loop, 0, ask_more_in_reply, s);
  s->refused += id < 0;
}

static void a_callback_may_ask_for_more(void **state)
{
  scene s = { .loop = homey_loop_new(), .more = 5 };

  (void)state;
  s.client = client_of(s.loop, by_token());
  homey_loop_fd(s.loop);
  homey_client_request(s.client, &put, ask_more_in_reply, &s);
  host(s.loop, &s.a, 6);
  assert_int_equal(s.a.good, 6);
  homey_loop_free(s.loop);
}

static void no_call_starts_while_the_loop_is_freed(void **state)
{
  scene s = { .loop = homey_loop_new(), .more = 1000 };

  (void)state;
  homey_loop_timer(s.loop, 5000, ask_more_in_reply, &s);
  homey_loop_free(s.loop);
  assert_int_equal(s.a.cancelled, 1);
  assert_int_equal(s.refused, 1);
}

/* ---- invalid arguments are refused at once ---- */

/* Numbers that overflow every sum. */
static void extreme_times_overflow_nothing(void **state)
{
  static const int64_t never[] = { INT64_MAX, INT64_MAX - 1, INT64_MAX / 2, 4000000000000000 };
  static const int64_t at_once[] = { INT64_MIN, INT64_MIN + 1, -1, 0 };
  static const long refused[] = { LONG_MAX, LONG_MIN, -1, 3600001 };
  homey_loop *loop = homey_loop_new();
  answers a = { 0 };
  homey_error error;
  size_t i;

  (void)state;
  assert_true(homey_loop_fd(loop) >= 0);
  for (i = 0; i < sizeof never / sizeof *never; i++)
    assert_true(homey_loop_timer(loop, never[i], note, &a) > 0);
  homey_loop_step(loop);
  assert_int_equal(homey_loop_timeout(loop), INT_MAX);
  for (i = 0; i < sizeof at_once / sizeof *at_once; i++)
    assert_true(homey_loop_timer(loop, at_once[i], note, &a) > 0);
  assert_int_equal(homey_loop_timeout(loop), 0);
  homey_loop_wait(loop, INT_MAX);
  assert_int_equal(a.good, 4);
  for (i = 0; i < sizeof refused / sizeof *refused; i++) {
    homey_options o = by_token();
    o.timeout_ms = refused[i];
    assert_null(homey_client_new(loop, &o, &error));
    assert_int_equal(error.kind, HOMEY_INVALID);
    o.timeout_ms = 0;
    o.stale_ms = refused[i] == 3600001 ? 86400001 : refused[i];
    assert_null(homey_client_new(loop, &o, &error));
    assert_int_equal(error.kind, HOMEY_INVALID);
  }
  homey_loop_cancel(loop, INT_MIN);
  homey_loop_cancel(loop, INT_MAX);
  homey_loop_free(loop);
  assert_int_equal(a.cancelled, 4);
}

static void a_bad_request_is_refused_at_once(void **state)
{
  static const struct {
    homey_request request;
    const char *flaw;
  } bad[] = {
    { { .method = NULL, .path = "/x" }, "the method" },
    { { .method = "", .path = "/x" }, "the method" },
    { { .method = "get", .path = "/x" }, "the method" },
    { { .method = "GET\r\nX: y", .path = "/x" }, "the method" },
    { { .method = "GET", .path = NULL }, "the path must begin" },
    { { .method = "GET", .path = "" }, "the path must begin" },
    { { .method = "GET", .path = "x" }, "the path must begin" },
    { { .method = "GET", .path = "//host/x" }, "the path must begin" },
    { { .method = "GET", .path = "/a b" }, "the path holds what must be percent-encoded" },
    { { .method = "GET", .path = "/\r\nX: y" }, "the path holds what must be percent-encoded" },
    { { .method = "GET", .path = "/\xc3\xb6" }, "the path holds what must be percent-encoded" },
    { { .method = "GET", .path = "/#x" }, "the path holds what must be percent-encoded" },
    { { .method = "GET", .path = "/x/../y" }, "the path must not contain" },
    { { .method = "GET", .path = "/x/./y" }, "the path must not contain" },
    { { .method = "GET", .path = "/x/.." }, "the path must not contain" },
    { { .method = "GET", .path = "/.?a=b" }, "the path must not contain" },
    { { .method = "GET", .path = "/x/%2E%2e/y" }, "the path must not contain" },
    { { .method = "GET", .path = "/x/.%2e/y" }, "the path must not contain" },
    { { .method = "GET", .path = "/x/..%2Fy" }, "the path must not contain" },
    { { .method = "GET", .path = "/x//y" }, "the path must not contain" },
    { { .method = "GET", .path = "/x//" }, "the path must not contain" },
    { { .method = "GET", .path = "/x", .timeout_ms = -1 }, "the timeout" },
    { { .method = "GET", .path = "/x", .timeout_ms = LONG_MIN }, "the timeout" },
    { { .method = "GET", .path = "/x", .timeout_ms = LONG_MAX }, "the timeout" },
    { { .method = "PUT", .path = "/x", .body = "{}", .length = SIZE_MAX }, "the length" },
    { { .method = "PUT", .path = "/x", .body = "{}", .length = SIZE_MAX - 20 }, "the length" },
    { { .method = "GET",
        .path = "/x",
        .operation = "a",
        .manager = "b",
        .args = "{}",
        .args_length = SIZE_MAX },
      "the length" },
    { { .method = "GET", .path = "/x", .operation = "getX" }, "an operation" }
  };
  static const char *const good[] = { "/",           "/x/",      "/x/...",       "/x/.y",
                                      "/x/y..",      "/x/a%2Fb", "/x?a=/../b//", "/x/%2e%2e%2e",
                                      "/.x/..y/%2ey" };
  homey_loop *loop = homey_loop_new();
  homey_client *c = client_of(loop, by_token());
  answers a = { 0 };
  size_t i;

  (void)state;
  assert_null(homey_request_flaw(&put));
  for (i = 0; i < sizeof good / sizeof *good; i++) {
    homey_request request = { .method = "GET", .path = good[i] };
    if (homey_request_flaw(&request))
      fail_msg("%s: %s", good[i], homey_request_flaw(&request));
  }
  for (i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(homey_client_request(c, &bad[i].request, note, &a), -HOMEY_INVALID);
    assert_non_null(strstr(homey_request_flaw(&bad[i].request), bad[i].flaw));
  }
  homey_loop_free(loop);
  assert_int_equal(a.count, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_descriptor_is_enough_to_drive_the_loop),
    cmocka_unit_test(a_new_request_makes_the_descriptor_readable),
    cmocka_unit_test(a_timer_makes_the_descriptor_readable),
    cmocka_unit_test(an_earlier_timer_wakes_the_loop_earlier),
    cmocka_unit_test(a_wait_ends_at_its_time),
    cmocka_unit_test(idle_homes_cost_a_socket_each_and_no_wake_up),
    cmocka_unit_test(callbacks_may_use_a_client_while_its_loop_is_freed),
    cmocka_unit_test(a_program_that_the_host_starts_inherits_no_connection),
    cmocka_unit_test(everything_can_be_cancelled_at_any_time),
    cmocka_unit_test(a_client_can_be_freed_at_any_time),
    cmocka_unit_test(the_loop_can_be_freed_at_any_time),
    cmocka_unit_test(a_client_works_after_a_cancel_at_any_time),
    cmocka_unit_test(an_ended_or_unknown_id_may_be_cancelled),
    cmocka_unit_test(a_callback_may_free_its_client),
    cmocka_unit_test(a_callback_may_cancel_others),
    cmocka_unit_test(a_callback_may_ask_for_more),
    cmocka_unit_test(no_call_starts_while_the_loop_is_freed),
    cmocka_unit_test(extreme_times_overflow_nothing),
    cmocka_unit_test(a_bad_request_is_refused_at_once),
  };
  int failures;

  cloud_slow = 1;
  cloud_start();
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  cloud_stop();
  return failures;
}
