/* Client: its calls and its background work, above all other layers. */
#ifndef HY_CLIENT_H
#define HY_CLIENT_H

#include "account/client_state.h"

typedef struct hy_call hy_call;

typedef struct hy_calls {
  homey_client *client;
  hy_call *waiting, *in_flight;
  int in_flight_count, limit;           /* limit: how many may be in flight now */
  int streak;                           /* successes since the limit was last changed */
  hy_timer quiet;                       /* set while the hub has asked for no requests */
  hy_lines *hub_headers, *body_headers; /* with bearer and id, without and with a JSON body; NULL = to be made */
  uint64_t headers_of;                  /* the serial of the bearer that they were made with */
} hy_calls;

void hy_client_look(homey_client *c); /* for a better address, in the background; not more often than is due */
void hy_client_die(homey_client *c, const homey_error *error); /* no more calls until the next login */

/* ---- renewal.c ---- */

typedef struct hy_renewal {
  homey_client *client;
  hy_timer timer;
  int64_t renew_at; /* not sooner, after a try that failed */
  int renew_tries;
  int64_t look_at; /* into the store, for another login */
  int looked;      /* in vain, for the calls that wait now */
} hy_renewal;

void hy_renewal_plan(homey_client *c); /* sets the timer; while the chain is at rest */
int hy_renewal_may_look(const homey_client *c);
void hy_renewal_look(homey_client *c); /* for another login in the store */

#endif
