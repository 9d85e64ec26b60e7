/* HTTP exchanges over one libcurl multi handle.  libcurl's sockets and deadline live in the loop's poller; what it
 * finishes is collected after it has returned, so no callback of ours ever runs inside it. */
#include "http.h"

#include "url.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- headers that are shared ---- */

hy_lines *hy_lines_new(void)
{
  hy_lines *headers = calloc(1, sizeof *headers);

  if (headers)
    headers->references = 1;
  return headers;
}

int hy_lines_add(hy_lines *headers, const char *line)
{
  struct curl_slist *list = curl_slist_append(headers->list, line);

  if (!list)
    return -HOMEY_MEMORY;
  headers->list = list;
  return 0;
}

hy_lines *hy_lines_copy(const hy_lines *lines)
{
  hy_lines *copy = hy_lines_new();
  const struct curl_slist *line = lines->list;

  for (; copy && line; line = line->next)
    if (hy_lines_add(copy, line->data) < 0) {
      hy_lines_release(copy);
      return NULL;
    }
  return copy;
}

int hy_headers_add(hy_lines *headers, const char *name, const char *value)
{
  hy_buf line = { 0 };
  int result;

  hy_buf_adds(&line, name);
  hy_buf_adds(&line, ": ");
  hy_buf_adds(&line, value);
  result = line.failed ? -HOMEY_MEMORY : hy_lines_add(headers, line.data);
  hy_buf_wipe(&line);
  return result;
}

int hy_headers_add_bearer(hy_lines *headers, const char *token)
{
  hy_buf value = { 0 };
  int result;

  hy_buf_addf(&value, "Bearer %s", token);
  result = value.failed ? -HOMEY_MEMORY : hy_headers_add(headers, "Authorization", value.data);
  hy_buf_wipe(&value);
  return result;
}

void hy_lines_release(hy_lines *headers)
{
  struct curl_slist *line;

  if (!headers || --headers->references > 0)
    return;
  for (line = headers->list; line; line = line->next) /* a bearer may be in it */
    memset(line->data, 0, strlen(line->data));
  curl_slist_free_all(headers->list);
  free(headers);
}

/* ---- libcurl's callbacks: store and return ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *data)
{
  hy_exchange *x = data;

  size_t most = x->settings->max_reply;

  if (x->is_small && most > HY_SMALL_REPLY)
    most = HY_SMALL_REPLY;
  x->alive = hy_clock();
  x->received += (curl_off_t)(size * n);
  if (x->reply.length + size * n > most) {
    x->too_big = 1;
    return 0;
  }
  hy_buf_add(&x->reply, bytes, size * n);
  return x->reply.failed ? 0 : size * n;
}

/* Keeps the header lines of the last response: a status line starts anew. */
static size_t on_header(char *bytes, size_t size, size_t n, void *data)
{
  hy_exchange *x = data;
  size_t length = size * n, end = length;

  x->alive = hy_clock();
  if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
    hy_buf_clear(&x->head);
    x->head_ended = 0;
  }
  while (end > 0 && (bytes[end - 1] == '\r' || bytes[end - 1] == '\n'))
    end--;
  x->head_ended |= end == 0;
  if (x->head.length + end > 256 * 1024) {
    x->head_too_big = 1;
    return 0;
  }
  hy_buf_add(&x->head, bytes, end);
  hy_buf_add(&x->head, "", 1);
  return x->head.failed ? 0 : length;
}

/* A connection is begun: its name, if it has one, has been looked up. */
static void dialled(hy_exchange *x)
{
  x->dialled = x->alive = hy_clock();
  curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(x->dialled - x->started) + x->timeout_ms);
}

static int on_dial(void *data, curl_socket_t fd, curlsocktype purpose)
{
  hy_exchange *x = data;

  (void)fd;
  (void)purpose;
  if (!x->dialled)
    dialled(x);
  return CURL_SOCKOPT_OK;
}

/* Connected, nothing sent yet.  Whatever a name has resolved to, plain http goes no further than home.  And what must
 * go out once only goes no further where libcurl tries again by itself, having met a dead connection. */
static int on_connected(void *data, char *ip, char *own_ip, int port, int own_port)
{
  hy_exchange *x = data;

  (void)own_ip;
  (void)port;
  (void)own_port;
  if (!x->dialled) /* on a connection that was there */
    dialled(x);
  x->alive = hy_clock();
  x->tries++;
  x->not_home = x->plain && !hy_is_private_ip(ip);
  return x->not_home || (x->once && x->tries > 1) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* libcurl would hear nothing of this descriptor, and wait until its deadline: end the transfer in its place.  To tell
 * libcurl of it would end every transfer of the loop. */
static void refuse(homey_loop *loop, CURL *easy)
{
  hy_transfer *transfer = NULL;

  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  if (!transfer || transfer->refused)
    return;
  transfer->refused = 1;
  transfer->next = loop->refused;
  loop->refused = transfer;
}

static void drop_refused(homey_loop *loop, const hy_transfer *transfer)
{
  hy_transfer **at = &loop->refused;

  while (*at && *at != transfer)
    at = &(*at)->next;
  if (*at)
    *at = transfer->next;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *watched)
{
  homey_loop *loop = data;
  intptr_t before = (intptr_t)watched;
  int events = (what & CURL_POLL_IN ? HY_READ : 0) | (what & CURL_POLL_OUT ? HY_WRITE : 0);

  if (what == CURL_POLL_REMOVE) {
    if (before != HY_READ || !hy_watch_rest(loop, fd))
      hy_poller_watch(&loop->poller, fd, (int)before, 0);
    return 0;
  }
  if (!before)
    before = hy_watch_rouse(loop, fd);
  if (before != events && hy_poller_watch(&loop->poller, fd, (int)before, events) < 0) {
    refuse(loop, easy);
    events = 0;
  }
  curl_multi_assign(loop->multi, fd, (void *)(intptr_t)events);
  return 0;
}

static int on_close(void *data, curl_socket_t fd)
{
  homey_loop *loop = data;
  int before = hy_watch_rouse(loop, fd);

  hy_watch_opened(loop, fd, 0);
  if (before)
    hy_poller_watch(&loop->poller, fd, before, 0);
  return close(fd);
}

static int on_timeout(CURLM *multi, long ms, void *data)
{
  homey_loop *loop = data;

  (void)multi;
  if (ms < 0)
    hy_timer_unset(loop, &loop->curl_timer);
  else
    hy_timer_set(loop, &loop->curl_timer, hy_clock() + ms);
  return 0;
}

static void act(homey_loop *loop, curl_socket_t fd, int mask)
{
  hy_pipe_guard guard;
  int running;

  hy_pipe_hold(&guard, loop->guarded);
  curl_multi_socket_action(loop->multi, fd, mask, &running);
  hy_pipe_let(&guard);
}

static void curl_timer_fire(hy_timer *timer)
{
  act((homey_loop *)((char *)timer - offsetof(homey_loop, curl_timer)), CURL_SOCKET_TIMEOUT, 0);
}

void hy_http_ready(homey_loop *loop, int fd, int events)
{
  int mask = 0;

  if (events & HY_READ)
    mask |= CURL_CSELECT_IN;
  if (events & HY_WRITE)
    mask |= CURL_CSELECT_OUT;
  if (events & HY_ERROR)
    mask |= CURL_CSELECT_ERR;
  act(loop, fd, mask);
}

void hy_http_remove(homey_loop *loop, CURL *easy, hy_transfer *transfer)
{
  hy_pipe_guard guard;

  hy_pipe_hold(&guard, loop->guarded);
  curl_multi_remove_handle(loop->multi, easy);
  hy_pipe_let(&guard);
  drop_refused(loop, transfer);
  transfer->refused = 0;
}

/* ---- the multi handle ---- */

int hy_http_open(homey_loop *loop)
{
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return -1;
  loop->multi = curl_multi_init();
  if (!loop->multi) {
    curl_global_cleanup();
    return -1;
  }
  loop->guarded = hy_pipe_is_needed();
  loop->curl_timer.fire = curl_timer_fire;
  curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
  curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
  curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
  /* Without a limit of our own libcurl keeps 4 connections per handle under way, and a home that was just idle
   * would lose its warm one to its neighbours. */
  curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, 2048L);
#if LIBCURL_VERSION_NUM >= 0x081400
  curl_multi_setopt(loop->multi, CURLMOPT_QUICK_EXIT, 1L); /* here it is the multi that would wait for names */
#endif
  return 0;
}

static void destroy(hy_exchange *x)
{
  if (x->easy)
    curl_easy_cleanup(x->easy);
  hy_lines_release(x->connect_to);
  hy_buf_wipe(&x->reply);
  hy_buf_wipe(&x->head);
  free(x);
}

void hy_http_close(homey_loop *loop)
{
  hy_exchange *x, *next;
  hy_pipe_guard guard;

  if (!loop->multi)
    return;
  for (x = loop->flying; x; x = next) {
    next = x->next;
    hy_exchange_free(x);
  }
  while (loop->pooled > 0)
    destroy(loop->pool[--loop->pooled]);
  hy_pipe_hold(&guard, loop->guarded);
  curl_multi_cleanup(loop->multi);
  hy_pipe_let(&guard);
  loop->multi = NULL;
  hy_timer_unset(loop, &loop->curl_timer);
  curl_global_cleanup();
}

void hy_http_collect(homey_loop *loop)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read(loop->multi, &left))) {
    hy_transfer *transfer;
    if (message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
    transfer->finished(transfer, message->data.result);
  }
  while (loop->refused) {
    hy_transfer *transfer = loop->refused;
    loop->refused = transfer->next;
    transfer->finished(transfer, CURLE_OUT_OF_MEMORY);
  }
}

static void exchanged(hy_transfer *transfer, CURLcode result)
{
  hy_exchange *x = (hy_exchange *)transfer;
  long status = 0;

  x->result = result;
  if (x->result == CURLE_ABORTED_BY_CALLBACK && !x->not_home) { /* stopped at its second try */
    x->result = CURLE_GOT_NOTHING;
    x->curl_error[0] = '\0';
  }
  if (x->result == CURLE_OK && !x->head_ended) /* libcurl takes headers that are cut for an answer without a body */
    x->result = CURLE_PARTIAL_FILE;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
  x->status = (int)status;
  hy_timer_unset(x->loop, &x->timer);
  hy_http_remove(x->loop, x->easy, &x->transfer);
  x->finished = 1;
  x->done(x);
}

/* ---- how long it may take ---- */

/* The timeout is for silence, from the moment of dialling: a long reply over a slow line arrives.  A name that is looked
 * up has its own: glibc alone pauses for 5 s where the first name server is dead. */
#define NAME_MS 15000
#define NAME_TIMES 5 /* of the timeout, where that is a short one */
#define ALL_TIMES 3  /* of the timeout for the whole exchange, and more for what comes: */
#define SLOWEST 8    /* bytes in a millisecond */

static int64_t name_due(const hy_exchange *x)
{
  int64_t ms = x->timeout_ms < NAME_MS / NAME_TIMES ? NAME_TIMES * (int64_t)x->timeout_ms : NAME_MS;

  return x->started + (x->name_ms && x->name_ms < ms ? x->name_ms : ms);
}

static int64_t due(const hy_exchange *x)
{
  int64_t silent = x->alive + x->timeout_ms;
  int64_t slow = x->dialled + ALL_TIMES * (int64_t)x->timeout_ms + x->received / SLOWEST;

  if (!x->dialled)
    return name_due(x);
  return slow < silent ? slow : silent;
}

static void end_late(hy_exchange *x, int64_t now)
{
  x->late = !x->dialled ? HY_NAME_LATE : now >= x->alive + x->timeout_ms ? HY_SILENT : HY_TOO_SLOW;
  exchanged(&x->transfer, CURLE_OPERATION_TIMEDOUT);
}

static void note_upload(hy_exchange *x, int64_t now)
{
  curl_off_t sent = 0;

  curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  if (sent == x->sent)
    return;
  x->received += sent - x->sent;
  x->sent = sent;
  x->alive = now;
}

/* While a name is looked up libcurl's own limit for connecting is put off again and again: it shall have all of it. */
static void look_at_time(hy_timer *timer)
{
  hy_exchange *x = (hy_exchange *)((char *)timer - offsetof(hy_exchange, timer));
  int64_t now = hy_clock(), next;

  note_upload(x, now);
  next = due(x);
  if (next <= now) {
    end_late(x, now);
    return;
  }
  if (!x->dialled) {
    curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(now - x->started) + x->timeout_ms);
    next = now + x->timeout_ms / 2 < next ? now + x->timeout_ms / 2 : next;
  }
  hy_timer_set(x->loop, &x->timer, next > now ? next : now + 1);
}

#define ANSWERED_MS 6000 /* glibc asks the second name server after 5 s */

int hy_exchange_met_silence(const hy_exchange *x)
{
  if (x->name_ms) /* that was not time enough to tell */
    return 0;
  return x->late == HY_NAME_LATE ||
         (x->result == CURLE_COULDNT_RESOLVE_HOST && hy_clock() - x->started >= ANSWERED_MS);
}

/* ---- one exchange ---- */

hy_exchange *hy_exchange_new(homey_loop *loop, const hy_settings *settings)
{
  hy_exchange *x = loop->pooled > 0 ? loop->pool[--loop->pooled] : calloc(1, sizeof *x);

  if (!x)
    return NULL;
  x->loop = loop;
  x->transfer.finished = exchanged;
  if (!x->easy && !(x->easy = curl_easy_init())) {
    free(x);
    return NULL;
  }
  x->settings = settings;
  x->next = loop->flying;
  x->prev = NULL;
  if (x->next)
    x->next->prev = x;
  loop->flying = x;
  return x;
}

static void rest(hy_exchange *x)
{
  x->method = x->body = x->step = NULL;
  x->body_length = 0;
  x->direct = x->once = x->fresh = x->is_small = x->tries = x->too_big = x->head_too_big = x->not_home =
      x->plain = x->head_ended = x->finished = x->status = 0;
  x->late = HY_IN_TIME;
  x->name_ms = 0;
  x->started = x->dialled = x->alive = x->received = x->sent = 0;
  x->done = NULL;
  x->owner = NULL;
  x->settings = NULL;
  hy_lines_release(x->headers);
  x->headers = NULL;
  x->next = x->prev = NULL;
}

hy_exchange *hy_exchange_free(hy_exchange *x)
{
  homey_loop *loop;

  if (!x)
    return NULL;
  loop = x->loop;
  hy_timer_unset(loop, &x->timer);
  if (!x->finished)
    hy_http_remove(loop, x->easy, &x->transfer);
  if (x->prev)
    x->prev->next = x->next;
  else
    loop->flying = x->next;
  if (x->next)
    x->next->prev = x->prev;
  rest(x);
  if (x->reply.size > 64 * 1024)
    hy_buf_wipe(&x->reply);
  hy_buf_clear(&x->reply);
  hy_buf_clear(&x->head);
  if (loop->pooled < HY_POOL)
    loop->pool[loop->pooled++] = x;
  else
    destroy(x);
  return NULL;
}

/* Only what libcurl can decode here is offered. */
static const char *encodings(void)
{
  static const char *const offers[] = { "gzip, deflate", "br, gzip, deflate" };
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

  if (!(info->features & CURL_VERSION_LIBZ))
    return "identity";
  return offers[info->features & CURL_VERSION_BROTLI ? 1 : 0];
}

/* Notes what is ours.  A program that our host starts does not keep it open. */
static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
  homey_loop *loop = data;
  int fd = socket(address->family, address->socktype, address->protocol);

  (void)purpose;
  if (fd < 0)
    return CURL_SOCKET_BAD;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  hy_watch_opened(loop, fd, 1); /* where that fails it is merely not rested */
  return fd;
}

void hy_http_configure(homey_loop *loop, CURL *easy, const hy_settings *s)
{
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, loop);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, loop);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
#if LIBCURL_VERSION_NUM < 0x075500
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#endif
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, s->user_agent);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  /* Whoever gives up a name that is still being looked up would have to wait for the resolver, with the whole loop: let
   * its thread end by itself. */
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, s->connect_to ? s->connect_to->list : NULL);
  /* A CA folder would keep libcurl from parsing the bundle once for all connections. */
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  if (s->cafile)
    curl_easy_setopt(easy, CURLOPT_CAINFO, s->cafile);
}

/* What stays as it is from one exchange of a client to the next. */
static void set_up(hy_exchange *x)
{
  CURL *easy = x->easy;
  const hy_settings *s = x->settings;

  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &x->transfer);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, encodings());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_dial);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, x);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->curl_error);
  /* More would have malloc tidy its heap, and move its end, on every exchange: glibc does so for 64 KiB at once. */
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 32768L);
  hy_lines_release(x->connect_to);
  x->connect_to = s->connect_to;
  if (x->connect_to)
    x->connect_to->references++;
  hy_http_configure(x->loop, easy, s);
  x->serial = s->serial;
}

/* A request that may carry a body says so when it has none, or a server may wait for one. */
static const char *body_of(const hy_exchange *x)
{
  return !x->body && (strcmp(x->method, "POST") == 0 || strcmp(x->method, "PUT") == 0) ? "" : x->body;
}

static void set_method(hy_exchange *x)
{
  CURL *easy = x->easy;
  const char *body = body_of(x);

  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, strcmp(x->method, "GET") ? x->method : NULL);
  curl_easy_setopt(easy, CURLOPT_NOBODY, strcmp(x->method, "HEAD") ? 0L : 1L);
  if (!body)
    return;
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(x->body ? x->body_length : 0));
}

int hy_exchange_start(hy_exchange *x, const char *url, hy_lines *headers)
{
  CURL *easy = x->easy;

  if (x->serial != x->settings->serial)
    set_up(x);
  set_method(x);
  x->curl_error[0] = '\0';
  x->plain = !hy_url_is_tls(url);
  x->headers = headers;
  if (headers)
    headers->references++;
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers ? headers->list : NULL);
  curl_easy_setopt(easy, CURLOPT_PROXY, x->direct || x->plain ? "" : NULL); /* or the proxy's IP would be the one judged */
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, x->timeout_ms);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, x->fresh ? 1L : 0L);
  if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK)
    return -HOMEY_MEMORY;
  if (curl_multi_add_handle(x->loop->multi, easy) != CURLM_OK)
    return -HOMEY_MEMORY;
  x->started = hy_clock();
  x->timer.fire = look_at_time;
  hy_timer_set(x->loop, &x->timer, x->name_ms ? name_due(x) : x->started + x->timeout_ms / 2);
  return 0;
}

const char *hy_header(const hy_buf *head, const char *name, const char *before)
{
  const char *line = before ? before + strlen(before) + 1 : head->data,
             *end = line ? head->data + head->length : NULL;
  size_t length = strlen(name);

  for (; line && line < end; line += strlen(line) + 1) {
    if (!curl_strnequal(line, name, length) || line[length] != ':')
      continue;
    line += length + 1;
    return line + strspn(line, " \t");
  }
  return NULL;
}

const char *hy_exchange_header(const hy_exchange *x, const char *name, const char *before)
{
  return hy_header(&x->head, name, before);
}

int hy_exchange_is(const hy_exchange *x, const char *content_type)
{
  const char *value = hy_exchange_header(x, "Content-Type", NULL);
  size_t length = strlen(content_type);

  for (; value && *value && *value != ';'; value++)
    if (curl_strnequal(value, content_type, length))
      return 1;
  return 0;
}

int hy_exchange_was_sent(const hy_exchange *x)
{
  long bytes = 0;

  curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

#define LONGEST_WAIT 1000000000L /* seconds: no server means more, and reckoning with it overflows nothing */

long hy_exchange_retry_after(const hy_exchange *x)
{
  curl_off_t seconds = 0;

  curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &seconds);
  return seconds > LONGEST_WAIT ? LONGEST_WAIT : seconds > 0 ? (long)seconds : 0;
}
