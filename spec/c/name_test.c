/*
 * Names without an answer: the system's resolver may block for half a minute, which must delay
 * neither the loop nor a cancelled call.
 *
 * Linked with libhomey.a and cmocka. libcurl uses the resolver below in place of the system's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "homey.h"

#define THINKING_MS 5000

/* Gets names only: an IP needs no resolver. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **result)
{
  (void)name;
  (void)service;
  (void)hints;
  *result = NULL;
  usleep(THINKING_MS * 1000);
  return EAI_AGAIN;
}

static int64_t clock_ms(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void note(void *data, homey_reply *reply)
{
  homey_kind *kind = data;

  *kind = reply->err ? reply->err->kind : HOMEY_OK;
  homey_reply_free(reply);
}

/* A request with its own timeout, to a hub whose address is a name. */
static int ask(homey_loop *loop, homey_client **ret_client, long timeout_ms, homey_kind *kind)
{
  homey_options o = { .token = "pat", .address = "https://hub.example", .timeout_ms = timeout_ms };
  const homey_request get = { .method = "GET", .path = "/api/x" };

  *kind = HOMEY_MEMORY + 1;
  *ret_client = homey_client_new(loop, &o, NULL);
  assert_non_null(*ret_client);
  return homey_client_request(*ret_client, &get, note, kind);
}

static void a_lookup_without_an_answer_times_out(void **state)
{
  homey_loop *loop = homey_loop_new();
  int64_t began = clock_ms();
  homey_client *c;
  homey_kind kind;

  (void)state;
  assert_true(ask(loop, &c, 100, &kind) > 0);
  while (kind == HOMEY_MEMORY + 1 && clock_ms() - began < THINKING_MS)
    homey_loop_wait(loop, 1000);
  assert_int_equal(kind, HOMEY_OFFLINE);
  assert_true(clock_ms() - began < THINKING_MS - 500);
  homey_loop_free(loop);
  assert_true(clock_ms() - began < THINKING_MS - 500);
}

static void a_client_that_waits_for_a_name_can_be_freed_at_once(void **state)
{
  homey_loop *loop = homey_loop_new();
  int64_t began = clock_ms();
  homey_client *c;
  homey_kind kind;
  int i;

  (void)state;
  assert_true(ask(loop, &c, 5000, &kind) > 0);
  for (i = 0; i < 5; i++)
    homey_loop_wait(loop, 20);
  homey_client_free(c);
  homey_loop_step(loop);
  assert_int_equal(kind, HOMEY_CANCELLED);
  homey_loop_free(loop);
  assert_true(clock_ms() - began < THINKING_MS - 500);
}

/* The threads of the resolver free their own memory. */
static int let_them_end(void **state)
{
  (void)state;
  usleep((THINKING_MS + 500) * 1000);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_lookup_without_an_answer_times_out),
    cmocka_unit_test(a_client_that_waits_for_a_name_can_be_freed_at_once),
  };

  return cmocka_run_group_tests(tests, NULL, let_them_end);
}
