/*
 * Growing byte buffer.
 *
 * Invariant: once a buffer has memory, data[length] is NUL and length < size. An append is complete
 * or sets `failed`, after which nothing more is appended. Old memory is overwritten when a buffer
 * grows, so that a secret built here exists only once.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* More than any text with a secret, including a login reply. A larger buffer grows by realloc,
 * which may move pages instead of copying bytes. */
#define SECRET_MAX ((size_t)1024 * 1024)

static char *move(hy_buf *b, size_t size)
{
  char *data;

  if (b->size > SECRET_MAX)
    return realloc(b->data, size);
  data = malloc(size);
  if (data && b->data) {
    memcpy(data, b->data, b->length + 1);
    hy_overwrite(b->data, b->size);
    free(b->data);
  }
  return data;
}

/* Makes room for `length` more bytes and a NUL. Returns 0 or -1. */
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

void hy_buf_add_line(hy_buf *b, const char *bytes, size_t length)
{
  if (reserve(b, length + 1))
    return;
  memcpy(b->data + b->length, bytes, length);
  b->length += length + 1;
  b->data[b->length - 1] = b->data[b->length] = '\0';
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

/* Clears the text, and with it an earlier failure. */
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
    hy_overwrite(b->data, b->size);
  hy_buf_free(b);
}

char *hy_buf_take(hy_buf *b)
{
  char *data;

  hy_buf_add(b, "", 0); /* an empty buffer is returned as "" */
  if (b->failed)
    hy_buf_wipe(b);
  data = b->data;
  *b = (hy_buf){ 0 };
  return data;
}
