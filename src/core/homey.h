/*
 * homey.h: public interface of libhomey, a client for Homey hubs.
 *
 * A homey_loop holds every socket and timer behind one descriptor. A homey_client is one account on
 * one hub. Each request gets exactly one reply, each subscription one reply per event. Replies come
 * from inside homey_loop_step() and homey_loop_wait(), and from nowhere else. Nothing here blocks,
 * except homey_loop_wait(), and homey_loop_free() while a new login is being saved. Nothing starts
 * a thread, installs a signal handler or prints.
 *
 * Threads: one thread at a time may use a loop and everything that belongs to it. Different loops
 * are independent.
 * Strings are UTF-8, end in a NUL, and are copied unless the contract says "borrowed".
 * A function that returns an int returns 0, or a positive id, on success, and the negative of a
 * homey_kind on failure. A failure leaves everything as it was.
 */
#ifndef HOMEY_H
#define HOMEY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOMEY_VERSION "0.1.0"
#define HOMEY_VERSION_NUMBER 0x000100 /* one byte each: major, minor, patch */

#if defined(__GNUC__)
#define HOMEY_API __attribute__((visibility("default")))
#else
#define HOMEY_API
#endif

/* The version of the library that is running; HOMEY_VERSION is the one that was compiled against.
 * Static. */
HOMEY_API const char *homey_version(void);

/* Writes the libraries that are used, with their versions: "libcurl/8.14.1 OpenSSL/3.5.1 ...", cut
 * where `size` bytes are too few. */
HOMEY_API void homey_libraries(char *text, size_t size);

/* ---- errors -------------------------------------------------------------------------------- */

/* Kinds of failure. Their numbers and names stay; new kinds may be added at the end. */
typedef enum homey_kind {
  HOMEY_OK = 0,
  HOMEY_CREDENTIALS,  /* e-mail, password or code are wrong, or none are known */
  HOMEY_EXPIRED,      /* the login has ended: log in again */
  HOMEY_UNAUTHORIZED, /* the hub does not accept the login */
  HOMEY_FORBIDDEN,    /* the login lacks the right to do this */
  HOMEY_NOT_FOUND,    /* there is no such name or id */
  HOMEY_AMBIGUOUS,    /* several have that name */
  HOMEY_INVALID,      /* an argument is wrong, or the hub says so */
  HOMEY_UNAVAILABLE,  /* not now: try again later */
  HOMEY_RATE_LIMITED, /* the hub asks for fewer requests */
  HOMEY_HUB,          /* the hub failed */
  HOMEY_OFFLINE,      /* the hub cannot be reached */
  HOMEY_TIMEOUT,      /* no answer in time */
  HOMEY_TLS,          /* a certificate or the handshake failed */
  HOMEY_NETWORK,      /* the cloud, or a connection, cannot be reached */
  HOMEY_PROTOCOL,     /* the answer is not one that a hub or the cloud gives */
  HOMEY_CANCELLED,    /* by homey_loop_cancel(), or because the client or the loop was freed */
  HOMEY_MEMORY        /* out of memory */
} homey_kind;

/* The name of a kind in lower case, such as "not_found"; "ok" for HOMEY_OK, "unknown" for any other
 * number. Names stay, so programs may compare them. Static. */
HOMEY_API const char *homey_kind_name(homey_kind kind);

/* One failure. A plain value: copy it freely, nothing in it needs freeing. Holds no secret. */
typedef struct homey_error {
  homey_kind kind;
  int status;        /* the HTTP status behind it, or 0 */
  long retry_after;  /* seconds that the server asked to wait, or 0 */
  char step[16];     /* the step of the login or the fetch that failed, "store", "address", or "" */
  char message[768]; /* one sentence for people that says what to do; may be reworded */
} homey_error;

/* ---- loop ---------------------------------------------------------------------------------- */

typedef struct homey_loop homey_loop;
typedef struct homey_client homey_client;

/* One reply. The callback owns it, and frees it with homey_reply_free(). */
typedef struct homey_reply {
  int id;                   /* of the request, timer, login, logout or subscription */
  int status;               /* the HTTP status, or 0 when there was none */
  const homey_error *err;   /* NULL on success; lives as long as the reply */
  const char *body;         /* never NULL, NUL after the last byte; lives as long as the reply */
  size_t length;            /* of the body, in bytes */
  int is_json;              /* 1 when the hub called the body JSON, 0 for any other text */
  int more;                 /* 1 = an event of a subscription: more replies follow under this id */
  struct homey_reply *next; /* free for the owner, such as for a list */
  /* Of a fetch: the URL that answered, after redirects, and the header lines; a NUL after each.
   * NULL for any other reply. Lives as long as the reply. */
  const char *head;
  size_t head_length; /* in bytes, with the NULs */
} homey_reply;

/* Receives a reply: once per id; for a subscription once per event with `more` set, and at its end
 * once without. Called only from inside homey_loop_step() and homey_loop_wait(), and from
 * homey_loop_free(). It may call every function of this header except homey_loop_free(),
 * homey_loop_step() and homey_loop_wait() of its own loop. `data` is the pointer that the
 * caller gave with the function. */
typedef void homey_reply_fn(void *data, homey_reply *reply);

/* Frees a reply. Takes NULL; returns NULL. */
HOMEY_API homey_reply *homey_reply_free(homey_reply *reply);

/* Creates a loop; the caller frees it with homey_loop_free(). Returns NULL when memory or
 * descriptors are short. */
HOMEY_API homey_loop *homey_loop_new(void);

/* Frees a loop and every client on it. Pending requests get a `cancelled` reply first; the clients
 * still exist then, but new clients, requests, subscriptions and timers are refused. Waits up to
 * 10 s when a renewed login must still be saved (see homey_client_free). Must not be called from
 * inside a callback. Takes NULL; returns NULL. */
HOMEY_API homey_loop *homey_loop_free(homey_loop *loop);

/* The descriptor to poll for READING. It turns readable whenever a step has something to do. It
 * belongs to the loop, and stays the same for the loop's life. */
HOMEY_API int homey_loop_fd(homey_loop *loop);

/* Milliseconds until homey_loop_step() has something to do even if the descriptor stays quiet;
 * 0 = at once, -1 = only the descriptor matters. */
HOMEY_API int homey_loop_timeout(const homey_loop *loop);

/* Does the work that is due, delivers the replies that are ready, and returns without waiting. A
 * step is bounded: more work waits for the next step, and homey_loop_timeout() returns 0 then.
 * Returns 0, or a negative kind when the loop itself is broken; never for a failed request. */
HOMEY_API int homey_loop_step(homey_loop *loop);

/* Waits up to `ms` milliseconds (-1 = for ever) for something to do, and then does one step. For
 * programs without an event loop of their own. Returns as homey_loop_step(). */
HOMEY_API int homey_loop_wait(homey_loop *loop, int ms);

/* Milliseconds on a monotonic clock with an arbitrary zero. */
HOMEY_API int64_t homey_loop_now(const homey_loop *loop);

/* Sets a timer: a reply without error and with an empty body comes `ms` milliseconds from now; less
 * than 0 counts as 0. Returns an id, -HOMEY_MEMORY, or -HOMEY_CANCELLED while the loop is freed. */
HOMEY_API int homey_loop_timer(homey_loop *loop, int64_t ms, homey_reply_fn *done, void *data);

/* Cancels the request, timer, login, logout or subscription of this id; its last reply is
 * `cancelled`, in the next step, after the events of a subscription that had arrived. The hub may
 * still carry out a request that was sent. Does nothing for an unknown id and for one that has had
 * its last reply. */
HOMEY_API void homey_loop_cancel(homey_loop *loop, int id);

/* ---- fetches and polls --------------------------------------------------------------------- */

/* A request to any server. Start from zeroes: all but `url` are optional, fields may be added.
 * Everything is copied. */
typedef struct homey_fetch {
  const char *url;    /* http or https, percent-encoded by the caller */
  const char *method; /* default GET */
  /* "Name: value", NULL-terminated. libcurl adds Host, Accept, Accept-Encoding and Content-Length;
   * User-Agent is "homey/" and the version. */
  const char *const *headers;
  const char *body;   /* NULL for none; not with GET and HEAD */
  size_t length;      /* of the body, in bytes */
  const char *cafile; /* PEM bundle that replaces the system's */
  long timeout_ms;    /* of all of it, redirects included, at most an hour; default 30,000 */
  size_t max;         /* bytes of the answer after decompression; default 16 MiB */
  int redirects;      /* the most that are followed; default 10, less than 0 = none */
  const char *const *connect_to; /* "HOST:PORT:TO-HOST:TO-PORT", NULL-terminated */
} homey_fetch;

/* Sends a request to any server, such as a weather service: no client is needed, and nothing of one
 * is sent. Certificates are verified. The proxies of the environment are used, as by curl.
 *
 * The reply has the status, the head and the body. Any status is a success. Redirects are followed,
 * never from https to http; Authorization, Cookie and a user in the URL do not go to another host.
 * As in browsers a request becomes a GET after 303, and a POST does after 301 and 302, too.
 * Of the errors, `network` says that the server cannot be reached, `protocol` that the answer is
 * too long, is not HTTP, or redirects too often. They name the host, not the URL.
 * Their step says how far it came: "name" (of the server), "proxy", "connect", "tls" or "answer".
 *
 * Returns an id, -HOMEY_INVALID when a field is wrong (a URL that is not http or https; a header
 * with a control character), -HOMEY_UNAVAILABLE when 64 fetches of this loop are not answered yet,
 * -HOMEY_MEMORY, or -HOMEY_CANCELLED while the loop is freed. */
HOMEY_API int homey_loop_fetch(homey_loop *loop, const homey_fetch *fetch, homey_reply_fn *done,
                               void *data);

#define HOMEY_READ 1
#define HOMEY_WRITE 2

/* Waits until a descriptor of the caller is ready: for reading, writing, or either (the sum). The
 * reply's body is "r", "w" or "rw", or empty when `timeout_ms` milliseconds are over first (less
 * than 0 = no limit). Ready also means that an error or the end is there to be read. Files on a
 * disk are always ready. Several polls of one descriptor are answered each. The caller may close it
 * at any time, but the connection stays open until its polls are answered or cancelled.
 * Returns an id, -HOMEY_INVALID when the descriptor is not open or `events` is wrong,
 * -HOMEY_UNAVAILABLE when descriptors are short, -HOMEY_MEMORY, or -HOMEY_CANCELLED while the loop
 * is freed. */
HOMEY_API int homey_loop_poll(homey_loop *loop, int fd, int events, long timeout_ms,
                              homey_reply_fn *done, void *data);

/* ---- stores -------------------------------------------------------------------------------- */

/* One operation of a store; answered once by homey_store_op_answer(). */
typedef struct homey_store_op homey_store_op;

/* Storage for the login between runs. The default is a file (see homey_options.state_dir); a store
 * of your own is these three functions. Each is called from inside a step, with an operation that
 * you answer, at once or later. A client starts no second operation before the first is answered or
 * 30 s are over. The functions may call homey_store_op_answer() and nothing else of this header.
 * `account` and `text` are borrowed until the function returns. The text is JSON and full of
 * secrets. */
typedef struct homey_store {
  /* Answer with the text last saved for `account`; HOMEY_OK with NULL when there is none. */
  void (*load)(void *data, const char *account, homey_store_op *op);
  /* Save the text for `account`; NULL = delete it. It must survive a power cut once you answer
   * HOMEY_OK. */
  void (*save)(void *data, const char *account, const char *text, size_t length,
               homey_store_op *op);
  /* take = 1: lock the account for this client against every other process. Answer HOMEY_OK when it
   * is locked, HOMEY_UNAVAILABLE when another process holds it; then it is tried again after a
   * pause.
   * take = 0: unlock it, or give up an unanswered attempt to lock it. `op` is NULL: there is
   * nothing to answer. Also called from inside homey_client_free(). */
  void (*lock)(void *data, const char *account, int take, homey_store_op *op);
  void *data; /* handed to each function */
} homey_store;

/* Answers a store operation. `kind` is HOMEY_OK or the failure. `text`, of `length` bytes and
 * copied, is the result of load, or, with a failure, one sentence for people; NULL when there is
 * none. May be called at any time, also after the client is gone. `op` is invalid afterwards. */
HOMEY_API void homey_store_op_answer(homey_store_op *op, homey_kind kind, const char *text,
                                     size_t length);

/* ---- client -------------------------------------------------------------------------------- */

/* Where requests, and the tokens and passwords in them, may go without TLS. That is only ever to
 * private addresses. Before it sends a token over plain http the library asks the hub for its id,
 * but that proves nothing: any device at the address can repeat the id. On a network that is not
 * yours, such as a hotel's, the token of a hub without TLS can be stolen.
 *
 *   AUTO   to hubs without a TLS address of their own (those of 2016 to 2019), and to an http://
 *          address that the caller gave, until TLS has worked once there. A hub with a TLS address,
 *          known from the cloud or because it has answered, never gets plain http, also when its
 *          TLS fails today.
 *   ALLOW  to every hub, when no better address answers.
 *   NEVER  to no hub, and to no custom cloud either. */
typedef enum homey_plain_http {
  HOMEY_PLAIN_AUTO,
  HOMEY_PLAIN_ALLOW,
  HOMEY_PLAIN_NEVER
} homey_plain_http;

/* How refresh tokens are exchanged: as the cloud's documentation says, or in the older way that
 * some OAuth clients need. AUTO tries both. */
typedef enum homey_refresh {
  HOMEY_REFRESH_AUTO,
  HOMEY_REFRESH_OFFICIAL,
  HOMEY_REFRESH_SEED
} homey_refresh;

/* Receives one line of trace per exchange, secrets replaced. `line` is borrowed until the function
 * returns. Called from inside a step; it may not call back into the library. */
typedef void homey_trace_fn(void *data, const char *line);

/* Receives a warning: one sentence about a problem that somebody should fix although every call
 * succeeds. Sent once until the problem is over. The same rules as for homey_trace_fn. */
typedef void homey_warn_fn(void *data, const char *sentence);

/* Options of a client. Start from zeroes: all are optional, all are copied, fields may be added.
 *
 * Ways to log in; the first that applies is taken: a stored login of the same account (unless
 * `fresh`, or another token or username is given); token + address (a personal access token);
 * username + password + address (a local user of the hub); code; refresh_token; email +
 * password. */
typedef struct homey_options {
  const char *account; /* name in the store; default: email, else address, else "default" */
  const char *email, *password, *otp;
  /* Name or id of the hub, when the account has several; default: that of the stored login. It is
   * stored by a login that is new or `fresh`, and otherwise for this client alone. */
  const char *hub;
  /* Base URL of the hub, or its IPv4 address alone, which means https by its homeylocal name. With
   * a cloud login it is one more candidate. */
  const char *address;
  const char *token;    /* personal access token; needs address */
  const char *username; /* local user of the hub; needs password and address */
  const char *code;     /* OAuth authorization code, fresh from the browser */
  const char *refresh_token;
  /* OAuth client; fields not given are those of the first of homey_presets. With an id of your own,
   * redirect_uri is "http://localhost" by default. */
  const char *client_id, *client_secret, *redirect_uri;
  const char *accounts_url, *api_url; /* default: the cloud's own, like the next two */
  const char *energy_url, *weather_url;
  const char *user_agent; /* default "Anyname/1.0" */
  const char *scheme;     /* of Origin and Referer in the login, default "anyname" */
  /* "Name: value", NULL-terminated; added to each request to the hub */
  const char *const *headers;
  const char *const *connect_to; /* "HOST:PORT:TO-HOST:TO-PORT", NULL-terminated */
  const char *cafile;            /* PEM bundle that replaces the system's */
  const char *state_dir;         /* folder of the file store; NULL, and no `store`: memory only */
  const homey_store *store;      /* a store of your own; its data stays yours */
  /* Of silence in one exchange, at most an hour; default 10,000, v2 hubs 30,000. */
  long timeout_ms;
  size_t max_reply; /* bytes after decompression, and of one socket message; default 64 MiB */
  /* Values are stale after this time without data from the hub; default 60,000. */
  long stale_ms;
  homey_refresh refresh;       /* default AUTO */
  int password_grant;          /* 1 = email + password by the OAuth password grant */
  int fresh;                   /* 1 = do not use the stored login */
  homey_plain_http plain_http; /* default AUTO */
  homey_trace_fn *trace;
  void *trace_data;
  homey_warn_fn *warn;
  void *warn_data;
} homey_options;

/* An OAuth client that the cloud knows. */
typedef struct homey_preset {
  const char *name, *client_id, *client_secret, *redirect_uri;
} homey_preset;

/* The OAuth clients that this library knows; the first is the default. Ends with a NULL name. */
HOMEY_API extern const homey_preset homey_presets[];

/* Creates a client on a loop, which owns it; nothing is sent yet. Reads `options` during the call.
 * Returns NULL on failure; then *ret_error, when ret_error is not NULL, has the reason and names a
 * wrong option. */
HOMEY_API homey_client *homey_client_new(homey_loop *loop, const homey_options *options,
                                         homey_error *ret_error);

/* Frees a client, also while it is busy; pending requests get a `cancelled` reply in the next step.
 * Takes NULL; returns NULL.
 *
 * A refresh token that is being exchanged is not lost: with the file store it is still saved,
 * by the next steps of the loop or by homey_loop_free(), within 10 s. A store of your own is not
 * called any more: see homey_client_is_renewing(). */
HOMEY_API homey_client *homey_client_free(homey_client *client);

/* 1 while a refresh token is being exchanged, or waits to be saved. A program with a store of its
 * own that frees the client now loses the login. */
HOMEY_API int homey_client_is_renewing(const homey_client *client);

/* Milliseconds by which the hub's clock is ahead of this machine's (negative: behind), from the
 * Date header of an answer of the last minutes, exact to a second. For programs that calculate with
 * the times of a hub's values. INT64_MIN while unknown. */
HOMEY_API int64_t homey_client_clock(const homey_client *client);

/* Says that the program stays (1), or is a command that ends soon (0, the default). For a client
 * that stays, or has a subscription: the login is renewed in the background after half of its
 * lifetime; when a login has ended, the store is searched for another one every minute; and when
 * the store cannot be written, a new login is kept in memory. */
HOMEY_API void homey_client_stay(homey_client *client, int stay);

/* Logs in as far as needed; sends nothing when the stored bearer is still valid. Of all clients of
 * a loop, 32 requests to the cloud are sent at once; the others wait for up to half a minute, first
 * come first served. The reply is JSON;
 * unknown members are missing:
 * {"id","name","api_version","platform","version","address","address_kind","username"}.
 * After a failure that has ended the login this makes the client try again.
 * Returns an id, -HOMEY_MEMORY, or -HOMEY_CANCELLED while the loop is freed. */
HOMEY_API int homey_client_login(homey_client *client, homey_reply_fn *done, void *data);

/* Ends the session at the hub when the hub allows that, and deletes the stored login in any case.
 * The reply is {}. Later calls fail with `expired` until the next homey_client_login().
 * Returns as homey_client_login(). */
HOMEY_API int homey_client_logout(homey_client *client, homey_reply_fn *done, void *data);

/* Asks every known address of the hub at once, without a token, for a report to people. The reply
 * comes when all have answered, after `ms` milliseconds at the latest. It is JSON, best first:
 * [{"kind":"localSecure","url":"https://...","good":true,"ms":12,"step":"answer"},
 *  {"kind":"cloud","url":...,"good":false,"ms":3,"step":"tls","error":"tls","message":"..."}]
 * "step" is how far it came, as in the errors of a fetch. The addresses of a stored login are known
 * after homey_client_login(). Calls that need an address meanwhile end it: `cancelled`.
 * Returns an id, -HOMEY_UNAVAILABLE while an address is searched, -HOMEY_MEMORY, or
 * -HOMEY_CANCELLED while the loop is freed. */
HOMEY_API int homey_client_survey(homey_client *client, int64_t ms, homey_reply_fn *done,
                                  void *data);

/* The server that a request is for. The servers of the cloud get the access token of the account,
 * which stays inside the library; a login without an account has none. With an api_url of your own
 * the other two need energy_url and weather_url: a token goes to the cloud that has issued it. */
typedef enum homey_server {
  HOMEY_TO_HUB,
  HOMEY_TO_CLOUD,  /* homey_options.api_url */
  HOMEY_TO_ENERGY, /* homey_options.energy_url */
  HOMEY_TO_WEATHER /* homey_options.weather_url */
} homey_server;

/* A request to the hub, or to the cloud. Start from zeroes: fields may be added. Everything is
 * copied. */
typedef struct homey_request {
  const char *method; /* GET, PUT, POST, DELETE, ... */
  const char *path;   /* begins with "/", query included, percent-encoded by the caller */
  const char *body;   /* JSON, unless content_type says otherwise; NULL for none */
  size_t length;      /* of the body, in bytes */
  long timeout_ms;    /* of silence in one exchange, at most an hour; 0 = the client's */
  /* 1 = never repeat it after a lost connection, even when its method would allow that */
  int once;
  /* The same request as an operation of the hub, for the socket: sent there while the socket is up
   * (twice as fast), else by method and path. All three, or none. */
  const char *operation; /* the hub's name for it, such as "setCapabilityValue" */
  const char *manager;   /* the uri of its manager, such as "homey:manager:devices" */
  const char *args;      /* a JSON object with every parameter of path, query and body by name */
  size_t args_length;    /* of args, in bytes */
  homey_server server;   /* default HOMEY_TO_HUB; any other takes no operation */
  /* Of the body of a request to the hub; NULL = application/json. */
  const char *content_type;
  /* 1 = to the hub without the token of the login, as for another login; a 401 is final */
  int anonymous;
} homey_request;

/* The error in a request, as one sentence; NULL when it can be sent. Static; needs no client. */
HOMEY_API const char *homey_request_flaw(const homey_request *request);

/* Queues a request to the hub, and logs in first when needed. Repeats it: after a 401, once, with a
 * new bearer; after a 429 or a Retry-After, since it was not executed; when no connection was made;
 * and, for GET and PUT, once after a connection that broke. A request to the cloud needs no hub,
 * and is not repeated after a 429.
 * So many requests are unanswered at once: 4 over HTTP, at most 12 when all goes well, and 64 over
 * the socket. Others wait for their turn. A 429 or a timeout halves the number for that way, once
 * for all requests that were sent together, and successes raise it again. What is queued between
 * two steps leaves the socket in one write, up to 64 KiB. A request there has its timeout after the
 * answer to one that was sent before it.
 * Returns an id, -HOMEY_INVALID when homey_request_flaw() finds an error, -HOMEY_MEMORY, or
 * -HOMEY_CANCELLED while the loop is freed. */
HOMEY_API int homey_client_request(homey_client *client, const homey_request *request,
                                   homey_reply_fn *done, void *data);

/* ---- realtime ------------------------------------------------------------------------------ */

/* Subscribes to the events of a uri: "homey:manager:devices", "homey:device:<id>",
 * "homey:zone:<id>", ... Each event is a reply under the id, in the order of the hub, with `more`
 * set and a JSON array for a body:
 *
 *   ["capability",{"capabilityId":"onoff","value":true,"transactionId":"...",
 *                  "transactionTime":1700000000000}]
 *   ["homey:subscribed",null]   the hub knows of the subscription: every later change is reported.
 *                               Comes again after each reconnect; changes in between were missed.
 *
 * A failure with `more` set: the hub refuses this uri; it is asked again on the next connection.
 * The last reply, without `more`, is `cancelled`. However many subscribe to a uri, the hub is asked
 * once. homey_loop_cancel() ends a subscription.
 *
 * The connection is made with the first subscription, reconnects with a growing pause for as long
 * as there is one, and is closed with the last. Clients of a loop that lose their connections
 * together reconnect 20 ms apart.
 * Returns an id, -HOMEY_INVALID for an invalid uri, -HOMEY_MEMORY, or -HOMEY_CANCELLED while the
 * loop is freed. */
HOMEY_API int homey_client_subscribe(homey_client *client, const char *uri, homey_reply_fn *event,
                                     void *data);

/* Sends a ping over the realtime connection. The reply is empty, and comes with the answer; it
 * fails when the connection ends first, as without an answer in the hub's time limit for pings.
 * Returns an id, -HOMEY_UNAVAILABLE when there is no connection, or a ping is not answered yet,
 * -HOMEY_MEMORY, or -HOMEY_CANCELLED while the loop is freed. */
HOMEY_API int homey_client_ping(homey_client *client, homey_reply_fn *done, void *data);

/* A uri of this library's own, for the state of the connection. Subscribing to it opens a
 * connection like any other uri does. Bodies are objects; the present state is reported at once.
 *
 *   {"state":"connecting"}                  not yet up
 *   {"state":"connected","resumed":false}   up, and everything subscribed. resumed: it was up
 *                                           before, so events were missed: read again what you keep
 *   {"state":"disconnected","kind":"network","message":"...","retry_ms":1200}
 *                                           reconnects by itself. "handover":true when nothing was
 *                                           wrong: the bearer was renewed or a better address was
 *                                           found, and a new connection is made at once. When that
 *                                           fails, `disconnected` comes again without it
 *   {"state":"refused","kind":...,"message":...,"status":404,"retry_ms":...}
 *                                           the hub, or a proxy, refuses websockets: poll. Tried
 *                                           again from time to time
 *   {"state":"failed","kind":...,"message":...}
 *                                           the login has ended: nothing more until the next
 *                                           homey_client_login()
 *   {"state":"stale","silent_ms":60000}     no data from the hub for so long, connected or
 *                                           not: do not act on old values. `connected` comes
 *                                           with the next data */
#define HOMEY_CONNECTION "homey:connection"

#ifdef __cplusplus
}
#endif
#endif
