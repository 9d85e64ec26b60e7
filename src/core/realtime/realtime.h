/*
 * Realtime: the Socket.IO connection of a client, and its subscriptions.
 *
 * The client drives it (hy_realtime_turn) and provides a bearer and an address. Realtime provides a
 * faster path for calls. It reports to the layers above through the functions in
 * client->realtime_user.
 */
#ifndef HY_REALTIME_H
#define HY_REALTIME_H

#include "account/client_state.h"
#include "realtime/socketio.h"

typedef struct hy_realtime hy_realtime;

typedef struct hy_realtime_user {
  /* Delivers the ack of a call over the socket. `text` holds the items; the function may take
   * its memory over. */
  void (*answer)(homey_client *c, long ack, const hy_span *items, int count, hy_buf *text);
  void (*lost)(homey_client *c, const homey_error *why); /* no more acks will arrive */
  /* The number of calls that wait for an ack. */
  int (*calls)(const homey_client *c);
  void (*die)(homey_client *c, const homey_error *error);
  hy_done_fn *chain_done;
} hy_realtime_user;

void hy_realtime_free(homey_client *c); /* answers every subscriber with `cancelled` */
void hy_realtime_turn(homey_client *c); /* called while the chain is idle or renews early */
/* The chain could not provide what was missing. */
void hy_realtime_chain_failed(homey_client *c, const homey_error *error);
void hy_realtime_dead(homey_client *c);  /* no more calls until the next login */
void hy_realtime_login(homey_client *c); /* a new login begins */
void hy_realtime_moved(homey_client *c); /* a better address was found */
void hy_realtime_heard(homey_client *c); /* the hub has just answered over HTTP */

/* Calls over the socket. */
int hy_realtime_ready(const homey_client *c);
/* As much is queued as fits in one write. The client gets a turn when that is written. */
int hy_realtime_is_crowded(const homey_client *c);
/* Returns the serial of the bearer that opened the connection. */
uint64_t hy_realtime_bearer(const homey_client *c);
/* Sends an operation. Returns the number of its ack, or a negative kind; then nothing was sent.
 * The answer arrives through realtime_user->answer(); realtime_user->lost() means that none
 * will. */
long hy_realtime_call(homey_client *c, const char *operation, const char *manager, const char *args,
                      size_t length);
/* The hub no longer accepts the bearer of this connection: opens a new one after the calls in
 * flight have ended. */
void hy_realtime_again(homey_client *c);

#endif
