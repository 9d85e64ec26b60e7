/*
 * Parked answers without memory: an answer that is too large to be read becomes one failure, and
 * the next answers arrive. The size of the parked answers is bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lualib.h>

#include "core_loop.h"
#include "loop/loop.h"
#include "base/buf.h"

int luaopen_homey_core(lua_State *L);

/* Lua's usual allocator, with a limit. */
typedef struct memory {
  lua_Alloc usual;
  void *usual_data;
  size_t held, most;
} memory;

static memory mem;
static lua_State *L;

static void *allocate(void *data, void *old, size_t old_size, size_t size)
{
  memory *m = data;
  void *block;

  if (!old)
    old_size = 0; /* for a new block it is the kind of the object */
  if (size > old_size && m->held - old_size + size > m->most)
    return NULL;
  block = m->usual(m->usual_data, old, old_size, size);
  if (block || size == 0)
    m->held += size - old_size;
  return block;
}

/* Makes a state with a loop at slot 1. */
static int setup(void **state)
{
  (void)state;
  L = luaL_newstate();
  assert_non_null(L);
  mem.usual = lua_getallocf(L, &mem.usual_data);
  mem.held = (size_t)lua_gc(L, LUA_GCCOUNT, 0) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB, 0);
  mem.most = SIZE_MAX;
  lua_setallocf(L, allocate, &mem);
  luaL_openlibs(L);
  luaL_requiref(L, "homey.core", luaopen_homey_core, 0);
  lua_getfield(L, -1, "loop");
  lua_call(L, 0, 1);
  lua_replace(L, 1);
  lua_settop(L, 1);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  lua_close(L);
  return 0;
}

static hy_lua_loop *the_loop(void)
{
  return luaL_checkudata(L, 1, hy_loop_type);
}

/* Parks JSON like an answer of a hub. Returns its id. */
static int park(const char *begin, const char *item, size_t count, const char *end)
{
  hy_lua_loop *l = the_loop();
  hy_pending *answer = hy_pending_new(l->loop, hy_park, l);
  int id;

  assert_non_null(answer);
  id = answer->reply.id;
  hy_buf_adds(&answer->body, begin);
  while (count-- > 0)
    hy_buf_adds(&answer->body, item);
  hy_buf_adds(&answer->body, end);
  answer->reply.status = 200;
  answer->reply.is_json = 1;
  hy_pending_ready(answer);
  homey_loop_step(l->loop);
  return id;
}

/* Calls a method of the loop, whose results are above slot 1. */
static int call(const char *method)
{
  lua_settop(L, 1);
  lua_getfield(L, 1, method);
  lua_pushvalue(L, 1);
  return lua_pcall(L, 1, LUA_MULTRET, 0);
}

static void too_large(void **state)
{
  int first, second;

  (void)state;
  first = park("[", "[],", 200000, "[]]");
  second = park("{\"a\":", "", 0, "1}");
  lua_gc(L, LUA_GCCOLLECT, 0);
  mem.most = mem.held + 1024L * 1024;
  assert_int_equal(call("next"), LUA_OK);
  assert_int_equal(lua_tointeger(L, 2), first);
  assert_true(lua_isnil(L, 3));
  assert_string_equal(lua_tostring(L, 4), "protocol");
  assert_non_null(strstr(lua_tostring(L, 5), "larger than the free memory"));
  assert_int_equal(call("next"), LUA_OK);
  assert_int_equal(lua_tointeger(L, 2), second);
  assert_true(lua_istable(L, 3));
  assert_int_equal(call("next"), LUA_OK);
  assert_int_equal(lua_gettop(L), 1);
}

/* Whichever allocation fails, each answer arrives once. */
static void any_allocation(void **state)
{
  size_t room;

  (void)state;
  for (room = 0; room < 6000; room += 8) {
    int id = park("{\"list\":[", "\"long enough to be a string of its own, \\u00e9\",", 20, "1]}"),
        status;
    lua_settop(L, 1);
    lua_gc(L, LUA_GCCOLLECT, 0);
    lua_getfield(L, 1, "next");
    lua_pushvalue(L, 1);
    mem.most = mem.held + room;
    status = lua_pcall(L, 1, LUA_MULTRET, 0);
    mem.most = SIZE_MAX;
    if (status != LUA_OK)
      assert_int_equal(call("next"), LUA_OK);
    assert_int_equal(lua_tointeger(L, 2), id);
    assert_true(lua_istable(L, 3) || !strcmp(lua_tostring(L, 4), "protocol"));
    assert_int_equal(call("next"), LUA_OK);
    assert_int_equal(lua_gettop(L), 1);
  }
}

static void on_timer(void *data, homey_reply *reply)
{
  ++*(int *)data;
  homey_reply_free(reply);
}

/* A state file that does not fit in memory leaks nothing, which the sanitizers check. */
static void a_file_larger_than_memory(void **state)
{
  char folder[] = "/tmp/homey-parked-XXXXXX", script[200];

  (void)state;
  assert_non_null(mkdtemp(folder));
  snprintf(script, sizeof script,
           "local file = assert(require('homey.core').keep('%s/a.json', 'state')) "
           "assert(file:save(('x'):rep(2^20))) return file",
           folder);
  lua_settop(L, 1);
  assert_int_equal(luaL_dostring(L, script), LUA_OK); /* loop file */
  lua_gc(L, LUA_GCCOLLECT, 0);
  lua_getfield(L, 2, "load");
  lua_pushvalue(L, 2);
  mem.most = mem.held + 1000L * 1000;
  assert_int_equal(lua_pcall(L, 1, 1, 0), LUA_ERRMEM);
  mem.most = SIZE_MAX;
  lua_settop(L, 2);
  lua_getfield(L, 2, "load");
  lua_pushvalue(L, 2);
  assert_int_equal(lua_pcall(L, 1, 1, 0), LUA_OK);
  assert_int_equal(lua_rawlen(L, -1), 1 << 20);
  snprintf(script, sizeof script, "os.execute(\"rm -rf '%s'\")", folder);
  assert_int_equal(luaL_dostring(L, script), LUA_OK);
}

/* A program that steps and reads no answer. */
static void bounded(void **state)
{
  int i, fired = 0, id = 0;

  (void)state;
  for (i = 0; i < 5; i++)
    id = park("\"", "0123456789abcdef", 1024L * 1024, "\"");
  assert_true(the_loop()->parked >= HY_PARKED_MOST);
  assert_true(homey_loop_timer(the_loop()->loop, 0, on_timer, &fired) > 0);
  assert_int_equal(call("step"), LUA_OK);
  assert_int_equal(call("wait"), LUA_OK);
  assert_int_equal(fired, 0);
  assert_int_equal(call("timeout"), LUA_OK);
  assert_true(lua_tonumber(L, 2) == 0);
  do
    assert_int_equal(call("next"), LUA_OK);
  while (lua_tointeger(L, 2) != id);
  assert_true(the_loop()->parked == 0);
  assert_int_equal(call("step"), LUA_OK);
  assert_int_equal(fired, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(too_large, setup, teardown),
    cmocka_unit_test_setup_teardown(any_allocation, setup, teardown),
    cmocka_unit_test_setup_teardown(a_file_larger_than_memory, setup, teardown),
    cmocka_unit_test_setup_teardown(bounded, setup, teardown)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
