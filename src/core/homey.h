/*
 * homey.h: the whole public face of libhomey, a client for Homey hubs.
 *
 * A homey_loop holds every socket and timer behind one descriptor.  A homey_client is one
 * account on one hub.  A request is answered exactly once, a subscription for as long as it lasts,
 * from inside homey_loop_step() or homey_loop_wait() and from nowhere else.  Nothing here blocks (but
 * homey_loop_wait, which is told how long), starts a thread, installs a signal handler or prints.
 *
 * One thread at a time may use a loop and all that belongs to it; different loops are independent.
 * Strings are UTF-8.  Functions that answer an int answer 0 (or a positive id) for success and the
 * negative of a homey_kind for failure.
 */
#ifndef HOMEY_H
#define HOMEY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOMEY_VERSION "0.1.0"

#if defined(__GNUC__)
#define HOMEY_API __attribute__((visibility("default")))
#else
#define HOMEY_API
#endif

/* The version of the library that is running, HOMEY_VERSION of the one that was compiled. */
HOMEY_API const char *homey_version(void);

/* ---- errors --------------------------------------------------------------------------------- */

/* One row per kind of failure: constant, the name that is promised to programs, what to do about it.
 * `memory` is no kind of error objects in Lua: there it is Lua's own "not enough memory", or a request's `unavailable`. */
#define HOMEY_KINDS(X)                                                   \
  X(CREDENTIALS, "credentials", "log in with what is right")             \
  X(EXPIRED, "expired", "log in again")                                  \
  X(UNAUTHORIZED, "unauthorized", "log in again, or make a new API key") \
  X(FORBIDDEN, "forbidden", "the login lacks the right to do this")      \
  X(NOT_FOUND, "not_found", "check the name or id")                      \
  X(AMBIGUOUS, "ambiguous", "say which one")                             \
  X(INVALID, "invalid", "correct what was given")                        \
  X(UNAVAILABLE, "unavailable", "try again later")                       \
  X(RATE_LIMITED, "rate_limited", "wait a while before trying again")    \
  X(HUB, "hub", "try again, or see how it fares in the Homey app")       \
  X(OFFLINE, "offline", "is the hub switched on and on the network?")    \
  X(TIMEOUT, "timeout", "try again, or raise the timeout")               \
  X(TLS, "tls", "check the clock, the address and the CA file")          \
  X(NETWORK, "network", "check the network connection")                  \
  X(PROTOCOL, "protocol", "is something else answering in its place?")   \
  X(CANCELLED, "cancelled", "nothing to do")                             \
  X(MEMORY, "memory", "free some memory")

typedef enum homey_kind {
  HOMEY_OK = 0,
#define X(constant, name, advice) HOMEY_##constant,
  HOMEY_KINDS(X)
#undef X
      HOMEY_KINDS_END
} homey_kind;

/* The promised name of a kind, "ok" for HOMEY_OK, "unknown" for what is none.  Static. */
HOMEY_API const char *homey_kind_name(homey_kind kind);

/* What went wrong.  A plain value: copy it freely, nothing in it needs freeing.  Holds no secret. */
typedef struct homey_error {
  homey_kind kind;
  int status;        /* the HTTP status behind it, or 0 */
  long retry_after;  /* seconds that the server asked to be left alone, or 0 */
  char step[16];     /* the link of the token chain that broke, "store", "address", or "" */
  char message[768]; /* one sentence for people that says what to do; may be reworded */
} homey_error;

/* ---- loop ----------------------------------------------------------------------------------- */

typedef struct homey_loop homey_loop;
typedef struct homey_client homey_client;

/* One answer.  Whoever the callback hands it to owns it: homey_reply_free(). */
typedef struct homey_reply {
  int id;                 /* the request, timer, login, logout or subscription that it answers */
  int status;             /* the HTTP status, or 0 where none was involved */
  const homey_error *err; /* NULL on success; lives as long as the reply */
  const char *body;       /* likewise, never NULL: NUL after the last byte; "" when there is none */
  size_t length;
  int is_json;              /* 1 when the hub called the body JSON, 0 for any other text */
  int more;                 /* 1 = an event of a subscription: others will come under this id */
  struct homey_reply *next; /* the owner's, for a list of its own */
} homey_reply;

/* Called exactly once per id, and for a subscription once per event with reply->more set and then once without; only
 * from inside homey_loop_step() and homey_loop_wait().  It may call anything in this header but homey_loop_free, _step
 * and _wait of its own loop. */
typedef void homey_reply_fn(void *data, homey_reply *reply);

HOMEY_API homey_reply *homey_reply_free(homey_reply *reply); /* takes NULL, answers NULL */

/* A new loop, or NULL when memory or descriptors are short.  Free it with homey_loop_free(). */
HOMEY_API homey_loop *homey_loop_new(void);

/* Frees the loop with every client left in it.  What was still waiting is answered `cancelled`
 * first, as in a last step, in which the clients are there yet; new ones, and new requests, subscriptions and timers,
 * are refused then.  Takes NULL, answers NULL. */
HOMEY_API homey_loop *homey_loop_free(homey_loop *loop);

/* The descriptor to poll for READING; it stays the loop's, and the same one for its life.  It turns
 * readable for anything that wants a step: sockets, timers, and requests made since the last step. */
HOMEY_API int homey_loop_fd(homey_loop *loop);

/* Milliseconds until homey_loop_step() has something to do even if the descriptor stays quiet;
 * 0 = at once, -1 = only the descriptor matters. */
HOMEY_API int homey_loop_timeout(const homey_loop *loop);

/* Does whatever is due, answers what is ready, and returns without waiting.  It is bounded whatever servers send: what is
 * left over waits for the next step, for which the loop is due at once.
 * 0, or the negative of a homey_kind when the loop itself is broken (never for a request's failure). */
HOMEY_API int homey_loop_step(homey_loop *loop);

/* The same, but first waits up to `ms` milliseconds (-1 = for ever) for something to do: for programs
 * that have no loop of their own. */
HOMEY_API int homey_loop_wait(homey_loop *loop, int ms);

/* Milliseconds on a clock that never jumps; its zero means nothing. */
HOMEY_API int64_t homey_loop_now(const homey_loop *loop);

/* Answers, without error and with an empty body, `ms` milliseconds from now; less than 0 is 0.
 * A positive id, or a negative kind. */
HOMEY_API int homey_loop_timer(homey_loop *loop, int64_t ms, homey_reply_fn *done, void *data);

/* Gives up on whatever bears this id: it is answered `cancelled` in the next step.  What was sent
 * already may still take effect at the hub.  A subscription ends this way: its last reply comes behind the events that had
 * come before.  Ids that are unknown or answered do nothing. */
HOMEY_API void homey_loop_cancel(homey_loop *loop, int id);

/* ---- stores --------------------------------------------------------------------------------- */

/* Where a login is kept between runs.  The default is a file (see homey_options.state_dir); a store of
 * your own is these three functions.  Each is called from inside a step with an operation to be
 * answered once by homey_store_op_answer(), at once or later; no second operation of the same client
 * comes before the first is answered or has been waited for in vain for 30 s.  They may call homey_store_op_answer() and nothing
 * else of this header.  The text is JSON and full of secrets. */
typedef struct homey_store_op homey_store_op;
typedef struct homey_store {
  /* Answer the text last saved for `account`, or HOMEY_OK with NULL when there is none. */
  void (*load)(void *data, const char *account, homey_store_op *op);
  /* Keep the text for `account` (NULL = forget it) so that it survives a power cut from the moment you
   * answer HOMEY_OK. `text` is borrowed until the call returns. */
  void (*save)(void *data, const char *account, const char *text, size_t length, homey_store_op *op);
  /* take = 1: answer HOMEY_OK when the account is now locked for this client against every other process,
   * or HOMEY_UNAVAILABLE when another holds it: it is asked again after a pause.
   * take = 0, also from inside homey_client_free(): release it, or do not take it after all where that has not been answered yet (the client goes, or has
   * waited for 30 s); `op` is NULL and there is nothing to answer. */
  void (*lock)(void *data, const char *account, int take, homey_store_op *op);
  void *data;
} homey_store;

/* Answers a store operation: kind HOMEY_OK or what went wrong; `text` is what load found (copied), or
 * with a failure the sentence for people; NULL where there is none.  May be called at any time, also
 * after the client is gone.  Afterwards `op` is invalid. */
HOMEY_API void homey_store_op_answer(homey_store_op *op, homey_kind kind, const char *text, size_t length);

/* ---- client --------------------------------------------------------------------------------- */

/* Where requests, and the tokens and passwords in them, may go without TLS; only ever to private addresses.  Before it sends a
 * token over plain http the library asks the hub for its id, but that proves nothing: whoever is at the address can repeat
 * the id of the question.  On a network that is not yours, such as a hotel's, the token of a hub that has no TLS can be taken.
 *
 *   AUTO   to hubs that have no TLS address of their own (those of 2016 to 2019), and to an http:// address that the caller
 *          gave, until TLS has worked once there.  A hub with a TLS address, known from the cloud or because it has
 *          answered, is never spoken to in plain http, also when its TLS fails today.
 *   ALLOW  to every hub, where nothing better answers
 *   NEVER  to none, and to no cloud of one's own either */
typedef enum homey_plain_http { HOMEY_PLAIN_AUTO, HOMEY_PLAIN_ALLOW, HOMEY_PLAIN_NEVER } homey_plain_http;

typedef enum homey_refresh { HOMEY_REFRESH_AUTO, HOMEY_REFRESH_OFFICIAL, HOMEY_REFRESH_SEED } homey_refresh;

/* One line of trace for each exchange, secrets replaced. `line` is borrowed until the call returns.
 * Called from inside a step; it may not call back into the library. */
typedef void homey_trace_fn(void *data, const char *line);

/* What whoever looks after the program should know, although every call goes well: one sentence, once until it is over.
 * The same rules. */
typedef void homey_warn_fn(void *data, const char *sentence);

/* Everything is optional and copied: start from zeroes.  Ways in, first match wins: a stored login of the same account
 * (unless `fresh`, or another token or username is given); token + address (a personal access token); username +
 * password + address (a local user of the hub); code; refresh_token; email + password (with `password_grant`, by the
 * OAuth password grant). */
typedef struct homey_options {
  const char *account; /* the store's key; default: email, else address, else "default" */
  const char *email, *password, *otp;
  const char *hub; /* name or id of the hub, where the account has several */
  const char *address; /* base URL of the hub, or its IPv4 address alone, which means https by its homeylocal name; with
                         * cloud logins it joins the race as one more candidate */
  const char *token;    /* personal access token; needs address */
  const char *username; /* local user; needs password and address */
  const char *code;     /* authorization code, fresh from the browser */
  const char *refresh_token;
  const char *client_id, *client_secret, *redirect_uri; /* default: the first of homey_presets, or what it has of them;
                                                         * with an id of your own, redirect_uri is "http://localhost" */
  const char *accounts_url, *api_url;                   /* default: the cloud's own */
  const char *user_agent;                               /* default "Anyname/1.0" */
  const char *scheme;                                   /* of Origin and Referer, default "anyname" */
  const char *const *headers;    /* "Name: value", NULL-terminated; added to every call to the hub */
  const char *const *connect_to; /* "HOST:PORT:TO-HOST:TO-PORT", NULL-terminated, as CURLOPT_CONNECT_TO */
  const char *cafile;            /* PEM bundle that replaces the system's */
  const char *state_dir; /* folder of the file store; NULL with no `store`: the login is kept in memory only */
  const homey_store *store; /* a store of your own; copied, its data stays yours */
  long timeout_ms;          /* of silence in one exchange; default 10,000, and 30,000 for v2 hubs */
  size_t max_reply; /* bytes after decompression, and of one message over the socket; default 64 MiB */
  long stale_ms;    /* without proof of life for so long, what was heard is called stale; default 60,000 */
  homey_refresh refresh; /* pins one way to refresh; default AUTO */
  int password_grant;
  int fresh;                   /* 1 = do not use the stored login, run the whole chain */
  homey_plain_http plain_http; /* default AUTO */
  homey_trace_fn *trace;
  void *trace_data;
  homey_warn_fn *warn;
  void *warn_data;
} homey_options;

/* OAuth clients that are known to the cloud; the first is the default.  Ends with a NULL name. */
typedef struct homey_preset {
  const char *name, *client_id, *client_secret, *redirect_uri;
} homey_preset;
HOMEY_API extern const homey_preset homey_presets[];

/* A new client on the loop, which owns it; nothing is sent yet.  NULL on failure, and then *ret_error
 * (if not NULL) says why: an option that cannot be right is named before anything is sent. */
HOMEY_API homey_client *homey_client_new(homey_loop *loop, const homey_options *options, homey_error *ret_error);

/* Frees a client, in the middle of anything; what was waiting is answered `cancelled` in the next step.
 * Takes NULL, answers NULL.
 *
 * A refresh token that is just being changed for another is not dropped: in the file store it is saved yet, by the loop's
 * next steps or by homey_loop_free(), which waits for that, 10 s at most.  A store of your own is not called any more: see
 * homey_client_is_renewing(). */
HOMEY_API homey_client *homey_client_free(homey_client *client);

/* 1 while the store's refresh token is being changed for another, or that waits to be saved: whoever frees the client now,
 * and has a store of one's own, loses the login. */
HOMEY_API int homey_client_is_renewing(const homey_client *client);

/* By how many milliseconds the hub's clock is ahead of this machine's, as the Date header of an answer has told within the
 * last minutes (exact to a second): for whoever reckons from the times that a hub stamps its values with.  INT64_MIN while
 * the hub has not told. */
HOMEY_API int64_t homey_client_clock(const homey_client *client);

/* Says that the program is one that stays (1) or a command that ends soon (0, as it is without this).  For one that stays,
 * or has subscribed to anything, the login is renewed from half of its life on, beside everything else, so that a cloud
 * that is away for half a day is no matter; a login that has died is looked for in the store every minute, where somebody
 * may have stored another; and where the store cannot be written what is new is kept in memory alone. */
HOMEY_API void homey_client_stay(homey_client *client, int stay);

/* Logs in as far as is needed: without any traffic where the stored bearer still lives.  Answers JSON
 * {"id","name","api_version","platform","version","address","address_kind","username"}, each where known.
 * After a failure that stopped all calls this is what starts them again.  An id, or a negative kind. */
HOMEY_API int homey_client_login(homey_client *client, homey_reply_fn *done, void *data);

/* Ends the session at the hub where it allows that, and forgets the stored login in any case.  Answers {}.
 * Later calls fail with `expired` until the next homey_client_login(). */
HOMEY_API int homey_client_logout(homey_client *client, homey_reply_fn *done, void *data);

/* Start from zeroes: fields may be added. */
typedef struct homey_request {
  const char *method; /* GET, PUT, POST, DELETE, ... */
  const char *path;   /* begins with "/", query included, percent-encoded by the caller */
  const char *body;   /* JSON, copied; NULL for none */
  size_t length;
  long timeout_ms; /* of one exchange, at most an hour; 0 = the client's */
  int once;        /* 1 = never repeat it after a lost connection, even if its method would allow that */
  /* The same request as an operation of the hub, for the socket: it travels there while that is up (twice as fast),
   * else by method and path.  All three, or none. */
  const char *operation; /* the hub's name for it: "setCapabilityValue" */
  const char *manager;   /* the uri of its manager: "homey:manager:devices" */
  const char *args; /* a JSON object with every parameter by name, of path, query and body alike; copied */
  size_t args_length;
} homey_request;

/* What is wrong with a request, as a sentence for people; NULL where it can be sent.  Static, needs no client. */
HOMEY_API const char *homey_request_flaw(const homey_request *request);

/* Queues a request to the hub; a login happens by itself where needed.  Repeated by itself: after a 401 (once,
 * with a new bearer), a 429 or a Retry-After (it was not executed), a connection that never came up, and for GET
 * and PUT once after one that broke.  An id, or a negative kind: -HOMEY_INVALID where homey_request_flaw() names one. */
HOMEY_API int homey_client_request(homey_client *client, const homey_request *request, homey_reply_fn *done,
                                   void *data);

/* ---- realtime ------------------------------------------------------------------------------- */

/* Subscribes to what happens under a uri: "homey:manager:devices", "homey:device:<id>", "homey:zone:<id>", ...
 * Each event is a reply under the id, in the order of the hub, with `more` set and a JSON array for a body:
 *
 *   ["capability",{"capabilityId":"onoff","value":true,"transactionId":"...","transactionTime":1700000000000}]
 *   ["homey:subscribed",null]   the hub knows of the subscription: whatever changes from now on will be told.  Comes
 *                               again after each reconnect; what happened in between was missed.
 *
 * A failure with `more` set: the hub refuses this uri; it is asked again on the next connection.  The last reply, without
 * `more`, is `cancelled`.  However many subscribe to a uri, the hub is asked once.
 *
 * The connection is made with the first subscription, comes back by itself for as long as there is one, and is closed
 * with the last.  An id, or a negative kind: -HOMEY_INVALID for what can be no uri. */
HOMEY_API int homey_client_subscribe(homey_client *client, const char *uri, homey_reply_fn *event, void *data);

/* A uri of our own, under which the connection itself is told about; subscribing to it opens one like any other. Bodies
 * are objects; the present state is told at once.
 *
 *   {"state":"connecting"}                        never up so far
 *   {"state":"connected","resumed":false}         up, and everything subscribed; resumed: it was before, so events were
 *                                                 missed in between: read again what you keep
 *   {"state":"disconnected","kind":"network","message":"...","retry_ms":1200}   comes back by itself.  "handover":true
 *                                                 where nothing was wrong: the bearer was renewed, or a better address
 *                                                 found, and a new connection is made at once.  Where that fails,
 *                                                 `disconnected` comes again without it
 *   {"state":"refused","kind":...,"message":...,"status":404,"retry_ms":...}    the hub, or what is before it, takes no
 *                                                 websockets: poll.  Tried again now and then.
 *   {"state":"failed","kind":...,"message":...}   the login is dead: nothing until the next homey_client_login()
 *   {"state":"stale","silent_ms":60000}           no proof of life for so long, disconnected or not: act on nothing old.
 *                                                 `connected` comes when there is one */
#define HOMEY_CONNECTION "homey:connection"

#ifdef __cplusplus
}
#endif
#endif
