/*
 * Failing allocations in a login: each allocation fails once while a client logs in through the
 * whole chain, switches a device and loses its bearer. Every call is answered, nothing leaks (under
 * AddressSanitizer), and the stored login stays valid.
 *
 * Linked with libhomey.a, cmocka and the wrapped allocator (see oom.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/cloud.h"
#include "homey.h"
#include "support/oom.h"

typedef struct answers {
  int count, good, memory, other;
  char message[512];
} answers;

static char folder[] = "/tmp/homey-oom-XXXXXX";
static int stays;      /* homey_client_stay is called */
static int asks_cloud; /* it asks the cloud first, before there is a login */

static void note(void *data, homey_reply *reply)
{
  answers *a = data;

  a->count++;
  a->good += reply->err == NULL;
  a->memory += reply->err && reply->err->kind == HOMEY_MEMORY;
  if (reply->err && reply->err->kind != HOMEY_MEMORY) {
    a->other++;
    memcpy(a->message, reply->err->message, sizeof a->message);
  }
  homey_reply_free(reply);
}

/* One run. Returns the number of accepted calls. */
static int run(const homey_options *options, answers *a)
{
  static const homey_request set = { .method = "PUT",
                                     .path = "/api/manager/devices/device/d/capability/onoff",
                                     .body = "{\"value\":true}",
                                     .length = 14 };
  static const homey_request user = { .method = "GET",
                                      .path = "/user/me",
                                      .server = HOMEY_TO_CLOUD };
  homey_loop *loop = homey_loop_new();
  homey_client *c = loop ? homey_client_new(loop, options, NULL) : NULL;
  int asked = 0, turns = 0;

  if (c) {
    homey_client_stay(c, stays);
    if (asks_cloud)
      asked += homey_client_request(c, &user, note, a) > 0;
    asked += homey_client_login(c, note, a) > 0;
    asked += homey_client_request(c, &set, note, a) > 0;
    asked += homey_loop_timer(loop, 1, note, a) > 0;
  }
  while (c && a->count < asked && turns++ < 2000)
    homey_loop_wait(loop, 1000);
  assert_true(!c || a->count == asked);
  homey_loop_free(loop);
  return asked;
}

static homey_options options_of(const char *state_dir)
{
  homey_options o = {
    .email = "a@b.c", .password = "secret", .client_id = "id", .client_secret = "s"
  };

  o.redirect_uri = "http://localhost";
  o.accounts_url = o.api_url = cloud_url;
  o.state_dir = state_dir;
  o.timeout_ms = 5000;
  return o;
}

static void clean(const char *state_dir)
{
  char command[200];

  snprintf(command, sizeof command, "rm -rf '%s'", state_dir);
  assert_int_equal(system(command), 0);
}

static void survives(int stored)
{
  char state_dir[100];
  homey_options o;
  long nth;
  int failed = 1;

  snprintf(state_dir, sizeof state_dir, "%s/state", folder);
  o = options_of(state_dir);
  for (nth = 1; failed; nth++) {
    answers a = { 0 };
    if (!stored)
      clean(state_dir);
    oom_fail(nth);
    run(&o, &a);
    failed = oom_happened();
    if (a.other)
      fail_msg("allocation %ld: %s", nth, a.message);
    if (!failed)
      assert_int_equal(a.good, 3 + asks_cloud);
    if (failed) { /* the stored login still works */
      answers again = { 0 };
      run(&o, &again);
      assert_int_equal(again.good, 3 + asks_cloud);
    }
  }
  print_message("%ld allocations failed in turn\n", nth - 2);
}

static void a_login_survives_every_failing_allocation(void **state)
{
  (void)state;
  survives(0);
}

static void a_stored_login_survives_every_failing_allocation(void **state)
{
  (void)state;
  survives(1);
}

/* The folder cannot be created, so the login is kept in memory only. */
static void a_login_that_cannot_be_saved_survives_every_failing_allocation(void **state)
{
  homey_options o = options_of("/sys/homey/state");
  long nth;
  int failed = 1;

  (void)state;
  stays = 1;
  for (nth = 1; failed; nth++) {
    answers a = { 0 };
    oom_fail(nth);
    run(&o, &a);
    failed = oom_happened();
    if (a.other)
      fail_msg("allocation %ld: %s", nth, a.message);
    if (!failed)
      assert_int_equal(a.good, 3 + asks_cloud);
  }
  stays = 0;
}

static void a_request_to_the_cloud_survives_every_failing_allocation(void **state)
{
  (void)state;
  asks_cloud = 1;
  survives(0);
  asks_cloud = 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_login_survives_every_failing_allocation),
    cmocka_unit_test(a_stored_login_survives_every_failing_allocation),
    cmocka_unit_test(a_login_that_cannot_be_saved_survives_every_failing_allocation),
    cmocka_unit_test(a_request_to_the_cloud_survives_every_failing_allocation),
  };
  int failures;

  cloud_start();
  if (!mkdtemp(folder))
    return 1;
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  clean(folder);
  cloud_stop();
  return failures;
}
