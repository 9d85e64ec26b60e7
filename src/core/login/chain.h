/* Token chain: gets a client everything it wants for a request or login, step by step. */
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
  hy_phase phase, after; /* after: the phase after a pause */
  const hy_step *step;
  int way, url, tries, taken;
  hy_exchange *x;
  hy_buf address, body;
  hy_timer timer;
  homey_store_op *op;
  int locked, loaded;
  int stored;         /* this login is known to be in the store */
  int began;          /* its tokens are those of a fresh login that is not saved yet */
  int tokens_unsaved; /* tokens that may not be used before they are saved */
  int ending;         /* 1 = forgets the login; 2 = without telling the hub */
  int user_read;      /* user/me was asked in this run */
  int renewed;        /* a new bearer was received */
  /* user/me is asked although the hub is known: its addresses may have changed */
  int reread;
  int hubs_stale; /* no address answered: user/me may list others; `moved` is the first error */
  homey_error *moved;
  unsigned repeated; /* a bit for each step that was repeated in this run */
  int recoded;       /* a code was refused and another requested in this run */
  /* The cloud refused a renewal without a clear reason: not repeated in this run. */
  int unclear;
  int preset;       /* index of the preset in use, when the caller gave no OAuth client */
  int fresh_access; /* how many access tokens were received in this run */
  int fresh_bearer; /* a bearer was received in this run */
  int starved;      /* memory was short while an answer was read */
  int early;        /* renews a valid bearer: it counts as missing as long as this is its serial */
  uint64_t early_serial;
  int quiet;            /* a busy or failing store ends the run without an error report */
  int looking;          /* looks in the store for another login than the one that ended */
  uint64_t print;       /* hash of the tokens that the store was last known to hold */
  int lockless;         /* the store could not be locked: nothing is saved in this run */
  int unkept;           /* the store refuses new data: it is kept in memory, and saved later */
  homey_error *trouble; /* the store's error */
  int warned;           /* the user was warned of that since the last save */
  int want_route;       /* a request needs the hub's address, not only a login */
  int want_access;      /* only an access token is wanted, for the cloud */
  int64_t lock_until;
  int64_t save_at; /* when unsaved data is offered to the store again */
  int save_tries;
  hy_lookup lookup;
  char *page_url, *resource;
  hy_consent page;
} hy_chain;

/* ---- chain.c ---- */

/* Gets what is missing for a request (`want_route`) or a login; with `ending` it forgets the
 * login. Calls `done` in the end. */
void hy_chain_start(homey_client *c, int want_route, int ending, hy_done_fn *done);
/* Gets a new bearer, while calls continue with the valid one. */
void hy_chain_renew(homey_client *c, hy_done_fn *done);
/* Gets an access token, while calls to the hub continue. */
void hy_chain_access(homey_client *c, hy_done_fn *done);
/* Asks user/me for the addresses of the hub, while calls continue. */
void hy_chain_reread(homey_client *c, hy_done_fn *done);
/* The same with the answer that the lookup already has. */
void hy_chain_take_user(homey_client *c, hy_done_fn *done);
/* Looks in the store for another login than the one that ended. Takes it when there is one, and
 * sets c->dead to 0. */
void hy_chain_look(homey_client *c, hy_done_fn *done);
/* Whether a refresh token is being exchanged: its successor must be saved. */
int hy_chain_is_renewing(const homey_client *c);
void hy_chain_stop(homey_client *c); /* ends it without a report: the client is being freed */
/* Call it in the client's turn, after homey_store_op_answer(). */
void hy_chain_store_answered(homey_client *c);

/* ---- chain_plan.c ---- */

/* Returns the next step towards `wanted`, given `facts`; NULL when no step leads there. */
const hy_step *hy_chain_plan(unsigned facts, unsigned wanted);
unsigned hy_facts(const homey_client *c);
int hy_bearer_is_good(const homey_client *c);
/* After a 401: gives up the bearer of this serial. Returns 1, or 0 when it was already replaced. */
int hy_bearer_refused(homey_client *c, uint64_t serial);
/* The hash of an access token, to recognise it. */
uint64_t hy_access_hash(const homey_client *c);
/* After a 401 of the cloud: gives up the access token of this hash, unless it was replaced. */
void hy_access_refused(homey_client *c, uint64_t hash);
/* Whether a 401 ends the login, after so many renewals for the same purpose. With an API key it
 * always does; with a bearer when that was fresh, or after a few renewals. */
int hy_refusal_is_final(const homey_client *c, uint64_t serial, int renewed);

#endif
