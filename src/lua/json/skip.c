/* JSON skipper: skips spaces, and a value that is not wanted: its grammar is checked, and nothing
 * made of it. */
#include "json/reader.h"

int hy_json_peek_far(hy_json_decoder *d)
{
  const char *p = d->cursor;

  while (p < d->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;
  d->cursor = p;
  return p < d->end ? *p : 0;
}

int hy_json_read_name(hy_json_decoder *d, int first)
{
  const char *name = first == 't' ? "true" : first == 'f' ? "false" : "null";
  int length = first == 'f' ? 5 : 4;

  if (d->end - d->cursor < length || memcmp(d->cursor, name, 4) != 0 ||
      d->cursor[length - 1] != name[length - 1])
    return hy_json_expect(d, "a value");
  d->cursor += length;
  return 1;
}

static int skip_string(hy_json_decoder *d)
{
  const char *stop = hy_json_plain_end(d->cursor + 1, d->end);

  if (stop < d->end && *stop == '"') {
    d->cursor = stop + 1;
    return 1;
  }
  if (!hy_json_read_any_string(d))
    return 0;
  hy_json_drop_value(d);
  return 1;
}

static int skip_number(hy_json_decoder *d)
{
  int strict = d->strict, read;

  d->strict = 0;
  read = hy_json_read_number(d);
  d->strict = strict;
  if (read)
    hy_json_drop_value(d);
  return read;
}

/* Skips a key with its colon. */
static int skip_key(hy_json_decoder *d)
{
  if (hy_json_peek(d) != '"')
    return hy_json_expect(d, "a key");
  return skip_string(d) && hy_json_read_colon(d);
}

/* Starts at the bracket or brace that opens an array or object. An empty one is skipped whole. */
static int open_level(hy_json_decoder *d, int is_array)
{
  if (!hy_json_may_open(d))
    return 0;
  d->cursor++;
  if (hy_json_peek(d) == (is_array ? ']' : '}')) {
    d->cursor++;
    return 1;
  }
  d->levels[d->depth++].is_array = is_array;
  return is_array || skip_key(d);
}

/* Skips a value, or what opens it. */
static int skip_start(hy_json_decoder *d)
{
  int c = hy_json_peek(d);

  if (c == '"')
    return skip_string(d);
  if (c == '{' || c == '[')
    return open_level(d, c == '[');
  if (c == 't' || c == 'f' || c == 'n')
    return hy_json_read_name(d, c);
  if (c == '-' || (c >= '0' && c <= '9'))
    return skip_number(d);
  return hy_json_expect(d, "a value");
}

/* Skips what closes the levels inside `floor`, and the comma after a value, with the key that
 * follows. */
static int skip_end(hy_json_decoder *d, int floor)
{
  while (d->depth > floor) {
    int is_array = d->levels[d->depth - 1].is_array, c = hy_json_peek(d);

    if (c == ',') {
      d->cursor++;
      return is_array || skip_key(d);
    }
    if (c != (is_array ? ']' : '}'))
      return hy_json_expect(d, is_array ? "',' or ']'" : "',' or '}'");
    d->cursor++;
    d->depth--;
  }
  return 1;
}

int hy_json_skip_value(hy_json_decoder *d)
{
  int floor = d->depth;

  do {
    int outer = d->depth;

    if (!skip_start(d))
      return 0;
    /* after a bracket or brace comes the first value */
    if (d->depth == outer && !skip_end(d, floor))
      return 0;
  } while (d->depth > floor);
  return 1;
}
