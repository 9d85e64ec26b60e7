/* Client of Lua: created, sends requests and sets, closed. */
#include <math.h>
#include <string.h>

#include "client_parts.h"
#include "json/json_parts.h"

/* ---- clients ---- */

static hy_lua_client *check_client(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);

  luaL_argcheck(L, k->client, 1, "the client is closed");
  return k;
}

void hy_close_client(hy_lua_client *k)
{
  if (!k->loop)
    return;
  k->client = homey_client_free(k->client);
  if (k->op) /* nobody will answer it now: answers it, so that the core frees it */
    homey_store_op_answer(k->op, HOMEY_CANCELLED, NULL, 0);
  k->op = NULL;
  hy_tell_end(k);
  if (k->prev)
    k->prev->next = k->next;
  else
    k->loop->clients = k->next;
  if (k->next)
    k->next->prev = k->prev;
  k->loop = NULL;
}

/* Creates the box with its metatable first, so that __gc frees it when a later step raises. */
static hy_lua_client *new_box(lua_State *L, hy_lua_loop *l)
{
  hy_lua_client *k = lua_newuserdata(L, sizeof *k);

  memset(k, 0, sizeof *k);
  k->type = hy_client_type;
  luaL_setmetatable(L, hy_client_type);
  lua_newtable(L); /* box env: keeps the loop alive, and gives access to its parts */
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_getuservalue(L, 1);
  lua_rawseti(L, -2, 2);
  lua_setuservalue(L, -2);
  k->loop = l;
  k->trace_id = --l->lasting; /* lasting listeners have ids below zero, requests above */
  k->store_id = --l->lasting;
  k->warn_id = --l->lasting;
  k->next = l->clients;
  if (k->next)
    k->next->prev = k;
  l->clients = k;
  return k;
}

static int refuse(lua_State *L, const char *name)
{
  lua_pushnil(L);
  lua_pushliteral(L, "invalid");
  lua_pushfstring(L, "the option `%s` holds a NUL byte.", name);
  return 3;
}

int hy_loop_client(lua_State *L)
{
  hy_lua_loop *l = hy_check_loop(L, 1);
  homey_options options;
  homey_store store;
  homey_error error;
  hy_lua_client *k;
  const char *bad;

  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  memset(&options, 0, sizeof options);
  k = new_box(L, l); /* loop options box */
  lua_newtable(L);   /* loop options box kept */
  bad = hy_read_client_options(L, &options);
  if (bad)
    return refuse(L, bad);
  hy_set_listeners(L, k, &options, &store);
  hy_check_loop(L, 1); /* it may have been closed meanwhile */
  k->client = homey_client_new(l->loop, &options, &error);
  if (!k->client)
    return hy_push_failure(L, &error);
  k->has_store = options.store != NULL;
  k->has_trace = options.trace != NULL;
  k->has_warn = options.warn != NULL;
  lua_pushvalue(L, 3);
  return 1;
}

/* Returned instead of an error: a garbage collection may have closed the client unnoticed. */
static int push_closed(lua_State *L)
{
  lua_pushnil(L);
  lua_pushstring(L, homey_kind_name(HOMEY_CANCELLED));
  lua_pushliteral(L, "this home was closed. Log in again.");
  return 3;
}

int hy_push_id(lua_State *L, int id, const char *why)
{
  if (id == -HOMEY_MEMORY)
    return luaL_error(L, "not enough memory");
  if (id < 0) {
    lua_pushnil(L);
    lua_pushstring(L, homey_kind_name((homey_kind)-id));
    lua_pushstring(L, why);
    return 3;
  }
  lua_pushinteger(L, id);
  return 1;
}

static int client_login(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);

  if (!k->client)
    return push_closed(L);
  return hy_push_id(L, homey_client_login(k->client, hy_park, k->loop), "");
}

static int client_logout(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);

  if (!k->client)
    return push_closed(L);
  return hy_push_id(L, homey_client_logout(k->client, hy_park, k->loop), "");
}

static const char *plain_string(lua_State *L, int index)
{
  size_t length;
  const char *text = luaL_checklstring(L, index, &length);

  luaL_argcheck(L, strlen(text) == length, index, "holds a NUL byte");
  return text;
}

/* The slot keeps the string alive. */
static const char *option_string(lua_State *L, const char *name, int slot)
{
  size_t length;
  const char *text = NULL;

  lua_getfield(L, 5, name);
  if (!lua_isnil(L, -1)) {
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 5,
                  "operation, manager and content_type must be strings");
    text = lua_tolstring(L, -1, &length);
    luaL_argcheck(L, strlen(text) == length, 5, "holds a NUL byte");
  }
  lua_replace(L, slot);
  return text;
}

static homey_server server_option(lua_State *L)
{
  static const char *const names[] = { "hub", "cloud", "energy", "weather", NULL };
  int server;

  lua_getfield(L, 5, "server");
  server = luaL_checkoption(L, lua_gettop(L), "hub", names);
  lua_pop(L, 1);
  return (homey_server)server;
}

static void unusual_options(lua_State *L, homey_request *r)
{
  r->server = server_option(L);
  lua_getfield(L, 5, "anonymous");
  r->anonymous = lua_toboolean(L, -1);
  lua_pop(L, 1);
  r->content_type = option_string(L, "content_type", 9);
}

static void request_options(lua_State *L, homey_request *r)
{
  double timeout;

  if (lua_isnoneornil(L, 5))
    return;
  luaL_checktype(L, 5, LUA_TTABLE);
  lua_getfield(L, 5, "timeout");
  timeout = lua_isnil(L, -1) ? 0 : luaL_checknumber(L, -1);
  luaL_argcheck(L, timeout >= 0 && timeout <= 3600, 5,
                "timeout must be more than 0 and at most an hour");
  r->timeout_ms = (long)ceil(timeout * 1000);
  lua_getfield(L, 5, "once");
  r->once = lua_toboolean(L, -1);
  lua_getfield(L, 5, "only");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), 5, "only must be a table");
  lua_replace(L, 6);
  lua_pop(L, 2);
  r->operation = option_string(L, "operation", 7);
  r->manager = option_string(L, "manager", 8);
  unusual_options(L, r);
}

static int push_unsendable(lua_State *L)
{ /* ... message */
  lua_pushnil(L);
  lua_pushliteral(L, "invalid");
  lua_pushvalue(L, -3);
  return 3;
}

/* Writes the arguments of the operation, from the options. Returns 0 with a message when they
 * cannot be written as JSON. */
static int request_arguments(lua_State *L, homey_request *r, hy_json_buffer *args)
{
  if (!r->operation)
    return 1;
  lua_getfield(L, 5, "args"); /* ... args */
  luaL_argcheck(L, lua_istable(L, -1), 5, "an operation needs args, a table");
  if (!hy_json_encode_to(L, lua_gettop(L), args)) /* ... args anchor-or-message */
    return 0;
  r->args = args->text;
  r->args_length = args->length;
  return 1;
}

/* Slot 6 holds the wanted members of the answer, or nil for all. */
static void remember_only(lua_State *L, hy_lua_loop *l, int id)
{
  if (id < 0 || lua_isnil(L, 6))
    return;
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, 2);
  lua_pushvalue(L, 6);
  lua_rawseti(L, -2, id);
  lua_pop(L, 2);
  l->partial++;
}

/* Client:request(method, path, body, options) -> id | nil, kind, message. Encoding may run Lua
 * code, so it checks afterwards whether the client is still open. */
static int client_request(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);
  homey_request request = { 0 };
  hy_json_buffer body, args;
  int id;

  lua_settop(L, 9); /* the last ones are for `only`, operation, manager and content type */
  request.method = plain_string(L, 2);
  request.path = plain_string(L, 3);
  request_options(L, &request);
  if (request.content_type) {
    request.body = luaL_checklstring(L, 4, &request.length);
  } else if (!lua_isnil(L, 4)) {
    if (!hy_json_encode_to(L, 4, &body))
      return push_unsendable(L);
    request.body = body.text;
    request.length = body.length;
  }
  if (!request_arguments(L, &request, &args))
    return push_unsendable(L);
  if (!k->client)
    return push_closed(L);
  id = homey_client_request(k->client, &request, hy_park, k->loop);
  remember_only(L, k->loop, id);
  return hy_push_id(L, id, id < 0 ? homey_request_flaw(&request) : NULL);
}

/* ---- sets ---- */

enum set_argument { PATH = 2, VALUE, OPTIONS, ONCE, DEVICE, CAPABILITY };

#define FIRST_SET 100000000001
#define SERIES 24 /* of the characters of a uuid */

typedef struct transaction {
  char text[64];
  size_t length;
} transaction;

static void add_text(transaction *t, const char *text, size_t length)
{
  memcpy(t->text + t->length, text, length);
  t->length += length;
}

/* Each transaction id is unique. A random id needs a system call, so only its first part is random,
 * and a counter makes the rest. */
static void new_transaction(lua_State *L, hy_lua_client *k, transaction *t)
{
  char number[HY_JSON_NUMBER];

  if (!k->sets) {
    hy_make_uuid(L, k->series);
    k->sets = FIRST_SET - 1;
  }
  t->length = 0;
  add_text(t, "homey-lua-", 10);
  add_text(t, k->series, SERIES);
  add_text(t, number, hy_json_print_integer(number, ++k->sets));
}

static void add(hy_json_buffer *b, const char *text)
{
  hy_json_add(b, text, strlen(text));
}

/* Appends the members of the body, from value to transaction, and closes the object. Returns 0 with
 * a message when they cannot be written as JSON. */
static int add_body(lua_State *L, hy_json_buffer *b, const transaction *t)
{
  add(b, "\"value\":");
  if (!hy_json_encode_more(L, VALUE, b))
    return 0;
  if (!lua_isnil(L, OPTIONS)) {
    add(b, ",\"opts\":");
    if (!hy_json_encode_more(L, OPTIONS, b))
      return 0;
  }
  add(b, ",\"transactionId\":\"");
  hy_json_add(b, t->text, t->length);
  add(b, "\"}");
  return 1;
}

/* Appends the arguments for the socket: the ids, and then the members of the body. */
static int add_arguments(lua_State *L, hy_json_buffer *b, const transaction *t)
{
  add(b, "{\"deviceId\":");
  if (!hy_json_encode_more(L, DEVICE, b))
    return 0;
  add(b, ",\"capabilityId\":");
  if (!hy_json_encode_more(L, CAPABILITY, b))
    return 0;
  add(b, ",");
  return add_body(L, b, t);
}

/* Client:set_value(path, value, options, once, device, capability)
 *   -> id, transaction | nil, kind, message. With the id of a device it may go over the socket, and
 * the id of its transaction is returned. */
static int client_set_value(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);
  homey_request request = { .method = "PUT", .path = plain_string(L, PATH) };
  hy_json_buffer b;
  transaction t;
  int id, by_socket = lua_toboolean(L, DEVICE);

  lua_settop(L, CAPABILITY);
  new_transaction(L, k, &t);
  hy_json_buffer_begin(&b, L);
  if (by_socket && !add_arguments(L, &b, &t))
    return push_unsendable(L);
  request.args_length = b.length;
  add(&b, "{");
  if (!add_body(L, &b, &t))
    return push_unsendable(L);
  if (!k->client)
    return push_closed(L);
  request.once = lua_toboolean(L, ONCE);
  request.body = b.text + request.args_length;
  request.length = b.length - request.args_length;
  if (by_socket) {
    request.operation = "setCapabilityValue";
    request.manager = "homey:manager:devices";
    request.args = b.text;
  }
  id = homey_client_request(k->client, &request, hy_park_set, k->loop);
  if (id < 0 || !by_socket)
    return hy_push_id(L, id, id < 0 ? homey_request_flaw(&request) : NULL);
  lua_pushinteger(L, id);
  lua_pushlstring(L, t.text, t.length);
  return 2;
}

/* Client:subscribe(uri) -> id | nil, kind, message */
static int client_subscribe(lua_State *L)
{
  const char *uri = plain_string(L, 2);
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);

  if (!k->client)
    return push_closed(L);
  return hy_push_id(L, homey_client_subscribe(k->client, uri, hy_park, k->loop),
                    "that is not a uri of a hub. A uri looks like homey:device:<id>.");
}

/* Client:survey(seconds) -> id | nil, kind, message */
static int client_survey(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);
  int ms = hy_milliseconds(L, 2);

  if (!k->client)
    return push_closed(L);
  return hy_push_id(L, homey_client_survey(k->client, ms, hy_park, k->loop),
                    "the address of the hub is being searched. Try again later.");
}

/* Client:ping() -> id | nil, kind, message */
static int client_ping(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1);

  if (!k->client)
    return push_closed(L);
  return hy_push_id(L, homey_client_ping(k->client, hy_park, k->loop),
                    "there is no connection that could be pinged, or a ping is under way.");
}

static homey_kind kind_of(const char *name)
{
  int kind = HOMEY_OK;

  while (kind <= HOMEY_MEMORY && strcmp(homey_kind_name((homey_kind)kind), name))
    kind++;
  return kind <= HOMEY_MEMORY ? (homey_kind)kind : HOMEY_INVALID;
}

static int client_store_answer(lua_State *L)
{
  hy_lua_client *k = HY_CHECK_CLIENT(L, 1); /* may be closed: then nobody waits */
  lua_Integer number = luaL_checkinteger(L, 2);
  homey_kind kind = lua_isnoneornil(L, 3) ? HOMEY_OK : kind_of(luaL_checkstring(L, 3));
  size_t length = 0;
  const char *text = luaL_optlstring(L, 4, NULL, &length);
  homey_store_op *op = k->op;

  if (!op || number != k->last_op) /* already answered or abandoned */
    return 0;
  k->op = NULL;
  homey_store_op_answer(op, kind, text, length);
  return 0;
}

static int client_trace_id(lua_State *L)
{
  lua_pushinteger(L, check_client(L)->trace_id);
  return 1;
}

static int client_store_id(lua_State *L)
{
  lua_pushinteger(L, check_client(L)->store_id);
  return 1;
}

static int client_warn_id(lua_State *L)
{
  lua_pushinteger(L, check_client(L)->warn_id);
  return 1;
}

/* Client:clock() -> seconds by which the hub's clock is ahead of ours; nothing while unknown */
static int client_clock(lua_State *L)
{
  int64_t ahead = homey_client_clock(check_client(L)->client);

  if (ahead == INT64_MIN)
    return 0;
  lua_pushnumber(L, (lua_Number)ahead / 1000);
  return 1;
}

/* Client:stay(whether) */
static int client_stay(lua_State *L)
{
  hy_lua_client *k = check_client(L);

  luaL_checktype(L, 2, LUA_TBOOLEAN);
  homey_client_stay(k->client, lua_toboolean(L, 2));
  return 0;
}

static int client_is_renewing(lua_State *L)
{
  lua_pushboolean(L, homey_client_is_renewing(check_client(L)->client));
  return 1;
}

static int client_close(lua_State *L)
{
  hy_close_client(HY_CHECK_CLIENT(L, 1));
  return 0;
}

static const luaL_Reg methods[] = {
  { "login", client_login },         { "logout", client_logout },
  { "request", client_request },     { "set_value", client_set_value },
  { "subscribe", client_subscribe }, { "survey", client_survey },
  { "ping", client_ping },           { "store_answer", client_store_answer },
  { "trace_id", client_trace_id },   { "store_id", client_store_id },
  { "warn_id", client_warn_id },     { "clock", client_clock },
  { "stay", client_stay },           { "is_renewing", client_is_renewing },
  { "close", client_close },         { NULL, NULL }
};

void hy_open_client(lua_State *L)
{
  if (luaL_newmetatable(L, hy_client_type)) {
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, client_close);
    lua_setfield(L, -2, "__gc");
    lua_pushstring(L, hy_client_type);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}
