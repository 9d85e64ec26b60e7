/* Fetches: requests to any server, by an exchange with settings of its own. Nothing of a client is
 * in them: no token, no header, no cookie. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "http/lines.h"
#include "loop/loop.h"
#include "loop/pending.h"

#define MOST 64 /* at the same time, of one loop */
#define REDIRECTS 10
#define TIMEOUT_MS 30000
#define LONGEST_MS 3600000
#define MAX ((size_t)16 * 1024 * 1024)

typedef struct hy_fetch {
  hy_exchange *exchange;
  hy_pending *answer;
  hy_settings settings;
  char who[128]; /* the host, for errors: the URL may hold a secret */
  char body[];
} hy_fetch;

/* Writes the host of a URL. Returns 0 when libcurl cannot read it, or it is not http or https. */
static int read_url(const char *url, char *host, size_t size)
{
  CURLU *u = curl_url();
  char *name = NULL;
  int good = u && (hy_url_is_plain(url) || hy_url_is_tls(url)) &&
             curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
             curl_url_get(u, CURLUPART_HOST, &name, 0) == CURLUE_OK;

  if (good)
    hy_visible(host, size, name);
  curl_free(name);
  curl_url_cleanup(u);
  return good;
}

static int is_clean(const char *line)
{
  while ((unsigned char)*line >= ' ' && *line != 127)
    line++;
  return !*line;
}

static const char *method_of(const homey_fetch *fetch)
{
  return fetch->method ? fetch->method : "GET";
}

static int takes_body(const char *method)
{
  return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/* Whether the same request twice is the same as once. */
static int is_idempotent(const char *method)
{
  return !takes_body(method) || !strcmp(method, "PUT") || !strcmp(method, "DELETE");
}

static int is_sound(const homey_fetch *fetch)
{
  const char *const *line = fetch->headers;

  for (; line && *line; line++)
    if (!is_clean(*line) || !strchr(*line, ':'))
      return 0;
  if (fetch->length && !fetch->body)
    return 0;
  return hy_is_token(method_of(fetch)) && (!fetch->body || takes_body(method_of(fetch))) &&
         fetch->timeout_ms >= 0 && fetch->timeout_ms <= LONGEST_MS;
}

static hy_lines *make_lines(const char *const *line)
{
  hy_lines *lines = hy_lines_new();

  for (; lines && line && *line; line++)
    if (hy_lines_add(lines, *line) < 0) {
      hy_lines_release(lines);
      return NULL;
    }
  return lines;
}

/* The last two keep libcurl from adding headers of its own: it calls every body a form, and waits
 * for a second before it sends a long one. */
static hy_lines *make_headers(const homey_fetch *fetch)
{
  hy_lines *headers = make_lines(fetch->headers);

  if (headers && hy_lines_add(headers, "Content-Type:") == 0 &&
      hy_lines_add(headers, "Expect:") == 0)
    return headers;
  hy_lines_release(headers);
  return NULL;
}

static void release(hy_fetch *f, homey_loop *loop)
{
  hy_exchange_free(f->exchange);
  free(f);
  loop->fetches--;
}

static void succeed(hy_pending *answer, hy_exchange *x)
{
  char *url = NULL;
  homey_error error;

  curl_easy_getinfo(x->easy, CURLINFO_EFFECTIVE_URL, &url);
  hy_buf_add(&answer->head, url, strlen(url) + 1);
  hy_buf_add(&answer->head, x->head.data, x->head.length);
  if (answer->head.failed) {
    hy_error_set(&error, HOMEY_MEMORY, "the answer does not fit into memory");
    hy_pending_fail(answer, &error);
    return;
  }
  answer->reply.status = x->status;
  answer->reply.is_json = hy_exchange_is(x, "json");
  answer->reply.head = answer->head.data;
  answer->reply.head_length = answer->head.length;
  answer->body = x->reply; /* takes the memory over instead of copying it */
  memset(&x->reply, 0, sizeof x->reply);
  hy_pending_ready(answer);
}

static void fail(const hy_fetch *f)
{
  const hy_exchange *x = f->exchange;
  homey_error error;

  if (x->result == CURLE_UNSUPPORTED_PROTOCOL && x->status / 100 == 3)
    hy_error_set(
        &error, HOMEY_PROTOCOL,
        "%s redirects to a URL that is not https. Set redirects = false and read the header "
        "Location to see where it leads.",
        f->who);
  else
    hy_exchange_error(x, f->who, HOMEY_NETWORK, &error);
  hy_error_step(&error, hy_exchange_phase(x));
  hy_pending_fail(f->answer, &error);
}

static void fetched(hy_exchange *x)
{
  hy_fetch *f = x->owner;
  homey_loop *loop = f->answer->loop;

  if (x->result == CURLE_OK)
    succeed(f->answer, x);
  else
    fail(f);
  release(f, loop);
}

static void on_cancel(hy_pending *answer)
{
  release(answer->owner, answer->loop);
  hy_pending_cancelled(answer);
}

static hy_fetch *new_fetch(homey_loop *loop, const homey_fetch *fetch)
{
  hy_fetch *f = calloc(1, sizeof *f + fetch->length);

  if (!f)
    return NULL;
  if (fetch->length)
    memcpy(f->body, fetch->body, fetch->length);
  f->settings.serial = ++loop->serial;
  f->settings.user_agent = "homey/" HOMEY_VERSION;
  f->settings.max_reply = fetch->max ? fetch->max : MAX;
  f->settings.is_fetch = 1;
  f->settings.redirects = fetch->redirects ? fetch->redirects : REDIRECTS;
  f->exchange = hy_exchange_new(loop, &f->settings);
  if (f->exchange)
    return f;
  free(f);
  return NULL;
}

/* The CA file and the method are needed only until the exchange has started; it holds the lines. */
static int start(hy_fetch *f, const homey_fetch *fetch)
{
  hy_exchange *x = f->exchange;
  hy_lines *headers = make_headers(fetch);
  int result = -HOMEY_MEMORY;

  f->settings.cafile = (char *)fetch->cafile; /* only read */
  f->settings.connect_to = fetch->connect_to ? make_lines(fetch->connect_to) : NULL;
  x->method = method_of(fetch);
  /* libcurl repeats a request that a server has dropped with an idle connection */
  x->once = x->fresh = !is_idempotent(x->method);
  x->body = fetch->body ? f->body : NULL;
  x->body_length = fetch->length;
  x->timeout_ms = fetch->timeout_ms ? fetch->timeout_ms : TIMEOUT_MS;
  x->done = fetched;
  x->owner = f;
  if (headers && (f->settings.connect_to || !fetch->connect_to))
    result = hy_exchange_start(x, fetch->url, NULL, headers);
  hy_lines_release(headers);
  hy_lines_release(f->settings.connect_to);
  f->settings.cafile = NULL;
  f->settings.connect_to = NULL;
  return result;
}

static int begin(hy_fetch *f, const homey_fetch *fetch, hy_pending *answer)
{
  f->answer = answer;
  answer->owner = f;
  answer->cancel = on_cancel;
  answer->loop->fetches++;
  if (start(f, fetch) == 0)
    return answer->reply.id;
  release(f, answer->loop);
  hy_pending_discard(answer);
  return -HOMEY_MEMORY;
}

int homey_loop_fetch(homey_loop *loop, const homey_fetch *fetch, homey_reply_fn *done, void *data)
{
  char who[sizeof((hy_fetch *)0)->who];
  hy_pending *answer;
  hy_fetch *f;

  if (loop->closing)
    return -HOMEY_CANCELLED;
  if (!fetch->url || !is_sound(fetch) || !read_url(fetch->url, who, sizeof who))
    return -HOMEY_INVALID;
  if (loop->fetches >= MOST)
    return -HOMEY_UNAVAILABLE;
  f = new_fetch(loop, fetch);
  answer = f ? hy_pending_new(loop, done, data) : NULL;
  if (!answer) {
    if (f)
      hy_exchange_free(f->exchange);
    free(f);
    return -HOMEY_MEMORY;
  }
  memcpy(f->who, who, sizeof who);
  return begin(f, fetch, answer);
}
