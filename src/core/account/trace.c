/* Trace lines, and the redaction of secrets from lines and messages. */
#include "account/trace.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/client_state.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/text.h"
#include "http/exchange.h"

#define HIDDEN "***"

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns how many bytes of `text` stand for this byte of a secret: plain, or encoded as a server
 * may quote it, in a form, a URL or JSON. */
static size_t spelt(const char *text, char byte)
{
  if (text[0] == '%' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0 &&
      (char)(hex_digit(text[1]) * 16 + hex_digit(text[2])) == byte)
    return 3;
  if (text[0] == '\\' && text[1] == byte)
    return 2;
  return text[0] == byte || (text[0] == '+' && byte == ' ');
}

/* Returns how many bytes of `text` are the secret, plain or encoded; 0 when it does not begin
 * with the secret. */
static size_t begins(const char *text, const char *secret, size_t length)
{
  size_t at = 0, n = 1;

  if (!strncmp(text, secret, length))
    return length;
  for (; *secret && n; secret++)
    at += n = spelt(text + at, *secret);
  return n ? at : 0;
}

static void hide(char *text, const char *secret)
{
  size_t length = secret ? strlen(secret) : 0, mark = strlen(HIDDEN), n;

  if (length < mark) /* shorter than its replacement: it cannot be told from other words */
    return;
  for (; *text; text++) {
    n = begins(text, secret, length);
    if (!n)
      continue;
    memcpy(text, HIDDEN, mark);
    memmove(text + mark, text + n, strlen(text + n) + 1);
    text += mark - 1;
  }
}

/* Hides the client's id and secret as encoded in the Authorization header. */
static void hide_basic(char *text, const hy_account *a)
{
  hy_buf pair = { 0 }, sent = { 0 };

  hy_buf_addf(&pair, "%s:%s", a->client_id ? a->client_id : "",
              a->client_secret ? a->client_secret : "");
  if (!pair.failed)
    hy_base64_encode(&sent, pair.data, pair.length);
  if (pair.failed || sent.failed)
    *text = '\0';
  else
    hide(text, sent.data);
  hy_buf_wipe(&pair);
  hy_buf_wipe(&sent);
}

/* Hides each cookie's value on its own: a server may quote it without its name. */
static void hide_cookies(char *text, const char *cookies)
{
  while (cookies && *cookies) {
    size_t length = strcspn(cookies, ";"), name = strcspn(cookies, "=;");
    char *value = name < length ? hy_strndup(cookies + name + 1, length - name - 1) : NULL;
    if (name < length && !value) {
      *text = '\0';
      return;
    }
    hide(text, value);
    hy_wipe(value);
    cookies += length + strspn(cookies + length, "; ");
  }
}

/* Shortest value of a header, in bytes, that is hidden as a secret: a shorter one may be an
 * ordinary word. */
#define SHORTEST 6

/* The caller's own headers may contain the key of a gateway in front of the hub. */
static void hide_headers(char *text, char *const *lines)
{
  for (; lines && *lines; lines++) {
    const char *value = strchr(*lines, ':');
    if (!value)
      continue;
    value += 1 + strspn(value + 1, " \t");
    if (strlen(value) >= SHORTEST)
      hide(text, value);
  }
}

void hy_redact(const homey_client *c, char *text)
{
  const hy_account *a = &c->account;
  const char *secrets[] = { c->options.password,
                            c->options.otp,
                            c->options.code,
                            c->options.refresh_token,
                            c->options.email,
                            a->email,
                            a->client_secret,
                            a->access,
                            a->refresh,
                            a->bearer,
                            c->refused,
                            a->token,
                            c->options.client_secret,
                            c->options.username,
                            c->secrets.jwt,
                            c->secrets.code,
                            c->secrets.delegation,
                            c->secrets.csrf,
                            a->session_id };
  size_t i;

  if (!*text)
    return;
  for (i = 0; i < sizeof secrets / sizeof *secrets; i++)
    hide(text, secrets[i]);
  hide_headers(text, c->options.headers);
  hide_cookies(text, c->secrets.cookies);
  hide_basic(text, a);
}

void hy_trace_line(homey_client *c, const char *format, ...)
{
  char line[1200];
  va_list arguments;

  if (!c->options.trace)
    return;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  hy_redact(c, line);
  c->options.trace(c->options.trace_data, line);
}

void hy_warn(homey_client *c, const char *format, ...)
{
  char sentence[700];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  hy_redact(c, sentence);
  hy_trace_line(c, "%s", sentence);
  if (c->options.warn)
    c->options.warn(c->options.warn_data, sentence);
}

/* Hides the queries of cloud URLs, which contain secrets; those of the hub do not. */
void hy_trace(homey_client *c, const hy_exchange *x, const char *step)
{
  char line[1200], outcome[96];
  const char *url = "", *path = x->path ? x->path : "", *question;
  int length;
  curl_off_t time = 0;
  char *got = NULL;

  if (!c->options.trace)
    return;
  if (curl_easy_getinfo(x->easy, CURLINFO_EFFECTIVE_URL, &got) == CURLE_OK && got)
    url = got;
  curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &time);
  question = step ? strchr(url, '?') : NULL;
  length = question ? (int)(question - url) : (int)strlen(url);
  if (x->path && length && url[length - 1] == '/') /* of the base */
    length--;
  if (x->result == CURLE_OK)
    snprintf(outcome, sizeof outcome, "%d", x->status);
  else
    snprintf(outcome, sizeof outcome, "failed (%s)", curl_easy_strerror(x->result));
  snprintf(line, sizeof line, "%s %.*s%.700s%s -> %s, %ld ms, %zu bytes out, %zu bytes in%s%s",
           x->method, length < 900 ? length : 900, url, path, question ? "?" HIDDEN : "", outcome,
           (long)(time / 1000), x->body_length, x->reply.length, step ? ", step " : "",
           step ? step : "");
  hy_redact(c, line);
  c->options.trace(c->options.trace_data, line);
}
