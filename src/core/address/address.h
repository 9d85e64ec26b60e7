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
  long ms;            /* until it answered */
  const char *step;   /* how far it came: see hy_exchange_phase() */
  char what[440];     /* the failure, as a predicate */
  const char *advice; /* NULL = the advice of the kind */
} hy_candidate;

#define HY_CANDIDATES (HY_ROUTES + 2)

typedef struct hy_race {
  homey_client *client;
  hy_done_fn *done;
  hy_candidate *list; /* HY_CANDIDATES, while a race runs */
  int count, running;
  int remembered; /* index of the last winner, -1 when it is not listed */
  int asked_all;
  int64_t started; /* when all candidates were asked */
  int looking;     /* background search: only for addresses better than the route in use */
  struct hy_pending *survey; /* the reply to homey_client_survey(): no address is chosen */
  hy_timer timer;
} hy_race;

/* ---- candidates.c ---- */

/* Lists all addresses that may be tried, best first. Returns the count. */
int hy_candidates(const hy_account *account, const char *given, homey_plain_http plain,
                  hy_candidate *list);
/* 0 when the route is plain http and that may not be used, or no longer */
int hy_route_is_allowed(const homey_client *c);
/* Whether the address is in the home network: then no proxy is used. */
int hy_is_at_home(hy_route_kind kind, const char *base);
int hy_is_home_kind(hy_route_kind kind);
/* TLS of the hub itself, not of the cloud's relay */
int hy_is_own_tls(hy_route_kind kind, const char *url);
/* Call it after the addresses changed; 0 or -HOMEY_MEMORY. */
int hy_client_connect_to(homey_client *c);
uint64_t hy_client_addresses(const homey_client *c); /* a hash of the known addresses */

/* ---- ping.c ---- */

/* Asks one candidate for the id of its hub; calls hy_race_settle() after its answer. Returns 0
 * or -HOMEY_MEMORY. */
int hy_ping(homey_client *c, hy_candidate *candidate);

/* ---- race.c ---- */

/* calls `done` in the end; then c->account.route is the winner */
void hy_race_start(homey_client *c, hy_done_fn *done);
/* Called before a call is sent: looks for a better address when that is due. Sets the route when
 * one is found and calls `moved` with NULL; calls it with an error otherwise. */
void hy_race_look(homey_client *c, hy_done_fn *moved);
void hy_race_stop(homey_client *c);
void hy_race_settle(homey_client *c); /* after each answer */
/* Asks all addresses for a survey, which is told after `ms` milliseconds at the latest. */
void hy_race_survey(homey_client *c, struct hy_pending *survey, int64_t ms);

/* ---- survey.c ---- */

void hy_survey_tell(homey_client *c); /* replies, and ends the race */

#endif
