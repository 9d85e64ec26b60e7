/*
 * Fuzz target of rules, conditions and time zones. Invalid text raises an error of kind "invalid"
 * with a printable message. A valid rule gives increasing times; a valid condition can be
 * evaluated.
 *
 * The code under test is Lua, which the compiler does not instrument, so a hook counts its lines.
 * Run it in the folder that has lua/.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lualib.h>

#define LINES 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer uses these counters as coverage. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counters[LINES];

static const char script[] =
    "package.path = 'lua/?.lua'\n"
    "local Condition, Location = require 'homey.time.condition', require 'homey.time.location'\n"
    "local Posix, Rule = require 'homey.time.posix', require 'homey.time.rule'\n"
    "local Tzif, text_of = require 'homey.time.tzif', require 'homey.util.text'\n"
    "local place = Location.new { timezone = 'CET-1CEST,M3.5.0,M10.5.0/3', latitude = 52.37, "
    "longitude = 4.9 }\n"
    "local now = 1774670400 -- the day before summer time begins\n"
    "local function read(parse, text)\n"
    "  local ok, found = pcall(parse, text)\n"
    "  if ok then return found end\n"
    "  assert(type(found) == 'table' and found.kind == 'invalid', found)\n"
    "  assert(text_of.is_utf8(found.message) and not found.message:find '%c', 'the sentence cannot "
    "be printed')\n"
    "end\n"
    "local function check_zone(zone)\n"
    "  local from, to = zone:span(now)\n"
    "  assert(from <= now and now < to, 'a span is around its moment')\n"
    "end\n"
    "return function(text)\n"
    "  local rule, condition = read(Rule.parse, text), read(Condition.parse, text)\n"
    "  local at = now\n"
    "  for _ = 1, rule and 5 or 0 do\n"
    "    local after = rule:next(at, place)\n"
    "    if not after then break end\n"
    "    assert(after > at, 'time goes forward')\n"
    "    at = after\n"
    "  end\n"
    "  if condition then assert(type(condition:holds(now, place)) == 'boolean', 'it holds or not') "
    "end\n"
    "  for _, zone in ipairs { Posix.parse(text) or nil, Tzif.parse(text) or nil } do "
    "check_zone(zone) end\n"
    "end\n";

static void demand(lua_State *L, int truth)
{
  if (truth)
    return;
  fprintf(stderr, "not so: %s\n", luaL_tolstring(L, -1, NULL));
  abort();
}

static void count_line(lua_State *L, lua_Debug *ar)
{
  size_t hash;

  lua_getinfo(L, "Sl", ar);
  hash = (size_t)ar->currentline;
  for (const char *at = ar->short_src; *at; at++)
    hash = hash * 31 + (unsigned char)*at;
  counters[hash % LINES]++;
}

static lua_State *new_state(void)
{
  lua_State *L = luaL_newstate();

  if (!L)
    abort();
  luaL_openlibs(L);
  demand(L, luaL_loadstring(L, script) == LUA_OK && lua_pcall(L, 0, 1, 0) == LUA_OK);
  lua_sethook(L, count_line, LUA_MASKLINE, 0);
  return L; /* with the check function on its stack */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lua_State *L;

  if (!L)
    L = new_state();
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  demand(L, lua_pcall(L, 1, 0, 0) == LUA_OK);
  return 0;
}
