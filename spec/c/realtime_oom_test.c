/*
 * Memory runs out at any one allocation of ours while a client opens its realtime connection, subscribes, calls and
 * hears an event: whoever was promised an answer gets one, and nothing leaks (seen under AddressSanitizer).
 *
 * Linked with libhomey.a, cmocka and the wrapped allocator (see oom.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "homey.h"
#include "internal.h"
#include "oom.h"

#define HUB "8f6b874c6de09028016dbcdd"

static char url[40];
static pid_t hub;

/* ---- a hub that says everything it might be asked for: what nobody waits for is passed over ---- */

static void frame(int fd, const char *text)
{
  unsigned char head[2] = { 0x81, (unsigned char)strlen(text) };

  if (write(fd, head, 2) < 0 || write(fd, text, strlen(text)) < 0)
    _exit(0);
}

static void upgrade(int fd, const char *request)
{
  const char *key = strstr(request, "Sec-WebSocket-Key: ") + 19;
  unsigned char digest[EVP_MAX_MD_SIZE], accept[64];
  char both[100], reply[200];
  unsigned int n;

  snprintf(both, sizeof both, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  EVP_Digest(both, strlen(both), digest, &n, EVP_sha1(), NULL);
  EVP_EncodeBlock(accept, digest, (int)n);
  snprintf(reply, sizeof reply,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
           (char *)accept);
  if (write(fd, reply, strlen(reply)) < 0)
    _exit(0);
  frame(fd, "0{\"pingInterval\":25000,\"pingTimeout\":5000}");
  frame(fd, "40");
  while (read(fd, both, sizeof both) > 0) {
    frame(fd, "430[null,{\"namespace\":\"/api\"}]");
    frame(fd, "40/api,");
    frame(fd, "42/api,[\"homey:device:1\",\"capability\",{\"value\":\"\\u00e9\"}]");
    frame(fd, "43/api,0[null]");
    frame(fd, "43/api,1[null,{\"way\":\"socket\"}]");
  }
}

static void serve(int fd)
{
  static const char pong[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Homey-ID: " HUB
                             "\r\nContent-Length: 4\r\n\r\ntrue";
  char request[4096];
  ssize_t n;

  while ((n = read(fd, request, sizeof request - 1)) > 0) {
    request[n] = '\0';
    if (strstr(request, "/socket.io/"))
      upgrade(fd, request);
    else if (write(fd, pong, sizeof pong - 1) < 0)
      _exit(0);
  }
  _exit(0);
}

static void start_hub(void)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0), nowhere = open("/dev/null", O_RDWR), fd;

  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 64) < 0 ||
      getsockname(listener, (struct sockaddr *)&at, &size) < 0)
    abort();
  snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(at.sin_port));
  hub = fork();
  setpgid(hub, hub);
  if (hub == 0) {
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    alarm(300); /* should we be killed */
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
      if (fork() == 0)
        serve(fd);
      close(fd);
    }
    _exit(0);
  }
  close(listener);
  close(nowhere);
}

/* ---- what is promised ---- */

typedef struct notes {
  int open, connected, over, events, answers, good, finals;
} notes;

static void note_connection(void *data, homey_reply *reply)
{
  notes *n = data;

  n->finals += !reply->more;
  n->connected += strstr(reply->body, "\"connected\"") != NULL;
  n->over += strstr(reply->body, "disconnected") || strstr(reply->body, "refused") || strstr(reply->body, "failed");
  homey_reply_free(reply);
}

static void note_event(void *data, homey_reply *reply)
{
  notes *n = data;

  n->finals += !reply->more;
  n->events += reply->more && !reply->err && strstr(reply->body, "capability");
  homey_reply_free(reply);
}

static void note_answer(void *data, homey_reply *reply)
{
  notes *n = data;

  n->answers++;
  n->good += !reply->err && strstr(reply->body, "socket") != NULL;
  homey_reply_free(reply);
}

static void run(notes *n)
{
  static const char args[] = "{}";
  homey_request request = { .method = "POST", .path = "/api/x", .operation = "x", .manager = "homey:manager:x" };
  homey_options options = { .address = url, .token = "pat", .timeout_ms = 5000 };
  homey_loop *loop = homey_loop_new();
  homey_client *c = loop ? homey_client_new(loop, &options, NULL) : NULL;
  int asked = 0;

  request.args = args;
  request.args_length = strlen(args);
  if (c && homey_subscribe(c, HOMEY_CONNECTION, note_connection, n) > 0)
    n->open++;
  if (c && homey_subscribe(c, "homey:device:1", note_event, n) > 0)
    n->open++;
  for (int turns = 0; n->open == 2 && turns < 300 && !n->over && (!asked || !n->answers || !n->events); turns++) {
    if (n->connected && !asked) {
      asked = homey_client_request(c, &request, note_answer, n);
      if (asked < 0)
        break;
    }
    homey_loop_wait(loop, 100);
  }
  homey_loop_free(loop);
  assert_int_equal(n->finals, n->open);
  assert_int_equal(n->answers, asked > 0);
}

static void a_connection_survives_every_failing_allocation(void **state)
{
  long nth;
  int failed = 1;

  (void)state;
  for (nth = 1; failed; nth++) {
    notes n = { 0 };
    oom_fail(nth);
    run(&n);
    failed = oom_happened();
    if (!failed) {
      assert_int_equal(n.good, 1);
      assert_true(n.events > 0);
    }
  }
  print_message("%ld allocations failed in turn\n", nth - 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(a_connection_survives_every_failing_allocation) };
  int failures;

  start_hub();
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  kill(-hub, SIGKILL);
  waitpid(hub, NULL, 0);
  return failures;
}
