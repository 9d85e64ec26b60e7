/*
 * Names that take long to be found: a lookup has a limit of its own, and the timeout begins with the connection.
 *
 * getaddrinfo() is ours here: "slow.example" is found on loopback after a while, "silent.example" only when
 * that is of no use any more.
 * Linked with libhomey.a and cmocka; the server is cloud.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>
#include <netdb.h>

#include "cloud.h"
#include "homey.h"

#define TIMEOUT_MS 700
#define LOOKUP_MS 1000
#define NAME_MS (5 * TIMEOUT_MS)
#define SILENT_MS (2 * NAME_MS)

HOMEY_API int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret_list)
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

/* How a request went to the server under this name, and what it took (ms). */
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

static void the_timeout_counts_from_the_connection_on(void **state)
{
  int64_t took;
  outcome o = ask("slow.example", "/hang", &took);

  (void)state;
  assert_int_equal(o.kind, HOMEY_TIMEOUT);
  assert_true(took >= LOOKUP_MS + TIMEOUT_MS);
}

static void a_name_server_that_never_answers_is_named(void **state)
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
  usleep(SILENT_MS * 1000); /* what the resolver's thread still holds is its own to give back */
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_slow_lookup_does_not_count),
    cmocka_unit_test(the_timeout_counts_from_the_connection_on),
    cmocka_unit_test(a_name_server_that_never_answers_is_named),
  };

  return cmocka_run_group_tests(tests, start, stop);
}
