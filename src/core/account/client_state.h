/* State of a client that all layers from here up share. Each of them keeps its own part behind a pointer. */
#ifndef HY_CLIENT_STATE_H
#define HY_CLIENT_STATE_H

#include "account/account.h"
#include "account/options.h"
#include "http/exchange.h"

/* Secrets of the login under way: not kept, but hidden in every trace line and message. */
typedef struct hy_login_secrets {
  char *jwt, *code, *delegation, *cookies;
  const char *csrf; /* of the consent page, whose memory it is in */
} hy_login_secrets;

/* Called when a lower layer has finished what an upper one has started; `error` is NULL on success. */
typedef void hy_done_fn(homey_client *c, const homey_error *error);

#define HY_ASKED_MOST_MS 3600000 /* the longest pause that a hub may ask for; it may be a mistake of it */

struct homey_client {
  homey_loop *loop;
  homey_client *prev, *next;
  hy_work work; /* the client's turn in the loop */
  hy_options options;
  hy_settings settings;
  hy_lines *cloud_headers; /* of every request */
  hy_lines *hub_base;      /* of every request to the hub: the same, and the caller's own */
  hy_account account;
  hy_login_secrets secrets;
  char *refused; /* a bearer that the hub did not accept: not taken again from the store */

  struct hy_race *race;         /* address/ */
  struct hy_chain *chain;       /* login/ */
  struct hy_realtime *realtime; /* realtime/; NULL until the first subscription */
  const struct hy_realtime_user *realtime_user;
  struct hy_calls *calls;     /* client/ */
  struct hy_renewal *renewal; /* client/ */

  int unsaved;             /* the store lacks something of the account */
  int routed;              /* account.route was verified by this client */
  int64_t look_at;         /* no better address is looked for before that */
  int has_better;          /* an address is known that would be better than the one in use */
  int hubs_due;            /* an address from user/me failed, or was that of another hub */
  int reread_tries;        /* how often user/me knew no other address since */
  int64_t good_until;      /* an unrefused bearer is used until then although it could not be renewed */
  int64_t names_silent_at; /* when no name server had answered for as long as one may take; 0 = never */
  int dead;                /* no more calls until the next login: `death` says why */
  homey_error death;
  int fresh;            /* the stored login is not used */
  int logged_in;        /* once, by this client */
  int credentials_used; /* they were refused, or the one-time code is spent: not offered again */
  homey_error refusal;  /* of the refresh token that the caller gave, kind 0 until then */
  int nameless;         /* no account was named: the store's current one is meant */
  int new_login;        /* the chain has written a login that is not yet the current one */
  int ending;           /* a logout is under way */
  int left;             /* logged out: another login in the store is not looked for */
  int stays;            /* the program has said that it stays */
  int listens;          /* somebody has subscribed */
  int leaving;          /* freed by its owner; what is renewing goes on until it is saved */
  char version[24];     /* of the hub's software, from its headers */
  int64_t clock_ahead;  /* by how many ms the hub's clock is ahead of ours, */
  int64_t clock_at;     /* as seen then; 0 = never */
};

/* ---- client_state.c ---- */

int hy_client_stays(const homey_client *c);    /* it has subscribed, or said so */
int hy_client_is_local(const homey_client *c); /* its login knows no cloud */
long hy_client_timeout(const homey_client *c); /* ms of silence in one exchange */
/* Reads the hub's clock from the Date header of a response. */
void hy_client_note_date(homey_client *c, const hy_exchange *x);
/* After an exchange with the cloud or with the hub in use: where the name servers were silent, the next lookups get less
 * time. */
void hy_client_note_names(homey_client *c, const hy_exchange *x);
long hy_client_name_ms(const homey_client *c);    /* for a lookup; 0 = the usual time */
int hy_client_preset(homey_client *c, int index); /* takes the OAuth client of a preset; 0 when there is none */
int hy_client_has_own(const homey_client *c);     /* the caller has named an OAuth client */
int hy_client_take_own(homey_client *c);          /* takes that, where there is one; 0 or -HOMEY_MEMORY */

#endif
