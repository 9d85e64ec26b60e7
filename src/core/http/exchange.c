/* HTTP exchanges: created, sent, finished. Finished transfers are collected after libcurl has
 * returned, so no callback of ours runs inside libcurl. */
#include "http/exchange.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/url.h"
#include "http/lines.h"
#include "loop/loop.h"
#include "loop/multi.h"
#include "loop/run_queue.h"
#include "loop/timer.h"

/* ---- libcurl's callbacks: store and return ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *data)
{
  hy_exchange *x = data;

  size_t most = x->settings->max_reply;

  if (x->is_small && most > HY_SMALL_REPLY)
    most = HY_SMALL_REPLY;
  x->alive = x->loop->now;
  x->received += (curl_off_t)(size * n);
  if (x->reply.length + size * n > most) {
    x->too_big = 1;
    return 0;
  }
  hy_buf_add(&x->reply, bytes, size * n);
  return x->reply.failed ? 0 : size * n;
}

/* Before libcurl follows a redirect, which is no second try of the request. Never from https to
 * http. As in browsers it becomes a GET after 303, and a POST does after 301 and 302, too: libcurl
 * would keep a method that was named. */
static void note_redirect(hy_exchange *x, const char *status)
{
  int code = atoi(status);
  char *scheme = NULL;

  if (code / 100 != 3)
    return;
  x->tries = 0;
  if (code == 303 ? strcmp(x->method, "HEAD") : code < 303 && !strcmp(x->method, "POST"))
    curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, NULL);
  curl_easy_getinfo(x->easy, CURLINFO_SCHEME, &scheme);
  if (scheme && curl_strequal(scheme, "https"))
    curl_easy_setopt(x->easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
}

/* Keeps the header lines of the last response; a status line clears the earlier ones. */
static size_t on_header(char *bytes, size_t size, size_t n, void *data)
{
  hy_exchange *x = data;
  size_t length = size * n, end = length;

  x->alive = x->loop->now;
  if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
    hy_buf_clear(&x->head);
    x->head_ended = 0;
    if (x->settings->redirects > 0 && length > 12)
      note_redirect(x, bytes + 9);
  }
  while (end > 0 && (bytes[end - 1] == '\r' || bytes[end - 1] == '\n'))
    end--;
  x->head_ended |= end == 0;
  if (x->head.length + end > 256 * 1024) {
    x->head_too_big = 1;
    return 0;
  }
  hy_buf_add_line(&x->head, bytes, end);
  return x->head.failed ? 0 : length;
}

/* A connection is being opened: its host name, if any, has been resolved. */
static void dialled(hy_exchange *x)
{
  x->dialled = x->alive = hy_clock();
  x->connect_ms = (long)(x->dialled - x->started) + x->timeout_ms;
  curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, x->connect_ms);
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

/* Connected, nothing sent yet. Stops plain http to an address outside the home network, whatever
 * a name has resolved to. Also stops libcurl's own retry on a new connection when the request
 * must be sent only once. */
static int on_connected(void *data, char *ip, char *own_ip, int port, int own_port)
{
  hy_exchange *x = data;

  (void)own_ip;
  (void)port;
  (void)own_port;
  x->alive = x->loop->now;
  if (!x->dialled) /* a reused connection */
    x->dialled = x->alive;
  x->tries++;
  x->not_home = x->plain && !hy_is_private_ip(ip);
  return x->not_home || (x->once && x->tries > 1) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

void hy_exchange_finish(hy_exchange *x, CURLcode result)
{
  long status = 0;

  x->result = result;
  if (x->result == CURLE_ABORTED_BY_CALLBACK && !x->not_home) { /* stopped at libcurl's own retry */
    x->result = CURLE_GOT_NOTHING;
    x->curl_error[0] = '\0';
  }
  /* libcurl accepts truncated headers as a complete answer */
  if (x->result == CURLE_OK && !x->head_ended)
    x->result = CURLE_PARTIAL_FILE;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
  x->status = (int)status;
  hy_timer_unset(x->loop, &x->timer);
  hy_multi_remove(x->loop, x->easy, &x->transfer);
  hy_cloud_queue_leave(x);
  x->finished = 1;
  x->done(x);
}

static void destroy(hy_exchange *x)
{
  if (x->easy)
    curl_easy_cleanup(x->easy);
  curl_url_cleanup(x->parts);
  hy_lines_release(x->connect_to);
  hy_buf_wipe(&x->reply);
  hy_buf_wipe(&x->head);
  hy_buf_free(&x->base);
  free(x);
}

static void finished(hy_transfer *transfer, CURLcode result)
{
  hy_exchange_finish((hy_exchange *)transfer, result);
}

/* Called when the loop ends. */
static void end_exchanges(homey_loop *loop)
{
  while (loop->exchanges)
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): freed ones left the list before */
    hy_exchange_free(loop->exchanges);
  while (loop->pooled > 0)
    destroy(loop->pool[--loop->pooled]);
}

hy_exchange *hy_exchange_new(homey_loop *loop, const hy_settings *settings)
{
  hy_exchange *x = loop->pooled > 0 ? loop->pool[--loop->pooled] : calloc(1, sizeof *x);

  if (!x)
    return NULL;
  x->loop = loop;
  loop->end_exchanges = end_exchanges;
  x->transfer.finished = finished;
  if (!x->easy && !(x->easy = curl_easy_init())) {
    free(x);
    return NULL;
  }
  x->settings = settings;
  x->next = loop->exchanges;
  x->prev = NULL;
  if (x->next)
    x->next->prev = x;
  loop->exchanges = x;
  return x;
}

static void rest(hy_exchange *x)
{
  x->method = x->body = x->step = x->path = NULL;
  x->body_length = 0;
  x->direct = x->once = x->fresh = x->is_cloud = x->is_small = x->tries = x->too_big =
      x->head_too_big = x->not_home = x->plain = x->head_ended = x->finished = x->status = 0;
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
  if (!x->finished) {
    hy_multi_remove(loop, x->easy, &x->transfer);
    hy_cloud_queue_leave(x);
  }
  if (x->prev)
    x->prev->next = x->next;
  else
    loop->exchanges = x->next;
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

/* Not by curl_version(), which may ask the name servers for the name of this machine: OpenLDAP
 * wants that when it tells its version. */
void homey_libraries(char *text, size_t size)
{
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

  snprintf(text, size, "libcurl/%s %s zlib/%s", info->version,
           info->ssl_version ? info->ssl_version : "without TLS",
           info->libz_version ? info->libz_version : "none");
}

const char *hy_exchange_encodings(void)
{
  static const char *const offers[] = { "gzip, deflate", "br, gzip, deflate" };
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

  if (!(info->features & CURL_VERSION_LIBZ))
    return "identity";
  return offers[info->features & CURL_VERSION_BROTLI ? 1 : 0];
}

int hy_set_text(CURL *easy, CURLoption option, const char *text)
{
  return curl_easy_setopt(easy, option, text) == CURLE_OUT_OF_MEMORY ? -1 : 0;
}

int hy_settings_apply(homey_loop *loop, CURL *easy, const hy_settings *s)
{
  hy_multi_own_sockets(loop, easy);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  /* Without this, cancelling a lookup blocks the whole loop until the resolver's thread ends. */
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, s->connect_to ? s->connect_to->list : NULL);
  /* With a CA folder set, libcurl would parse the CA bundle again for each connection. */
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  if (s->cafile && hy_set_text(easy, CURLOPT_CAINFO, s->cafile) < 0)
    return -1;
  return hy_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https");
}

static void set_up_redirects(const hy_exchange *x)
{
  int most = x->settings->redirects;

  if (most < 0)
    return;
  curl_easy_setopt(x->easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(x->easy, CURLOPT_MAXREDIRS, (long)most);
  curl_easy_setopt(x->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  if (strcmp(x->method, "POST") != 0)
    curl_easy_setopt(x->easy, CURLOPT_POSTREDIR, (long)(CURL_REDIR_POST_301 | CURL_REDIR_POST_302));
}

/* Sets the options that are the same for all exchanges of a client. The lists of headers have lines
 * for User-Agent and Accept-Encoding, since libcurl would write those from options anew for each
 * request; the option for the encodings makes it decode them. */
static int set_up(hy_exchange *x)
{
  CURL *easy = x->easy;
  const hy_settings *s = x->settings;

  x->serial = 0; /* until all is set */
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &x->transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_dial);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, x);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->curl_error);
  /* With a larger buffer malloc trims and extends its heap on every exchange; glibc does so from
   * 64 KiB on. */
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 32768L);
  hy_lines_release(x->connect_to);
  x->connect_to = s->connect_to;
  if (x->connect_to)
    x->connect_to->references++;
  if (hy_set_text(easy, CURLOPT_ACCEPT_ENCODING, hy_exchange_encodings()) < 0 ||
      hy_settings_apply(x->loop, easy, s) < 0)
    return -1;
  if (s->is_fetch)
    set_up_redirects(x);
  x->serial = s->serial;
  hy_buf_clear(&x->base);
  *x->verb = '\0';
  x->may_proxy = x->was_fresh = -1;
  x->list = NULL;
  x->connect_ms = 0;
  return 0;
}

/* A request with a body method and no body sends an empty one, or a server may wait for a body. */
static const char *body_of(const hy_exchange *x)
{
  return !x->body && (strcmp(x->method, "POST") == 0 || strcmp(x->method, "PUT") == 0) ? ""
                                                                                       : x->body;
}

static int set_verb(hy_exchange *x, int sends)
{
  CURL *easy = x->easy;

  *x->verb = '\0';
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  if (hy_set_text(easy, CURLOPT_CUSTOMREQUEST, strcmp(x->method, "GET") ? x->method : NULL) < 0)
    return -1;
  curl_easy_setopt(easy, CURLOPT_NOBODY, strcmp(x->method, "HEAD") ? 0L : 1L);
  if (sends)
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
  snprintf(x->verb, sizeof x->verb, "%s", x->method);
  x->sends = sends;
  return 0;
}

static int set_method(hy_exchange *x)
{
  const char *body = body_of(x);

  if ((strcmp(x->verb, x->method) != 0 || x->sends != (body != NULL)) &&
      set_verb(x, body != NULL) < 0)
    return -1;
  if (!body)
    return 0;
  curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   (curl_off_t)(x->body ? x->body_length : 0));
  return 0;
}

/* Sets a base URL that many exchanges share, as text and split: libcurl would split the text and
 * join its parts again for each exchange. */
static int set_base(hy_exchange *x, const char *base)
{
  int is_split;

  if (!x->parts && !(x->parts = curl_url()))
    return -1;
  /* libcurl itself says what is wrong with a URL that it cannot split; of one that is split, it
   * forgets the zone of a link-local address */
  is_split = !strchr(base, '%') &&
             curl_url_set(x->parts, CURLUPART_URL, base, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  hy_buf_adds(&x->base, base);
  return curl_easy_setopt(x->easy, CURLOPT_CURLU, is_split ? x->parts : NULL) == CURLE_OK ? 0 : -1;
}

/* Sets the address. libcurl copies, splits and joins a URL several times for each exchange, byte by
 * byte, but takes a target as it is. */
static int set_url(hy_exchange *x, const char *base)
{
  int is_set = x->path && x->base.length && strcmp(x->base.data, base) == 0;

  if (!is_set) {
    hy_buf_clear(&x->base);
    curl_easy_setopt(x->easy, CURLOPT_CURLU, NULL);
    if (curl_easy_setopt(x->easy, CURLOPT_URL, base) != CURLE_OK ||
        (x->path && set_base(x, base) < 0))
      return -1;
  }
  return curl_easy_setopt(x->easy, CURLOPT_REQUEST_TARGET, x->path) == CURLE_OK ? 0 : -1;
}

/* With a proxy, on_connected would judge the proxy's IP. A proxy gets the user agent, too, which
 * its request does not take from the list of headers. */
static int set_proxy(hy_exchange *x)
{
  int may_proxy = !x->direct && !x->plain;

  if (x->may_proxy == may_proxy)
    return 0;
  x->may_proxy = -1;
  if (hy_set_text(x->easy, CURLOPT_PROXY, may_proxy ? NULL : "") < 0 ||
      /* or it asks the environment */
      hy_set_text(x->easy, CURLOPT_NOPROXY, may_proxy ? NULL : "*") < 0 ||
      hy_set_text(x->easy, CURLOPT_USERAGENT, may_proxy ? x->settings->user_agent : NULL) < 0)
    return -1;
  x->may_proxy = may_proxy;
  return 0;
}

static void set_headers(hy_exchange *x, hy_lines *headers)
{
  const struct curl_slist *list = headers ? headers->list : NULL;

  x->headers = headers;
  if (headers)
    headers->references++;
  if (x->list != list)
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, list);
  x->list = list;
}

static void set_connecting(hy_exchange *x)
{
  if (x->connect_ms != x->timeout_ms)
    curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, x->timeout_ms);
  if (x->was_fresh != x->fresh)
    curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, x->fresh ? 1L : 0L);
  x->connect_ms = x->timeout_ms;
  x->was_fresh = x->fresh;
}

int hy_exchange_send(hy_exchange *x)
{
  if (hy_multi_add(x->loop, x->easy) < 0)
    return -HOMEY_MEMORY;
  x->started = hy_clock();
  hy_exchange_set_deadline(x);
  return 0;
}

int hy_exchange_start(hy_exchange *x, const char *base, const char *path, hy_lines *headers)
{
  if ((x->serial != x->settings->serial && set_up(x) < 0) || set_method(x) < 0)
    return -HOMEY_MEMORY;
  x->curl_error[0] = '\0';
  x->plain = !x->settings->is_fetch && !hy_url_is_tls(base);
  x->path = path;
  set_headers(x, headers);
  set_connecting(x);
  if (set_proxy(x) < 0 || set_url(x, base) < 0)
    return -HOMEY_MEMORY;
  return hy_cloud_queue_wait(x) ? 0 : hy_exchange_send(x);
}
