/* Growing byte buffer, and spans of borrowed bytes. */
#ifndef HY_BUF_H
#define HY_BUF_H

#include <stddef.h>

/* Initialise with zeroes. The first failed allocation sets `failed`, and later appends do
 * nothing, so a caller checks for failure once, at the end. */
typedef struct hy_buf {
  char *data;
  size_t length, size;
  int failed;
} hy_buf;

void hy_buf_add(hy_buf *b, const void *bytes, size_t length);
void hy_buf_adds(hy_buf *b, const char *text);
void hy_buf_add_line(hy_buf *b, const char *bytes, size_t length); /* and a NUL, which counts */
void hy_buf_addf(hy_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hy_buf_clear(hy_buf *b); /* length 0, keeps its memory */
void hy_buf_free(hy_buf *b);  /* frees its memory and zeroes it */
void hy_buf_wipe(hy_buf *b);  /* the same for a secret: overwrites the bytes first */
char *hy_buf_take(hy_buf *b); /* the text, which the caller must free(); NULL after a failure */

/* A range of bytes in memory that something else owns. */
typedef struct hy_span {
  const char *at;
  size_t length;
} hy_span;

#endif
