/* JSON number reader: the grammar, and the value of simple numbers; number.c handles the others. */
#include <float.h>

#include "json/reader.h"

/* A number while it is parsed. */
typedef struct number {
  const char *start;
  uint64_t mantissa;  /* of all digits, when there are at most 19 */
  int digits, places; /* count of all digits; count after the point */
  int is_whole;       /* neither point nor exponent */
  int exponent;       /* as written, or a large value */
} number;

static inline int is_digit(const hy_json_decoder *d)
{
  return d->cursor < d->end && *d->cursor >= '0' && *d->cursor <= '9';
}

static int read_digits(hy_json_decoder *d, number *n)
{
  const char *start = d->cursor;

  if (!is_digit(d))
    return hy_json_expect(d, "a digit");
  for (; is_digit(d); d->cursor++)
    n->mantissa = n->mantissa * 10 + (uint64_t)(*d->cursor - '0');
  if (d->cursor - start > 1000)
    n->digits = 1000; /* any value above 19 will do */
  else
    n->digits += (int)(d->cursor - start);
  return 1;
}

static int read_exponent(hy_json_decoder *d, number *n)
{
  int negative = 0;

  d->cursor++;
  if (d->cursor < d->end && (*d->cursor == '-' || *d->cursor == '+'))
    negative = *d->cursor++ == '-';
  if (!is_digit(d))
    return hy_json_expect(d, "a digit");
  for (; is_digit(d); d->cursor++)
    if (n->exponent < 1000)
      n->exponent = n->exponent * 10 + (*d->cursor - '0');
  if (negative)
    n->exponent = -n->exponent;
  return 1;
}

static int read_grammar(hy_json_decoder *d, number *n)
{
  if (is_digit(d) && *d->cursor == '0') {
    d->cursor++;
    n->digits = 1;
    if (is_digit(d))
      return hy_json_refuse(d, d->cursor, "a number must not begin with 0");
  } else if (!read_digits(d, n))
    return 0;
  if (d->cursor < d->end && *d->cursor == '.') {
    int whole = n->digits;
    d->cursor++;
    if (!read_digits(d, n))
      return 0;
    n->places = n->digits - whole;
    n->is_whole = 0;
  }
  if (d->cursor < d->end && (*d->cursor | 0x20) == 'e') {
    n->is_whole = 0;
    return read_exponent(d, n);
  }
  return 1;
}

/* Pushes a whole number that fits into a Lua integer, or returns 0. */
static int push_integer(hy_json_decoder *d, const number *n, int negative)
{
  if (n->digits > 19 || (negative && n->mantissa == 0))
    return 0;
#if HY_INTEGERS
  if (n->mantissa > (uint64_t)LUA_MAXINTEGER + (uint64_t)negative)
    return 0;
  lua_pushinteger(d->L, negative ? (lua_Integer)(0 - n->mantissa) : (lua_Integer)n->mantissa);
#else
  if (n->mantissa > (uint64_t)HY_JSON_EXACT)
    return 0;
  lua_pushnumber(d->L, negative ? -(lua_Number)n->mantissa : (lua_Number)n->mantissa);
#endif
  return 1;
}

/* When both the digits and the power of ten are exact as doubles, one operation rounds only
 * once, and so correctly. */
static int quick_double(const number *n, int negative, double *ret)
{
#if FLT_EVAL_METHOD == 0
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  int exponent = n->exponent - n->places;
  double v = (double)n->mantissa;

  if (n->digits > 19 || n->mantissa > (uint64_t)HY_JSON_EXACT || exponent < -22 || exponent > 22)
    return 0;
  v = exponent < 0 ? v / powers[-exponent] : v * powers[exponent];
  *ret = negative ? -v : v;
  return 1;
#else
  (void)n, (void)negative, (void)ret;
  return 0;
#endif
}

int hy_json_read_number(hy_json_decoder *d)
{
  number n = { .start = d->cursor, .is_whole = 1 };
  int negative = *d->cursor == '-';
  size_t length;
  double v;

  d->cursor += negative;
  if (!read_grammar(d, &n))
    return 0;
  d->top++;
  if (n.is_whole && push_integer(d, &n, negative))
    return 1;
  length = (size_t)(d->cursor - n.start);
  if (!quick_double(&n, negative, &v) && !hy_json_read_double(n.start, length, &v) && d->strict)
    return hy_json_refuse(d, n.start, "a number that is too large for Lua");
  if (d->strict && n.is_whole && !hy_json_is_exactly(v, n.start, length))
    return hy_json_refuse(d, n.start, "a whole number that Lua cannot hold exactly");
  lua_pushnumber(d->L, v);
  return 1;
}
