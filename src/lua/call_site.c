/* Call site: file and line in the user's program. Called for every change, so what was found out
 * about a function is kept. */
#include <string.h>

#include "core_loop.h"

#define FOLDER 1
#define PLACES lua_upvalueindex(1) /* function -> false when it is ours, or line -> text; weak */

static int is_ours(lua_State *L, lua_Debug *call)
{
  size_t length;
  const char *folder = lua_tolstring(L, FOLDER, &length);

  lua_getinfo(L, "S", call);
  return *call->what == 'C' || !strncmp(call->source, folder, length);
}

/* function -> function places: its entry, or a new one. */
static void push_entry(lua_State *L, lua_Debug *call)
{
  lua_pushvalue(L, -1);
  lua_rawget(L, PLACES);
  if (!lua_isnil(L, -1))
    return;
  lua_pop(L, 1);
  if (is_ours(L, call))
    lua_pushboolean(L, 0);
  else
    lua_newtable(L);
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_rawset(L, PLACES);
}

/* places -> places text */
static void push_place(lua_State *L, lua_Debug *call)
{
  lua_getinfo(L, "l", call);
  lua_rawgeti(L, -1, call->currentline);
  if (!lua_isnil(L, -1))
    return;
  lua_pop(L, 1);
  lua_getinfo(L, "S", call);
  lua_pushfstring(L, "%s:%d", call->short_src, call->currentline);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, call->currentline);
}

/* core.call_site(folder, own) -> "evening.lua:12", of the innermost function whose source is
 * outside the folder; nil when there is none. The innermost `own` functions are known to be
 * inside. */
static int call_site(lua_State *L)
{
  lua_Debug call;
  int level = (int)luaL_checkinteger(L, 2) + 1;

  luaL_checkstring(L, FOLDER);
  lua_settop(L, FOLDER);
  for (; lua_getstack(L, level, &call); level++) {
    lua_getinfo(L, "f", &call); /* folder function; nil for a tail call in 5.1 */
    if (!lua_isnil(L, -1)) {
      push_entry(L, &call); /* folder function places */
      if (lua_toboolean(L, -1)) {
        push_place(L, &call);
        return 1;
      }
    }
    lua_settop(L, FOLDER);
  }
  lua_pushnil(L);
  return 1;
}

void hy_open_call_site(lua_State *L)
{
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushcclosure(L, call_site, 1);
  lua_setfield(L, -2, "call_site");
}
