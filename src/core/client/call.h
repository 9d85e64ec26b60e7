/* Calls of a client: declarations for the files that create, send and answer calls. */
#ifndef HY_CALL_H
#define HY_CALL_H

#include "client/client.h"
#include "realtime/socketio.h"

typedef enum hy_call_kind { HY_REQUEST, HY_CLOUD_REQUEST, HY_LOGIN, HY_LOGOUT } hy_call_kind;

struct hy_call {
  hy_timer timer; /* must be first; ends the pause of a postponed call, else it is the deadline */
  hy_pending *answer;
  homey_client *client;
  hy_call_kind kind;
  homey_server server;                       /* of a request */
  int anonymous;                             /* sent without the bearer */
  char *method, *path, *body, *content_type; /* all in `text` */
  size_t length;
  long timeout_ms;
  int64_t until; /* not repeated after this time */
  int once, paused;
  int put_off;     /* how often it was postponed */
  int renewed;     /* how often the bearer was renewed for this call */
  int repeated;    /* it was already repeated after a lost connection */
  uint64_t bearer; /* serial of the bearer, or hash of the token, it was sent with */
  char *operation, *manager, *args; /* the request as a socket operation, or NULL; in `text` */
  size_t args_length;
  int by_http;       /* the socket failed it: use HTTP */
  uint64_t number;   /* in its window */
  hy_window *window; /* it is in flight, and one of these; NULL = it waits */
  hy_exchange *x;    /* in flight over HTTP, */
  long ack;          /* over the socket; -1 = not over the socket */
  hy_call *prev, *next;
  char text[];
};

/* ---- call.c: the queue ---- */

/* Adds a call to the client's queue, or returns NULL. Allocates `text` more bytes for its
 * strings. */
hy_call *hy_call_new(homey_client *c, hy_call_kind kind, size_t text, homey_reply_fn *done,
                     void *data);
int hy_call_refused(const homey_client *c); /* why hy_call_new() returned NULL: a negative kind */
void hy_call_cancel(hy_pending *answer);
void hy_call_fail(hy_call *call, const homey_error *error);
void hy_call_end(hy_call *call); /* succeeds with the body and status that the answer holds */
/* Moves a call from the queue to those in flight, with the bearer of this serial. */
void hy_call_set_in_flight(hy_call *call, hy_window *window, uint64_t bearer);
void hy_call_requeue(hy_call *call); /* back to the head of the queue */

/* ---- call_retry.c ---- */

/* After a 429 or 503: postpones the call until the hub may be asked again. Returns 0 when the
 * status is no reason to wait, or the call cannot wait so long. */
int hy_call_put_off(hy_call *call, int status, long seconds);
/* Fails the calls that cannot wait until the hub may be asked again. */
void hy_calls_hush(homey_client *c);
void hy_call_unauthorized(hy_call *call, const homey_error *refusal); /* after a 401 */
/* Adds that the call may have been carried out. */
void hy_call_fail_lost(hy_call *call, homey_error *error);
void hy_call_went_well(const hy_call *call);
void hy_call_slow_down(const hy_call *call);

/* ---- http_call.c ---- */

void hy_call_send(hy_call *call);
void hy_client_drop_headers(homey_client *c);

/* ---- cloud_call.c ---- */

/* The chain, or other calls over HTTP, must end first. Calls to the hub continue meanwhile. */
int hy_cloud_call_is_held(const homey_client *c);
void hy_cloud_call_serve(hy_call *call);

/* ---- socket_call.c: calls over the socket ---- */

/* They need no connection of their own, so more of them are sent at once than over HTTP. */
#define HY_SOCKET_CALLS_MOST 64
int hy_socket_call_is_held(const homey_client *c); /* others must be answered or written first */
void hy_socket_call_send(hy_call *call);
/* Delivers the ack of a call. `text` holds the items; its memory may be taken over. */
void hy_socket_call_answer(homey_client *c, long ack, const hy_span *items, int count,
                           hy_buf *text);
void hy_socket_calls_lost(homey_client *c, const homey_error *why); /* no more acks will arrive */
int hy_socket_calls(const homey_client *c); /* the number of calls that wait for an ack */

#endif
