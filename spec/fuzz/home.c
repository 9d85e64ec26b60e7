/*
 * Any bytes as the file of a home, and as changes to one that is good: what cannot be shown is
 * refused by an error that says where it is wrong, and what is taken can be shown.  home.lua beside
 * it does that; here it gets a Lua, the JSON codec as homey.core has it, and bytes. Run at the top
 * of the checkout, where it finds the modules.
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

/* The function that home.lua returns stays on the stack. */
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
