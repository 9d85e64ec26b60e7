/* Base64 and base64url. */
#include "base/base64.h"

#include "base/buf.h"

/* Returns the value of a digit in either alphabet, -1 for another character; `seen` collects
 * which alphabets were used. */
static int digit(char c, unsigned *seen)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  *seen |= c == '+' || c == '/' ? 1 : 2;
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

int hy_base64_decode(hy_buf *out, const char *text, size_t length)
{
  size_t start = out->length, digits = length, i;
  unsigned seen = 0, bits = 0;

  while (digits && length - digits < 2 && text[digits - 1] == '=')
    digits--;
  if (digits % 4 == 1 || (digits < length && length % 4))
    return -1;
  for (i = 0; i < digits; i++) {
    int value = digit(text[i], &seen);
    char byte;
    if (value < 0 || seen == 3)
      break;
    bits = (bits << 6 | (unsigned)value) & 0xFFFF;
    byte = (char)(bits >> (6 - 2 * (i % 4)) % 8);
    if (i % 4)
      hy_buf_add(out, &byte, 1);
  }
  if (i == digits && !out->failed)
    return 0;
  out->length = start;
  if (out->data)
    out->data[start] = '\0';
  return -1;
}

void hy_base64_encode(hy_buf *out, const void *bytes, size_t length)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *s = bytes;

  for (; length; s += 3) {
    size_t n = length < 3 ? length : 3;
    unsigned bits = (unsigned)s[0] << 16 | (n > 1 ? (unsigned)s[1] << 8 : 0) | (n > 2 ? s[2] : 0u);
    char four[4] = { digits[bits >> 18], digits[bits >> 12 & 63], '=', '=' };
    if (n > 1)
      four[2] = digits[bits >> 6 & 63];
    if (n > 2)
      four[3] = digits[bits & 63];
    hy_buf_add(out, four, 4);
    length -= n;
  }
}
