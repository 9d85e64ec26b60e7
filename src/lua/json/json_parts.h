/* JSON codec internals: buffers, numbers, and a fast search for the end of plain text. */
#ifndef HY_JSON_PARTS_H
#define HY_JSON_PARTS_H

#include <stdint.h>
#include <string.h>

#include "json/json.h"

/* Doubles up to here hold every whole number. */
#define HY_JSON_EXACT 9007199254740992.0

/* Room for any number as hy_json_print_* write it. */
#define HY_JSON_NUMBER 32

/* ---- json.c ---------------------------------------------------------------------------------- */

/* An empty buffer, whose userdata is going to be at the stack slot `anchor` if it comes to that. */
void hy_json_buffer_init(hy_json_buffer *b, lua_State *L, int anchor);

/* Makes room for `more` bytes after `length`; may raise. Wants two free stack slots. */
void hy_json_buffer_grow(hy_json_buffer *b, size_t more);

/* The same as hy_json_plain() below, for the rarer bytes. */
const char *hy_json_plain_rest(const char *p, const char *end);

/* ---- number.c --------------------------------------------------------------------------- */

/* The double nearest to a number that the grammar has already passed; an infinity, and 0, if it is out of range. */
int hy_json_read_double(const char *text, size_t length, double *ret);

/* Whether a double is exactly what these digits, perhaps after a minus, say. */
int hy_json_is_exactly(double number, const char *text, size_t length);

/* Each writes at most HY_JSON_NUMBER bytes and returns how many. The double must be finite; it comes out in
 * as few digits as read back to the same double, and where Lua has integers never looks like one. */
size_t hy_json_print_integer(char *out, long long number);
size_t hy_json_print_double(char *out, double number);

/* ---- in line, being half of the work --------------------------------------------------------- */

static inline void hy_json_reserve(hy_json_buffer *b, size_t more)
{
  if (b->size - b->length < more)
    hy_json_buffer_grow(b, more);
}

static inline void hy_json_add(hy_json_buffer *b, const void *bytes, size_t length)
{
  hy_json_reserve(b, length);
  memcpy(b->text + b->length, bytes, length);
  b->length += length;
}

/* Eight bytes, the first of them lowest on any machine; compilers make one load of it where they can. */
static inline uint64_t hy_json_load(const char *text)
{
  const unsigned char *p = (const unsigned char *)text;

  return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
         (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* The high bit of every byte in `word` that is a quote, a backslash, a control character or no ASCII.  Bits
 * above the lowest may be wrong, since a subtraction borrows from the byte above: only the lowest is to be
 * used. */
static inline uint64_t hy_json_special(uint64_t word)
{
  const uint64_t ones = 0x0101010101010101u;
  uint64_t quote = (word ^ ones * '"') - ones;
  uint64_t backslash = (word ^ ones * '\\') - ones;
  uint64_t control = word - ones * 0x20;

  return (quote | backslash | control | word) & ones * 0x80;
}

/* Which byte the lowest bit of a non-zero hy_json_special() is in. */
static inline unsigned hy_json_lowest(uint64_t bits)
{
#if defined(__GNUC__)
  return (unsigned)__builtin_ctzll(bits) >> 3;
#else
  unsigned n = 0;

  for (; !(bits & 0xFF); bits >>= 8)
    n++;
  return n;
#endif
}

/* Skips plain ASCII eight bytes at a time: stops at any other byte, or short of eight from the end. */
static inline const char *hy_json_skip_ascii(const char *p, const char *end)
{
  for (; end - p >= 8; p += 8) {
    uint64_t bits = hy_json_special(hy_json_load(p));

    if (bits)
      return p + hy_json_lowest(bits);
  }
  return p;
}

/* The first byte from `p` on that cannot stand for itself in a JSON string: a quote, a backslash, a control
 * character, or one that is not valid UTF-8; `end` if there is none. */
static inline const char *hy_json_plain(const char *p, const char *end)
{
  p = hy_json_skip_ascii(p, end);
  return p < end && (*p == '"' || *p == '\\') ? p : hy_json_plain_rest(p, end);
}

#endif
