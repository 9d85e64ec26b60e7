/* Account: tokens, hubs, the session on the chosen hub; what the store keeps. */
#ifndef HY_ACCOUNT_H
#define HY_ACCOUNT_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "homey.h"

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
  char *urls[HY_ROUTES]; /* NULL where unknown */
} hy_hub;

#define HY_HUBS 32 /* of one account; more are not listed */

/* Times are seconds since 1970; 0 = unknown. */
typedef struct hy_account {
  char *key; /* the store's name for it; NULL until known */
  char *email, *user, *client_id, *client_secret, *redirect_uri;
  char *access, *refresh; /* OAuth tokens */
  int64_t access_issued, access_expires;
  hy_hub hubs[HY_HUBS];
  int hub_count;
  char *hub_id; /* the chosen one */
  char *bearer, *session_id;
  uint64_t bearer_serial; /* changes with the bearer */
  int64_t bearer_issued, bearer_expires;
  char *route; /* base URL that answered last */
  int route_kind;
  int64_t asked;          /* when user/me was last asked beside calls that go over the cloud */
  char *tls_hub;          /* id of the hub that has answered over TLS, in this process */
  char *fixed;            /* base URL of a login without the cloud, */
  char *token, *username; /* and its API key or user */
  cJSON *doc;             /* as last loaded or saved; unknown members in it are kept */
} hy_account;

/* ---- account.c ---- */

int hy_account_set(char **field, const char *value); /* replaces a (secret) string; 0 or -HOMEY_MEMORY */
void hy_account_clear(hy_account *account);
void hy_account_new_bearer(hy_account *account); /* the bearer has changed */
void hy_account_clear_session(hy_account *account);
void hy_account_clear_tokens(hy_account *account); /* of any kind of login, the session too */
void hy_account_forget_hub(hy_account *account);   /* the choice, the session and the route */
void hy_account_forget(hy_account *account); /* every token, the choice of the hub, and the stored text */
/* Whether a token issued and expiring at these times is valid now, with `margin` seconds to spare.  1 where the times are
 * unknown, or where the clock is set to before the issue: then it is used until it is refused. */
void hy_account_drop_doc(hy_account *account); /* the stored text, as last read */
int hy_still_good(int64_t issued, int64_t expires, int64_t margin);

/* ---- account_hubs.c ---- */

/* Reads homeys[] of user/me; 0, -HOMEY_PROTOCOL, -HOMEY_MEMORY. */
int hy_account_read_user(hy_account *account, const cJSON *user);
int hy_user_has_hub(const cJSON *user, const char *id); /* 1 where homeys[] has it */
/* Chooses the hub: by name or id where `wanted` is given, else the one chosen before, else the only one.  0 or a negative
 * kind with *error filled. */
int hy_account_choose(hy_account *account, const char *wanted, homey_error *error);
hy_hub *hy_account_hub(hy_account *account);                        /* the chosen one, NULL when none */
int hy_account_find_hub(const hy_account *account, const char *id); /* its index, -1 where it is not listed */
void hy_account_clear_hubs(hy_account *account);
/* Ends reading the hub behind the last one: counts it where `result` is 0, frees it where it is negative; `result`. */
int hy_account_add_hub(hy_account *account, int result);

/* ---- account_json.c: the text that the store keeps ---- */

/* Reads it; 0, -HOMEY_INVALID where it is not ours (then *ret_why is a static text), -HOMEY_MEMORY. */
int hy_account_load(hy_account *account, const char *text, size_t length, const char **ret_why);
/* Reads the session on the chosen hub; 0 or -HOMEY_MEMORY. */
int hy_account_load_session(hy_account *account);
/* The text, to be wiped by the caller; NULL when memory is short. */
char *hy_account_save(hy_account *account);
/* A hash of the tokens in the stored text: equal where the tokens are. */
uint64_t hy_account_print(const hy_account *account);
/* The same of another text, and when its access token was issued; 0, or as hy_account_load. */
int hy_account_look(const char *text, size_t length, uint64_t *ret_print, int64_t *ret_issued, const char **ret_why);
/* Whether the chosen hub has ever answered over TLS of its own; kept in the store. */
int hy_account_tls_worked(const hy_account *account);
/* Whether any hub has, at the address of a stored login without the cloud. */
int hy_account_tls_worked_at(const hy_account *account, const char *address);

#endif
