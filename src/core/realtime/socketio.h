/*
 * Engine.IO 3 and Socket.IO 2 packets: bytes in, values out, and back. No sockets here.
 *
 * What is read points into the text that was given, so nothing is copied and nothing is to be freed.
 */
#ifndef HY_SOCKETIO_H
#define HY_SOCKETIO_H

#include "base/buf.h"
#include "base/text.h"

/* Engine.IO: the first character of a text frame. */
typedef enum hy_engineio_type {
  HY_ENGINEIO_OPEN,
  HY_ENGINEIO_CLOSE,
  HY_ENGINEIO_PING,
  HY_ENGINEIO_PONG,
  HY_ENGINEIO_MESSAGE,
  HY_ENGINEIO_UPGRADE,
  HY_ENGINEIO_NOOP,
  HY_ENGINEIO_UNKNOWN /* a type of a later day: to be passed over */
} hy_engineio_type;

/* Socket.IO: the character after the 4. */
typedef enum hy_socketio_type {
  HY_SOCKETIO_CONNECT,
  HY_SOCKETIO_DISCONNECT,
  HY_SOCKETIO_EVENT,
  HY_SOCKETIO_ACK,
  HY_SOCKETIO_ERROR,
  HY_SOCKETIO_BINARY_EVENT,
  HY_SOCKETIO_BINARY_ACK,
  HY_SOCKETIO_UNKNOWN,
  HY_SOCKETIO_TYPES
} hy_socketio_type;

typedef struct hy_socketio_packet {
  hy_engineio_type engine;
  hy_socketio_type type; /* where engine is HY_ENGINEIO_MESSAGE */
  hy_span nsp;           /* "/" where the packet names none; without its query */
  long id;               /* the ack wanted or given, -1 for none */
  hy_span data;          /* the JSON; of another Engine.IO packet all that follows its type */
} hy_socketio_packet;

/* Reads a text frame.  0, or -HOMEY_PROTOCOL for what cannot be understood: an event or an ack must carry an array, an
 * ack an id. What is inside the JSON is looked at no further than its first and last character. */
int hy_socketio_packet_read(hy_socketio_packet *packet, const char *text, size_t length);

/* The server's values in an open packet, in milliseconds: its own where they can be meant, else Socket.IO's defaults.
 * -HOMEY_PROTOCOL when it is no JSON object. */
int hy_socketio_read_open(hy_span data, long *ret_interval, long *ret_timeout);

/* Cuts a JSON array into its items: how many there are, of which the first `most` are in `items`; -HOMEY_PROTOCOL when
 * brackets or strings do not close. What the items hold is otherwise not judged. */
int hy_socketio_items(hy_span array, hy_span *items, int most);

/* Appends what a JSON string means; 0, -HOMEY_PROTOCOL when it is none or holds \u0000, -HOMEY_MEMORY. */
int hy_socketio_unquote(hy_span string, hy_buf *out);
/* Appends a text as a JSON string, its quotes included. */
void hy_socketio_quote(hy_buf *b, const char *text);

/* Appends a packet up to where its JSON begins: `42/api,7`. `nsp` "/" is left out; `id` -1 asks for no ack. */
void hy_socketio_begin(hy_buf *b, hy_socketio_type type, const char *nsp, long id);

#endif
