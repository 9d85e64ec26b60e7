/* Replies of servers: JSON, error messages, refusals. */
#ifndef HY_REPLY_H
#define HY_REPLY_H

#include "account/client_state.h"

cJSON *hy_reply_json(const hy_exchange *x); /* strict, unwrapped; NULL when it is not JSON */
/* Writes the server's error message, at most `size` bytes, with the client's secrets replaced;
 * "" when there is none. */
void hy_reply_complaint(homey_client *c, const hy_exchange *x, char *text, size_t size);
/* Fills the error for a status of the hub, with the hub's message and the time to wait, if any. */
void hy_reply_refusal(int status, const char *words, long retry_after, homey_error *error);
/* The same about another server: "the Athom cloud". */
void hy_reply_refusal_of(const char *who, int status, const char *words, long retry_after,
                         homey_error *error);
/* Whether the error's text or code contains the word. */
int hy_reply_says(const hy_exchange *x, const char *word);
/* Whether the hub refuses the bearer, by its status or by its text under another status. */
int hy_reply_refuses_bearer(const hy_exchange *x);
/* Reads a JSON error that came over the socket. Returns its status, 0 when it has none. */
int hy_socket_complaint(homey_client *c, const char *text, size_t length, char *words, size_t size);

#endif
