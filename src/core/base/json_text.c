/* JSON text with half a surrogate pair, which JSON.stringify writes for an emoji that was cut in
 * two. cJSON refuses the whole text for it. In a copy, such an escape is overwritten with that
 * of U+FFFD, which has the same length. */
#include "base/json_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define ESCAPE 6 /* bytes of \uXXXX */

/* Returns the code unit of the escape at `at`, -1 when there is none. */
static long code_unit(const char *at, const char *end)
{
  char digits[5] = "";

  if (end - at < ESCAPE || at[0] != '\\' || at[1] != 'u')
    return -1;
  for (int i = 0; i < 4; i++) {
    if (!isxdigit((unsigned char)at[2 + i]))
      return -1;
    digits[i] = at[2 + i];
  }
  return strtol(digits, NULL, 16);
}

static int is_low(long unit)
{
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Finds the first escape from `at` on that is half a surrogate pair, or returns NULL. Strings
 * need not be recognised, since a backslash outside a string is not JSON. */
static const char *find_half(const char *at, const char *end)
{
  while ((at = memchr(at, '\\', (size_t)(end - at)))) {
    long unit = code_unit(at, end);
    int is_high = unit >= 0xD800 && unit <= 0xDBFF;

    if (is_high && is_low(code_unit(at + ESCAPE, end)))
      at += 2 * ESCAPE;
    else if (is_high || is_low(unit))
      return at;
    else
      at += end - at > 2 ? 2 : end - at;
  }
  return NULL;
}

static void replace_halves(char *text, size_t length)
{
  const char *end = text + length, *half = text;

  while ((half = find_half(half, end)))
    memcpy(text + (half - text), "\\uFFFD", ESCAPE);
}

static cJSON *parse_copy(const char *text, size_t length, int whole)
{
  hy_buf copy = { 0 };
  cJSON *json = NULL;

  hy_buf_add(&copy, text, length);
  if (!copy.failed) {
    replace_halves(copy.data, length);
    json = cJSON_ParseWithLengthOpts(copy.data, length + (whole ? 1 : 0), NULL, whole);
  }
  hy_buf_wipe(&copy); /* it may contain a token */
  return json;
}

static cJSON *parse(const char *text, size_t length, int whole)
{
  if (text && find_half(text, text + length))
    return parse_copy(text, length, whole);
  return cJSON_ParseWithLengthOpts(text, length + (whole ? 1 : 0), NULL, whole);
}

cJSON *hy_json_parse(const char *text, size_t length)
{
  return parse(text, length, 1); /* the length includes the NUL */
}

cJSON *hy_json_parse_span(hy_span text)
{
  return parse(text.at, text.length, 0);
}
