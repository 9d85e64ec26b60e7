/*
 * cJSON trees of texts that may contain secrets: no copy remains in freed memory.
 *
 * On malformed text cJSON frees a partial tree, and when printing it grows its buffer by realloc.
 * Neither overwrites the memory, and cJSON's hooks are global to the process. So a text is checked
 * before it is parsed, and is printed into memory of ours.
 */
#include "base/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_text.h"
#include "base/text.h"

#define DEPTH_MOST 100 /* less than the depth that cJSON allows */
#define NUMBER_MOST 60 /* cJSON does not read longer numbers */
#define PRINTED_MOST ((size_t)8 * 1024 * 1024)

static const char *skip_value(const char *at, int depth);

static const char *skip_space(const char *at)
{
  return at + strspn(at, " \t\r\n");
}

/* Checks the digits after \u. A NUL, which would end the C string, counts as malformed. */
static const char *skip_code(const char *at)
{
  return strspn(at, "0123456789abcdefABCDEF") >= 4 && strncmp(at, "0000", 4) != 0 ? at + 4 : NULL;
}

static const char *skip_string(const char *at)
{
  if (*at++ != '"')
    return NULL;
  while (at && *at != '"') {
    if ((unsigned char)*at < ' ')
      return NULL;
    if (*at++ != '\\')
      continue;
    if (*at == 'u')
      at = skip_code(at + 1);
    else
      at = *at && strchr("\"\\/bfnrt", *at) ? at + 1 : NULL;
  }
  return at ? at + 1 : NULL;
}

static const char *skip_digits(const char *at)
{
  size_t n = strspn(at, "0123456789");

  return n ? at + n : NULL;
}

static const char *skip_number(const char *at)
{
  const char *start = at;

  at += *at == '-';
  at = *at == '0' ? at + 1 : skip_digits(at);
  if (at && *at == '.')
    at = skip_digits(at + 1);
  if (at && (*at | 0x20) == 'e')
    at = skip_digits(at + 1 + (at[1] == '-' || at[1] == '+'));
  return at && at - start <= NUMBER_MOST ? at : NULL;
}

/* Starts after the opening bracket; skips items, or names with values, up to the closing one. */
static const char *skip_items(const char *at, char end, int depth)
{
  at = skip_space(at);
  if (*at == end)
    return at + 1;
  for (;;) {
    if (end == '}') {
      at = skip_string(at);
      at = at ? skip_space(at) : NULL;
      if (!at || *at++ != ':')
        return NULL;
      at = skip_space(at);
    }
    at = skip_value(at, depth);
    at = at ? skip_space(at) : NULL;
    if (!at || (*at != ',' && *at != end))
      return NULL;
    if (*at++ == end)
      return at;
    at = skip_space(at);
  }
}

/* Returns NULL when there is no value by the grammar of RFC 8259. Stops at a NUL at the latest. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static const char *skip_value(const char *at, int depth)
{
  static const char *const words[] = { "true", "false", "null" };
  size_t i;

  if (depth > DEPTH_MOST)
    return NULL;
  if (*at == '{' || *at == '[')
    return skip_items(at + 1, *at == '{' ? '}' : ']', depth + 1);
  if (*at == '"')
    return skip_string(at);
  for (i = 0; i < sizeof words / sizeof *words; i++)
    if (!strncmp(at, words[i], strlen(words[i])))
      return at + strlen(words[i]);
  return skip_number(at);
}

cJSON *hy_json_tree_parse(const char *text, size_t length)
{
  /* Skips a BOM. */
  const char *start = text && length > 2 && !memcmp(text, "\xEF\xBB\xBF", 3) ? text + 3 : text;
  const char *end = text && hy_is_utf8(text, length) ? skip_value(skip_space(start), 0) : NULL;

  if (!end || skip_space(end) != text + length)
    return NULL;
  return hy_json_parse(text, length);
}

static void wipe(cJSON *tree) /* NOLINT(misc-no-recursion): as deep as the tree */
{
  cJSON *item;

  if (cJSON_IsString(tree))
    hy_overwrite(tree->valuestring, strlen(tree->valuestring));
  cJSON_ArrayForEach (item, tree)
    wipe(item);
}

void hy_json_tree_free(cJSON *tree)
{
  wipe(tree);
  cJSON_Delete(tree);
}

void hy_json_tree_print(const cJSON *tree, int indented, hy_buf *out)
{
  size_t size;
  int done = 0;

  for (size = 1024; !done && size <= PRINTED_MOST; size *= 2) {
    char *text = malloc(size);
    if (!text)
      break;
    done = cJSON_PrintPreallocated((cJSON *)tree, text, (int)size, indented);
    if (done)
      hy_buf_adds(out, text);
    hy_overwrite(text, size);
    free(text);
  }
  out->failed |= !done;
}

const char *hy_json_string(const cJSON *object, const char *name)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

  return text && *text ? text : NULL;
}
