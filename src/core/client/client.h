/* Client: its calls and its background work, the top layer of the core. */
#ifndef HY_CLIENT_H
#define HY_CLIENT_H

#include "account/client_state.h"

typedef struct hy_call hy_call;

/* How many calls may be unanswered at once over HTTP, or over the socket. */
typedef struct hy_window {
  int unanswered, limit, most;
  int streak;            /* successes since the limit last changed */
  uint64_t sent, halved; /* number of the last call; and of the last one before a halving */
} hy_window;

typedef struct hy_calls {
  homey_client *client;
  hy_call *waiting, *in_flight;
  hy_window http, socket;
  hy_timer gather;  /* set while calls over the socket are gathered for one write */
  long acked;       /* the last ack that arrived over the socket, */
  int64_t acked_at; /* at this time */
  hy_timer quiet;   /* set while the hub has asked for a pause */
  /* With bearer and id; without and with a JSON body; NULL = to be built. */
  hy_lines *hub_headers, *body_headers;
  uint64_t headers_of; /* serial of the bearer that they were built with */
} hy_calls;

/* Looks for a better address in the background, not more often than is due. */
void hy_client_look(homey_client *c);
/* No more calls until the next login. */
void hy_client_die(homey_client *c, const homey_error *error);

/* ---- renewal.c ---- */

typedef struct hy_renewal {
  homey_client *client;
  hy_timer timer;
  int64_t renew_at; /* after a failed try: not before this time */
  int renew_tries;
  int64_t look_at; /* when to look in the store for another login */
  int looked;      /* looked without success for the calls that wait now */
} hy_renewal;

void hy_renewal_plan(homey_client *c); /* sets the timer; while the chain is idle */
int hy_renewal_may_look(const homey_client *c);
void hy_renewal_look(homey_client *c); /* looks in the store for another login */

#endif
