/* Backoff: the factor by which a pause grows with each try. */
#ifndef HY_BACKOFF_H
#define HY_BACKOFF_H

#define HY_BACKOFF_DOUBLINGS 5

static inline int hy_backoff(int tries)
{
  return 1 << (tries < HY_BACKOFF_DOUBLINGS ? tries : HY_BACKOFF_DOUBLINGS);
}

#endif
