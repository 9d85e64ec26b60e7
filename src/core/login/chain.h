/* Token chain: gets a client from what it has to what it wants, step by step. */
#ifndef HY_CHAIN_H
#define HY_CHAIN_H

#include "account/client_state.h"
#include "login/consent.h"
#include "login/lookup.h"
#include "login/steps.h"
#include "store/store_op.h"

typedef enum hy_phase {
  HY_IDLE,
  HY_LOADING,
  HY_LOCKING,
  HY_RELOADING,
  HY_STEPPING,
  HY_RACING,
  HY_SAVING,
  HY_PAUSING
} hy_phase;

typedef struct hy_chain {
  homey_client *client;
  hy_done_fn *done;
  hy_phase phase, after; /* after: what a pause leads back to */
  const hy_step *step;
  int way, url, tries, taken;
  hy_exchange *x;
  hy_buf address, body;
  hy_timer timer;
  homey_store_op *op;
  int locked, loaded;
  int stored;         /* the store is known to hold this login */
  int tokens_unsaved; /* the store lacks tokens, which may not be used before */
  int ending;         /* the login is to be forgotten; 2 = without telling the hub */
  int user_read;      /* user/me was asked in this run */
  int renewed;        /* a bearer was got */
  int reread;         /* it is asked although the hub is known: its addresses may be others now */
  int hubs_stale;     /* no address answered: user/me may know better ones; `moved` is what was met */
  homey_error moved;
  unsigned repeated; /* a bit for each step that was asked once more in this run */
  int recoded;       /* a code was refused and another asked for in this run */
  int unclear;       /* the cloud refused to renew for no known reason: not asked again in this run */
  int preset;        /* the OAuth client in use, of those nobody chose */
  int fresh_access;  /* how many were got in this run */
  int fresh_bearer;  /* got in this run */
  int starved;       /* memory was short while an answer was read: it is not the server's fault */
  int early; /* the bearer is renewed although it lives: not in its place as long as this is its serial */
  uint64_t early_serial;
  int quiet;           /* a store that is busy, or fails, is no news: the run ends */
  int looking;         /* is there another login in the store than the one that died? */
  uint64_t print;      /* of the tokens that the store was last known to hold */
  int lockless;        /* the store could not be locked: in this run nothing is saved */
  int unkept;          /* the store does not take what is new: it is kept in memory, and saved later */
  homey_error trouble; /* why */
  int warned;          /* of that, since the last save */
  int want_route;      /* somebody wants to talk to the hub, not just to be logged in */
  int64_t lock_until;
  int64_t save_at; /* what the store did not take is offered again */
  int save_tries;
  hy_lookup lookup;
  char *page_url, *resource;
  hy_consent page;
} hy_chain;

/* ---- chain.c ---- */

/* Gets what is missing for a request (`want_route`) or a login, or with `ending` forgets the login; ends in `done`. */
void hy_chain_start(homey_client *c, int want_route, int ending, hy_done_fn *done);
/* Gets a new bearer, while calls go on with the one that lives. */
void hy_chain_renew(homey_client *c, hy_done_fn *done);
/* Asks user/me for the addresses of the hub, while calls go on. */
void hy_chain_reread(homey_client *c, hy_done_fn *done);
/* The same with the answer that the lookup has already. */
void hy_chain_take_user(homey_client *c, hy_done_fn *done);
/* Looks for another login in the store than the one that has died. If there is one it is taken, and c->dead is 0. */
void hy_chain_look(homey_client *c, hy_done_fn *done);
int hy_chain_is_renewing(const homey_client *c); /* a refresh token is being changed: what comes must be saved */
void hy_chain_stop(homey_client *c);             /* silently: the client is going away */
void hy_chain_store_answered(homey_client *c); /* in the client's turn, after homey_store_op_answer() */

/* ---- chain_plan.c ---- */

/* The step to take now for `wanted` with what is in `facts`; NULL when no way leads there. */
const hy_step *hy_chain_plan(unsigned facts, unsigned wanted);
unsigned hy_facts(const homey_client *c);
int hy_bearer_is_good(const homey_client *c);
/* After a 401: gives up the bearer of this serial; 1, or 0 where another has replaced it already. */
int hy_bearer_refused(homey_client *c, uint64_t serial);
/* Whether a 401, after so many renewals for the same purpose, ends the login. That of an API key does at once; that of a
 * bearer when it was a fresh one, or after a few renewals. */
int hy_refusal_is_final(const homey_client *c, uint64_t serial, int renewed);

#endif
