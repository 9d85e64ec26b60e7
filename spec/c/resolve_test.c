/*
 * Slow name lookups: a lookup has its own limit, and the timeout starts with the connection.
 *
 * This file replaces getaddrinfo(): "slow.example" resolves to loopback after a while,
 * "silent.example" after the limit. Linked with libhomey.a and cmocka; the server is cloud.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <netdb.h>

#include "support/cloud.h"
#include "homey.h"

#define TIMEOUT_MS 700
#define LOOKUP_MS 1000
#define NAME_MS (5 * TIMEOUT_MS)
#define SILENT_MS (2 * NAME_MS)

HOMEY_API int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                          struct addrinfo **ret_list)
{
  struct {
    struct addrinfo info;
    struct sockaddr_in at;
  } *found = calloc(1, sizeof *found);

  (void)hints;
  if (!found)
    return EAI_MEMORY;
  if (!strcmp(name, "slow.example"))
    usleep(LOOKUP_MS * 1000);
  if (!strcmp(name, "silent.example"))
    usleep(SILENT_MS * 1000);
  found->at.sin_family = AF_INET;
  found->at.sin_port = htons((uint16_t)(service ? atoi(service) : 0));
  found->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  found->info.ai_family = AF_INET;
  found->info.ai_socktype = SOCK_STREAM;
  found->info.ai_addrlen = sizeof found->at;
  found->info.ai_addr = (struct sockaddr *)&found->at;
  *ret_list = &found->info;
  return 0;
}

HOMEY_API void freeaddrinfo(struct addrinfo *list)
{
  free(list);
}

typedef struct outcome {
  int done;
  homey_kind kind;
  char message[sizeof((homey_error *)0)->message];
} outcome;

static void note(void *data, homey_reply *reply)
{
  outcome *o = data;

  o->done = 1;
  if (reply->err) {
    o->kind = reply->err->kind;
    memcpy(o->message, reply->err->message, sizeof o->message);
  }
  homey_reply_free(reply);
}

/* Sends a request to the server by this name. Returns the outcome and the duration in ms. */
static outcome ask(const char *name, const char *path, int64_t *ret_took)
{
  homey_request request = { .method = "GET", .path = path };
  homey_loop *loop = homey_loop_new();
  outcome o = { 0 };
  char url[80];
  homey_options options = { .token = "pat", .address = url, .timeout_ms = TIMEOUT_MS };
  homey_client *c;
  int64_t before = homey_loop_now(loop);

  snprintf(url, sizeof url, "http://%s%s", name, strrchr(cloud_url, ':'));
  c = homey_client_new(loop, &options, NULL);
  assert_non_null(c);
  assert_true(homey_client_request(c, &request, note, &o) > 0);
  while (!o.done)
    homey_loop_wait(loop, 1000);
  *ret_took = homey_loop_now(loop) - before;
  homey_loop_free(loop);
  return o;
}

static void a_slow_lookup_does_not_count(void **state)
{
  int64_t took;
  outcome o = ask("slow.example", "/x", &took);

  (void)state;
  if (o.kind)
    fail_msg("%s", o.message);
  assert_true(took >= LOOKUP_MS);
}

static void the_timeout_starts_with_the_connection(void **state)
{
  int64_t took;
  outcome o = ask("slow.example", "/hang", &took);

  (void)state;
  assert_int_equal(o.kind, HOMEY_TIMEOUT);
  assert_true(took >= LOOKUP_MS + TIMEOUT_MS);
}

static void a_silent_name_server_is_reported(void **state)
{
  int64_t took;
  outcome o = ask("silent.example", "/x", &took);

  (void)state;
  assert_int_equal(o.kind, HOMEY_OFFLINE);
  if (!strstr(o.message, "http://silent.example:") ||
      !strstr(o.message, "cannot be found by name (no name server has answered)"))
    fail_msg("%s", o.message);
  assert_true(took >= NAME_MS);
}

/* ---- a stored login, and no name server ---- */

static char stored[1200];

static void load(void *data, const char *account, homey_store_op *op)
{
  (void)data;
  (void)account;
  homey_store_op_answer(op, HOMEY_OK, stored, strlen(stored));
}

static void save(void *data, const char *account, const char *text, size_t length,
                 homey_store_op *op)
{
  (void)data;
  (void)account;
  (void)text;
  (void)length;
  homey_store_op_answer(op, HOMEY_OK, NULL, 0);
}

static void lock(void *data, const char *account, int take, homey_store_op *op)
{
  (void)data;
  (void)account;
  if (take)
    homey_store_op_answer(op, HOMEY_OK, NULL, 0);
}

/* Calls with that login, with these names for the hub and the cloud. Returns the outcome and the
 * duration in ms. */
static outcome call(const char *hub, const char *cloud, int64_t access_expires, int64_t *ret_took)
{
  const homey_request request = { .method = "GET", .path = "/x" };
  homey_store store = { load, save, lock, NULL };
  homey_options options = {
    .email = "a@b.c", .timeout_ms = TIMEOUT_MS, .plain_http = HOMEY_PLAIN_ALLOW, .store = &store
  };
  homey_loop *loop = homey_loop_new();
  homey_client *c;
  outcome o = { 0 };
  int64_t before = homey_loop_now(loop);
  char url[80];

  snprintf(stored, sizeof stored,
           "{\"version\":1,\"account\":\"a@b.c\",\"client_id\":\"id\",\"access_token\":\"access\","
           "\"refresh_token\":\"refresh\","
           "\"access_expires_at\":%lld,\"hub\":\"" CLOUD_HUB "\",\"hubs\":{\"" CLOUD_HUB
           "\":{\"urls\":{\"cloud\":\"http://%s%s\"}}},"
           "\"sessions\":{\"" CLOUD_HUB "\":{\"bearer\":\"bearer\"}}}",
           (long long)access_expires, hub, strrchr(cloud_url, ':'));
  snprintf(url, sizeof url, "http://%s%s", cloud, strrchr(cloud_url, ':'));
  options.accounts_url = options.api_url = url;
  c = homey_client_new(loop, &options, NULL);
  assert_non_null(c);
  assert_true(homey_client_request(c, &request, note, &o) > 0);
  while (!o.done)
    homey_loop_wait(loop, 1000);
  *ret_took = homey_loop_now(loop) - before;
  homey_loop_free(loop);
  return o;
}

/* The name of the hub is looked up, then that of the cloud, within the limit of one lookup. */
static void lookups_without_answers_share_one_limit(void **state)
{
  /* Of the access token, which is renewed first in the second case. */
  static const int64_t expiries[] = { 4000000000, 1 };
  int64_t took;

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    outcome o = call("silent.example", "silent.example", expiries[i], &took);
    assert_int_equal(o.kind, HOMEY_OFFLINE);
    assert_non_null(strstr(o.message, "http://silent.example:"));
    assert_true(took >= NAME_MS);
    if (took >= 2 * NAME_MS - 200)
      fail_msg("%lld ms", (long long)took);
  }
}

static int start(void **state)
{
  (void)state;
  cloud_start();
  return 0;
}

static int stop(void **state)
{
  (void)state;
  cloud_stop();
  usleep(SILENT_MS * 1000); /* lets the resolver's thread free its memory */
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_slow_lookup_does_not_count),
    cmocka_unit_test(the_timeout_starts_with_the_connection),
    cmocka_unit_test(a_silent_name_server_is_reported),
    cmocka_unit_test(lookups_without_answers_share_one_limit),
  };

  return cmocka_run_group_tests(tests, start, stop);
}
