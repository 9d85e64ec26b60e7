/* Loop:next of Lua: pushes what a step has parked, each answer as Lua values. */
#include <string.h>

#include "core_loop.h"

/* Key in the table of a loop's parts, whose other keys are ids above zero: the wanted members of
 * answers. */
#define IDLE_BOX 0
#define PUSHER (-1)
#define TAKEN "homey.core.Taken"

static void push_garbled(lua_State *L, const homey_reply *reply)
{
  lua_pushnil(L);
  lua_pushliteral(L, "protocol");
  lua_pushfstring(L, "the hub's answer is not valid JSON: %s", lua_tostring(L, -3));
  lua_remove(L, -4);
  lua_pushinteger(L, reply->status);
}

/* loop ... -> loop ... only: the wanted members of an answer, or nil for all of it. */
static void push_only(lua_State *L, const hy_lua_loop *l, int id)
{
  if (!l->partial) {
    lua_pushnil(L);
    return;
  }
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, id);
  lua_remove(L, -2);
}

static void forget_only(lua_State *L, hy_lua_loop *l, int id)
{
  if (!l->partial || id <= 0)
    return;
  push_only(L, l, id);
  if (!lua_isnil(L, -1)) {
    lua_getuservalue(L, 1);
    lua_pushnil(L);
    lua_rawseti(L, -2, id);
    lua_pop(L, 1);
    l->partial--;
  }
  lua_pop(L, 1);
}

/* A request that failed for lack of memory may be tried again later. */
static void push_reply_failure(lua_State *L, const homey_error *error)
{
  homey_error other = *error;

  if (other.kind == HOMEY_MEMORY)
    other.kind = HOMEY_UNAVAILABLE;
  hy_push_failure(L, &other);
}

#define LAST_MOMENT 4102444800000.0 /* ms: 2100-01-01, as in model/record.lua */
enum value_slot { VALUE = 1, NONE, NAME, CAPABILITY, TRANSACTION, TIME };

int hy_is_moment(lua_State *L, int index)
{
  lua_Number time = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : -1;

  return time >= 0 && time < LAST_MOMENT;
}

/* Whether the members have the types that a hub sends. */
static int are_usual(lua_State *L, int base)
{
  int of_transaction = lua_type(L, base + TRANSACTION);

  return lua_type(L, base + CAPABILITY) == LUA_TSTRING && lua_rawlen(L, base + CAPABILITY) > 0 &&
         (of_transaction == LUA_TSTRING || of_transaction == LUA_TNIL) &&
         (lua_isnil(L, base + TIME) || hy_is_moment(L, base + TIME));
}

/* The value of a device in any order of its members: they need no table. Returns 0 and pushes
 * nothing when the event is any other, or is unusual. */
static int push_value_members(lua_State *L, hy_lua_loop *l, const homey_reply *reply)
{
  static const hy_json_member members[] = { { "capabilityId", 12, CAPABILITY },
                                            { "value", 5, VALUE },
                                            { "transactionId", 13, TRANSACTION },
                                            { "transactionTime", 15, TIME } };
  const size_t start = sizeof HY_VALUE_START - 1;
  int base = lua_gettop(L);

  if (reply->length <= start || memcmp(reply->body, HY_VALUE_START, start) != 0)
    return 0;
  lua_settop(L, base + NONE);
  lua_pushliteral(L, "capability");
  lua_settop(L, base + TIME);
  if (hy_json_decode_members(L, reply->body + start, reply->length - start - 1, members, 4, base) &&
      reply->body[reply->length - 1] == ']' && are_usual(L, base)) {
    hy_keep_word(L, l, base + NAME);
    return 1;
  }
  lua_settop(L, base);
  return 0;
}

/* The answer to a set with a text as its value, or with spaces: its value and time need no table.
 * Returns 0 and pushes nothing when the answer is unusual. */
static int push_set_answer(lua_State *L, const homey_reply *reply)
{
  enum { TOLD = 1, NO_KIND, WHEN, WHOSE };
  static const hy_json_member members[] = { { "value", 5, TOLD },
                                            { "transactionTime", 15, WHEN },
                                            { "transactionId", 13, WHOSE } };
  int base = lua_gettop(L);

  lua_settop(L, base + WHOSE);
  if (hy_json_decode_members(L, reply->body, reply->length, members, 3, base) &&
      hy_is_moment(L, base + WHEN)) {
    lua_settop(L, base + WHEN);
    return 1;
  }
  lua_settop(L, base);
  return 0;
}

/* An event of the hub is [name, data]; a change of the connection is an object. */
static void push_event(lua_State *L, hy_lua_loop *l, const homey_reply *reply)
{
  int top = lua_gettop(L), items;

  if (push_value_members(L, l, reply))
    return;
  if (!hy_json_decode_items(L, reply->body, reply->length, &items)) {
    push_garbled(L, reply);
  } else if (items >= 0) {
    lua_settop(L, top + 2); /* name data */
    lua_insert(L, -2);      /* data name */
    lua_pushnil(L);
    lua_insert(L, -2); /* data nil name */
  }
}

/* The slot `only` holds the wanted members of the answer, or nil. */
static void push_reply(lua_State *L, hy_lua_loop *l, const homey_reply *reply, int only)
{
  if (reply->err)
    push_reply_failure(L, reply->err);
  else if (reply->head)
    hy_push_response(L, reply);
  else if (reply->more == HY_OF_SET && push_set_answer(L, reply))
    return;
  else if (reply->more == 1 && reply->is_json)
    push_event(L, l, reply);
  else if (!reply->status && !reply->length) /* a timer, or a poll whose time is over */
    lua_pushboolean(L, 1);
  else if (!reply->length)
    lua_pushnil(L);
  else if (!reply->is_json)
    lua_pushlstring(L, reply->body, reply->length);
  else if (!hy_json_decode_only(L, reply->body, reply->length, lua_isnil(L, only) ? 0 : only))
    push_garbled(L, reply);
}

static void push_note(lua_State *L, const hy_note *note)
{
  if (!note->verb && !note->text) {
    lua_pushnil(L);
    lua_pushstring(L, homey_kind_name(HOMEY_CANCELLED));
    lua_pushliteral(L, "the client was closed.");
    return;
  }
  if (!note->verb) {
    lua_pushstring(L, note->text);
    return;
  }
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, note->op);
  lua_setfield(L, -2, "op");
  lua_pushstring(L, note->verb);
  lua_setfield(L, -2, "verb");
  lua_pushstring(L, note->account);
  lua_setfield(L, -2, "account");
  if (note->text) {
    lua_pushstring(L, note->text);
    lua_setfield(L, -2, "text");
  }
}

/* loop box -> id, value | id, nil, kind, ...: called by lua_pcall, since any allocation may fail
 * or run code that raises. */
static int push_taken(lua_State *L)
{
  hy_lua_loop *l = lua_touserdata(L, 1);
  const hy_taken *taken = lua_touserdata(L, 2);

  if (taken->note) {
    lua_pushinteger(L, taken->note->id); /* loop box id */
    push_note(L, taken->note);           /* loop box id value... */
  } else {
    push_only(L, l, taken->reply->id);    /* loop box only */
    lua_pushinteger(L, taken->reply->id); /* loop box only id */
    push_reply(L, l, taken->reply, 3);    /* loop box only id value... */
    lua_remove(L, 3);
  }
  return lua_gettop(L) - 2;
}

static int drop_taken(lua_State *L)
{
  hy_drop(luaL_checkudata(L, 1, TAKEN));
  return 0;
}

/* loop -> loop parts box: the idle box, or a new one when there is none: the call that uses it
 * is still running, or ended in an error. */
static hy_taken *push_box(lua_State *L)
{
  hy_taken *box;

  lua_getuservalue(L, 1);
  lua_rawgeti(L, 2, IDLE_BOX);
  if (!lua_isnil(L, 3)) {
    lua_pushnil(L);
    lua_rawseti(L, 2, IDLE_BOX);
    return lua_touserdata(L, 3);
  }
  lua_pop(L, 1);
  box = lua_newuserdata(L, sizeof *box);
  *box = (hy_taken){ NULL, NULL };
  luaL_setmetatable(L, TAKEN);
  return box;
}

static const homey_error too_large = {
  .kind = HOMEY_PROTOCOL,
  .message = "the hub's answer is larger than the free memory. Ask for less, or free some."
};

/* A reply that could not be pushed is put back as the first, and the error is raised. An answer
 * that is too large would fail for ever: it is turned into a failure, and 1 is returned. */
static int mend(lua_State *L, hy_lua_loop *l, hy_taken *taken, int status)
{
  int again = status == LUA_ERRMEM && taken->reply && !taken->reply->err;

  if (again)
    taken->reply->err = &too_large;
  hy_put_back(l, taken);
  return again ? 1 : lua_error(L);
}

/* As hy_loop_next, for a value in the usual form: needs no box, since nothing can be raised. */
static int take_value(lua_State *L, hy_lua_loop *l)
{
  hy_taken taken;

  if (l->notes || !(hy_push_value_event(L, l, l->replies) || hy_push_set_answer(L, l->replies)))
    return 0;
  hy_take(l, &taken);
  hy_drop(&taken);
  return 1;
}

/* Loop:next() -> id, value | id, data, nil, name of an event
 *              | id, value, nil, "capability", its id, transaction, ms since 1970
 *              | id, value, nil, ms since 1970: the usual answer to a set
 *              | id, nil, kind, message, status, step, retry_after | nothing once drained */
int hy_loop_next(lua_State *L)
{
  hy_lua_loop *l = HY_CHECK_LOOP(L, 1);
  hy_taken *taken;
  int status, id;

  lua_settop(L, 1);
  if (!l->notes && !l->replies)
    return 0;
  if (take_value(L, l))
    return lua_gettop(L) - 1;
  taken = push_box(L); /* loop parts box */
  do {
    lua_settop(L, 3);
    if (!hy_take(l, taken)) /* taken by other code while the box was created */
      return 0;
    id = taken->reply ? taken->reply->id : 0;
    lua_rawgeti(L, 2, PUSHER);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 3);
    status = lua_pcall(L, 2, LUA_MULTRET, 0);
  } while (status && mend(L, l, taken, status)); /* loop parts box id value... */
  hy_drop(taken);
  forget_only(L, l, id);
  lua_pushvalue(L, 3);
  lua_rawseti(L, 2, IDLE_BOX);
  return lua_gettop(L) - 3;
}

void hy_push_parts(lua_State *L)
{
  lua_newtable(L);
  lua_pushcfunction(L, push_taken);
  lua_rawseti(L, -2, PUSHER);
}

void hy_open_taken(lua_State *L)
{
  if (luaL_newmetatable(L, TAKEN)) {
    lua_pushcfunction(L, drop_taken);
    lua_setfield(L, -2, "__gc");
  }
  lua_pop(L, 1);
}
