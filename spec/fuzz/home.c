/*
 * Fuzz target of home files: any bytes as a file, and as changes to a valid home. An invalid home
 * is refused by an error that says where it is wrong; an accepted one can be printed. home.lua does
 * this; here it gets a Lua state, the JSON codec of homey.core, and bytes. Run it at the top of the
 * checkout.
 *
 *   make CC=clang fuzzers && build/run/home spec/fuzz/corpus/home
 */
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int decode(lua_State *L)
{
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);

  if (hy_json_decode(L, text, length))
    return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static int encode(lua_State *L)
{
  luaL_checkany(L, 1);
  if (hy_json_encode(L, 1))
    return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static int open_core(lua_State *L)
{
  static const luaL_Reg functions[] = { { "decode", decode },
                                        { "encode", encode },
                                        { NULL, NULL } };

  hy_json_open(L);
  luaL_newlib(L, functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  luaL_getmetatable(L, HY_JSON_ARRAY);
  lua_setfield(L, -2, "array");
  return 1;
}

static void demand(lua_State *L, int ok)
{
  if (ok)
    return;
  fprintf(stderr, "not so: %s\n", lua_tostring(L, -1));
  abort();
}

/* Keeps the function of home.lua on the stack. */
static lua_State *start(void)
{
  lua_State *L = luaL_newstate();

  if (!L)
    abort();
  luaL_openlibs(L);
  luaL_requiref(L, "homey.core", open_core, 0);
  lua_pop(L, 1);
  demand(L, luaL_dofile(L, "spec/fuzz/home.lua") == LUA_OK);
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lua_State *L;

  if (!L)
    L = start();
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  demand(L, lua_pcall(L, 1, 0, 0) == LUA_OK);
  return 0;
}
