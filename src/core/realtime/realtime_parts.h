/*
 * Internals of realtime: realtime.c has the side of the client and the subscriptions; protocol.c the messages
 * from the handshake to the events; connection.c the states of the connection, its end, and the reconnect.
 *
 * Invariant: there is a websocket in the states from OPENING to READY and in no other; a subscription is ASKED or LIVE only
 * while READY; `timer` is the deadline of the state, the pause before the next try, or the deadline of the oldest
 * subscribe that has no ack; no other timer runs but that of the pings, and of staleness while disconnected.
 */
#ifndef HY_REALTIME_PARTS_H
#define HY_REALTIME_PARTS_H

#include "realtime/realtime.h"
#include "realtime/subscriptions.h"
#include "realtime/websocket.h"

#define FIRST_MS 1000 /* before the first try to come back; doubled from try to try */
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

/* How long a state may last, and what is said when that is over. */
typedef struct rt_limit {
  long limit;
  const char *late;
} rt_limit;

extern const rt_limit hy_connection_states[];

/* What was last told about the connection. */
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
  rt_drain drain; /* what happens when the calls that are under way have ended */
  char nsp[NSP_MOST];
  long root_ack, ack; /* the next ones; root_ack - 1 is the handshake's */
  long interval, timeout;
  int64_t life;      /* when something last came in */
  int64_t pinged;    /* when a ping was sent that has no answer; 0 = none */
  int64_t attempted; /* when the last try began */
  int64_t ready_at;
  uint64_t bearer; /* its serial */
  int tries, futile, pending;
  int announced; /* `connected` was told for this connection, or will be when all subscribes are answered */
  int resumed;   /* it was connected before */
  int renewed;   /* how often a bearer was refused and renewed since the last connection */
  int eager;     /* the line was lost, no more: what answers over HTTP will answer here */
  int hastened;  /* that was tried since it was last up */
  homey_kind sick; /* memory was short, or what is sent is not taken: the connection is given up at the next turn */
  int is_stale;
  int outdated; /* a better address was found since the connection was begun */
  int handover; /* `disconnected` was told of a connection that was in order, and whose successor is being made */
  homey_error reason;
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
void hy_connection_describe(const hy_realtime *rt, hy_buf *b); /* the state of the connection as its listeners are told it */
void hy_connection_tell(hy_realtime *rt, rt_told told);
void hy_connection_send_out(hy_realtime *rt);    /* what is in rt->out; what cannot be sent makes rt sick */
void hy_connection_send_answer(hy_realtime *rt); /* the same, of what the hub has asked for */
void hy_connection_send_text(hy_realtime *rt, const char *text);
void hy_connection_send_packet(hy_realtime *rt, hy_socketio_type type, const char *nsp);
void hy_connection_send_about(hy_realtime *rt, const char *verb, const char *uri, long ack); /* ["subscribe", uri] and its like */
void hy_connection_on_line(hy_timer *timer);
void hy_connection_on_stale(hy_timer *timer);
void hy_connection_expect_line(hy_realtime *rt); /* something came in: the next ping is an interval away */
void hy_connection_hang_up(hy_realtime *rt, int code); /* with 41 and a close frame where `code` is given */
void hy_connection_arm_stale(hy_realtime *rt);
int hy_connection_is_steady(const hy_realtime *rt); /* up, and for so long that it was no mishap */
void hy_connection_lose(hy_realtime *rt, const homey_error *error, int code); /* the connection is lost; another try comes later */
void hy_connection_fail_for_good(hy_realtime *rt, const homey_error *error);
void hy_connection_misunderstood(hy_realtime *rt, const char *what);
void hy_connection_restart(hy_realtime *rt); /* a new connection at once, and nobody to blame */
void hy_connection_move(hy_realtime *rt);    /* the same once nothing is under way, to the better address */
void hy_connection_switch_off(hy_realtime *rt);
void hy_connection_begin(hy_realtime *rt); /* a try: the client's next turn brings what is missing */

/* ---- protocol.c ---- */

void hy_protocol_shake(hy_realtime *rt);
void hy_protocol_ask(hy_realtime *rt, hy_subscription *subscription);
void hy_protocol_announce(hy_realtime *rt); /* told when every subscribe has its answer */
void hy_protocol_get_ready(hy_realtime *rt);
void hy_protocol_overdue(hy_realtime *rt);              /* subscribes that have no ack in time */
void hy_protocol_packet(hy_realtime *rt, hy_buf *text); /* one that came in */

#endif
