/*
 * Realtime: the Socket.IO connection of a client, and its subscriptions.
 *
 * The client drives it (hy_realtime_turn) and gives it what it needs, a bearer and an address; it gives the client a
 * faster way for calls. What it has to say to those above it, it says by the functions in client->realtime_user.
 */
#ifndef HY_REALTIME_H
#define HY_REALTIME_H

#include "account/client_state.h"
#include "realtime/socketio.h"

typedef struct hy_realtime hy_realtime;

typedef struct hy_realtime_user {
  /* The ack of a call over the socket, whose items lie in `text`; it may take the text's memory over. */
  void (*answer)(homey_client *c, long ack, const hy_span *items, int count, hy_buf *text);
  void (*lost)(homey_client *c, const homey_error *why); /* no ack will come any more */
  int (*calls)(const homey_client *c);                   /* how many calls wait for theirs */
  void (*die)(homey_client *c, const homey_error *error);
  hy_done_fn *chain_done;
} hy_realtime_user;

void hy_realtime_free(homey_client *c); /* everybody who has subscribed is answered `cancelled` */
void hy_realtime_turn(homey_client *c); /* while the chain is at rest, or renews ahead */
/* The chain could not bring what was missing. */
void hy_realtime_chain_failed(homey_client *c, const homey_error *error);
void hy_realtime_dead(homey_client *c);  /* no more calls until the next login */
void hy_realtime_login(homey_client *c); /* which is about to come */
void hy_realtime_moved(homey_client *c); /* a better address was found */
void hy_realtime_heard(homey_client *c); /* the hub has just answered something over HTTP */

/* Calls over the socket. */
int hy_realtime_ready(const homey_client *c);
uint64_t hy_realtime_bearer(const homey_client *c); /* the serial of the one it was opened with */
/* Sends an operation; the number of its ack, or a negative kind and then nothing was sent. The answer comes by
 * realtime_user->answer(), or realtime_user->lost() says that none will. */
long hy_realtime_call(homey_client *c, const char *operation, const char *manager, const char *args, size_t length);
/* The hub does not accept the bearer of this connection any more: a new one once what is under way has ended. */
void hy_realtime_again(homey_client *c);

#endif
