/* Lua compatibility: names that some headers of Lua 5.1 to 5.4 and LuaJIT lack. */
#ifndef HY_COMPAT_H
#define HY_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

/* LuaJIT calls itself 5.1 and declares some of these itself; the macros replace both. */
#if LUA_VERSION_NUM < 502

#define lua_rawlen(L, index) lua_objlen(L, index)
#define lua_absindex(L, index) hy_absindex(L, index)
#define lua_copy(L, from, to) hy_copy(L, from, to)
#define luaL_setfuncs(L, functions, upvalues) hy_setfuncs(L, functions, upvalues)
#define luaL_testudata(L, index, name) hy_testudata(L, index, name)
#define luaL_setmetatable(L, name) (luaL_getmetatable(L, name), lua_setmetatable(L, -2))
#define lua_getuservalue(L, index) lua_getfenv(L, index)
#define lua_setuservalue(L, index) lua_setfenv(L, index)

static inline int hy_absindex(lua_State *L, int index)
{
  return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + 1 + index;
}

/* `to` must not be a pseudo-index. */
static inline void hy_copy(lua_State *L, int from, int to)
{
  to = hy_absindex(L, to);
  lua_pushvalue(L, from);
  lua_replace(L, to);
}

/* Sets the functions in the table below the upvalues; each function gets copies of the upvalues,
 * which are popped. */
static inline void hy_setfuncs(lua_State *L, const luaL_Reg *functions, int upvalues)
{
  luaL_checkstack(L, upvalues + 1, "too many upvalues");
  for (; functions->name; functions++) {
    for (int i = 0; i < upvalues; i++)
      lua_pushvalue(L, -upvalues);
    lua_pushcclosure(L, functions->func, upvalues);
    lua_setfield(L, -(upvalues + 2), functions->name);
  }
  lua_pop(L, upvalues);
}

/* Returns the userdata at `index` when its metatable is the one registered under `name`, else
 * NULL. */
static inline void *hy_testudata(lua_State *L, int index, const char *name)
{
  void *data = lua_touserdata(L, index);

  if (!data || !lua_getmetatable(L, index))
    return NULL;
  luaL_getmetatable(L, name);
  if (!lua_rawequal(L, -1, -2))
    data = NULL;
  lua_pop(L, 2);
  return data;
}

#endif

/* Lua has integers since 5.3; before, every number is a double. */
#if LUA_VERSION_NUM >= 503
#define HY_INTEGERS 1
#else
#define HY_INTEGERS 0
#define lua_isinteger(L, index) 0
#endif

#endif
