/*
 * Plain http is limited to private addresses: when a name resolves to a public one, neither a
 * request nor a websocket sends a byte.
 *
 * "public.example" resolves to 198.51.100.7, and connections to it reach a server of this test on
 * loopback. Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client/client.h"
#include "realtime/websocket.h"
#include "base/buf.h"

#define PUBLIC 0xC6336407 /* 198.51.100.7 */

static int listener;
static uint16_t port;
static int pretending; /* getpeername returns the public address */

HOMEY_API int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                          struct addrinfo **ret_list)
{
  struct {
    struct addrinfo info;
    struct sockaddr_in at;
  } *found = calloc(1, sizeof *found);

  (void)name;
  (void)hints;
  if (!found)
    return EAI_MEMORY;
  found->at.sin_family = AF_INET;
  found->at.sin_port = htons((uint16_t)(service ? atoi(service) : 0));
  found->at.sin_addr.s_addr = htonl(PUBLIC);
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

/* Declared under other names: the types of the C library may differ. */
HOMEY_API int lead_home(int fd, const struct sockaddr *address, socklen_t size) __asm__("connect");
HOMEY_API int name_peer(int fd, struct sockaddr *address, socklen_t *size) __asm__("getpeername");

int lead_home(int fd, const struct sockaddr *address, socklen_t size)
{
  struct sockaddr_in at;

  if (address->sa_family != AF_INET || size < sizeof at)
    return (int)syscall(SYS_connect, fd, address, size);
  memcpy(&at, address, sizeof at);
  if (ntohl(at.sin_addr.s_addr) == PUBLIC) {
    pretending = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
  }
  return (int)syscall(SYS_connect, fd, &at, sizeof at);
}

/* Some versions of libcurl ask the socket for the peer. */
int name_peer(int fd, struct sockaddr *address, socklen_t *size)
{
  int result = (int)syscall(SYS_getpeername, fd, address, size);

  if (result == 0 && address->sa_family == AF_INET && pretending)
    ((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(PUBLIC);
  return result;
}

static int start(void **state)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;

  (void)state;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 8) < 0 ||
      getsockname(listener, (struct sockaddr *)&at, &size) < 0)
    return -1;
  port = ntohs(at.sin_port);
  return 0;
}

static int stop(void **state)
{
  (void)state;
  return close(listener);
}

/* Counts the bytes of all waiting connections, and the connections in *ret_count. */
static size_t heard(int *ret_count)
{
  size_t bytes = 0;
  char room[4096];
  int fd;

  for (*ret_count = 0; (fd = accept(listener, NULL, NULL)) >= 0; ++*ret_count) {
    ssize_t n;
    while ((n = read(fd, room, sizeof room)) > 0)
      bytes += (size_t)n;
    close(fd);
  }
  return bytes;
}

typedef struct outcome {
  int done;
  homey_error error;
} outcome;

static void note(void *data, homey_reply *reply)
{
  outcome *o = data;

  o->done = 1;
  if (reply->err)
    o->error = *reply->err;
  homey_reply_free(reply);
}

static void a_request_is_not_sent(void **state)
{
  homey_options options = { .token = "pat",
                            .address = "http://public.example",
                            .timeout_ms = 5000 };
  homey_request request = { .method = "GET", .path = "/x" };
  homey_loop *loop = homey_loop_new();
  homey_client *c = homey_client_new(loop, &options, NULL);
  outcome o = { 0 };
  int count;

  (void)state;
  assert_true(homey_client_request(c, &request, note, &o) > 0);
  while (!o.done)
    homey_loop_wait(loop, 1000);
  homey_loop_free(loop);
  assert_int_equal(o.error.kind, HOMEY_INVALID);
  assert_string_equal(
      o.error.message,
      "http://public.example is plain http to an address outside the home network. Use https.");
  assert_int_equal(heard(&count), 0);
  assert_int_equal(count, 1);
}

static void opened(void *owner)
{
  (void)owner;
  fail_msg("a websocket was opened");
}

static void message(void *owner, hy_buf *text)
{
  (void)owner;
  (void)text;
}

static void closed(void *owner, const hy_websocket_end *end)
{
  outcome *o = owner;

  o->done = 1;
  if (end->error)
    o->error = *end->error;
}

static void a_websocket_is_not_opened(void **state)
{
  static const hy_websocket_owner owner = { opened, message, closed, NULL };
  char agent[] = "test";
  hy_settings settings = { .user_agent = agent, .max_reply = 1000 };
  hy_websocket_options options = { .settings = &settings,
                                   .base = "http://public.example",
                                   .path = "/",
                                   .timeout_ms = 5000,
                                   .direct = 1 };
  homey_loop *loop = homey_loop_new();
  outcome o = { 0 };
  hy_websocket *ws = hy_websocket_new(loop, &options, &owner, &o);
  int count;

  (void)state;
  assert_non_null(ws);
  while (!o.done)
    homey_loop_wait(loop, 1000);
  hy_websocket_free(ws);
  homey_loop_free(loop);
  assert_int_equal(o.error.kind, HOMEY_INVALID);
  assert_non_null(strstr(o.error.message, "is plain http to an address outside the home network"));
  assert_int_equal(heard(&count), 0);
  assert_int_equal(count, 1);
}

static void the_version_number_is_that_of_the_version(void **state)
{
  char version[32];

  (void)state;
  snprintf(version, sizeof version, "%d.%d.%d", HOMEY_VERSION_NUMBER >> 16,
           HOMEY_VERSION_NUMBER >> 8 & 0xFF, HOMEY_VERSION_NUMBER & 0xFF);
  assert_string_equal(HOMEY_VERSION, version);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_version_number_is_that_of_the_version),
    cmocka_unit_test(a_request_is_not_sent),
    cmocka_unit_test(a_websocket_is_not_opened),
  };

  return cmocka_run_group_tests(tests, start, stop);
}
