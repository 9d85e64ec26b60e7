/* One account on one hub: what its files share.  Calls go down: client -> chain -> steps, address -> account, http. */
#ifndef HY_CLIENT_H
#define HY_CLIENT_H

#include "http/exchange.h"
#include "base/json_tree.h"
#include "base/url.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/form.h"
#include "base/text.h"
#include "http/failure.h"
#include "login/consent.h"
#include "login/jwt.h"
#include "store/file_store.h"
#include "store/store_op.h"

/* ---- account.c: what is known of the account and kept in the store -------------------------------- */

typedef enum hy_route_kind {
  HY_FIXED, /* given by the caller */
  HY_LOCAL_SECURE,
  HY_LOCAL,
  HY_MDNS,
  HY_FORWARDED,
  HY_CLOUD,
  HY_ROUTES
} hy_route_kind;

extern const char *const hy_route_names[HY_ROUTES];

typedef struct hy_hub {
  char *id, *name, *platform;
  int api_version;
  char *urls[HY_ROUTES];
} hy_hub;

#define HY_HUBS 32               /* of one account; more are not listed */
#define HY_ASKED_MOST_MS 3600000 /* we keep quiet, whatever a hub names: a slip of it would do so for ever */

/* Seconds since 1970; 0 = unknown. */
typedef struct hy_account {
  char *key; /* the store's name for it; NULL until known */
  char *email, *user, *client_id, *client_secret, *redirect_uri;
  char *access, *refresh;
  int64_t access_issued, access_expires;
  hy_hub hubs[HY_HUBS];
  int hub_count;
  char *hub_id; /* the chosen one */
  char *bearer, *session_id;
  uint64_t bearer_serial; /* another one with another bearer: headers made of the old one are for the old calls */
  int64_t bearer_issued, bearer_expires;
  char *route; /* base URL that answered last */
  int route_kind;
  int64_t asked; /* when user/me was last asked for addresses by the side of calls that go over the cloud */
  char *tls_hub; /* id of the hub that has answered over TLS, in this process */
  char *fixed;   /* base URL, and token or user, of a login without the cloud */
  char *token, *username;
  cJSON *doc; /* as last loaded or saved; what we do not know in it is kept */
} hy_account;

void hy_account_clear(hy_account *account);
void hy_account_new_bearer(hy_account *account); /* its bearer is another one now */
void hy_account_clear_session(hy_account *account);
void hy_account_clear_tokens(hy_account *account); /* of whatever kind the login was, the session too */
void hy_account_forget_hub(hy_account *account);   /* which one it is, and what was known of it */
void hy_account_forget(hy_account *account); /* every token, the choice of the hub, and the stored text */
int hy_account_set(char **field, const char *value); /* replaces a (secret) string; 0 or -HOMEY_MEMORY */
/* Takes over what the store holds; 0, -HOMEY_INVALID for what is not ours (then *ret_why is a static text), -HOMEY_MEMORY. */
int hy_account_load(hy_account *account, const char *text, size_t length, const char **ret_why);
/* What the tokens in it are, for telling whether those of another text are the same. */
uint64_t hy_account_print(const hy_account *account);
/* The same of a stored text, and when its access token was issued; 0 or as hy_account_load. */
int hy_account_look(const char *text, size_t length, uint64_t *ret_print, int64_t *ret_issued, const char **ret_why);
/* The session on the chosen hub, once that is chosen: 0 or -HOMEY_MEMORY. */
int hy_account_load_session(hy_account *account);
/* The store's text, to be wiped by the caller; NULL when memory is short. */
char *hy_account_save(hy_account *account);
/* Takes over homeys[] of user/me; 0, -HOMEY_PROTOCOL, -HOMEY_MEMORY. */
int hy_account_read_user(hy_account *account, const cJSON *user);
int hy_user_has_hub(const cJSON *user, const char *id); /* is it one of homeys[]? */
/* Chooses the hub: by name or id where `wanted` is given, else the one chosen before, else the only one. */
int hy_account_choose(hy_account *account, const char *wanted, homey_error *error);
/* Whether the chosen hub has ever answered over TLS of its own; remembered in the store. */
int hy_account_tls_worked(const hy_account *account);
/* Whether any hub has, at the address of a stored login without the cloud: whoever is there now may name another id. */
int hy_account_tls_worked_at(const hy_account *account, const char *address);
hy_hub *hy_account_hub(hy_account *account); /* the chosen one, NULL when none */
/* Whether something issued and expiring then is good now, with a margin ahead of its end.  A clock that was set back
 * behind the issue proves nothing: then it is good until it is refused. */
int hy_still_good(int64_t issued, int64_t expires, int64_t margin);

/* ---- reading replies (reply.c) --------------------------------------------------------------------- */

cJSON *hy_reply_json(const hy_exchange *x); /* strict, unwrapped; NULL when it is not JSON */
const char *hy_json_string(const cJSON *object, const char *name); /* NULL unless it is a non-empty string */
int hy_is_token(const char *text); /* printable ASCII without spaces: fit for a header */
/* What a server says went wrong, at most `size` bytes, secrets of the client replaced; `code` likewise the machine's word. */
void hy_reply_complaint(homey_client *c, const hy_exchange *x, char *text, size_t size);
/* What a status of the hub means, with its own words where it had any, and when to try again where it named a time. */
void hy_reply_refusal(int status, const char *words, long retry_after, homey_error *error);
int hy_reply_says(const hy_exchange *x, const char *word); /* the complaint's text or code contains the word */

int hy_reply_refuses_bearer(const hy_exchange *x); /* by its status, or by the word for it under another */

/* The same of the JSON that came as an error over the socket; its status, 0 where it names none. */
int hy_socket_complaint(homey_client *c, const char *text, size_t length, char *words, size_t size);

/* ---- trace.c ---------------------------------------------------------------------------------------- */

void hy_trace(homey_client *c, const hy_exchange *x, const char *step);
void hy_trace_line(homey_client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hy_warn(homey_client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Replaces, in place, every secret of the client by "***". */
void hy_redact(const homey_client *c, char *text);

/* ---- the chain (chain.c, steps.c) -------------------------------------------------------------------- */

typedef enum hy_fact { /* what the client has; a step needs some and gives one */
                       HY_HAS_HUBS = 1,
                       HY_HAS_ROUTE = 2,
                       HY_HAS_CREDENTIALS = 4,
                       HY_HAS_JWT = 8,
                       HY_HAS_PAGE = 16,
                       HY_HAS_CODE = 32,
                       HY_HAS_REFRESH = 64,
                       HY_HAS_ACCESS = 128,
                       HY_HAS_DELEGATION = 256,
                       HY_HAS_LOCAL = 512,
                       HY_HAS_BEARER = 1024,
                       HY_HAS_SESSION = 2048,
                       HY_HAS_GRANT = 4096, /* credentials that may be offered as a password grant */
                       HY_HAS_ENDED = 8192  /* the session is ended at the hub */
} hy_fact;

typedef enum hy_verdict { HY_DONE, HY_AGAIN, HY_OTHER_WAY, HY_FAILED } hy_verdict;

typedef enum hy_base { HY_END, HY_ACCOUNTS, HY_API, HY_HUB, HY_PAGE } hy_base;
typedef enum hy_auth { HY_NO_AUTH, HY_BASIC, HY_ACCESS, HY_BEARER } hy_auth;
typedef enum hy_body { HY_NO_BODY, HY_FORM, HY_JSON } hy_body;

/* One way to ask for a step: where, with what proof, and what is said. */
typedef struct hy_way {
  struct {
    hy_base base;
    const char *path;
  } urls[5];
  const char *method;
  hy_auth auth;
  hy_body body;
  void (*say)(homey_client *c, hy_buf *body); /* fills the body, or the query of a GET */
} hy_way;

#define HY_LOCKED 1   /* changes tokens: under the store's lock only */
#define HY_OPTIONAL 2 /* its failure costs nothing */
#define HY_REPEAT 4   /* may be asked again after a lost connection */
#define HY_TOKENS 8   /* what it brings is on disk before anything else happens */

typedef struct hy_step {
  const char *name;
  unsigned gives, needs, flags;
  hy_way ways[4];
  hy_verdict (*read)(homey_client *c, hy_exchange *x, homey_error *error);
} hy_step;

extern const hy_step hy_steps[];
extern const int hy_step_count;
void hy_steps_spend_code(homey_client *c); /* it was offered: it is not to be offered again */

/* The step to take now for `wanted` with what is in `facts`; NULL when no way leads there. */
const hy_step *hy_chain_plan(unsigned facts, unsigned wanted);
unsigned hy_facts(const homey_client *c);
int hy_bearer_is_good(const homey_client *c);
/* The hub did not accept the bearer of this serial: it is given up, and 1 is answered; unless another is in its place
 * already. */
int hy_bearer_refused(homey_client *c, uint64_t serial);
/* The hub has refused a bearer, after so many renewals for the same purpose: is that the end?  Of an API key it is at once;
 * of a bearer when a fresh one was refused, and otherwise after a few. */
int hy_refusal_is_final(const homey_client *c, uint64_t serial, int renewed);
/* Sends the step that the chain is at; 0, or -HOMEY_MEMORY and then `done` is not called. */
int hy_chain_request(homey_client *c, hy_exchange_fn *done);
/* Asks user/me, whatever the chain is at; `done` frees the exchange or keeps it.  NULL when memory is short. */
hy_exchange *hy_chain_request_user(homey_client *c, hy_exchange_fn *done);

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

/* How the lower tells the upper, which named the function when it asked; NULL = as wanted. */
typedef void hy_done_fn(homey_client *c, const homey_error *error);

typedef struct hy_chain {
  hy_done_fn *done;
  hy_phase phase, after; /* after: what a pause leads back to */
  const hy_step *step;
  int way, url, tries, taken;
  hy_exchange *x;
  hy_buf address, body;
  hy_timer timer;
  homey_store_op *op;
  int locked, loaded;
  int stored;                  /* the store is known to hold this login */
  int unsaved, tokens_unsaved; /* the store lacks something; lacks tokens, which may not be used before */
  int ending;                  /* the login is to be forgotten; 2 = without telling the hub */
  int user_read;               /* user/me was asked in this run */
  int renewed;                 /* a bearer was got */
  int reread;                  /* it is asked although the hub is known: its addresses may be others now */
  int hubs_stale; /* no address answered: user/me may know better ones; `moved` is what was met */
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
  char *jwt, *code, *delegation, *cookies, *page_url, *resource;
  hy_consent page;
} hy_chain;

/* Gets what is missing for a request (`want_route`) or a login, or with `ending` forgets the login; ends in
 * `done`. */
void hy_chain_start(homey_client *c, int want_route, int ending, hy_done_fn *done);
/* A new bearer, while calls go on with the one that lives. */
void hy_chain_renew(homey_client *c, hy_done_fn *done);
/* Asks user/me for the addresses of the hub, while calls go on. */
void hy_chain_reread(homey_client *c, hy_done_fn *done);
/* The same with the answer that renewal has already. */
void hy_chain_take_user(homey_client *c, hy_done_fn *done);
/* Is there another login in the store than the one that has died?  If so it is taken, and c->dead is 0. */
void hy_chain_look(homey_client *c, hy_done_fn *done);
int hy_chain_is_renewing(const homey_client *c); /* a refresh token is being changed: what comes must be saved */
void hy_chain_stop(homey_client *c);             /* silently: the client is going away */
void hy_chain_store_answered(homey_client *c); /* by homey_store_op_answer */

/* ---- address.c ----------------------------------------------------------------------------------------- */

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

typedef struct hy_race {
  hy_done_fn *done;
  hy_candidate list[HY_ROUTES + 2];
  int count, running;
  int remembered; /* the winner of last time, -1 when it is not in the list */
  int asked_all;
  int64_t started; /* when all were asked */
  int looking;     /* a look in the background: only for what is better than the route in use */
  hy_timer timer;
} hy_race;

/* All addresses that may be tried, the best first; the count.  Pure. */
int hy_candidates(const hy_account *account, const char *given, homey_plain_http plain, hy_candidate *list);
int hy_route_is_allowed(const homey_client *c); /* 0 for plain http where that may not be used, or not any more */
int hy_is_at_home(hy_route_kind kind, const char *base); /* no proxy stands between us and it */
void hy_race_start(homey_client *c, hy_done_fn *done);   /* ends in `done`; c->account.route is the winner */
/* Before a call is sent: is there a better address again?  If so, it is taken, and `moved` says that. */
void hy_race_look(homey_client *c, hy_done_fn *moved);
void hy_race_stop(homey_client *c);

/* ---- renewal.c: background work of a client ------------------------------------------------------------ */

typedef struct hy_renewal {
  hy_timer timer;
  int64_t save_at; /* what the store did not take is offered again */
  int save_tries;
  int64_t renew_at; /* not sooner, after a try that failed */
  int renew_tries;
  int64_t reread_at; /* user/me is not asked for other addresses before that */
  int reread_tries;  /* how often it knew none */
  hy_exchange *user; /* user/me, asked by the side of calls that go over the cloud */
  int user_answered; /* it waits for the chain to be at rest */
  uint64_t user_of;  /* the print of the login that it was asked with */
  int64_t user_at;   /* not asked again before that */
  int64_t look_at;   /* into the store, for another login */
  int looked;        /* in vain, for the calls that wait now */
} hy_renewal;

int hy_client_stays(const homey_client *c); /* somebody has subscribed, or said so */
void hy_renewal_plan(homey_client *c);      /* sets the timer; while the chain is at rest */
void hy_renewal_asks(homey_client *c); /* user/me is asked, because an address has failed or for another reason */
void hy_renewal_ask_user(homey_client *c); /* where the hub is, if calls are about to go over the cloud */
hy_exchange *hy_renewal_user(homey_client *c); /* what it has said, the caller's now; NULL = nothing, and is not waited for */
void hy_renewal_moved(homey_client *c);  /* it knows other addresses than before */
void hy_renewal_unkept(homey_client *c); /* a save has failed: when is the next one due? */
int hy_renewal_may_look(const homey_client *c);
void hy_renewal_look(homey_client *c);

/* ---- client.c ------------------------------------------------------------------------------------------- */

typedef struct hy_call hy_call;
typedef struct hy_realtime hy_realtime;

struct homey_client {
  homey_loop *loop;
  homey_client *prev, *next;
  hy_work work;
  hy_settings settings;
  hy_lines *cloud_headers; /* what every call carries */
  hy_lines *hub_base;      /* what every call to the hub carries: the same, and the caller's own */
  hy_lines *hub_headers, *body_headers; /* with bearer and id, without and with a JSON body; NULL = to be made */
  uint64_t headers_of;                  /* the serial of the bearer that they were made with */
  char *refused;                        /* a bearer that the hub did not accept: not to be taken again */
  hy_account account;
  hy_chain chain;
  hy_race race;
  int routed;              /* account.route was verified by this client */
  int64_t look_at;         /* no better address is looked for before that */
  int has_better;          /* an address is known that would be better than the one in use */
  int hubs_due;            /* one from user/me failed, or was that of another: it may have moved */
  int64_t good_until;      /* an unrefused bearer is used until then although it could not be renewed */
  int64_t names_silent_at; /* when no name server had answered for as long as one may take; 0 = never */
  int dead;                /* no more calls until the next login: `death` says why */
  homey_error death;
  hy_call *waiting, *in_flight;
  hy_timer quiet;        /* set while the hub wants to be left alone: nothing is sent */
  hy_realtime *realtime; /* NULL until somebody subscribes */
  const struct hy_realtime_user *realtime_user;
  int ending;   /* a logout is under way */
  int left;     /* logged out: a login in the store is no concern of ours */
  int stays;    /* the program has said so */
  int leaving;  /* freed by its owner; what is renewing goes on until it is saved */
  int nameless; /* no account was named: the store's current one is meant */
  hy_renewal renewal;
  int new_login; /* the chain has written a login that is not yet the current one */
  int in_flight_count, limit, streak;
  char version[24];              /* of the hub's software, from its headers */
  int64_t clock_ahead, clock_at; /* by how much the hub's clock is ahead of ours, ms; when that was seen, 0 = never */

  /* options */
  char *email, *password, *otp, *hub, *address, *token, *username, *code, *accounts_url, *api_url, *user_agent;
  char *own_id, *own_secret, *own_redirect; /* the caller's OAuth client, what is given of it */
  char *given_refresh, **headers, **connect_to;
  long timeout_ms, patience_ms, stale_ms;
  homey_refresh refresh_mode;
  int password_grant, fresh, pinned_timeout;
  homey_plain_http plain_http;
  int logged_in;        /* once, by this client */
  int credentials_used; /* they were refused, or the one-time code is spent: not to be offered again */
  homey_error refusal;  /* of the refresh token that the caller gave, kind 0 until then */
  homey_store *file_store;
  homey_store store;
  int has_store;
  homey_trace_fn *trace;
  void *trace_data;
  homey_warn_fn *warn;
  void *warn_data;
};

/* ---- options.c -------------------------------------------------------------------------------------------- */

/* Options -> client, each checked; options.c. 0, or a negative kind with *error filled. */
int hy_client_configure(homey_client *c, const homey_options *options, homey_error *error);
void hy_client_forget_options(homey_client *c);
int hy_client_connect_to(homey_client *c);           /* after the addresses changed: 0 or -HOMEY_MEMORY */
uint64_t hy_client_addresses(const homey_client *c); /* another number when others are known */

/* The hub has answered: what time does it say that it is? */
void hy_client_note_date(homey_client *c, const hy_exchange *x);

long hy_client_timeout(const homey_client *c);
/* Where the name servers have been silent about one name, the next ones are not waited for as long. */
void hy_client_note_names(homey_client *c, const hy_exchange *x); /* of the cloud, or of the hub in use */
long hy_client_name_ms(const homey_client *c);
int hy_client_preset(homey_client *c, int index); /* take the OAuth client of a preset; 0 when there is none */
int hy_client_has_own(const homey_client *c);     /* the caller has named an OAuth client */
int hy_client_take_own(homey_client *c);          /* takes that, where there is one; 0 or -HOMEY_MEMORY */
int hy_client_is_local(const homey_client *c);    /* a login that knows no cloud */

#endif
