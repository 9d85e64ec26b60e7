/*
 * HTML scanner.
 *
 * Invariant: it allocates nothing, reads nothing past the end, and scans a page once.
 */
#include "login/html.h"

#include <string.h>

#include "base/buf.h"

static const char *const attributes[HY_HTML_ATTRIBUTES] = { "name", "value", "action",
                                                            "id",   "for",   "disabled" };

/* ---- bytes ---- */

int hy_html_is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int is_letter(char c)
{
  return lower(c) >= 'a' && lower(c) <= 'z';
}

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

int hy_html_is_word(hy_span s, const char *word)
{
  size_t i = 0;

  while (i < s.length && word[i] && lower(s.at[i]) == word[i])
    i++;
  return s.at && i == s.length && !word[i];
}

static int starts_with(const hy_html *in, const char *word)
{
  const char *at = in->at;

  while (at < in->end && *word && lower(*at) == *word)
    at++, word++;
  return !*word;
}

/* ---- entities ---- */

/* As in HTML, an invalid character becomes U+FFFD; so do controls, which do not belong in a
 * value. */
static size_t put_utf8(unsigned long c, char *out)
{
  if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c > 0x7E && c < 0xA0) || c > 0x10FFFF ||
      (c >= 0xD800 && c < 0xE000))
    c = 0xFFFD;
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xC0 | c >> 6);
    out[1] = (char)(0x80 | (c & 63));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 63));
    out[2] = (char)(0x80 | (c & 63));
    return 3;
  }
  out[0] = (char)(0xF0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 63));
  out[2] = (char)(0x80 | (c >> 6 & 63));
  out[3] = (char)(0x80 | (c & 63));
  return 4;
}

/* Reads `&#38;` or `&#x26;`, the semicolon optional. Returns the bytes read, 0 when it is not an
 * entity. */
static size_t numeric_entity(hy_span s, unsigned long *ret_character)
{
  size_t start = s.length > 2 && lower(s.at[2]) == 'x' ? 3 : 2, i = start;
  unsigned long base = start == 3 ? 16 : 10, value = 0;

  for (; i < s.length; i++) {
    int d = hex_digit(s.at[i]);
    if (d < 0 || (unsigned long)d >= base)
      break;
    if (value <= 0x10FFFF)
      value = value * base + (unsigned long)d;
  }
  if (i == start)
    return 0;
  *ret_character = value;
  return i < s.length && s.at[i] == ';' ? i + 1 : i;
}

static size_t named_entity(hy_span s, unsigned long *ret_character)
{
  static const struct {
    const char *name;
    unsigned long character;
  } entities[] = { { "&amp;", '&' },  { "&lt;", '<' },    { "&gt;", '>' },
                   { "&quot;", '"' }, { "&apos;", '\'' }, { "&nbsp;", 0xA0 } };

  for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
    size_t length = strlen(entities[i].name);
    if (length <= s.length && hy_html_is_word((hy_span){ s.at, length }, entities[i].name)) {
      *ret_character = entities[i].character;
      return length;
    }
  }
  return 0;
}

/* Writes the first character of `s`, at most four bytes, and moves past it. Returns the bytes
 * written. */
size_t hy_html_character(hy_span *s, char *out)
{
  unsigned long character = 0;
  size_t read = 0;

  if (s->at[0] == '&')
    read = s->length > 1 && s->at[1] == '#' ? numeric_entity(*s, &character)
                                            : named_entity(*s, &character);
  out[0] = s->at[0];
  s->at += read ? read : 1;
  s->length -= read ? read : 1;
  /* A raw NUL would end the text. */
  return read || !out[0] ? put_utf8(character, out) : 1;
}

void hy_html_decode(hy_buf *out, hy_span s)
{
  char bytes[4];

  while (s.length) {
    size_t n = hy_html_character(&s, bytes);
    hy_buf_add(out, bytes, n);
  }
}

/* Decodes the first `size` - 1 bytes into the caller's buffer. Returns 1 when everything fitted. */
int hy_html_decode_short(hy_span s, char *out, size_t size)
{
  size_t length = 0;
  char bytes[4];

  while (s.length && length < size) {
    size_t n = hy_html_character(&s, bytes);
    for (size_t i = 0; i < n && length < size; i++)
      out[length++] = bytes[i];
  }
  out[length < size ? length : size - 1] = '\0';
  return length < size;
}

/* ---- tags ---- */

static hy_span take_until(hy_html *in, const char *stops)
{
  hy_span s = { in->at, 0 };

  while (in->at < in->end && !hy_html_is_space(*in->at) && (!*in->at || !strchr(stops, *in->at)))
    in->at++;
  s.length = (size_t)(in->at - s.at);
  return s;
}

static void skip_space(hy_html *in)
{
  while (in->at < in->end && hy_html_is_space(*in->at))
    in->at++;
}

/* Moves to the end of the next `text`, or to the end of the page. */
static void skip_past(hy_html *in, const char *text)
{
  while (in->at < in->end && !starts_with(in, text))
    in->at++;
  in->at += in->at < in->end ? strlen(text) : 0;
}

static hy_span take_value(hy_html *in)
{
  char quote = in->at < in->end ? *in->at : '\0';
  const char *stop;
  hy_span s;

  if (quote != '"' && quote != '\'')
    return take_until(in, ">");
  in->at++;
  stop = memchr(in->at, quote, (size_t)(in->end - in->at));
  s = (hy_span){ in->at, (size_t)((stop ? stop : in->end) - in->at) };
  in->at = stop ? stop + 1 : in->end;
  return s;
}

static void take_attribute(hy_html *in, hy_html_token *t)
{
  hy_span name = { in->at++, 0 }, value = { "", 0 }; /* a name may begin with `=` */

  take_until(in, "/>=");
  name.length = (size_t)(in->at - name.at);
  skip_space(in);
  if (in->at < in->end && *in->at == '=') {
    in->at++;
    skip_space(in);
    value = take_value(in);
  }
  for (int i = 0; i < HY_HTML_ATTRIBUTES; i++)
    /* Of duplicates the first counts. */
    if (hy_html_is_word(name, attributes[i]) && !t->attribute[i].at)
      t->attribute[i] = value;
}

/* Starts at the name of a tag. A tag cut off by the end of the page is ignored. */
static hy_html_kind take_tag(hy_html *in, hy_html_token *t, hy_html_kind kind)
{
  static const char *const raw[] = { "script", "style",   "textarea", "title",
                                     "iframe", "noembed", "noframes", "xmp" };

  t->text = take_until(in, "/>");
  for (;;) {
    while (in->at < in->end && (hy_html_is_space(*in->at) || *in->at == '/'))
      in->at++;
    if (in->at == in->end)
      return HY_HTML_END;
    if (*in->at == '>')
      break;
    take_attribute(in, t);
  }
  in->at++;
  for (size_t i = 0; kind == HY_HTML_OPEN && i < sizeof raw / sizeof *raw; i++)
    if (hy_html_is_word(t->text, raw[i]))
      in->raw = t->text;
  return kind;
}

/* Moves to the end tag of an element whose content is not markup. */
static void skip_raw(hy_html *in)
{
  hy_span name = in->raw;

  in->raw = (hy_span){ 0 };
  for (; in->at < in->end; in->at++) {
    size_t left = (size_t)(in->end - in->at);
    const char *after = in->at + 2 + name.length;
    if (*in->at != '<' || left < 3 + name.length || in->at[1] != '/')
      continue;
    if (!hy_html_is_space(*after) && *after != '>' && *after != '/')
      continue;
    for (size_t i = 0; lower(in->at[2 + i]) == lower(name.at[i]);)
      if (++i == name.length)
        return;
  }
}

static hy_html_kind take_text(hy_html *in, hy_html_token *t)
{
  const char *stop = memchr(in->at + 1, '<', (size_t)(in->end - in->at - 1));

  t->text = (hy_span){ in->at, (size_t)((stop ? stop : in->end) - in->at) };
  in->at += t->text.length;
  return HY_HTML_TEXT;
}

hy_html_kind hy_html_next(hy_html *in, hy_html_token *t)
{
  *t = (hy_html_token){ 0 };
  if (in->raw.at)
    skip_raw(in);
  for (;;) {
    char next = in->end - in->at > 1 ? in->at[1] : ' ';
    char after = in->end - in->at > 2 ? in->at[2] : '>';
    if (in->at == in->end)
      return HY_HTML_END;
    if (*in->at != '<' || (!is_letter(next) && !strchr("/!?", next)) || !next)
      return take_text(in, t);
    if (is_letter(next) || (next == '/' && is_letter(after))) {
      in->at += next == '/' ? 2 : 1;
      return take_tag(in, t, next == '/' ? HY_HTML_CLOSE : HY_HTML_OPEN);
    }
    if (starts_with(in, "<!--") && !starts_with(in, "<!-->") && !starts_with(in, "<!--->"))
      skip_past(in, "-->");
    else
      skip_past(in, ">");
  }
}
