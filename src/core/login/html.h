/* HTML scanner: tags, attributes and entities, as far as a form needs them. Results are spans of the page. */
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
  hy_span text;                          /* of HY_HTML_TEXT: the text; of a tag: its name */
  hy_span attribute[HY_HTML_ATTRIBUTES]; /* `at` is NULL where the tag has none */
} hy_html_token;

/* Where the reading is. */
typedef struct hy_html {
  const char *at, *end;
  hy_span raw; /* the element just opened, when its content is no markup */
} hy_html;

hy_html_kind hy_html_next(hy_html *in, hy_html_token *t);

int hy_html_is_space(char c);
int hy_html_is_word(hy_span s, const char *word); /* `word` in lower case; the text in any */

/* Moves past the first character of `s`, an entity maybe, and writes it, at most four bytes; how many. */
size_t hy_html_character(hy_span *s, char *out);
void hy_html_decode(hy_buf *out, hy_span s);
/* The first `size` - 1 bytes, decoded, into a small buffer of the caller's; 1 when that was all. */
int hy_html_decode_short(hy_span s, char *out, size_t size);

#endif
