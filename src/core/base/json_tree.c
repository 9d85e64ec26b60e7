/*
 * cJSON trees of texts that may hold secrets: no copy of them stays in memory that was freed.
 *
 * cJSON frees a half-made tree by itself where a text turns out to be malformed, and grows the text it prints by realloc;
 * neither overwrites anything, and its hooks are the whole process's. So a text is judged before it is parsed, and is
 * printed into memory of ours.
 */
#include "base/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_text.h"
#include "base/text.h"

#define DEPTH_MOST 100 /* cJSON goes deeper */
#define NUMBER_MOST 60 /* cJSON reads no longer one */
#define PRINTED_MOST ((size_t)8 * 1024 * 1024)

static const char *skip_value(const char *at, int depth);

static const char *skip_space(const char *at)
{
  return at + strspn(at, " \t\r\n");
}

/* Behind the u of \u....: what would end the string in C is malformed here. */
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

/* Behind the bracket: items, or names with values, up to the one that closes. */
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

/* NULL where none is: by the grammar of RFC 8259. Ends at a NUL at the latest. */
static const char *skip_value(const char *at, int depth) /* NOLINT(misc-no-recursion): the depth is bounded */
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
  const char *start = text && length > 2 && !memcmp(text, "\xEF\xBB\xBF", 3) ? text + 3 : text; /* of a BOM */
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
