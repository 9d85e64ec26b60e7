/*
 * Lookups in libcurl's resolver thread, and descriptors that the kernel refuses to poll.
 *
 * This file replaces getaddrinfo(), which the thread calls, by one that knows one host. spec/world
 * has tests with real names.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "support/cloud.h"
#include "homey.h"

#define SEEN __attribute__((visibility("default")))

static int lookups, slow_us;
static int refused; /* epoll refuses sockets */

SEEN int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                     struct addrinfo **result)
{
  typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  look_up *real;

  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  if (name && !strcmp(name, "hub.example")) {
    lookups++;
    usleep((useconds_t)slow_us);
    name = "127.0.0.1";
  }
  return real(name, service, hints, result);
}

SEEN int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
  int type = 0;
  socklen_t size = sizeof type;

  if (refused && what != EPOLL_CTL_DEL && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0) {
    errno = ENOSPC;
    return -1;
  }
  return (int)syscall(SYS_epoll_ctl, epoll, what, fd, event);
}

typedef struct answer {
  int count, kind;
} answer;

static void note(void *data, homey_reply *reply)
{
  answer *a = data;

  a->count++;
  a->kind = reply->err ? (int)reply->err->kind : HOMEY_OK;
  homey_reply_free(reply);
}

static homey_client *by_name(homey_loop *loop, const char *host)
{
  char address[64];
  homey_options o = { .token = "pat", .address = address, .timeout_ms = 20000 };
  homey_error error;
  homey_client *c;

  snprintf(address, sizeof address, "http://%s%s", host, strrchr(cloud_url, ':'));
  c = homey_client_new(loop, &o, &error);
  if (!c)
    fail_msg("%s", error.message);
  return c;
}

static int ask(homey_loop *loop, homey_client *c)
{
  const homey_request get = { .method = "GET", .path = "/api/manager/devices/device" };
  answer a = { 0 };

  assert_true(homey_client_request(c, &get, note, &a) > 0);
  while (!a.count)
    homey_loop_wait(loop, -1);
  assert_int_equal(a.count, 1);
  return a.kind;
}

static void a_hub_is_reached_by_its_name(void **state)
{
  homey_loop *loop = homey_loop_new();

  (void)state;
  lookups = 0;
  assert_int_equal(ask(loop, by_name(loop, "hub.example")), HOMEY_OK);
  assert_true(lookups > 0);
  homey_loop_free(loop);
}

static void a_slow_lookup_delays_and_loses_nothing(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_client *c;

  (void)state;
  slow_us = 400000;
  c = by_name(loop, "hub.example");
  assert_int_equal(ask(loop, c), HOMEY_OK);
  assert_int_equal(ask(loop, c), HOMEY_OK);
  slow_us = 0;
  homey_loop_free(loop);
}

static void freed_clients_leave_descriptors_usable(void **state)
{
  homey_loop *loop = homey_loop_new();
  int i;

  (void)state;
  for (i = 0; i < 8; i++) { /* each reuses descriptors that the last resolver has closed */
    homey_client *c = by_name(loop, "hub.example");
    assert_int_equal(ask(loop, c), HOMEY_OK);
    assert_int_equal(ask(loop, c), HOMEY_OK);
    homey_client_free(c);
  }
  homey_loop_free(loop);
}

static void a_descriptor_that_cannot_be_polled_is_an_error_at_once(void **state)
{
  homey_loop *loop = homey_loop_new();
  homey_client *c = by_name(loop, "127.0.0.1");

  (void)state;
  refused = 1;
  assert_int_equal(ask(loop, c), HOMEY_MEMORY);
  refused = 0;
  assert_int_equal(ask(loop, c), HOMEY_OK);
  homey_loop_free(loop);
}

static int start(void **state)
{
  (void)state;
  unsetenv("http_proxy");
  cloud_start();
  return 0;
}

static int stop(void **state)
{
  (void)state;
  cloud_stop();
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_hub_is_reached_by_its_name),
    cmocka_unit_test(a_slow_lookup_delays_and_loses_nothing),
    cmocka_unit_test(freed_clients_leave_descriptors_usable),
    cmocka_unit_test(a_descriptor_that_cannot_be_polled_is_an_error_at_once),
  };

  return cmocka_run_group_tests(tests, start, stop);
}
