/* HTML scanner: tags, attributes and entities, enough to read a form. Results are spans of the
 * page. */
#ifndef HY_HTML_H
#define HY_HTML_H

#include "base/buf.h"
#include "base/text.h"

enum {
  HY_HTML_NAME,
  HY_HTML_VALUE,
  HY_HTML_ACTION,
  HY_HTML_ID,
  HY_HTML_FOR,
  HY_HTML_DISABLED,
  HY_HTML_ATTRIBUTES
};

typedef enum hy_html_kind { HY_HTML_END, HY_HTML_TEXT, HY_HTML_OPEN, HY_HTML_CLOSE } hy_html_kind;

typedef struct hy_html_token {
  hy_span text;                          /* HY_HTML_TEXT: the text; a tag: its name */
  hy_span attribute[HY_HTML_ATTRIBUTES]; /* `at` is NULL when the tag lacks the attribute */
} hy_html_token;

/* The position of the scanner. */
typedef struct hy_html {
  const char *at, *end;
  hy_span raw; /* the element just opened, when its content is not markup */
} hy_html;

hy_html_kind hy_html_next(hy_html *in, hy_html_token *t);

int hy_html_is_space(char c);
int hy_html_is_word(hy_span s, const char *word); /* `word` is in lower case; `s` in any case */

/* Writes the first character of `s` (entities decoded), at most four bytes, and moves past it.
 * Returns the bytes written. */
size_t hy_html_character(hy_span *s, char *out);
void hy_html_decode(hy_buf *out, hy_span s);
/* Decodes the first `size` - 1 bytes into the caller's buffer. Returns 1 when everything fitted. */
int hy_html_decode_short(hy_span s, char *out, size_t size);

#endif
