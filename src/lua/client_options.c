/* Options of a client: from a table of Lua to homey_options. */
#include <math.h>
#include <string.h>

#include "client_parts.h"

/* Slot of the table that keeps the strings: reading the options may run the garbage collector and
 * with it any Lua code, which may clear the caller's table. */
#define KEPT 4

/* Keeps the string on top of the stack, and leaves it there. */
static const char *keep_string(lua_State *L)
{
  lua_pushvalue(L, -1);
  lua_rawseti(L, KEPT, (int)lua_rawlen(L, KEPT) + 1);
  return lua_tostring(L, -1);
}

/* Builds a list of strings for homey_options. */
static const char *const *string_list(lua_State *L, const char *name)
{
  const char **list;
  size_t i, n;

  lua_getfield(L, 2, name); /* ... value */
  if (lua_isnil(L, -1))
    return NULL;
  if (lua_type(L, -1) != LUA_TTABLE)
    luaL_error(L, "%s must be a list of strings", name);
  n = lua_rawlen(L, -1);
  list = lua_newuserdata(L, (n + 1) * sizeof *list); /* ... value list */
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, -2, (int)i + 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "%s must be a list of strings", name);
    list[i] = keep_string(L);
    lua_pop(L, 1);
  }
  list[n] = NULL;
  return list; /* stays on the stack, and so alive, until the client is created */
}

typedef struct row {
  const char *name;
  size_t offset;
} row;

#define ROW(name)                        \
  {                                      \
#name, offsetof(homey_options, name) \
  }
/* clang-format off */
static const row strings[] = {
  ROW(account),      ROW(email),        ROW(password),      ROW(otp),
  ROW(hub),          ROW(address),      ROW(token),         ROW(username),
  ROW(code),         ROW(refresh_token), ROW(client_id),    ROW(client_secret),
  ROW(redirect_uri), ROW(accounts_url), ROW(api_url),       ROW(energy_url),
  ROW(weather_url),  ROW(user_agent),   ROW(scheme),        ROW(cafile),
  ROW(state_dir)
};
/* clang-format on */
static const row flags[] = { ROW(password_grant), ROW(fresh) };
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Returns as hy_read_client_options(). */
static const char *read_strings(lua_State *L, homey_options *o)
{
  size_t i, length;

  for (i = 0; i < COUNT(strings); i++) {
    const char *text;
    lua_getfield(L, 2, strings[i].name);
    if (!lua_isnil(L, -1)) {
      if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "%s must be a string", strings[i].name);
      text = lua_tolstring(L, -1, &length);
      if (strlen(text) != length)
        return strings[i].name;
      *(const char **)((char *)o + strings[i].offset) = keep_string(L);
    }
    lua_pop(L, 1);
  }
  return NULL;
}

static double number_field(lua_State *L, const char *name)
{
  double value = 0;

  lua_getfield(L, 2, name);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "%s must be a number", name);
    value = lua_tonumber(L, -1);
  }
  lua_pop(L, 1);
  return value;
}

int hy_option_is_set(lua_State *L, const char *name)
{
  int set;

  lua_getfield(L, 2, name);
  set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}

/* Returns the index of a word in the option's list, 0 when the option is not given. */
static int word(lua_State *L, const char *name, const char *const *words)
{
  int i = 0;

  lua_getfield(L, 2, name);
  if (!lua_isnil(L, -1))
    i = luaL_checkoption(L, -1, NULL, words);
  lua_pop(L, 1);
  return i;
}

static void read_values(lua_State *L, homey_options *o)
{
  static const char *const refresh[] = { "auto", "official", "seed", NULL };
  static const char *const plain[] = { "auto", "allow", "never", NULL };
  double timeout = number_field(L, "timeout"), most = number_field(L, "max_reply"),
         stale = number_field(L, "stale");
  size_t i;

  o->timeout_ms = timeout > 0 && timeout < 1e6 ? (long)ceil(timeout * 1000) : timeout == 0 ? 0 : -1;
  o->stale_ms = stale > 0 && stale < 1e6 ? (long)ceil(stale * 1000) : stale == 0 ? 0 : -1;
  o->max_reply = most <= 0 ? 0 : most < (double)SIZE_MAX ? (size_t)most : SIZE_MAX;
  o->refresh = (homey_refresh)word(L, "refresh", refresh);
  o->plain_http = (homey_plain_http)word(L, "plain_http", plain);
  for (i = 0; i < COUNT(flags); i++)
    *(int *)((char *)o + flags[i].offset) = hy_option_is_set(L, flags[i].name);
}

const char *hy_read_client_options(lua_State *L, homey_options *o)
{
  const char *bad = read_strings(L, o);

  if (bad)
    return bad;
  read_values(L, o);
  o->headers = string_list(L, "headers");
  o->connect_to = string_list(L, "connect_to");
  return NULL;
}
