/*
 * Engine.IO 3 and Socket.IO 2 packets: parsing and writing. No sockets here.
 *
 * The results of parsing point into the given text: nothing is copied and nothing must be freed.
 */
#ifndef HY_SOCKETIO_H
#define HY_SOCKETIO_H

#include "base/buf.h"
#include "base/text.h"

/* Engine.IO packet type: the first character of a text frame. */
typedef enum hy_engineio_type {
  HY_ENGINEIO_OPEN,
  HY_ENGINEIO_CLOSE,
  HY_ENGINEIO_PING,
  HY_ENGINEIO_PONG,
  HY_ENGINEIO_MESSAGE,
  HY_ENGINEIO_UPGRADE,
  HY_ENGINEIO_NOOP,
  HY_ENGINEIO_UNKNOWN /* an unknown type: ignore it */
} hy_engineio_type;

/* Socket.IO packet type: the character after the "4". */
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
  hy_socketio_type type; /* valid when engine is HY_ENGINEIO_MESSAGE */
  hy_span nsp;           /* "/" when the packet names none; without its query */
  long id;               /* the ack requested or given, -1 for none */
  hy_span data;          /* the JSON; for another Engine.IO packet, everything after its type */
} hy_socketio_packet;

/* Reads a text frame. Returns 0 or -HOMEY_PROTOCOL: an event or an ack must carry an array, and
 * an ack an id. Checks only the first and last character of the JSON. */
int hy_socketio_packet_read(hy_socketio_packet *packet, const char *text, size_t length);

/* Reads the server's intervals from an open packet, in milliseconds. Implausible values are
 * clamped; missing ones become Socket.IO's defaults. Returns -HOMEY_PROTOCOL when the packet is
 * not a JSON object. */
int hy_socketio_read_open(hy_span data, long *ret_interval, long *ret_timeout);

/* Splits a JSON array into its items. Returns the number of items, and stores the first `most`
 * of them; -HOMEY_PROTOCOL when brackets or strings do not close. The items are not checked
 * otherwise. */
int hy_socketio_items(hy_span array, hy_span *items, int most);

/* Appends the value of a JSON string. Returns 0, -HOMEY_PROTOCOL when it is not a string or
 * contains \u0000, or -HOMEY_MEMORY. */
int hy_socketio_unquote(hy_span string, hy_buf *out);
/* Appends a text as a JSON string, its quotes included. */
void hy_socketio_quote(hy_buf *b, const char *text);

/* Appends the start of a packet, up to its JSON: `42/api,7`. The namespace "/" is omitted; `id`
 * -1 asks for no ack. */
void hy_socketio_begin(hy_buf *b, hy_socketio_type type, const char *nsp, long id);

#endif
