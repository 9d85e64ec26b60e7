/* Account: tokens, hubs, and the session on the chosen hub; the data that the store keeps. */
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
  char *urls[HY_ROUTES]; /* NULL when unknown */
} hy_hub;

#define HY_HUBS 32 /* per account; more are not listed */

/* Times are seconds since 1970; 0 = unknown. */
typedef struct hy_account {
  char *key; /* the account's name in the store; NULL until known */
  char *email, *user, *client_id, *client_secret, *redirect_uri;
  char *access, *refresh; /* OAuth tokens */
  int64_t access_issued, access_expires;
  hy_hub *hubs;
  int hub_count;
  char *hub_id; /* the chosen hub; the stored choice stays unless `rechosen` is set */
  int rechosen;
  char *bearer, *session_id;
  uint64_t bearer_serial; /* new for each bearer */
  int64_t bearer_issued, bearer_expires;
  char *route; /* base URL that answered last */
  int route_kind;
  int64_t asked;          /* when user/me was last asked in parallel with calls over the cloud */
  char *tls_hub;          /* id of the hub that has answered over TLS, in this process */
  char *fixed;            /* base URL of a login without the cloud */
  char *token, *username; /* its API key, or its user name */
  cJSON *doc;             /* the stored text as last loaded or saved; unknown members are kept */
} hy_account;

/* ---- account.c ---- */

/* Replaces a string and wipes the old one; 0 or -HOMEY_MEMORY. */
int hy_account_set(char **field, const char *value);
void hy_account_clear(hy_account *account);
void hy_account_new_bearer(hy_account *account); /* gives a changed bearer a new serial */
void hy_account_clear_session(hy_account *account);
void hy_account_clear_tokens(hy_account *account); /* of every kind of login, with the session */
/* Clears the choice, the session and the route. */
void hy_account_forget_hub(hy_account *account);
/* Clears all tokens, the choice of the hub, and the stored text. */
void hy_account_forget(hy_account *account);
void hy_account_drop_doc(hy_account *account); /* frees the stored text as last read */
/* Whether a token issued and expiring at these times is valid now, with `margin` seconds to spare.
 * Returns 1 when the times are unknown, or when the clock is set to a time before the issue: then
 * the token is used until it is refused. */
int hy_still_good(int64_t issued, int64_t expires, int64_t margin);

/* ---- account_hubs.c ---- */

/* Reads homeys[] of user/me; 0, -HOMEY_PROTOCOL, -HOMEY_MEMORY. */
int hy_account_read_user(hy_account *account, const cJSON *user);
int hy_user_has_hub(const cJSON *user, const char *id); /* 1 when homeys[] contains the hub */
/* Chooses the hub: by name or id when `wanted` is given, else the one chosen before, else the
 * only one. Returns 0, or a negative kind with *error filled. */
int hy_account_choose(hy_account *account, const char *wanted, homey_error *error);
hy_hub *hy_account_hub(hy_account *account); /* the chosen hub, or NULL */
/* Returns the index of a hub, -1 when it is not listed. */
int hy_account_find_hub(const hy_account *account, const char *id);
void hy_account_clear_hubs(hy_account *account);
/* Adds a hub, which `read` fills from `item`; 0 or a negative kind. */
int hy_account_add_hub(hy_account *account, int (*read)(hy_hub *hub, const cJSON *item),
                       const cJSON *item);

/* ---- account_json.c: the text that the store keeps ---- */

/* Reads the stored text. Returns 0, -HOMEY_MEMORY, or -HOMEY_INVALID when it is not a stored
 * login; then *ret_why is a static text. */
int hy_account_load(hy_account *account, const char *text, size_t length, const char **ret_why);
/* Reads the session on the chosen hub; 0 or -HOMEY_MEMORY. */
int hy_account_load_session(hy_account *account);
/* Returns the text to store, to be wiped by the caller; NULL when memory is short. */
char *hy_account_save(hy_account *account);
/* Returns a hash of the tokens in the stored text, to compare them. */
uint64_t hy_account_print(const hy_account *account);
/* Reads the same hash from another text, and when its access token was issued. Returns as
 * hy_account_load(). */
int hy_account_look(const char *text, size_t length, uint64_t *ret_print, int64_t *ret_issued,
                    const char **ret_why);
/* Whether the chosen hub has ever answered over its own TLS; stored. */
int hy_account_tls_worked(const hy_account *account);
/* Whether any hub has answered over TLS at the address of a stored login without the cloud. */
int hy_account_tls_worked_at(const hy_account *account, const char *address);

#endif
