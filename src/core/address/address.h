/* Address of the hub: candidates, and the race between them. */
#ifndef HY_ADDRESS_H
#define HY_ADDRESS_H

#include "account/client_state.h"

typedef struct hy_candidate {
  hy_route_kind kind;
  char base[300];
  hy_exchange *x;
  int asked, answered, good;
  homey_kind failed; /* HOMEY_OK = not yet */
  int status;
  char what[440];     /* what it did, a clause */
  const char *advice; /* NULL = that of the kind */
} hy_candidate;

#define HY_CANDIDATES (HY_ROUTES + 2)

typedef struct hy_race {
  homey_client *client;
  hy_done_fn *done;
  hy_candidate list[HY_CANDIDATES];
  int count, running;
  int remembered; /* index of the last winner, -1 when it is not in the list */
  int asked_all;
  int64_t started; /* when all were asked */
  int looking;     /* in the background: only for what is better than the route in use */
  hy_timer timer;
} hy_race;

/* ---- candidates.c ---- */

/* Lists all addresses that may be tried, the best first; the count. */
int hy_candidates(const hy_account *account, const char *given, homey_plain_http plain, hy_candidate *list);
int hy_route_is_allowed(const homey_client *c); /* 0 for plain http where that may not be used, or not any more */
int hy_is_at_home(hy_route_kind kind, const char *base); /* no proxy stands between us and it */
int hy_is_home_kind(hy_route_kind kind);
int hy_is_own_tls(hy_route_kind kind, const char *url); /* TLS of the hub itself, not of the cloud's relay */
int hy_client_connect_to(homey_client *c);              /* after the addresses changed: 0 or -HOMEY_MEMORY */
uint64_t hy_client_addresses(const homey_client *c);    /* a hash of those that are known */

/* ---- ping.c ---- */

/* Asks one candidate for the id of its hub; hy_race_settle() is called when it has answered.  0 or -HOMEY_MEMORY. */
int hy_ping(homey_client *c, hy_candidate *candidate);

/* ---- race.c ---- */

void hy_race_start(homey_client *c, hy_done_fn *done); /* ends in `done`; c->account.route is the winner */
/* Before a call is sent: looks for a better address, where that is due. If one is found, it is taken; `moved` is called
 * with NULL then, and with an error where none is. */
void hy_race_look(homey_client *c, hy_done_fn *moved);
void hy_race_stop(homey_client *c);
void hy_race_settle(homey_client *c); /* after each answer */

#endif
