/* What the files of the steps share: steps.c has the rows, step_code.c the way from a password to a code, step_tokens.c
 * what brings tokens, step_hub.c the account's hubs and the session on one. */
#ifndef HY_STEPS_H
#define HY_STEPS_H

#include "client/client.h"

/* ---- steps.c: reading what any of them may be answered ---- */

/* Fills the error: `what` happened, the server's own words where it had any, and what to do, "" for what the kind
 * advises; HY_FAILED. */
hy_verdict hy_step_failed(homey_client *c, const hy_exchange *x, homey_kind kind, const char *what,
                          const char *advice, homey_error *error);
/* What no step can make sense of: a broken cloud, or something that is not the cloud at all. */
hy_verdict hy_step_strange(homey_client *c, const hy_exchange *x, homey_error *error);
hy_verdict hy_step_no_memory(homey_error *error);
int hy_step_is_success(const hy_exchange *x);
/* A token that came bare, as a JSON string, or in {"token"}; to be wiped, NULL when there is none. */
char *hy_step_token(homey_client *c, const hy_exchange *x);

/* ---- step_code.c ---- */

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
