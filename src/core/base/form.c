/*
 * Forms and URL queries: written as percent-encoded UTF-8, and decoded.
 *
 * Invariant: hy_query_get() returns the exact bytes that hy_form_add() was given. An escape that is
 * malformed, or encodes a NUL (which would end the text), is kept as written.
 */
#include "base/form.h"

#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"

static int is_unreserved(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void hy_percent_encode(hy_buf *b, const char *text, size_t length)
{
  static const char hex[] = "0123456789ABCDEF";

  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    char escape[3] = { '%', hex[c >> 4], hex[c & 15] };
    if (is_unreserved(text[i]))
      hy_buf_add(b, text + i, 1);
    else
      hy_buf_add(b, escape, 3);
  }
}

void hy_form_add(hy_buf *b, const char *name, const char *value)
{
  char last = b->length ? b->data[b->length - 1] : '&';

  if (!value)
    return;
  if (last != '?' && last != '&')
    hy_buf_add(b, "&", 1);
  hy_percent_encode(b, name, strlen(name));
  hy_buf_add(b, "=", 1);
  hy_percent_encode(b, value, strlen(value));
}

/* ---- reading ---- */

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the byte at *at, unescaped, and moves *at past it. */
static char next_byte(const char **at, const char *end)
{
  const char *s = (*at)++;
  int high = *s == '%' && end - s > 2 ? hex_digit(s[1]) : -1;
  int low = high >= 0 ? hex_digit(s[2]) : -1;

  if (low < 0 || !(high | low))
    return *s == '+' ? ' ' : *s;
  *at += 2;
  return (char)(high * 16 + low);
}

static int is_name(const char *at, const char *end, const char *name)
{
  while (at < end && *name)
    if (next_byte(&at, end) != *name++)
      return 0;
  return at == end && !*name;
}

static char *decode(const char *at, const char *end)
{
  hy_buf b = { 0 };

  while (at < end) {
    char c = next_byte(&at, end);
    hy_buf_add(&b, &c, 1);
  }
  return hy_buf_take(&b);
}

/* Finds the next field of a query; *at is the `?` or `&` before it, and is moved past the field.
 * Returns 0 when there is none. */
static int next_field(const char **at, hy_span *ret)
{
  if (**at != '?' && **at != '&')
    return 0;
  *ret = (hy_span){ *at + 1, strcspn(*at + 1, "&#") };
  *at = ret->at + ret->length;
  return 1;
}

char *hy_query_get(const char *url, const char *name)
{
  const char *at = url + strcspn(url, "?#");
  hy_span field;

  while (next_field(&at, &field)) {
    const char *stop = field.at + field.length;
    const char *equals = memchr(field.at, '=', field.length);
    if (is_name(field.at, equals ? equals : stop, name))
      return decode(equals ? equals + 1 : stop, stop);
  }
  return NULL;
}

/* ---- comparing ---- */

typedef struct parts {
  hy_span scheme, authority, path;
  const char *query; /* starts at its `?`, or at the position where it would be */
} parts;

/* Splits without checking the parts. */
static parts split(const char *url)
{
  static const struct {
    const char *scheme, *port;
  } defaults[] = { { "https", ":443" }, { "http", ":80" } };
  const char *colon = url + strcspn(url, ":/?#"), *at = *colon == ':' ? colon + 1 : url;
  parts p = { .scheme = { url, *colon == ':' ? (size_t)(colon - url) : 0 } };

  if (strncmp(at, "//", 2) == 0) {
    p.authority = (hy_span){ at + 2, strcspn(at + 2, "/?#") };
    at = p.authority.at + p.authority.length;
  }
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
    size_t n = strlen(defaults[i].port), scheme = strlen(defaults[i].scheme);
    if (p.scheme.length == scheme && curl_strnequal(url, defaults[i].scheme, scheme) &&
        p.authority.length > n &&
        memcmp(p.authority.at + p.authority.length - n, defaults[i].port, n) == 0)
      p.authority.length -= n;
  }
  p.path = (hy_span){ at, strcspn(at, "?#") };
  p.query = at + p.path.length;
  while (p.path.length && p.path.at[p.path.length - 1] == '/')
    p.path.length--;
  return p;
}

static int is_same_name(hy_span a, hy_span b)
{
  return a.length == b.length && (!a.length || curl_strnequal(a.at, b.at, a.length));
}

/* Compares the texts unescaped; a plus is a space. */
static int is_same_text(hy_span a, hy_span b)
{
  const char *at = a.at, *other = b.at, *end = at + a.length, *other_end = other + b.length;

  while (at < end && other < other_end)
    if (next_byte(&at, end) != next_byte(&other, other_end))
      return 0;
  return at == end && other == other_end;
}

/* `a` and `a=` are the same parameter. */
static int is_same_field(hy_span a, hy_span b)
{
  a.length -= a.length && a.at[a.length - 1] == '=';
  b.length -= b.length && b.at[b.length - 1] == '=';
  return is_same_text(a, b);
}

static int has_field(const char *query, hy_span wanted)
{
  hy_span field;

  while (next_field(&query, &field))
    if (is_same_field(field, wanted))
      return 1;
  return wanted.length == 0;
}

int hy_url_holds(const char *url, const char *wanted)
{
  parts a = split(url), b = split(wanted);
  hy_span field;

  if (!is_same_name(a.scheme, b.scheme) || !is_same_name(a.authority, b.authority) ||
      !is_same_text(a.path, b.path))
    return 0;
  while (next_field(&b.query, &field))
    if (!has_field(a.query, field))
      return 0;
  return 1;
}
