/* JSON codec internals: buffers, numbers, and a fast search for the end of plain text. */
#ifndef HY_JSON_PARTS_H
#define HY_JSON_PARTS_H

#include <stdint.h>
#include <string.h>

#include "json/json.h"

/* Marks a function that runs seldom: it is compiled for size. */
#if defined(__GNUC__)
#define HY_JSON_RARE __attribute__((cold))
#else
#define HY_JSON_RARE
#endif

/* Doubles up to this value hold every whole number. */
#define HY_JSON_EXACT 9007199254740992.0

/* Size of the longest number that hy_json_print_* write. */
#define HY_JSON_NUMBER 32

/* ---- json.c ---------------------------------------------------------------------------------- */

/* Initialises an empty buffer; when it needs a userdata, that goes to the stack slot `anchor`. */
void hy_json_buffer_init(hy_json_buffer *b, lua_State *L, int anchor);

/* Makes room for `more` bytes after `length`; may raise. Needs two free stack slots. */
void hy_json_buffer_grow(hy_json_buffer *b, size_t more);

/* The part of hy_json_plain() below for the rarer bytes. */
const char *hy_json_plain_rest(const char *p, const char *end);

/* The same as hy_json_plain(), not inline. */
const char *hy_json_plain_end(const char *p, const char *end);

/* ---- number.c --------------------------------------------------------------------------- */

/* Reads the nearest double of a number that the grammar has accepted. Out of range it is an
 * infinity, and 0 is returned. */
int hy_json_read_double(const char *text, size_t length, double *ret);

/* Whether a double is exactly the number of these digits, with an optional minus. */
int hy_json_is_exactly(double number, const char *text, size_t length);

/* Each writes at most HY_JSON_NUMBER bytes and returns the count. The double must be finite; it
 * is written with the fewest digits that read back to the same double, and never looks like an
 * integer when Lua has integers. */
size_t hy_json_print_integer(char *out, long long number);
size_t hy_json_print_double(char *out, double number);

/* ---- inline, as half of the time is spent here ---- */

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

/* Reads eight bytes, the first of them lowest on any machine. */
static inline uint64_t hy_json_load(const char *text)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t word;

  memcpy(&word, text, sizeof word);
  return word;
#else
  const unsigned char *p = (const unsigned char *)text;

  return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
         (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
#endif
}

/* Sets the high bit of every byte in `word` that is a quote, a backslash, a control character or
 * not ASCII. Only the lowest bit set is reliable, since a subtraction borrows from the byte
 * above. */
static inline uint64_t hy_json_special(uint64_t word)
{
  const uint64_t ones = 0x0101010101010101u;
  uint64_t quote = (word ^ ones * '"') - ones;
  uint64_t backslash = (word ^ ones * '\\') - ones;
  uint64_t control = word - ones * 0x20;

  return (quote | backslash | control | word) & ones * 0x80;
}

/* Returns the index of the byte with the lowest bit of a non-zero hy_json_special(). */
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

/* Returns a mask of the bytes before that one. */
static inline uint64_t hy_json_below(uint64_t bits)
{
  return ((bits & (0 - bits)) >> 7) - 1;
}

/* Skips plain ASCII eight bytes at a time; stops at another byte, or less than eight bytes
 * before the end. */
static inline const char *hy_json_skip_ascii(const char *p, const char *end)
{
  for (; end - p >= 8; p += 8) {
    uint64_t bits = hy_json_special(hy_json_load(p));

    if (bits)
      return p + hy_json_lowest(bits);
  }
  return p;
}

/* Returns the first byte from `p` on that ends or escapes a JSON string, or is invalid: a quote,
 * a backslash, a control character, or invalid UTF-8. Returns `end` when there is none. */
static inline const char *hy_json_plain(const char *p, const char *end)
{
  p = hy_json_skip_ascii(p, end);
  return p < end && (*p == '"' || *p == '\\') ? p : hy_json_plain_rest(p, end);
}

#endif
