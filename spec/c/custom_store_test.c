/*
 * Custom store in C: three functions over a variable, which answer at once or later.
 *
 * Linked with libhomey.a and cmocka; the server is cloud.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/cloud.h"
#include "homey.h"

typedef struct shelf {
  homey_loop *loop; /* when set, a timer answers later */
  char text[8192];
  int there, held, busy; /* busy: number of attempts that find the lock taken */
  int loads, saves, locks, unlocks, unlocked_saves;
  homey_store_op *op;
  homey_kind kind;
  int with_text;
} shelf;

static void answer_now(shelf *s)
{
  homey_store_op_answer(s->op, s->kind, s->with_text ? s->text : NULL,
                        s->with_text ? strlen(s->text) : 0);
}

static void later(void *data, homey_reply *reply)
{
  homey_reply_free(reply);
  answer_now(data);
}

static void answer(shelf *s, homey_store_op *op, homey_kind kind, int with_text)
{
  s->op = op;
  s->kind = kind;
  s->with_text = with_text;
  if (s->loop)
    assert_true(homey_loop_timer(s->loop, 2, later, s) > 0);
  else
    answer_now(s);
}

static void load(void *data, const char *account, homey_store_op *op)
{
  shelf *s = data;

  assert_string_equal(account, "a@b.c");
  s->loads++;
  answer(s, op, HOMEY_OK, s->there);
}

static void save(void *data, const char *account, const char *text, size_t length,
                 homey_store_op *op)
{
  shelf *s = data;

  assert_string_equal(account, "a@b.c");
  s->saves++;
  s->unlocked_saves += !s->held;
  s->there = text != NULL;
  if (text)
    memcpy(s->text, text, length + 1);
  answer(s, op, HOMEY_OK, 0);
}

static void lock(void *data, const char *account, int take, homey_store_op *op)
{
  shelf *s = data;

  assert_string_equal(account, "a@b.c");
  if (!take) {
    s->unlocks++;
    s->held = 0;
    return;
  }
  s->locks++;
  if (s->busy > 0) {
    s->busy--;
    answer(s, op, HOMEY_UNAVAILABLE, 0);
    return;
  }
  s->held = 1;
  answer(s, op, HOMEY_OK, 0);
}

static void count(void *data, homey_reply *reply)
{
  int *good = data;

  if (reply->err)
    print_message("%s\n", reply->err->message);
  *good += reply->err ? -100 : 1;
  homey_reply_free(reply);
}

/* Logs in with the stored text, and switches a device or logs out. */
static void use(shelf *s, homey_loop *loop, const char *password, int leave)
{
  const homey_request set = { .method = "PUT",
                              .path = "/api/manager/devices/device/d/capability/onoff",
                              .body = "{\"value\":true}",
                              .length = 14 };
  homey_store store = { load, save, lock, s };
  homey_options o = {
    .email = "a@b.c", .client_id = "id", .client_secret = "s", .redirect_uri = "http://localhost"
  };
  homey_client *c;
  int good = 0, turns = 0;

  o.password = password;
  o.accounts_url = o.api_url = cloud_url;
  o.store = &store;
  c = homey_client_new(loop, &o, NULL);
  assert_non_null(c);
  assert_true(homey_client_login(c, count, &good) > 0);
  assert_true(leave ? homey_client_logout(c, count, &good) > 0
                    : homey_client_request(c, &set, count, &good) > 0);
  while (good >= 0 && good < 2 && turns++ < 500)
    homey_loop_wait(loop, 1000);
  assert_int_equal(good, 2);
  homey_client_free(c);
}

static void keeps_a_login_and_finds_it_again(int async)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { 0 };

  s.loop = async ? loop : NULL;
  s.busy = 2;
  use(&s, loop, "sesame", 0);
  assert_true(s.there && s.saves >= 2);
  assert_non_null(strstr(s.text, "\"refresh_token\":"));
  assert_null(strstr(s.text, "sesame"));
  assert_int_equal(s.unlocked_saves, 0);
  assert_int_equal(s.busy, 0);
  assert_int_equal(s.locks - 2, s.unlocks);
  use(&s, loop, NULL, 0); /* no password: uses the stored login */
  use(&s, loop, NULL, 1);
  assert_false(s.there);
  assert_false(s.held);
  homey_loop_free(loop);
}

static void a_store_that_answers_at_once_keeps_the_login(void **state)
{
  (void)state;
  keeps_a_login_and_finds_it_again(0);
}

static void a_store_that_answers_later_keeps_the_login(void **state)
{
  (void)state;
  keeps_a_login_and_finds_it_again(1);
}

static void a_client_may_go_before_its_store_has_answered(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { 0 };
  homey_store store = { load, save, lock, &s };
  homey_options o = { .email = "a@b.c", .password = "secret" };
  homey_client *c;
  int good = 0;

  (void)state;
  s.loop = loop;
  o.accounts_url = o.api_url = cloud_url;
  o.store = &store;
  c = homey_client_new(loop, &o, NULL);
  assert_true(homey_client_login(c, count, &good) > 0);
  homey_loop_step(loop); /* the store answers in 2 ms */
  assert_int_equal(s.loads, 1);
  homey_client_free(c);
  while (good == 0)
    homey_loop_wait(loop, 100);
  assert_int_equal(good, -100);
  homey_loop_wait(loop, 50);
  homey_loop_wait(loop, 50);
  homey_loop_free(loop);
}

static void a_lock_that_comes_too_late_is_given_back(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { 0 };
  homey_store store = { load, save, lock, &s };
  homey_options o = { .email = "a@b.c", .password = "secret" };
  homey_client *c;
  int good = 0;

  (void)state;
  s.loop = loop;
  o.accounts_url = o.api_url = cloud_url;
  o.store = &store;
  c = homey_client_new(loop, &o, NULL);
  assert_true(homey_client_login(c, count, &good) > 0);
  while (s.locks == 0)
    homey_loop_wait(loop, 100);
  assert_true(s.held);
  homey_client_free(c); /* the store has the lock, and has not answered yet */
  assert_int_equal(s.unlocks, 1);
  assert_false(s.held);
  while (good == 0)
    homey_loop_wait(loop, 100);
  homey_loop_wait(loop, 50);
  homey_loop_wait(loop, 50);
  homey_loop_free(loop);
}

static void keep_error(void *data, homey_reply *reply)
{
  homey_error *error = data;

  assert_non_null(reply->err);
  *error = *reply->err;
  homey_reply_free(reply);
}

/* No server runs at the URLs, and no request is sent: the text is refused before. */
static void refuses(const char *text)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { .there = 1 };
  homey_store store = { load, save, lock, &s };
  homey_options o = { .email = "a@b.c",
                      .accounts_url = "http://127.0.0.1:1",
                      .api_url = "http://127.0.0.1:1" };
  homey_error error = { 0 };

  snprintf(s.text, sizeof s.text, "%s", text);
  o.store = &store;
  assert_true(homey_client_login(homey_client_new(loop, &o, NULL), keep_error, &error) > 0);
  while (!error.kind)
    homey_loop_wait(loop, 100);
  assert_int_equal(error.kind, HOMEY_INVALID);
  assert_string_equal(error.step, "store");
  assert_non_null(strstr(error.message, "damaged"));
  assert_string_equal(s.text, text);
  assert_int_equal(s.saves, 0);
  homey_loop_free(loop);
}

static void a_damaged_text_is_refused_and_kept(void **state)
{
  static const char *const texts[] = {
    "{\"version\":1,\"hub\":\"abc\",\"hubs\":[{\"id\":\"abc\"}]}",
    "{\"version\":1,\"hub\":\"abc\",\"hubs\":[1]}",
    "{\"version\":1,\"hubs\":[1,2]}",
    "{\"version\":1,\"hubs\":null}",
    "{\"version\":1,\"hubs\":{\"abc\":[]}}",
    "{\"version\":1,\"hubs\":{\"a b\":{}}}",
    "{\"version\":1,\"hub\":\"a b\"}",
    "{\"version\":1,\"sessions\":[{\"bearer\":\"b\"}]}",
    "{\"version\":1,\"sessions\":{\"abc\":null}}"
  };

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    refuses(texts[i]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_store_that_answers_at_once_keeps_the_login),
    cmocka_unit_test(a_store_that_answers_later_keeps_the_login),
    cmocka_unit_test(a_client_may_go_before_its_store_has_answered),
    cmocka_unit_test(a_lock_that_comes_too_late_is_given_back),
    cmocka_unit_test(a_damaged_text_is_refused_and_kept),
  };
  int failures;

  cloud_start();
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  cloud_stop();
  return failures;
}
