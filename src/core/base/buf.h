/* Growing byte buffer, and spans of borrowed bytes. */
#ifndef HY_BUF_H
#define HY_BUF_H

#include <stddef.h>

/* Start from zeroes. The first allocation that fails sets `failed` and every later append does nothing, so a
 * builder checks once, at its end. */
typedef struct hy_buf {
  char *data;
  size_t length, size;
  int failed;
} hy_buf;

void hy_buf_add(hy_buf *b, const void *bytes, size_t length);
void hy_buf_adds(hy_buf *b, const char *text);
void hy_buf_addf(hy_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hy_buf_clear(hy_buf *b); /* length 0, memory kept */
void hy_buf_free(hy_buf *b);  /* back to zeroes */
void hy_buf_wipe(hy_buf *b);  /* the same, its bytes overwritten first: for secrets */
char *hy_buf_take(hy_buf *b); /* the text, now the caller's to free(); NULL if anything failed */

/* A run of bytes in somebody else's memory. */
typedef struct hy_span {
  const char *at;
  size_t length;
} hy_span;

#endif
