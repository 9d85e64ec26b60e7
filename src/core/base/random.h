/* Random bytes from the system. */
#ifndef HY_RANDOM_H
#define HY_RANDOM_H

#include <stddef.h>

int hy_random(void *bytes, size_t length); /* 0, or -1 when the system has none */

#endif
