/* Calls of a client: what the files share that make, send and answer them. */
#ifndef HY_CALL_H
#define HY_CALL_H

#include "client/client.h"
#include "realtime/socketio.h"

typedef enum hy_call_kind { HY_REQUEST, HY_LOGIN, HY_LOGOUT } hy_call_kind;

struct hy_call {
  hy_timer timer; /* first; the pause of a call that was put off, else its deadline */
  hy_pending *answer;
  homey_client *client;
  hy_call_kind kind;
  char *method, *path, *body; /* all in `text` */
  size_t length;
  long timeout_ms;
  int64_t until; /* not repeated after that */
  int once, paused;
  int put_off;                      /* so many times */
  int renewed;                      /* how often a bearer was renewed for it */
  int repeated;                     /* its one lost connection has been met */
  uint64_t bearer;                  /* serial of the bearer it was sent with */
  char *operation, *manager, *args; /* the same for the socket, or NULL; in `text` */
  size_t args_length;
  int by_http;    /* the socket has failed it */
  int out;        /* in flight: */
  hy_exchange *x; /* over HTTP, */
  long ack;       /* or over the socket, else -1 */
  hy_call *prev, *next;
  char text[];
};

/* ---- call.c: the queue ---- */

/* A call in the client's queue, or NULL; `text` more bytes are allocated for its strings. */
hy_call *hy_call_new(homey_client *c, hy_call_kind kind, size_t text, homey_reply_fn *done, void *data);
int hy_call_refused(const homey_client *c); /* why that was NULL: a negative kind */
void hy_call_cancel(hy_pending *answer);
void hy_call_fail(hy_call *call, const homey_error *error);
void hy_call_end(hy_call *call); /* succeeds with the body and status that its answer holds */
/* Moves a call from the queue to those in flight, with the bearer of this serial. */
void hy_call_set_in_flight(hy_call *call, uint64_t bearer);
void hy_call_requeue(hy_call *call); /* and back, ahead of the others */

/* ---- call_retry.c ---- */

#define HY_IN_FLIGHT_MOST 12
/* After a 429 or 503: puts the call off until the hub may be asked again; 0 where the status does not ask for that, or the
 * call cannot wait so long. */
int hy_call_put_off(hy_call *call, int status, long seconds);
void hy_calls_hush(homey_client *c); /* fails those that cannot wait until the hub may be asked again */
void hy_call_unauthorized(hy_call *call, const homey_error *refusal); /* after a 401 */
void hy_call_fail_lost(hy_call *call, homey_error *error); /* adds that it may have had its effect */
void hy_call_went_well(homey_client *c);
void hy_call_slow_down(homey_client *c);

/* ---- http_call.c ---- */

void hy_call_send(hy_call *call);
void hy_client_drop_headers(homey_client *c);

/* ---- socket_call.c: calls over the socket --------------------------------------------------------------- */

void hy_socket_call_send(hy_call *call);
/* The ack of one, whose items lie in `text`; it may take the text's memory over. */
void hy_socket_call_answer(homey_client *c, long ack, const hy_span *items, int count, hy_buf *text);
void hy_socket_calls_lost(homey_client *c, const homey_error *why); /* no ack will come any more */
int hy_socket_calls(const homey_client *c);                         /* how many wait for theirs */

#endif
