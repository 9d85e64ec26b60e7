/*
 * Core loop of Lua: declarations shared by the files of homey.core.
 *
 * The core's callbacks run inside its step and never call Lua. Answers, trace lines and store
 * operations are parked; Lua takes them with Loop:next() after the step. No lua_State is stored.
 */
#ifndef HY_CORE_LOOP_H
#define HY_CORE_LOOP_H

#include "homey.h"
#include "compat/compat.h"
#include "json/json.h"

/* The types of userdata: names in the registry. A userdata begins with a pointer to its own. */
extern const char hy_loop_type[], hy_client_type[];

typedef struct hy_lua_client hy_lua_client;

/* A trace line, a store operation, or the note that no more of them will come. These have no
 * reply of their own. */
typedef struct hy_note {
  int id;
  int op;               /* 0 for a trace line and for "unlock" */
  const char *verb;     /* NULL for a trace line and the end */
  char *account, *text; /* both NULL for the end */
  struct hy_note *next;
} hy_note;

/* A capability's id that was told, by its bytes: nearly every event has one of a few. */
#define HY_WORD 30 /* bytes of the longest */
#define HY_WORDS 64
typedef struct hy_word {
  unsigned char length; /* 0 = vacant */
  char text[HY_WORD];
} hy_word;

typedef struct hy_lua_loop {
  const char *type; /* must be first: hy_loop_type */
  homey_loop *loop; /* NULL once closed */
  homey_reply *replies, **replies_end;
  hy_note *notes, **notes_end;
  hy_lua_client *clients;
  size_t parked; /* bytes of the parked replies and notes, with an overhead for each */
  /* Requests in progress of whose answers only some members are wanted; the loop's own table has
   * their lists. */
  int partial;
  int lasting;            /* the id last given to a lasting listener, 0 or less */
  int tells_transactions; /* of all events of values, not only of those of this module */
  hy_word words[HY_WORDS];
} hy_lua_loop;

/* Length of a random id of version 4. Raises when the system has no random numbers. */
#define HY_UUID 36
void hy_make_uuid(lua_State *L, char *text);

struct hy_lua_client {
  const char *type;     /* must be first: hy_client_type */
  homey_client *client; /* NULL once closed */
  hy_lua_loop *loop;
  int trace_id, store_id, warn_id, last_op;
  int has_trace, has_store, has_warn; /* which listeners are told when the client ends */
  homey_store_op *op;                 /* the operation that waits for its answer */
  char series[HY_UUID];               /* random part of the ids of its transactions */
  long long sets;                     /* the rest: their number; 0 = no series yet */
  hy_lua_client *prev, *next;
};

/* One parked reply or note on its way to Lua, in a userdata that frees it. While its values are
 * created, a garbage collection may run any Lua code, which may take the next parked reply and
 * close the loop. */
typedef struct hy_taken {
  homey_reply *reply;
  hy_note *note;
} hy_taken;

/* Limit of parked bytes: above it a step does nothing until some are taken. */
#define HY_PARKED_MOST ((size_t)64 * 1024 * 1024)

/* As luaL_checkudata, for a type above of this size; several times faster. */
void *hy_check(lua_State *L, int index, const char *type, size_t size);
#define HY_CHECK_LOOP(L, index) \
  ((hy_lua_loop *)hy_check(L, index, hy_loop_type, sizeof(hy_lua_loop)))
#define HY_CHECK_CLIENT(L, index) \
  ((hy_lua_client *)hy_check(L, index, hy_client_type, sizeof(hy_lua_client)))
/* Raises unless the loop is open. */
hy_lua_loop *hy_check_loop(lua_State *L, int index);
/* A homey_reply_fn whose data is the hy_lua_loop. */
void hy_park(void *data, homey_reply *reply);
/* The same for the answer to a set: marks it, in a field that nothing reads any more. */
void hy_park_set(void *data, homey_reply *reply);
#define HY_OF_SET 2 /* in `more` */
void hy_park_note(hy_lua_loop *l, hy_note *note);
/* Moves the first parked note, else the first reply, into `taken`. Returns 0 when there is none. */
int hy_take(hy_lua_loop *l, hy_taken *taken);
void hy_put_back(hy_lua_loop *l, hy_taken *taken); /* in front of the others */
void hy_drop(hy_taken *taken);                     /* frees it */
/* Pushes an id, or nil, its kind and `why` when it is negative; returns their count. */
int hy_push_id(lua_State *L, int id, const char *why);
/* Pushes nil, kind, message, status, step; returns 5. */
int hy_push_failure(lua_State *L, const homey_error *error);
/* Converts seconds at `index` to milliseconds, rounded up: a wait must not end early. */
int hy_milliseconds(lua_State *L, int index);
int hy_new_loop(lua_State *L);          /* core.loop() */
int hy_loop_next(lua_State *L);         /* Loop:next() */
int hy_tell_transactions(lua_State *L); /* Loop:tell_transactions() */
/* The start of the reply of a value's event. */
#define HY_VALUE_START "[\"capability\","
/* Pushes what Loop:next() returns for an event with a device's value, when it has the usual form,
 * and its capability was told before; else returns 0 and pushes nothing. The stack has the loop. */
int hy_push_value_event(lua_State *L, const hy_lua_loop *l, const homey_reply *reply);
/* The same for the answer to a set. */
int hy_push_set_answer(lua_State *L, const homey_reply *reply);
/* Remembers the strings of an event: its name at this index, and the id of its capability after it.
 * The loop is at index 1. */
void hy_keep_word(lua_State *L, hy_lua_loop *l, int name);
/* Reports whether a value is a possible time, in ms. Text is no number here. */
int hy_is_moment(lua_State *L, int index);
/* Pushes the table of a loop's parts: the wanted members of answers, by id. */
void hy_push_parts(lua_State *L);
/* These register the methods of loops and clients, and the metatable of hy_taken. */
void hy_open_loop(lua_State *L);
void hy_open_client(lua_State *L);
void hy_open_taken(lua_State *L);
int hy_loop_client(lua_State *L); /* Loop:client(options) */
int hy_loop_fetch(lua_State *L);  /* Loop:fetch(url, method, headers, ...) */
int hy_loop_poll(lua_State *L);   /* Loop:poll(fd, events, timeout) */
int hy_loop_read(lua_State *L);   /* Loop:read(fd) */
int hy_descriptor(lua_State *L);  /* core.descriptor(file) */
int hy_private_ip(lua_State *L);  /* core.is_private_ip(text) */
void hy_push_response(lua_State *L, const homey_reply *reply);
void hy_close_client(hy_lua_client *client);
/* Sets `call_site` in the table on top of the stack. */
void hy_open_call_site(lua_State *L);
/* Opens /dev/null for each of the descriptors 0 to 2 that is closed. */
void hy_hold_standard(void);
/* Sets `resume`, `halt` and `judge` in the table on top of the stack. */
void hy_open_turns(lua_State *L);
/* Sets `keep` in the table on top of the stack. */
void hy_open_file(lua_State *L);

#endif
