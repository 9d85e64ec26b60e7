/* Random bytes from the system: for masks, keys and jitter. */
#include "base/buf.h"
#include "base/text.h"
#include "base/random.h"

#include <string.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <sys/random.h>
#endif

int hy_random(void *bytes, size_t length)
{
  unsigned char *at = bytes;

  while (length > 0) {
    size_t part = length < 256 ? length : 256; /* larger requests are refused */
    if (getentropy(at, part) < 0)
      return -1;
    at += part;
    length -= part;
  }
  return 0;
}

int hy_random_take(hy_random_stock *stock, void *bytes, size_t length)
{
  if (stock->left < length) {
    if (hy_random(stock->bytes, sizeof stock->bytes) < 0)
      return -1;
    stock->left = sizeof stock->bytes;
  }
  stock->left -= length;
  memcpy(bytes, stock->bytes + stock->left, length);
  return 0;
}
