/*
 * Fuzz target of a client in fake time: for any answers of servers, websocket messages and stored
 * texts, every id is answered once, no wait and no step is endless, and no password or token is in
 * a trace line or an error.
 *
 * This file replaces libcurl's transfers, the poller, the clocks and the random numbers. The input
 * is a list of records that end with a byte 0xFF. The first byte of the first record chooses the
 * login, and its rest is the stored text. The first byte of each other record is an event:
 *
 *   H  the oldest request is answered: "H200j", the status and j, h or t for JSON, HTML or text;
 *      header lines may follow up to an empty line if the next byte is a line end; the rest is the
 *      body
 *   E  it fails, by the libcurl code that the next byte is
 *   W  the websocket connects, and its upgrade is accepted. V: it connects, and gets the rest for
 *      an answer
 *   F  the websocket gets the rest as a text message. B: as bytes. X: its line breaks
 *   T  time passes: so many milliseconds, as a decimal number
 *   r  a request; R  the same as an operation; s  a subscription to the rest; u  one id is
 *      cancelled; l  a login; o  a logout; c  the client is freed, and there is a new one;
 *      S  store operations that wait are answered, by a failure where a byte follows
 */
#include <curl/curl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int fake_clock(clockid_t which, struct timespec *t);
#define clock_gettime fake_clock
#include "loop/run_queue.c" /* NOLINT(bugprone-suspicious-include): the clock in it is ours */
#undef clock_gettime

#include "homey.h"
#include "base/buf.h"
#include "base/random.h"
#include "base/text.h"

/* libcurl's header may define these as macros that check types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_share_setopt

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition, __LINE__))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, int line)
{
  fprintf(stderr, "not so, in line %d: %s\n", line, what);
  abort();
}

/* ---- clocks and random numbers ---- */

static int64_t now_ms;

static int fake_clock(clockid_t which, struct timespec *t)
{
  (void)which;
  t->tv_sec = (time_t)(now_ms / 1000);
  t->tv_nsec = (long)(now_ms % 1000) * 1000000L;
  return 0;
}

time_t time(time_t *t)
{
  time_t seconds = (time_t)(1700000000 + now_ms / 1000);

  if (t)
    *t = seconds;
  return seconds;
}

/* The key in the example of RFC 6455. */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

int hy_random(void *bytes, size_t length)
{
  static const char nonce[] = "the sample nonce";

  for (size_t i = 0; i < length; i++)
    ((char *)bytes)[i] = nonce[i % 16];
  return 0;
}

int hy_random_take(hy_random_stock *stock, void *bytes, size_t length)
{
  (void)stock;
  return hy_random(bytes, length);
}

/* ---- libcurl: handles that follow the input ---- */

typedef struct easy {
  void *owner, *write_data, *header_data, *prereq_data;
  curl_write_callback on_body, on_header;
  curl_prereq_callback on_connected;
  char *url;
  long connect_only, status, retry_after;
  int joined, over, sent;
  CURLcode result;
  struct easy *next; /* in its multi, in the order of addition */
  const char *in;    /* bytes for the websocket */
  size_t in_length;
  int eof;
} easy;

typedef struct multi {
  easy *first;
  CURLMsg message;
} multi;

#define SOCKET 40 /* the descriptor of the only websocket */

static multi *the_multi;
static int watched; /* watched events of that socket */
static char *ws_bytes;
static size_t ws_length;

CURLcode curl_global_init(long flags)
{
  (void)flags;
  return CURLE_OK;
}

void curl_global_cleanup(void)
{
}

CURL *curl_easy_init(void)
{
  return calloc(1, sizeof(easy));
}

void curl_easy_reset(CURL *handle)
{
  easy *e = handle;

  free(e->url);
  memset(e, 0, sizeof *e);
}

void curl_easy_cleanup(CURL *handle)
{
  easy *e = handle;

  if (!e)
    return;
  CHECK(!e->joined);
  free(e->url);
  free(e);
}

CURLcode curl_easy_setopt(CURL *handle, CURLoption option, ...)
{
  easy *e = handle;
  va_list args;

  va_start(args, option);
  switch (option) {
  case CURLOPT_PRIVATE: e->owner = va_arg(args, void *); break;
  case CURLOPT_WRITEFUNCTION: e->on_body = va_arg(args, curl_write_callback); break;
  case CURLOPT_WRITEDATA: e->write_data = va_arg(args, void *); break;
  case CURLOPT_HEADERFUNCTION: e->on_header = va_arg(args, curl_write_callback); break;
  case CURLOPT_HEADERDATA: e->header_data = va_arg(args, void *); break;
  case CURLOPT_PREREQFUNCTION: e->on_connected = va_arg(args, curl_prereq_callback); break;
  case CURLOPT_PREREQDATA: e->prereq_data = va_arg(args, void *); break;
  case CURLOPT_CONNECT_ONLY: e->connect_only = va_arg(args, long); break;
  case CURLOPT_URL:
    free(e->url);
    e->url = strdup(va_arg(args, char *));
    break;
  default: break;
  }
  va_end(args);
  return CURLE_OK;
}

static const char *ip_of(const easy *e)
{
  return e->url && strstr(e->url, "far") ? "203.0.113.9" : "192.168.1.20";
}

CURLcode curl_easy_getinfo(CURL *handle, CURLINFO info, ...)
{
  const easy *e = handle;
  va_list args;
  void *out;

  va_start(args, info);
  out = va_arg(args, void *);
  va_end(args);
  switch ((int)info & CURLINFO_TYPEMASK) {
  case CURLINFO_STRING:
    *(const char **)out = info == CURLINFO_PRIMARY_IP ? ip_of(e) : e->url;
    break;
  case CURLINFO_LONG: *(long *)out = 0; break;
  case CURLINFO_OFF_T:
    *(curl_off_t *)out = info == CURLINFO_RETRY_AFTER ? e->retry_after : 0;
    break;
  case CURLINFO_SOCKET: *(curl_socket_t *)out = SOCKET; break;
  default: break;
  }
  if (info == CURLINFO_PRIVATE)
    *(void **)out = e->owner;
  else if (info == CURLINFO_RESPONSE_CODE)
    *(long *)out = e->status;
  else if (info == CURLINFO_REQUEST_SIZE)
    *(long *)out = e->sent;
  return CURLE_OK;
}

CURLM *curl_multi_init(void)
{
  return the_multi = calloc(1, sizeof(multi));
}

CURLMcode curl_multi_cleanup(CURLM *handle)
{
  CHECK(!((multi *)handle)->first);
  free(handle);
  the_multi = NULL;
  return CURLM_OK;
}

CURLMcode curl_multi_setopt(CURLM *handle, CURLMoption option, ...)
{
  (void)handle;
  (void)option;
  return CURLM_OK;
}

CURLMcode curl_multi_assign(CURLM *handle, curl_socket_t fd, void *data)
{
  (void)handle;
  (void)fd;
  (void)data;
  return CURLM_OK;
}

CURLMcode curl_multi_socket_action(CURLM *handle, curl_socket_t fd, int mask, int *running)
{
  (void)handle;
  (void)fd;
  (void)mask;
  *running = 0;
  return CURLM_OK;
}

CURLMcode curl_multi_add_handle(CURLM *handle, CURL *added)
{
  easy *e = added, **at = &((multi *)handle)->first;

  CHECK(!e->joined && e->url);
  e->joined = 1;
  e->over = e->sent = 0;
  e->status = e->retry_after = 0;
  e->next = NULL;
  while (*at)
    at = &(*at)->next;
  *at = e;
  return CURLM_OK;
}

CURLMcode curl_multi_remove_handle(CURLM *handle, CURL *removed)
{
  easy *e = removed, **at = &((multi *)handle)->first;

  if (!e->joined)
    return CURLM_OK;
  e->joined = 0;
  while (*at != e)
    at = &(*at)->next;
  *at = e->next;
  return CURLM_OK;
}

CURLMsg *curl_multi_info_read(CURLM *handle, int *left)
{
  multi *m = handle;
  easy *e = m->first;

  *left = 0;
  while (e && e->over != 1)
    e = e->next;
  if (!e)
    return NULL;
  e->over = 2;
  m->message = (CURLMsg){ .msg = CURLMSG_DONE, .easy_handle = e };
  m->message.data.result = e->result;
  return &m->message;
}

CURLSH *curl_share_init(void)
{
  return malloc(1);
}

CURLSHcode curl_share_setopt(CURLSH *share, CURLSHoption option, ...)
{
  (void)share;
  (void)option;
  return CURLSHE_OK;
}

CURLSHcode curl_share_cleanup(CURLSH *share)
{
  free(share);
  return CURLSHE_OK;
}

CURLcode curl_easy_recv(CURL *handle, void *bytes, size_t size, size_t *n)
{
  easy *e = handle;

  *n = ws_length < size ? ws_length : size;
  if (*n == 0)
    return e->eof ? CURLE_OK : CURLE_AGAIN;
  memcpy(bytes, ws_bytes, *n);
  memmove(ws_bytes, ws_bytes + *n, ws_length - *n);
  ws_length -= *n;
  return CURLE_OK;
}

CURLcode curl_easy_send(CURL *handle, const void *bytes, size_t size, size_t *n)
{
  (void)handle;
  (void)bytes;
  *n = size;
  return CURLE_OK;
}

/* ---- the poller: one socket, and time that passes when nothing is ready ---- */

int hy_poller_open(hy_poller *poller)
{
  poller->fd = 3;
  poller->alarm = -1;
  return 0;
}

void hy_poller_close(hy_poller *poller)
{
  poller->fd = -1;
}

int hy_poller_watch(hy_poller *poller, int fd, int before, int events)
{
  (void)poller;
  (void)before;
  CHECK(fd == SOCKET);
  watched = events;
  return 0;
}

int hy_poller_alarm(hy_poller *poller, int64_t ms)
{
  (void)poller;
  (void)ms;
  return 0;
}

static easy *websocket(int over)
{
  easy *e = the_multi ? the_multi->first : NULL;

  while (e && (!e->connect_only || e->over != over))
    e = e->next;
  return e;
}

int hy_poller_wait(hy_poller *poller, hy_ready *ready, int most, int ms)
{
  const easy *ws = websocket(2);
  int events = ws && (ws_length > 0 || ws->eof) ? HY_READ | HY_WRITE : HY_WRITE;

  (void)poller;
  if (ms > 0)
    now_ms += ms;
  if (most == 0 || !(watched & events))
    return 0;
  *ready = (hy_ready){ SOCKET, watched & events };
  return 1;
}

/* ---- checks ---- */

#define IDS 64
#define PASSWORD "correct horse battery"
#define TOKEN "pat0123456789abcdefSECRET"
#define REFRESH "refresh0123456789SECRET"
#define CLIENT_SECRET "clientsecret0123456789"

static const char *secrets[2]; /* of this client */

static struct {
  int id, lasting, answers;
} asked[IDS];
static int count, open_calls;

static void keeps_silent(const char *text)
{
  CHECK(!secrets[0] || !strstr(text, secrets[0]));
  CHECK(!secrets[1] || !strstr(text, secrets[1]));
}

static void on_reply(void *data, homey_reply *reply)
{
  int i = 0;

  (void)data;
  while (i < count && asked[i].id != reply->id)
    i++;
  CHECK(i < count);
  CHECK(reply->body && reply->body[reply->length] == '\0');
  if (reply->err) {
    CHECK(reply->err->kind > HOMEY_OK && reply->err->kind <= HOMEY_MEMORY);
    CHECK(*reply->err->message && hy_is_utf8(reply->err->message, strlen(reply->err->message)));
    keeps_silent(reply->err->message);
  }
  if (reply->more) {
    CHECK(asked[i].lasting && !asked[i].answers);
  } else {
    CHECK(++asked[i].answers == 1);
    open_calls -= !asked[i].lasting;
  }
  homey_reply_free(reply);
}

static void on_trace(void *data, const char *line)
{
  (void)data;
  keeps_silent(line);
}

static void remember(int id, int lasting)
{
  if (id < 0)
    return;
  asked[count].id = id;
  asked[count].lasting = lasting;
  asked[count++].answers = 0;
  open_calls += !lasting;
}

/* ---- the store ---- */

#define OPS 16

static hy_buf kept; /* the stored text */
static homey_store_op *ops[OPS];
static int op_verbs[OPS], op_count, slow_store;

static void answer_op(homey_store_op *op, int verb, homey_kind kind)
{
  int has = verb == 'l' && kind == HOMEY_OK && kept.length > 0;

  homey_store_op_answer(op, kind, has ? kept.data : NULL, has ? kept.length : 0);
}

static void answer_ops(homey_kind kind)
{
  while (op_count > 0) {
    op_count--;
    answer_op(ops[op_count], op_verbs[op_count], kind);
  }
}

static void take_op(homey_store_op *op, int verb)
{
  if (!slow_store || op_count == OPS) {
    answer_op(op, verb, HOMEY_OK);
    return;
  }
  op_verbs[op_count] = verb;
  ops[op_count++] = op;
}

static void on_load(void *data, const char *account, homey_store_op *op)
{
  (void)data;
  (void)account;
  take_op(op, 'l');
}

static void on_save(void *data, const char *account, const char *text, size_t length,
                    homey_store_op *op)
{
  (void)data;
  (void)account;
  hy_buf_clear(&kept);
  if (text)
    hy_buf_add(&kept, text, length);
  take_op(op, 's');
}

static void on_lock(void *data, const char *account, int take, homey_store_op *op)
{
  (void)data;
  (void)account;
  if (take)
    take_op(op, 'k');
}

/* ---- events ---- */

typedef struct record {
  const char *at; /* ends with NUL */
  size_t length;
} record;

static homey_loop *loop;
static homey_client *client;

static void step(void)
{
  for (int i = 0; i < 3; i++)
    homey_loop_wait(loop, 0);
}

static homey_client *new_client(char way)
{
  static const homey_store store = { on_load, on_save, on_lock, NULL };
  homey_options o = { .timeout_ms = 5000, .trace = on_trace, .store = &store };
  homey_client *c;

  switch (way) {
  case 't':
    o.token = TOKEN;
    o.address = "http://192.168.1.20";
    break;
  case 'u':
    o.username = "me";
    o.password = PASSWORD;
    o.address = "https://192-168-1-20.homey.homeylocal.com";
    break;
  case 'r': o.refresh_token = REFRESH; break;
  case 's': o.email = "me@example.com"; break;
  case 'g': o.password_grant = 1; /* fall through */
  default:
    o.email = "me@example.com";
    o.password = PASSWORD;
    o.client_id = "client";
    o.client_secret = CLIENT_SECRET;
    break;
  }
  secrets[0] = o.password ? o.password : o.token ? o.token : o.refresh_token;
  secrets[1] = o.client_secret;
  c = homey_client_new(loop, &o, NULL);
  CHECK(c != NULL);
  return c;
}

static easy *oldest(void)
{
  easy *e = the_multi->first;

  while (e && (e->over || e->connect_only))
    e = e->next;
  return e;
}

static void finish(easy *e, CURLcode result)
{
  e->over = 1;
  e->result = result;
}

static int head_line(easy *e, const char *line, size_t length)
{
  return e->on_header((char *)line, 1, length, e->header_data) == length;
}

static int head_text(easy *e, const char *line)
{
  return head_line(e, line, strlen(line));
}

/* Sends header lines up to an empty one. Returns the rest, or NULL when a line was refused. */
static const char *more_lines(easy *e, const char *at, const char *end)
{
  while (at < end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = stop ? (size_t)(stop - at) + 1 : (size_t)(end - at);
    if (length <= 1)
      return at + length;
    if (!head_line(e, at, length))
      return NULL;
    if (length > 12 && !memcmp(at, "Retry-After:", 12))
      e->retry_after = labs(strtol(at + 12, NULL, 10));
    at += length;
  }
  return at;
}

static void respond(easy *e, record r)
{
  char line[120];
  const char *at = r.at + (r.length < 5 ? r.length : 5), *end = r.at + r.length;
  const char *kind = r.length < 5     ? "json"
                     : r.at[4] == 'h' ? "html"
                     : r.at[4] == 't' ? "plain"
                                      : "json";
  int good;

  if (e->on_connected(e->prereq_data, (char *)ip_of(e), "127.0.0.1", 443, 5) !=
      CURL_PREREQFUNC_OK) {
    finish(e, CURLE_ABORTED_BY_CALLBACK);
    return;
  }
  e->sent = 100;
  e->status = r.length >= 4 ? strtol(r.at + 1, NULL, 10) % 1000 : 200;
  e->status = e->status < 100 ? 200 : e->status;
  snprintf(line, sizeof line, "HTTP/1.1 %ld X\r\n", e->status);
  good = head_text(e, line);
  snprintf(line, sizeof line, "Content-Type: text/%s\r\n", kind);
  good = good && head_text(e, line) && head_text(e, "X-Homey-ID: 4c8e1f7a90b25d36e8f10c47\r\n");
  if (good && at < end && *at == '\n')
    good = (at = more_lines(e, at + 1, end)) != NULL;
  good = good && head_text(e, "\r\n");
  if (good && at < end)
    good = e->on_body((char *)at, 1, (size_t)(end - at), e->write_data) == (size_t)(end - at);
  finish(e, good ? CURLE_OK : CURLE_WRITE_ERROR);
}

static void say(const void *bytes, size_t length)
{
  ws_bytes = realloc(ws_bytes, ws_length + length + 1);
  CHECK(ws_bytes != NULL);
  if (length > 0)
    memcpy(ws_bytes + ws_length, bytes, length);
  ws_length += length;
}

static void say_frame(const char *text, size_t length)
{
  unsigned char head[4] = { 0x81, (unsigned char)length, 0, 0 };

  if (length >= 126) {
    head[1] = 126;
    head[2] = (unsigned char)(length >> 8 & 255);
    head[3] = (unsigned char)(length & 255);
  }
  say(head, length < 126 ? 2 : 4);
  say(text, length);
}

static void connect_websocket(record r)
{
  static const char yes[] =
      "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT
      "\r\n\r\n";
  easy *e = websocket(0);

  if (!e)
    return;
  ws_length = 0;
  finish(e, CURLE_OK);
  step();
  if (*r.at == 'W')
    say(yes, sizeof yes - 1);
  else
    say(r.at + 1, r.length - 1);
}

static void ask(int as_operation)
{
  homey_request request = { .method = as_operation ? "PUT" : "GET",
                            .path = "/api/x",
                            .body = as_operation ? "{}" : NULL };

  request.length = as_operation ? 2 : 0;
  request.operation = as_operation ? "x" : NULL;
  request.manager = as_operation ? "homey:manager:x" : NULL;
  request.args = as_operation ? "{}" : NULL;
  request.args_length = request.length;
  remember(homey_client_request(client, &request, on_reply, NULL), 0);
}

static void act(record r, char way)
{
  easy *e;
  char command = r.length ? *r.at : 0;

  if (count == IDS && strchr("rRslo", command))
    return;
  switch (command) {
  case 'H':
    if ((e = oldest()))
      respond(e, r);
    break;
  case 'E':
    if ((e = oldest()))
      finish(e, r.length > 1 && r.at[1] > 0 && r.at[1] < 97 ? (CURLcode)r.at[1]
                                                            : CURLE_COULDNT_CONNECT);
    break;
  case 'W':
  case 'V': connect_websocket(r); break;
  case 'F': say_frame(r.at + 1, r.length - 1 < 65535 ? r.length - 1 : 65535); break;
  case 'B': say(r.at + 1, r.length - 1); break;
  case 'X':
    if ((e = websocket(2)))
      e->eof = 1;
    break;
  case 'T': now_ms += r.length < 10 ? labs(strtol(r.at + 1, NULL, 10)) : 1000; break;
  case 'r': ask(0); break;
  case 'R': ask(1); break;
  case 's':
    remember(
        homey_client_subscribe(client, r.length > 1 ? r.at + 1 : HOMEY_CONNECTION, on_reply, NULL),
        1);
    break;
  case 'u':
    if (count > 0)
      homey_loop_cancel(loop, asked[r.length > 1 ? (unsigned char)r.at[1] % count : 0].id);
    break;
  case 'l': remember(homey_client_login(client, on_reply, NULL), 0); break;
  case 'o': remember(homey_client_logout(client, on_reply, NULL), 0); break;
  case 'c':
    homey_client_free(client);
    client = new_client(way);
    break;
  case 'S':
    answer_ops(r.length > 1 ? (homey_kind)((unsigned char)r.at[1] % (HOMEY_MEMORY + 1)) : HOMEY_OK);
    break;
  default: break;
  }
  step();
}

/* Without further answers every call ends within a reasonable time. */
static void wait_for_answers(void)
{
  int64_t begun = now_ms;

  slow_store = 0;
  for (int turns = 0; open_calls > 0; turns++) {
    easy *e;
    CHECK(turns < 20000);
    CHECK(now_ms - begun < 7200000);
    answer_ops(HOMEY_OK);
    for (e = the_multi->first; e; e = e->next) {
      if (e->over == 0)
        finish(e, CURLE_COULDNT_CONNECT);
      else if (e->connect_only)
        e->eof = 1;
    }
    homey_loop_wait(loop, 60000);
  }
}

/* Copies the next record. */
static int next_record(const uint8_t **at, const uint8_t *end, hy_buf *copy, record *r)
{
  const uint8_t *stop = *at < end ? memchr(*at, 0xFF, (size_t)(end - *at)) : NULL;

  if (*at >= end)
    return 0;
  stop = stop ? stop : end;
  hy_buf_clear(copy);
  hy_buf_add(copy, *at, (size_t)(stop - *at));
  *r = (record){ copy->data, copy->length };
  *at = stop + 1;
  return 1;
}

static void reset(void)
{
  count = open_calls = op_count = watched = 0;
  ws_length = 0;
  now_ms = 1000000;
  hy_buf_free(&kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const uint8_t *at = data, *end = data + size;
  hy_buf copy = { 0 };
  record r;
  char way;

  reset();
  if (size > 20000 || !next_record(&at, end, &copy, &r))
    return 0;
  way = r.length ? *r.at : 'p';
  slow_store = way >= 'A' && way <= 'Z';
  way = slow_store ? (char)(way - 'A' + 'a') : way;
  if (r.length > 1)
    hy_buf_add(&kept, r.at + 1, r.length - 1);
  loop = homey_loop_new();
  CHECK(loop != NULL);
  client = new_client(way);
  while (next_record(&at, end, &copy, &r))
    act(r, way);
  wait_for_answers();
  homey_loop_free(loop);
  for (int i = 0; i < count; i++)
    CHECK(asked[i].answers == 1);
  answer_ops(HOMEY_OK);
  hy_buf_free(&copy);
  free(ws_bytes);
  ws_bytes = NULL;
  return 0;
}
