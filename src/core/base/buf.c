/*
 * A growing run of bytes, and the small care that text needs: copies, secrets, UTF-8.
 *
 * Kept true: once a buffer has memory, data[length] is NUL and length < size.  An append either happens
 * whole or sets `failed`, after which nothing more is appended.  Memory that a buffer leaves behind while it
 * grows is overwritten first, so that a secret built here exists once.
 */
#include "internal.h"

#include <stdio.h>

/* As long as any text with a secret of ours, a reply of the login included: past this a buffer grows by realloc, which may
 * move pages and not bytes. */
#define SECRET_MAX ((size_t)1024 * 1024)

/* Called through a volatile pointer, so that no optimiser can tell the bytes are never read again. */
static void *(*const volatile overwrite)(void *, int, size_t) = memset;

static char *move(hy_buf *b, size_t size)
{
  char *data;

  if (b->size > SECRET_MAX)
    return realloc(b->data, size);
  data = malloc(size);
  if (data && b->data) {
    memcpy(data, b->data, b->length + 1);
    overwrite(b->data, 0, b->size);
    free(b->data);
  }
  return data;
}

/* Makes room for `length` more bytes and the NUL after them; 0 or -1. */
static int reserve(hy_buf *b, size_t length)
{
  size_t size = b->size ? b->size : 64;
  char *data;

  if (b->failed)
    return -1;
  if (length < b->size - b->length)
    return 0;
  while (size - b->length <= length && size <= SIZE_MAX / 2)
    size *= 2;
  data = size - b->length > length ? move(b, size) : NULL;
  if (!data) {
    b->failed = 1;
    return -1;
  }
  b->data = data;
  b->size = size;
  b->data[b->length] = '\0';
  return 0;
}

void hy_buf_add(hy_buf *b, const void *bytes, size_t length)
{
  if (reserve(b, length))
    return;
  if (length)
    memcpy(b->data + b->length, bytes, length);
  b->length += length;
  b->data[b->length] = '\0';
}

void hy_buf_adds(hy_buf *b, const char *text)
{
  hy_buf_add(b, text, strlen(text));
}

void hy_buf_addf(hy_buf *b, const char *format, ...)
{
  va_list args;
  int length;

  va_start(args, format);
  length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (length < 0)
    b->failed = 1;
  if (length < 0 || reserve(b, (size_t)length))
    return;
  va_start(args, format);
  vsnprintf(b->data + b->length, (size_t)length + 1, format, args);
  va_end(args);
  b->length += (size_t)length;
}

/* What failed before is forgotten with the text it belonged to. */
void hy_buf_clear(hy_buf *b)
{
  b->length = 0;
  b->failed = 0;
  if (b->data)
    b->data[0] = '\0';
}

void hy_buf_free(hy_buf *b)
{
  free(b->data);
  *b = (hy_buf){ 0 };
}

void hy_buf_wipe(hy_buf *b)
{
  if (b->data)
    overwrite(b->data, 0, b->size);
  hy_buf_free(b);
}

char *hy_buf_take(hy_buf *b)
{
  char *data;

  hy_buf_add(b, "", 0); /* so that nothing at all is taken as "" */
  if (b->failed)
    hy_buf_wipe(b);
  data = b->data;
  *b = (hy_buf){ 0 };
  return data;
}

char *hy_strdup(const char *text)
{
  return text ? hy_strndup(text, strlen(text)) : NULL;
}

char *hy_strndup(const char *text, size_t length)
{
  char *copy = text && length < SIZE_MAX ? malloc(length + 1) : NULL;

  if (!copy)
    return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

void hy_overwrite(void *bytes, size_t length)
{
  overwrite(bytes, 0, length);
}

void hy_wipe(char *text)
{
  if (!text)
    return;
  hy_overwrite(text, strlen(text));
  free(text);
}

/* ---- UTF-8 ------------------------------------------------------------------------------------ */

/* The length of the character at `s`, of which `left` > 0 bytes may be read; 0 when it is malformed. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
  size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;

  if (length > left)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((s[i] & 0xC0) != 0x80)
      return 0;
  if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90))
    return 0; /* overlong */
  if ((s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F))
    return 0; /* surrogate, or beyond U+10FFFF */
  return length;
}

uint64_t hy_hash(uint64_t hash, const void *bytes, size_t length)
{
  const unsigned char *at = bytes;

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ at[i]) * 0x100000001B3u;
  return hash;
}

uint64_t hy_hash_text(uint64_t hash, const char *text)
{
  return hy_hash(hash, text ? text : "", (text ? strlen(text) : 0) + 1);
}

int hy_is_utf8(const char *text, size_t length)
{
  const unsigned char *s = (const unsigned char *)text;

  while (length) {
    size_t n = utf8_length(s, length);
    if (!n)
      return 0;
    s += n;
    length -= n;
  }
  return 1;
}

static unsigned code_point(const unsigned char *s, size_t length)
{
  unsigned code = length == 1 ? *s : *s & (0xFFU >> (length + 1));

  for (size_t i = 1; i < length; i++)
    code = code << 6 | (s[i] & 0x3FU);
  return code;
}

/* C0, C1, DEL; then what turns the direction of a line, or separates lines. */
static int is_unseen(unsigned code)
{
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

void hy_visible(char *to, size_t size, const char *from)
{
  const unsigned char *s = (const unsigned char *)from;
  size_t left = strlen(from), room = size - 1;

  while (left) {
    char piece[16];
    size_t n = utf8_length(s, left);
    unsigned code = n ? code_point(s, n) : *s;
    int length;
    if (n && !is_unseen(code))
      length = snprintf(piece, sizeof piece, "%.*s", (int)n, (const char *)s);
    else
      length = snprintf(piece, sizeof piece, n > 1 ? "\\u{%x}" : "\\x%02x", code);
    if (length < 0 || (size_t)length > room)
      break;
    memcpy(to, piece, (size_t)length);
    to += length;
    room -= (size_t)length;
    s += n ? n : 1;
    left -= n ? n : 1;
  }
  *to = '\0';
}
