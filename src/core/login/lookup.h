/* Lookup of the hub's addresses in the cloud (user/me), in parallel with calls. */
#ifndef HY_LOOKUP_H
#define HY_LOOKUP_H

#include "account/client_state.h"

typedef struct hy_lookup {
  hy_exchange *x;    /* the request of user/me, while calls go over the cloud */
  int answered;      /* answered, waiting for the chain to be idle */
  uint64_t print;    /* hash of the login that it was asked with */
  int64_t ask_at;    /* no lookup before this time */
  int64_t reread_at; /* the chain does not ask user/me for other addresses before this time */
} hy_lookup;

void hy_lookup_start(homey_client *c); /* called when calls are about to go over the cloud */
/* Returns the answered exchange, which the caller then owns. Returns NULL when there is none,
 * and cancels one that runs. */
hy_exchange *hy_lookup_take(homey_client *c);
/* The chain asks user/me: sets when it may ask again. */
void hy_lookup_note_request(homey_client *c);
void hy_lookup_moved(homey_client *c); /* user/me lists other addresses than before */

#endif
