/*
 * Floods: a hub that sends without end, or does not read. Each step ends, other work continues, the
 * queue is bounded, and the connection is closed with an error. Also many calls at once, which are
 * written together.
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

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "homey.h"
#include "loop/loop.h"
#include "support/socket_hub.h"

/* ---- hubs ---- */

static void let_in(int fd)
{
  char bytes[1000];

  if (read(fd, bytes, sizeof bytes) <= 0)
    _exit(0);
  frame(fd, "430[null,{\"namespace\":\"/api\"}]");
  frame(fd, "40/api,");
}

/* Sends the same bytes repeatedly. */
static void pour(int fd, const void *bytes, size_t length)
{
  static char many[64 * 1024];
  size_t n = 0;

  for (; n + length <= sizeof many; n += length)
    memcpy(many + n, bytes, length);
  while (write(fd, many, n) == (ssize_t)n)
    ;
  _exit(0);
}

static void drain(int fd)
{
  char bytes[4096];

  if (fork() > 0)
    return;
  while (read(fd, bytes, sizeof bytes) > 0)
    ;
  _exit(0);
}

static void pour_engine_pings(int fd)
{
  let_in(fd);
  pour(fd,
       "\x81\x01"
       "2",
       3);
}

static void pour_pings(int fd)
{
  char ping[127] = "\x89\x7d";

  let_in(fd);
  pour(fd, ping, sizeof ping);
}

static void pour_empty_pings(int fd)
{
  let_in(fd);
  pour(fd, "\x89\x00", 2);
}

static void pour_questions(int fd)
{
  let_in(fd);
  pour(fd,
       "\x81\x0d"
       "42/api,7[\"x\"]",
       15);
}

static void pour_pings_and_read(int fd)
{
  let_in(fd);
  drain(fd);
  pour(fd,
       "\x81\x01"
       "2",
       3);
}

static void never_read(int fd)
{
  let_in(fd);
  pause();
}

/* Unmasks the frame at `bytes`, and appends the ack of the call in it to `acks`. Returns the length
 * of the frame; 0 when it is not whole. */
static size_t read_call(unsigned char *bytes, size_t length, char *acks)
{
  size_t i, n = length > 1 ? bytes[1] & 0x7F : 0, head = n == 126 ? 8 : n == 127 ? 14 : 6;
  char text[128] = "", id[16];

  if (length < head)
    return 0;
  for (i = 2, n = head > 6 ? 0 : n; i < head - 4; i++)
    n = n << 8 | bytes[i];
  if (length < head + n)
    return 0;
  for (i = 0; i < n && i < sizeof text - 1; i++)
    text[i] = (char)(bytes[head + i] ^ bytes[head - 4 + i % 4]);
  if (sscanf(text, "42/api,%15[0-9][\"api\"", id) == 1)
    sprintf(acks + strlen(acks), "\x81%c43/api,%s[null]", (int)(13 + strlen(id)), id);
  return head + n;
}

/* Reads calls, and answers those of one read in one write. */
static void answer_together(int fd)
{
  static unsigned char bytes[4 * 1024 * 1024];
  static char acks[4096];
  size_t length = 0, at, frame_length;
  ssize_t n;

  let_in(fd);
  while ((n = read(fd, bytes + length, sizeof bytes - length)) > 0) {
    length += (size_t)n;
    *acks = '\0';
    for (at = 0; (frame_length = read_call(bytes + at, length - at, acks)) > 0; at += frame_length)
      ;
    memmove(bytes, bytes + at, length -= at);
    if (*acks && write(fd, acks, strlen(acks)) < 0)
      _exit(0);
  }
}

/* ---- what the library writes ---- */

static int writes;

/* Replaces send() of the C library, which libcurl calls, to count the writes. */
__attribute__((visibility("default"))) ssize_t send(int fd, const void *bytes, size_t length,
                                                    int flags);
ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
  struct iovec piece = { (void *)(uintptr_t)bytes, length };
  struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

  writes++;
  return sendmsg(fd, &message, flags);
}

/* ---- tests ---- */

typedef struct notes {
  int connected, answers, good;
  char why[600];
} notes;

static void note_connection(void *data, homey_reply *reply)
{
  notes *n = data;

  n->connected += strstr(reply->body, "\"connected\"") != NULL;
  if (!*n->why && (strstr(reply->body, "disconnected") || strstr(reply->body, "refused")))
    snprintf(n->why, sizeof n->why, "%s", reply->body);
  homey_reply_free(reply);
}

static void note_answer(void *data, homey_reply *reply)
{
  ((notes *)data)->answers++;
  ((notes *)data)->good += !reply->err;
  homey_reply_free(reply);
}

static homey_loop *connect_to_hub(notes *n, homey_client **ret_client)
{
  homey_options options = { .address = url, .token = "pat", .timeout_ms = 60000 };
  homey_loop *loop = homey_loop_new();

  assert_non_null(loop);
  *ret_client = homey_client_new(loop, &options, NULL);
  assert_non_null(*ret_client);
  assert_true(homey_client_subscribe(*ret_client, HOMEY_CONNECTION, note_connection, n) > 0);
  return loop;
}

static void is_left(void (*talk)(int fd))
{
  notes n = { 0 };
  homey_client *client;
  homey_loop *loop;

  start_hub(talk);
  loop = connect_to_hub(&n, &client);
  alarm(100); /* ends a step that hangs */
  while (!*n.why)
    homey_loop_wait(loop, 100);
  alarm(0);
  assert_non_null(strstr(n.why, "does not read the replies to its messages"));
  homey_loop_free(loop);
  stop_hub();
}

static void a_flood_of_engine_pings_ends_the_connection(void **state)
{
  (void)state;
  is_left(pour_engine_pings);
}

static void a_flood_of_pings_ends_the_connection(void **state)
{
  (void)state;
  is_left(pour_pings);
}

static void a_flood_of_empty_pings_ends_the_connection(void **state)
{
  (void)state;
  is_left(pour_empty_pings);
}

static void a_flood_of_questions_ends_the_connection(void **state)
{
  (void)state;
  is_left(pour_questions);
}

/* When everything is read the connection stays, and other users of the loop are served. */
static void a_busy_hub_does_not_delay_others(void **state)
{
  notes n = { 0 }, others = { 0 };
  homey_client *client;
  homey_loop *loop;
  int i;

  (void)state;
  start_hub(pour_pings_and_read);
  loop = connect_to_hub(&n, &client);
  alarm(100);
  while (!n.connected)
    homey_loop_wait(loop, 100);
  for (i = 1; i <= 50; i++) {
    assert_true(homey_loop_timer(loop, 1, note_answer, &others) > 0);
    while (others.answers < i)
      homey_loop_wait(loop, 100);
  }
  alarm(0);
  homey_loop_free(loop);
  stop_hub();
}

/* Large calls that get no answer. */
static void a_hub_that_never_reads_ends_the_connection(void **state)
{
  static const size_t length = 8 * 1024 * 1024;
  homey_request request = {
    .method = "POST", .path = "/api/x", .operation = "x", .manager = "homey:manager:x"
  };
  char *args = malloc(length + 1);
  notes n = { 0 };
  homey_client *client;
  homey_loop *loop;
  int asked = 0;

  (void)state;
  assert_non_null(args);
  memset(args, ' ', length);
  args[0] = '{';
  args[length - 1] = '}';
  args[length] = '\0';
  request.args = args;
  request.args_length = length;
  request.timeout_ms = 1000; /* a busy machine sends 8 MiB slowly */
  start_hub(never_read);
  loop = connect_to_hub(&n, &client);
  alarm(100);
  while (!n.connected)
    homey_loop_wait(loop, 100);
  while (!*n.why && asked < 40) {
    assert_true(homey_client_request(client, &request, note_answer, &n) > 0);
    asked++;
    while (n.answers < asked && !*n.why)
      homey_loop_wait(loop, 100);
  }
  alarm(0);
  assert_non_null(strstr(n.why, "does not read what is sent"));
  assert_true(asked < 12);
  homey_loop_free(loop);
  assert_int_equal(n.answers, asked);
  free(args);
  stop_hub();
}

static void ask(homey_client *client, notes *n, int count, size_t length)
{
  homey_request request = {
    .method = "PUT", .path = "/api/x", .operation = "x", .manager = "homey:manager:x"
  };
  char *args = malloc(length + 1);

  assert_non_null(args);
  memset(args, ' ', length);
  args[0] = '{';
  args[length - 1] = '}';
  args[length] = '\0';
  request.args = args;
  request.args_length = length;
  while (count-- > 0)
    assert_true(homey_client_request(client, &request, note_answer, n) > 0);
  free(args);
}

static void many_calls_leave_and_return_together(void **state)
{
  static const int together[] = { 64, 128, 192, 200 };
  notes n = { 0 };
  homey_client *client;
  homey_loop *loop;
  int before, times = 0;

  (void)state;
  start_hub(answer_together);
  loop = connect_to_hub(&n, &client);
  alarm(100);
  while (!n.connected)
    homey_loop_wait(loop, 100);
  ask(client, &n, 200, 2);
  writes = 0;
  while (n.answers < 200) {
    before = n.answers;
    homey_loop_wait(loop, 100);
    if (n.answers > before)
      assert_int_equal(n.answers, together[times++]);
  }
  alarm(0);
  assert_int_equal(n.good, 200);
  assert_int_equal(writes, 4);
  homey_loop_free(loop);
  stop_hub();
}

/* In portions, since the queue does not take all at once. */
static void large_calls_wait_until_others_are_written(void **state)
{
  notes n = { 0 };
  homey_client *client;
  homey_loop *loop;

  (void)state;
  start_hub(answer_together);
  loop = connect_to_hub(&n, &client);
  alarm(100);
  while (!n.connected)
    homey_loop_wait(loop, 100);
  ask(client, &n, 50, (size_t)2 * 1024 * 1024);
  while (n.answers < 50 && !*n.why)
    homey_loop_wait(loop, 100);
  alarm(0);
  assert_string_equal(n.why, "");
  assert_int_equal(n.good, 50);
  homey_loop_free(loop);
  stop_hub();
}

/* ---- work that adds work ---- */

static struct {
  hy_work work;
  homey_loop *loop;
  int runs;
} restless;

static void go_on(hy_work *work)
{
  restless.runs++;
  hy_work_queue(restless.loop, work);
}

static void work_without_end_waits_for_the_next_step(void **state)
{
  struct pollfd fd = { .events = POLLIN };
  int before;

  (void)state;
  restless.loop = homey_loop_new();
  assert_non_null(restless.loop);
  fd.fd = homey_loop_fd(restless.loop);
  restless.work.run = go_on;
  hy_work_queue(restless.loop, &restless.work);
  alarm(100);
  for (int i = 0; i < 4; i++) {
    before = restless.runs;
    homey_loop_step(restless.loop);
    assert_true(restless.runs > before);
    assert_int_equal(homey_loop_timeout(restless.loop), 0);
    assert_int_equal(poll(&fd, 1, 60000), 1);
  }
  alarm(0);
  hy_work_drop(restless.loop, &restless.work);
  homey_loop_step(restless.loop);
  assert_int_equal(homey_loop_timeout(restless.loop), -1);
  assert_int_equal(poll(&fd, 1, 0), 0);
  homey_loop_free(restless.loop);
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(a_flood_of_engine_pings_ends_the_connection),
                                      cmocka_unit_test(a_flood_of_pings_ends_the_connection),
                                      cmocka_unit_test(a_flood_of_empty_pings_ends_the_connection),
                                      cmocka_unit_test(a_flood_of_questions_ends_the_connection),
                                      cmocka_unit_test(a_busy_hub_does_not_delay_others),
                                      cmocka_unit_test(a_hub_that_never_reads_ends_the_connection),
                                      cmocka_unit_test(many_calls_leave_and_return_together),
                                      cmocka_unit_test(large_calls_wait_until_others_are_written),
                                      cmocka_unit_test(work_without_end_waits_for_the_next_step) };

  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
