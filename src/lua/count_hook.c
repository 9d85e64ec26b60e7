/*
 * Count hook that coroutines inherit.
 *
 * A hook set by debug.sethook belongs to its coroutine: coroutines created inside inherit the hook,
 * but it finds no function to call. This hook is a C function, which lua_newthread passes on, and
 * it calls the same Lua function in all of them.
 */
#include "core_loop.h"

static char listener; /* its address is the key in the registry */

static void on_count(lua_State *L, lua_Debug *ar)
{
  (void)ar;
  lua_pushlightuserdata(L, &listener);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_call(L, 0, 0);
}

/* core.on_count(f): calls f whenever a coroutine given to core.count has run its number of
 * instructions */
int hy_on_count(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_pushlightuserdata(L, &listener);
  lua_pushvalue(L, 1);
  lua_rawset(L, LUA_REGISTRYINDEX);
  return 0;
}

/* core.count(co, instructions, force) -> true, or false when another hook is set (unless
 * `force`). 0 instructions removes the hook. A hook that is already set keeps its count. */
int hy_count(lua_State *L)
{
  lua_State *co = lua_tothread(L, 1);
  int count = (int)luaL_checkinteger(L, 2);
  lua_Hook there;

  luaL_argcheck(L, co != NULL, 1, "not a coroutine");
  there = lua_gethook(co);
  if (there && there != on_count && !lua_toboolean(L, 3)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (!count)
    lua_sethook(co, NULL, 0, 0);
  else if (there != on_count || lua_gethookcount(co) != count)
    lua_sethook(co, on_count, LUA_MASKCOUNT, count);
  lua_pushboolean(L, 1);
  return 1;
}
