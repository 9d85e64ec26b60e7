/* Login steps: their table, and declarations for the files that implement them. */
#ifndef HY_STEPS_H
#define HY_STEPS_H

#include "account/client_state.h"

typedef enum hy_fact { /* facts about the client; a step needs some and gives one */
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
                       HY_HAS_GRANT = 4096, /* credentials for a password grant */
                       HY_HAS_ENDED = 8192  /* the hub has ended the session */
} hy_fact;

typedef enum hy_verdict { HY_DONE, HY_AGAIN, HY_OTHER_WAY, HY_FAILED } hy_verdict;

typedef enum hy_base { HY_END, HY_ACCOUNTS, HY_API, HY_HUB, HY_PAGE } hy_base;
typedef enum hy_auth { HY_NO_AUTH, HY_BASIC, HY_ACCESS, HY_BEARER } hy_auth;
typedef enum hy_body { HY_NO_BODY, HY_FORM, HY_JSON } hy_body;

/* One way to request a step: URL, credentials, body. */
typedef struct hy_way {
  struct {
    hy_base base;
    const char *path;
  } urls[5];
  const char *method;
  hy_auth auth;
  hy_body body;
  void (*say)(homey_client *c, hy_buf *body); /* writes the body, or the query of a GET */
} hy_way;

#define HY_LOCKED 1   /* changes tokens: only under the store's lock */
#define HY_OPTIONAL 2 /* a failure is ignored */
#define HY_REPEAT 4   /* may be repeated after a lost connection */
#define HY_TOKENS 8   /* the result is saved before anything else happens */

typedef struct hy_step {
  const char *name;
  unsigned gives, needs, flags;
  hy_way ways[4];
  hy_verdict (*read)(homey_client *c, hy_exchange *x, homey_error *error);
} hy_step;

extern const hy_step hy_steps[];
extern const int hy_step_count;
void hy_steps_spend_code(homey_client *c); /* the code was sent: it is not sent again */

/* ---- steps.c: reading answers ---- */

/* Fills the error: `what` happened, the server's message if any, and what to do ("" = the kind's
 * advice). Returns HY_FAILED. */
hy_verdict hy_step_failed(homey_client *c, const hy_exchange *x, homey_kind kind, const char *what,
                          const char *advice, homey_error *error);
/* Handles an answer that no step can read: from a broken cloud, or not from the cloud at all. */
hy_verdict hy_step_strange(homey_client *c, const hy_exchange *x, homey_error *error);
hy_verdict hy_step_no_memory(homey_error *error);
int hy_step_is_success(const hy_exchange *x);
/* Returns a token that is sent bare, as a JSON string, or in {"token"}; to be wiped. NULL when
 * there is none. */
char *hy_step_token(homey_client *c, const hy_exchange *x);

/* ---- step_code.c ---- */

void hy_step_drop_page(homey_client *c); /* frees the consent page */
void hy_say_login(homey_client *c, hy_buf *b);
void hy_say_authorise(homey_client *c, hy_buf *b);
void hy_say_consent(homey_client *c, hy_buf *b);
hy_verdict hy_read_login(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_authorise(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_consent(homey_client *c, hy_exchange *x, homey_error *error);

/* ---- step_tokens.c ---- */

void hy_say_code(homey_client *c, hy_buf *b);
void hy_say_client_code(homey_client *c, hy_buf *b);
void hy_say_grant(homey_client *c, hy_buf *b);
void hy_say_refresh(homey_client *c, hy_buf *b);
void hy_say_client_refresh(homey_client *c, hy_buf *b);
hy_verdict hy_read_token(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_grant(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_refresh(homey_client *c, hy_exchange *x, homey_error *error);

/* ---- step_hub.c ---- */

void hy_say_empty(homey_client *c, hy_buf *b);
void hy_say_hub_login(homey_client *c, hy_buf *b);
void hy_say_local_login(homey_client *c, hy_buf *b);
hy_verdict hy_read_user(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_delegation(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_hub_login(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_local_login(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_session(homey_client *c, hy_exchange *x, homey_error *error);
hy_verdict hy_read_ended(homey_client *c, hy_exchange *x, homey_error *error);

#endif
