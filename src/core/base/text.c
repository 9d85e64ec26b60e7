/* Text helpers: copies, wiping of secrets, UTF-8, hashes. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *hy_strdup(const char *text)
{
  return text ? hy_strndup(text, strlen(text)) : NULL;
}

char *hy_strndup(const char *text, size_t length)
{
  char *copy = text && length < SIZE_MAX ? malloc(length + 1) : NULL;

  if (!copy)
    return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

/* Called through a volatile pointer, so that the optimizer cannot remove the call. */
static void *(*const volatile overwrite)(void *, int, size_t) = memset;

void hy_overwrite(void *bytes, size_t length)
{
  overwrite(bytes, 0, length);
}

void hy_wipe(char *text)
{
  if (!text)
    return;
  hy_overwrite(text, strlen(text));
  free(text);
}

/* ---- UTF-8 ---- */

/* Returns the length of the character at `s`, of which `left` > 0 bytes may be read; 0 when it
 * is malformed. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
  size_t length = s[0] < 0x80   ? 1
                  : s[0] < 0xC2 ? 0
                  : s[0] < 0xE0 ? 2
                  : s[0] < 0xF0 ? 3
                  : s[0] < 0xF5 ? 4
                                : 0;

  if (length > left)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((s[i] & 0xC0) != 0x80)
      return 0;
  if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90))
    return 0; /* overlong */
  if ((s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F))
    return 0; /* surrogate, or beyond U+10FFFF */
  return length;
}

uint64_t hy_hash(uint64_t hash, const void *bytes, size_t length)
{
  const unsigned char *at = bytes;

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ at[i]) * 0x100000001B3u;
  return hash;
}

uint64_t hy_hash_text(uint64_t hash, const char *text)
{
  return hy_hash(hash, text ? text : "", (text ? strlen(text) : 0) + 1);
}

int hy_is_utf8(const char *text, size_t length)
{
  const unsigned char *s = (const unsigned char *)text;

  while (length) {
    size_t n = utf8_length(s, length);
    if (!n)
      return 0;
    s += n;
    length -= n;
  }
  return 1;
}

static unsigned code_point(const unsigned char *s, size_t length)
{
  unsigned code = length == 1 ? *s : *s & (0xFFU >> (length + 1));

  for (size_t i = 1; i < length; i++)
    code = code << 6 | (s[i] & 0x3FU);
  return code;
}

/* C0, C1, DEL; then characters that change the text direction, or separate lines. */
static int is_unseen(unsigned code)
{
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

void hy_visible(char *to, size_t size, const char *from)
{
  const unsigned char *s = (const unsigned char *)from;
  size_t left = strlen(from), room = size - 1;

  while (left) {
    char piece[16];
    size_t n = utf8_length(s, left);
    unsigned code = n ? code_point(s, n) : *s;
    int length;
    if (n && !is_unseen(code))
      length = snprintf(piece, sizeof piece, "%.*s", (int)n, (const char *)s);
    else
      length = snprintf(piece, sizeof piece, n > 1 ? "\\u{%x}" : "\\x%02x", code);
    if (length < 0 || (size_t)length > room)
      break;
    memcpy(to, piece, (size_t)length);
    to += length;
    room -= (size_t)length;
    s += n ? n : 1;
    left -= n ? n : 1;
  }
  *to = '\0';
}

int hy_is_token(const char *text)
{
  if (!text || !*text)
    return 0;
  for (; *text; text++)
    if (*text <= ' ' || *text > '~')
      return 0;
  return 1;
}
