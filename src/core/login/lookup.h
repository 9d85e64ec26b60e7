/* Lookup of the hub's addresses in the cloud (user/me), beside calls. */
#ifndef HY_LOOKUP_H
#define HY_LOOKUP_H

#include "account/client_state.h"

typedef struct hy_lookup {
  hy_exchange *x;    /* user/me, asked beside calls that go over the cloud */
  int answered;      /* and waiting for the chain to be at rest */
  uint64_t print;    /* of the login that it was asked with */
  int64_t ask_at;    /* not asked again before that */
  int64_t reread_at; /* the chain does not ask user/me for other addresses before that */
} hy_lookup;

void hy_lookup_start(homey_client *c); /* where calls are about to go over the cloud */
/* The exchange once it is answered, now the caller's; NULL where there is none, and one under way is dropped. */
hy_exchange *hy_lookup_take(homey_client *c);
void hy_lookup_note_request(homey_client *c); /* the chain asks user/me: sets when it may ask again */
void hy_lookup_moved(homey_client *c);        /* user/me knows other addresses than before */

#endif
