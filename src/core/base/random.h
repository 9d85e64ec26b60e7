/* Random bytes from the system. */
#ifndef HY_RANDOM_H
#define HY_RANDOM_H

#include <stddef.h>

int hy_random(void *bytes, size_t length); /* 0, or -1 when the system has none */

/* Random bytes in stock: a system call for each few of them would cost more than what they are for.
 * Not for secrets. Starts from zeroes. */
typedef struct hy_random_stock {
  unsigned char bytes[256];
  size_t left;
} hy_random_stock;

/* Takes at most 256 bytes; 0 or -1. */
int hy_random_take(hy_random_stock *stock, void *bytes, size_t length);

#endif
