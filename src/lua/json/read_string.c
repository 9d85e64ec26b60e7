/* JSON string reader: what is no short plain text, and new words. */
#include "json/reader.h"

void hy_json_push_new_word(hy_json_decoder *d, const char *p, size_t length, hy_json_word word,
                           size_t place)
{
  word.at = (uint32_t)(p - d->text);
  word.length = (uint32_t)length + 1;
  lua_pushlstring(d->L, p, length);
  lua_copy(d->L, -1, d->words + (int)place);
  d->known[place] = word;
}

/* Reads four hexadecimal digits; returns -1 for anything else. */
static long read_hex(const char *p, const char *end)
{
  long unit = 0;

  if (end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int c = (unsigned char)p[i], lower = c | 0x20;

    if (c >= '0' && c <= '9')
      unit = unit << 4 | (c - '0');
    else if (lower >= 'a' && lower <= 'f')
      unit = unit << 4 | (lower - 'a' + 10);
    else
      return -1;
  }
  return unit;
}

static void add_utf8(hy_json_buffer *b, long code)
{
  char out[4];
  size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

  for (size_t i = n - 1; i; i--, code >>= 6)
    out[i] = (char)(0x80 | (code & 0x3F));
  out[0] = (char)(n == 1 ? code : (0xF00 >> n & 0xFF) | code);
  hy_json_add(b, out, n);
}

/* Reads the escape at the cursor as the second half of a surrogate pair, after the first half;
 * returns -1 when it is not one. */
static long read_low_surrogate(const hy_json_decoder *d)
{
  long low;

  if (d->end - d->cursor < 2 || d->cursor[0] != '\\' || d->cursor[1] != 'u')
    return -1;
  low = read_hex(d->cursor + 2, d->end);
  return low >= 0xDC00 && low <= 0xDFFF ? low : -1;
}

/* Reads what follows \u: one unit, or a pair of surrogates. JavaScript may cut text inside a
 * pair and send one half: that half becomes U+FFFD, and the text after it is read separately. */
static int read_unicode(hy_json_decoder *d, hy_json_buffer *b)
{
  const char *start = d->cursor - 2;
  long code = read_hex(d->cursor, d->end), low = -1;

  if (code < 0)
    return hy_json_refuse(d, start, "\\u wants four hexadecimal digits");
  d->cursor += 4;
  if (code >= 0xD800 && code <= 0xDFFF) {
    if (code < 0xDC00)
      low = read_low_surrogate(d);
    if (low < 0 && d->strict)
      return hy_json_refuse(d, start, "half a surrogate pair");
    if (low >= 0)
      d->cursor += 6;
    code = low < 0 ? 0xFFFD : 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  add_utf8(b, code);
  return 1;
}

/* Starts at a backslash. */
static int read_escape(hy_json_decoder *d, hy_json_buffer *b)
{
  static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
  const char *found;

  if (d->end - d->cursor < 2)
    return hy_json_refuse(d, d->end, "the text ends within a string");
  d->cursor += 2;
  if (d->cursor[-1] == 'u')
    return read_unicode(d, b);
  found = memchr(names, d->cursor[-1], sizeof names - 1);
  if (!found)
    return hy_json_refuse(d, d->cursor - 2, "no such escape in a string");
  hy_json_add(b, bytes + (found - names), 1);
  return 1;
}

/* Reports the byte at which hy_json_plain() stopped, which is neither the closing quote nor an
 * escape. */
static int bad_string(hy_json_decoder *d, const char *at)
{
  if (at == d->end)
    return hy_json_refuse(d, at, "the text ends within a string");
  if ((unsigned char)*at < 0x20)
    return hy_json_refuse(d, at, "a control character in a string must be escaped");
  return hy_json_refuse(d, at, "not valid UTF-8");
}

/* Reads the rest of a string with escapes, which begins at `start` and has the first escape at
 * `stop`. */
static int read_escaped(hy_json_decoder *d, const char *start, const char *stop)
{
  hy_json_buffer b;

  hy_json_buffer_init(&b, d->L, d->scratch);
  for (;;) {
    hy_json_add(&b, start, (size_t)(stop - start));
    if (stop == d->end || (*stop != '"' && *stop != '\\'))
      return bad_string(d, stop);
    d->cursor = stop;
    if (*stop == '"')
      break;
    if (!read_escape(d, &b))
      return 0;
    start = d->cursor;
    stop = hy_json_plain_end(start, d->end);
  }
  d->cursor++;
  lua_pushlstring(d->L, b.text, b.length);
  d->top++;
  hy_json_buffer_free(&b);
  return 1;
}

int hy_json_read_any_string(hy_json_decoder *d)
{
  const char *start = d->cursor + 1;
  const char *stop = hy_json_plain_end(start, d->end);

  if (stop == d->end || *stop != '"')
    return read_escaped(d, start, stop);
  d->cursor = stop + 1;
  lua_pushlstring(d->L, start, (size_t)(stop - start));
  d->top++;
  return 1;
}
