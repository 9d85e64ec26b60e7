/* Replies of servers: JSON, complaints, refusals. */
#ifndef HY_REPLY_H
#define HY_REPLY_H

#include "account/client_state.h"

cJSON *hy_reply_json(const hy_exchange *x); /* strict, unwrapped; NULL when it is not JSON */
/* What a server says went wrong, at most `size` bytes, secrets of the client replaced; "" for nothing. */
void hy_reply_complaint(homey_client *c, const hy_exchange *x, char *text, size_t size);
/* Fills the error for a status of the hub, with its own words where it had any, and when to try again where it said so. */
void hy_reply_refusal(int status, const char *words, long retry_after, homey_error *error);
int hy_reply_says(const hy_exchange *x, const char *word); /* the complaint's text or code contains the word */
int hy_reply_refuses_bearer(const hy_exchange *x); /* by its status, or by the word for it under another */
/* The complaint in JSON that came as an error over the socket; its status, 0 where it names none. */
int hy_socket_complaint(homey_client *c, const char *text, size_t length, char *words, size_t size);

#endif
