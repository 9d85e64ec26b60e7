/* State of a client, shared by all layers from here up. Each layer keeps its own part behind a
 * pointer. */
#ifndef HY_CLIENT_STATE_H
#define HY_CLIENT_STATE_H

#include "account/account.h"
#include "account/options.h"
#include "http/exchange.h"

/* Secrets of the login in progress: never stored, but hidden in every trace line and message. */
typedef struct hy_login_secrets {
  char *jwt, *code, *delegation, *cookies;
  const char *csrf; /* points into the consent page */
} hy_login_secrets;

/* Called when a lower layer has finished an operation of an upper layer; `error` is NULL on
 * success. */
typedef void hy_done_fn(homey_client *c, const homey_error *error);

/* Limit for the pause that a hub asks for, in case it asks by mistake. */
#define HY_ASKED_MOST_MS 3600000

struct homey_client {
  homey_loop *loop;
  homey_client *prev, *next;
  hy_work work; /* the client's turn in the loop */
  hy_options options;
  hy_settings settings;
  hy_lines *cloud_headers; /* sent with every request to the cloud */
  hy_account account;
  hy_login_secrets secrets;
  char *refused;           /* a bearer that the hub refused: not loaded from the store again */
  uint64_t refused_access; /* likewise the hash of an access token of the cloud; 0 = none */

  struct hy_race *race;         /* address/ */
  struct hy_chain *chain;       /* login/ */
  struct hy_realtime *realtime; /* realtime/; NULL until the first subscription */
  const struct hy_realtime_user *realtime_user;
  struct hy_calls *calls;     /* client/ */
  struct hy_renewal *renewal; /* client/ */

  int unsaved;      /* account data that is not in the store yet */
  int routed;       /* this client has verified account.route */
  int64_t look_at;  /* no search for a better address before this time */
  int has_better;   /* an address is known that ranks above the one in use */
  int hubs_due;     /* an address from user/me failed, or belongs to another hub */
  int reread_tries; /* how often user/me has listed no other address since then */
  /* An expired bearer that could not be renewed is used until this time, unless it is refused. */
  int64_t good_until;
  int64_t names_silent_at; /* when the name servers last did not answer in time; 0 = never */
  int dead;                /* no more calls until the next login; `death` is the reason */
  homey_error *death;
  int fresh;            /* ignore the stored login */
  int logged_in;        /* this client has logged in once */
  int credentials_used; /* refused, or the one-time code is used up: not sent again */
  homey_error *refusal; /* the refusal of the caller's refresh token; NULL until then */
  int nameless;         /* no account was given: use the store's current one */
  int new_login;        /* the chain has saved a login that is not the current one yet */
  int ending;           /* a logout is in progress */
  int left;             /* logged out: does not look in the store for another login */
  int stays;            /* the program has called homey_client_stay() */
  int listens;          /* there is a subscription */
  int leaving;          /* freed by its owner; a renewal in progress continues until it is saved */
  char version[24];     /* version of the hub's software, from its headers */
  int64_t clock_ahead;  /* ms by which the hub's clock is ahead of ours, */
  int64_t clock_at;     /* measured at this time; 0 = never */
};

/* ---- client_state.c ---- */

/* Whether it has a subscription, or homey_client_stay() was called. */
int hy_client_stays(const homey_client *c);
int hy_client_is_local(const homey_client *c); /* it logs in without the cloud */
long hy_client_timeout(const homey_client *c); /* limit of silence in one exchange, in ms */
/* Reads the hub's clock from the Date header of a response. */
void hy_client_note_date(homey_client *c, const hy_exchange *x);
/* Call it after an exchange with the cloud or with the hub in use: when the name servers did not
 * answer, the next lookups get less time. */
void hy_client_note_names(homey_client *c, const hy_exchange *x);
long hy_client_name_ms(const homey_client *c); /* limit of a lookup; 0 = the usual time */
/* Sets the OAuth client of a preset; 0 when there is none. */
int hy_client_preset(homey_client *c, int index);
int hy_client_has_own(const homey_client *c); /* the caller has given an OAuth client */
/* Sets the caller's OAuth client, if any; 0 or -HOMEY_MEMORY. */
int hy_client_take_own(homey_client *c);

/* ---- headers.c ---- */

/* What a list of headers for the hub is for: the login, a call after it, a call with a body. */
typedef enum hy_headers_for { HY_FOR_LOGIN, HY_FOR_CALL, HY_FOR_CHANGE } hy_headers_for;

/* Makes cloud_headers; 0 or -HOMEY_MEMORY. */
int hy_client_make_headers(homey_client *c, const char *scheme);
/* Returns a new list of headers for the hub, with the caller's own; NULL when memory is short. */
hy_lines *hy_client_hub_headers(const homey_client *c, hy_headers_for what);

#endif
