/*
 * Internals of realtime: realtime.c is the interface to the client and handles subscriptions;
 * protocol.c handles messages from the handshake to the events; connection.c handles the states of
 * the connection, its end, and reconnecting.
 *
 * Invariant: a websocket exists in the states OPENING to READY and in no other. A subscription is
 * ASKED or LIVE only while READY. `timer` is the deadline of the state, the pause before the next
 * try, or the deadline of the oldest subscribe without an ack. No other timer runs except the ping
 * timer and, while disconnected, the staleness timer.
 */
#ifndef HY_REALTIME_PARTS_H
#define HY_REALTIME_PARTS_H

#include "realtime/realtime.h"
#include "realtime/subscriptions.h"
#include "realtime/websocket.h"

#define FIRST_MS 1000 /* before the first reconnect; doubled after each try */
#define NSP_MOST 128
#define SUBSCRIBED "[\"homey:subscribed\",null]"

typedef enum rt_state {
  OFF,
  WAITING,
  PREPARING,
  OPENING,
  GREETING,
  SHAKING,
  RENEWING,
  JOINING,
  PROVING,
  READY,
  FAILED
} rt_state;

/* How long a state may last, and the error when that time is over. */
typedef struct rt_limit {
  long limit;
  const char *late;
} rt_limit;

extern const rt_limit hy_connection_states[];

/* The connection state that listeners were last told. */
typedef enum rt_told { CONNECTING, CONNECTED, DISCONNECTED, REFUSED, DEAD } rt_told;

typedef enum rt_drain { STAYING, LEAVING, AGAIN, MOVING } rt_drain;

struct hy_realtime {
  homey_client *c;
  hy_websocket *ws;
  hy_timer timer, line, stale;
  hy_subscriptions subscriptions;
  hy_buf out;
  rt_state state;
  rt_told told;
  rt_drain drain; /* what happens when the calls in flight have ended */
  char nsp[NSP_MOST];
  long root_ack, ack; /* the next ack numbers; root_ack - 1 is the handshake's */
  long interval, timeout;
  int64_t life;      /* when data last arrived */
  int64_t pinged;    /* when the unanswered ping was sent; 0 = none */
  int64_t attempted; /* when the last try began */
  int64_t ready_at;
  uint64_t bearer; /* serial of the bearer */
  int tries, futile, pending;
  /* `connected` was announced for this connection, or will be when all subscribes are answered */
  int announced;
  int resumed;  /* an earlier connection was up */
  int renewed;  /* how often a refused bearer was renewed since the last connection */
  int eager;    /* only the connection broke: when the hub answers over HTTP, reconnect at once */
  int hastened; /* that was tried since the connection was last up */
  int has_turn; /* the pause is over, and the timer is the turn of this home to reconnect */
  /* Memory was short, or a send failed: the connection is closed in the next turn. */
  homey_kind sick;
  int is_stale;
  int outdated; /* a better address was found since the connection was opened */
  int handover; /* `disconnected` was announced for a working connection that is being replaced */
  homey_error *reason;      /* why there is no connection; NULL while there is */
  struct hy_pending *asked; /* the reply to homey_client_ping(); NULL = none */
};

static inline homey_loop *loop_of(const hy_realtime *rt)
{
  return rt->c->loop;
}

static inline int is_up(const hy_realtime *rt)
{
  return rt->state >= OPENING && rt->state <= READY;
}

/* ---- connection.c ---- */

void hy_connection_enter(hy_realtime *rt, rt_state state);
/* Appends the state of the connection as listeners receive it. */
void hy_connection_describe(const hy_realtime *rt, hy_buf *b);
void hy_connection_tell(hy_realtime *rt, rt_told told);
void hy_connection_send_out(hy_realtime *rt); /* sends rt->out; a failure sets rt->sick */
/* The same for an answer that the hub has asked for. */
void hy_connection_send_answer(hy_realtime *rt);
void hy_connection_send_text(hy_realtime *rt, const char *text);
void hy_connection_send_packet(hy_realtime *rt, hy_socketio_type type, const char *nsp);
/* ["subscribe", uri] or ["unsubscribe", uri] */
void hy_connection_send_about(hy_realtime *rt, const char *verb, const char *uri, long ack);
void hy_connection_on_line(hy_timer *timer);
void hy_connection_on_stale(hy_timer *timer);
/* Call it when data arrived: the next ping is one interval away. */
void hy_connection_expect_line(hy_realtime *rt);
/* Ends the connection, with a packet 41 and a close frame when `code` is given. */
void hy_connection_hang_up(hy_realtime *rt, int code);
void hy_connection_arm_stale(hy_realtime *rt);
int hy_connection_is_steady(const hy_realtime *rt); /* up for long enough to count as a success */
/* Ends a lost connection; reconnects later. */
void hy_connection_lose(hy_realtime *rt, const homey_error *error, int code);
void hy_connection_fail_for_good(hy_realtime *rt, const homey_error *error);
void hy_connection_misunderstood(hy_realtime *rt, const char *what);
/* Opens a new connection at once, without reporting an error. */
void hy_connection_restart(hy_realtime *rt);
/* The same to the better address, when no call is in flight. */
void hy_connection_move(hy_realtime *rt);
void hy_connection_switch_off(hy_realtime *rt);
/* The pause before the next try is over: begins when it is the turn of this home. */
void hy_connection_resume(hy_realtime *rt);
/* Starts a try: the client's next turn provides what is missing. */
void hy_connection_begin(hy_realtime *rt);

/* ---- protocol.c ---- */

void hy_protocol_shake(hy_realtime *rt);
void hy_protocol_ask(hy_realtime *rt, hy_subscription *subscription);
/* Announces `connected` when every subscribe is answered. */
void hy_protocol_announce(hy_realtime *rt);
void hy_protocol_get_ready(hy_realtime *rt);
/* Handles subscribes without an ack in time. */
void hy_protocol_overdue(hy_realtime *rt);
void hy_protocol_packet(hy_realtime *rt, hy_buf *text); /* handles an incoming packet */

#endif
