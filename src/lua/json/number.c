/* JSON numbers, to and from double, independent of the locale: the C library is given texts
 * without a decimal point, and only digits and exponent are read from its output. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/json_parts.h"

_Static_assert(sizeof(lua_Number) == sizeof(double),
               "this codec is for a Lua whose numbers are doubles");
_Static_assert(DBL_MANT_DIG == 53, "this codec is for IEEE 754 doubles");

/* More digits than the longest tie between two doubles has (767). Of further digits only one
 * fact matters: whether any is not 0. */
#define DIGITS 800

/* Larger than any exponent that matters, and small enough not to overflow an int. */
#define FAR 1000000000

typedef struct decimal {
  char digits[DIGITS + 2]; /* significant digits, read as a whole number, times */
  int count;
  long long exponent; /* ten to this power */
} decimal;

static void add_digit(decimal *d, char digit)
{
  if (d->count == 0 && digit == '0')
    return;
  if (d->count < DIGITS)
    d->digits[d->count++] = digit;
  else {
    d->exponent++;
    if (digit != '0')
      /* Sticky digit: marks the value as larger, which is all that rounding needs. */
      d->digits[DIGITS - 1] = '1';
  }
}

static long long read_exponent(const char *p, const char *end)
{
  long long exponent = 0;
  int negative = *p == '-';

  if (*p == '-' || *p == '+')
    p++;
  for (; p < end; p++)
    if (exponent < FAR)
      exponent = exponent * 10 + (*p - '0');
  return negative ? -exponent : exponent;
}

HY_JSON_RARE static void read_decimal(decimal *d, const char *p, const char *end)
{
  int fraction = 0;

  d->count = 0;
  d->exponent = 0;
  for (; p < end && *p != 'e' && *p != 'E'; p++) {
    if (*p == '.')
      fraction = 1;
    else {
      d->exponent -= fraction;
      add_digit(d, *p);
    }
  }
  if (p < end)
    d->exponent += read_exponent(p + 1, end);
}

HY_JSON_RARE int hy_json_read_double(const char *text, size_t length, double *ret)
{
  char point_free[DIGITS + 32];
  int negative = *text == '-';
  double number;
  decimal d;

  read_decimal(&d, text + negative, text + length);
  if (d.exponent > FAR)
    d.exponent = FAR;
  else if (d.exponent < -FAR)
    d.exponent = -FAR;
  snprintf(point_free, sizeof point_free, "%.*se%d", d.count, d.digits, (int)d.exponent);
  number = d.count ? strtod(point_free, NULL) : 0.0;
  *ret = negative ? -number : number;
  return number <= DBL_MAX;
}

int hy_json_is_exactly(double number, const char *text, size_t length)
{
  char digits[DBL_MAX_10_EXP + 8]; /* a whole double in full */
  int n = snprintf(digits, sizeof digits, "%.0f", number);

  return n >= 0 && (size_t)n == length && memcmp(digits, text, length) == 0;
}

size_t hy_json_print_integer(char *out, long long number)
{
  unsigned long long rest = number < 0 ? 0 - (unsigned long long)number
                                       : (unsigned long long)number;
  char digits[24], *p = digits + sizeof digits;
  size_t length;

  do
    *--p = (char)('0' + rest % 10);
  while (rest /= 10);
  if (number < 0)
    *--p = '-';
  length = (size_t)(digits + sizeof digits - p);
  memcpy(out, p, length);
  return length;
}

/* Prints the whole number `mantissa` as ddd.ddd, with the point before its last `places` digits. */
static size_t print_fixed(char *out, long long mantissa, int places)
{
  char digits[HY_JSON_NUMBER];
  size_t length = hy_json_print_integer(digits, mantissa), n = 0;
  size_t whole = length > (size_t)places ? length - (size_t)places : 0;

  if (!whole)
    out[n++] = '0';
  memcpy(out + n, digits, whole);
  n += whole;
  out[n++] = '.';
  for (size_t zeros = (size_t)places - (length - whole); zeros; zeros--)
    out[n++] = '0';
  memcpy(out + n, digits + whole, length - whole);
  return n + length - whole;
}

/* Prints common decimals, such as 21.5 and 0.07: up to 15 digits and few places. The power of
 * ten is exact, so the division rounds once, as reading the decimal does; and no two decimals of
 * 15 digits are the same double. Returns 0 for another number. */
static size_t print_short(char *out, double number)
{
#if FLT_EVAL_METHOD == 0
  double power = 1;

  for (int places = 1; places <= 15; places++) {
    double scaled = number * (power *= 10);
    if (scaled >= 1e15)
      break;
    long long mantissa = (long long)(scaled + 0.5);
    if ((double)mantissa / power == number)
      return print_fixed(out, mantissa, places);
  }
#endif
  (void)out, (void)number;
  return 0;
}

/* Finds the fewest digits that read back to the same number, d.ddd times ten to the exponent, by
 * trying with the C library. Starts at 15 digits, except for denormals, which are less precise:
 * a shorter result only ends in zeroes, which are removed. */
HY_JSON_RARE static void shortest(decimal *d, double number)
{
  char printed[64], *p;

  d->count = 0;
  for (int places = number < DBL_MIN ? 0 : 14; places <= 16; places++) {
    snprintf(printed, sizeof printed, "%.*e", places, number);
    if (places < 16 && strtod(printed, NULL) == number)
      break;
  }
  for (p = printed; *p != 'e'; p++)
    if (*p >= '0' && *p <= '9')
      d->digits[d->count++] = *p;
  d->exponent = strtol(p + 1, NULL, 10);
  while (d->count > 1 && d->digits[d->count - 1] == '0')
    d->count--;
}

/* Prints any other number: as 0.00ddd down to 1e-5, else as d.ddde-7. */
HY_JSON_RARE static size_t print_long(char *out, double number)
{
  int before = 1; /* digits before the point */
  size_t n = 0, after;
  decimal d;

  shortest(&d, number);
  if (d.exponent < 0 && d.exponent >= -5) {
    n = (size_t)(1 - d.exponent);
    memcpy(out, "0.00000", n);
    memcpy(out + n, d.digits, (size_t)d.count);
    return n + (size_t)d.count;
  }
  if (d.exponent >= 0 && d.exponent < d.count - 1)
    before += (int)d.exponent;
  memcpy(out, d.digits, (size_t)before);
  n += (size_t)before;
  after = (size_t)(d.count - before);
  if (after) {
    out[n++] = '.';
    memcpy(out + n, d.digits + before, after);
    n += after;
  }
  if (before <= d.exponent || d.exponent < 0) {
    out[n++] = 'e';
    n += hy_json_print_integer(out + n, d.exponent);
  }
  return n;
}

size_t hy_json_print_double(char *out, double number)
{
  size_t n = 0, length;

  if (signbit(number)) {
    out[n++] = '-';
    number = -number;
  }
  if (number <= HY_JSON_EXACT && number == (double)(long long)number) {
    n += hy_json_print_integer(out + n, (long long)number);
    if (HY_INTEGERS) {
      memcpy(out + n, ".0", 2);
      n += 2;
    }
    return n;
  }
  length = print_short(out + n, number);
  return n + (length ? length : print_long(out + n, number));
}
