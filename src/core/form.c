/*
 * Forms and URL queries: values out as percent-encoded UTF-8, values in as they were meant.
 *
 * Kept true: what hy_form_add() writes, hy_query_get() reads back, byte for byte.  An escape that is
 * malformed, or that would put a NUL into the text and so cut it, stays as it is written.
 */
#include "internal.h"

static int is_unreserved(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
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

/* ---- reading ---------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at *at, unescaped; moves *at past it. */
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

char *hy_query_get(const char *url, const char *name)
{
  const char *end = url + strcspn(url, "#");
  const char *at = memchr(url, '?', (size_t)(end - url));

  while (at && at < end) {
    const char *field = at + 1; /* past the `?` or `&` */
    const char *stop = field + strcspn(field, "&#");
    const char *equals = memchr(field, '=', (size_t)(stop - field));
    if (is_name(field, equals ? equals : stop, name))
      return decode(equals ? equals + 1 : stop, stop);
    at = stop;
  }
  return NULL;
}
