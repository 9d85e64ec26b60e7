/*
 * JSON codec without memory: Lua's allocator fails from the first allocation on, then from the
 * second, and so on until none fails. Each time Lua must raise "not enough memory", the state must
 * still work, and nothing may leak. (From the Nth on, since after one failure Lua collects its
 * garbage and tries again.) Prints the count and exits with 0, or prints the problem and exits with
 * 1.
 *
 *   cc -std=c11 -g -fsanitize=address,undefined -Isrc/lua $(pkg-config --cflags lua5.4) \
 *     spec/c/json_memory.c $(find src/lua/json -name "*.c") $(pkg-config --libs lua5.4) \
 *     -o json_memory
 *   ./json_memory
 */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include "json/json.h"

/* Lua's usual allocator, which counts, and fails from the allocation `fail_at` on (0 = never). */
typedef struct memory {
  lua_Alloc usual;
  void *usual_data;
  long count, fail_at;
  size_t held;
} memory;

static void *allocate(void *data, void *old, size_t old_size, size_t size)
{
  memory *m = data;
  void *block;

  if (!old)
    old_size = 0; /* for a new block it is the kind of the object */
  if (size > old_size && m->fail_at && ++m->count >= m->fail_at)
    return NULL;
  block = m->usual(m->usual_data, old, old_size, size);
  if (block || size == 0)
    m->held += size - old_size;
  return block;
}

static char document[64 * 1024];

static void append(const char *text)
{
  strcat(document, text);
}

/* Every kind of value, long enough for many cached strings, escapes in allocated memory and a table
 * that is filled in parts. */
static void write_document(void)
{
  char row[64];

  append("{\"empty\":[[],{}],\"numbers\":[0,-0,1.5,1e300,12345.678901234567890123],\"rows\":[");
  for (int i = 0; i < 40; i++) {
    snprintf(row, sizeof row, "{\"id\":%d,\"name\":\"device %d\",\"note\":null},", i, i % 10);
    append(row);
  }
  append("true],\"many\":[");
  for (int i = 0; i < 1500; i++)
    append("1,");
  append("false],\"escapes\":\"");
  for (int i = 0; i < 700; i++)
    append("\\n\\u00e9\\ud83d\\ude00");
  append("\",\"deep\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}");
}

/* Decodes and encodes, and gets both kinds of messages. */
static int work(lua_State *L)
{
  hy_json_buffer buffer;

  hy_json_open(L);
  if (!hy_json_decode(L, document, strlen(document)))
    return lua_error(L);
  if (!hy_json_encode(L, -1) || !hy_json_encode_to(L, -2, &buffer))
    return lua_error(L);
  if (!hy_json_decode(L, buffer.text, buffer.length))
    return lua_error(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "list");
  lua_rawseti(L, -2, 1);
  lua_setfield(L, -2, "rows");
  if (!hy_json_decode_only(L, document, strlen(document), -1))
    return lua_error(L);
  if (hy_json_decode(L, document, strlen(document) - 1))
    return luaL_error(L, "half a document was accepted");
  lua_pushcfunction(L, work);
  if (hy_json_encode(L, -1))
    return luaL_error(L, "a function was encoded");
  return 0;
}

/* One run. Returns 1 when no allocation failed, 0 when memory ran out, -1 for anything else. */
static int try_with(memory *m, long fail_at)
{
  lua_State *L;
  int status;

  m->count = 0;
  L = lua_newstate(allocate, m);
  if (!L)
    return -1;
  lua_pushcfunction(L, work);
  m->fail_at = fail_at;
  status = lua_pcall(L, 0, 0, 0);
  m->fail_at = 0;
  if (status == LUA_ERRMEM) {
    lua_pushcfunction(L, work); /* the state still works */
    status = lua_pcall(L, 0, 0, 0) == LUA_OK ? LUA_ERRMEM : LUA_ERRRUN;
  }
  if (status != LUA_OK && status != LUA_ERRMEM)
    fprintf(stderr, "allocation %ld: %s\n", fail_at, lua_tostring(L, -1));
  lua_close(L);
  if (m->held) {
    fprintf(stderr, "allocation %ld: %lu bytes are left\n", fail_at, (unsigned long)m->held);
    return -1;
  }
  return status == LUA_OK ? 1 : status == LUA_ERRMEM ? 0 : -1;
}

int main(void)
{
  lua_State *usual = luaL_newstate();
  memory m = { 0 };
  long n = 0;
  int outcome;

  if (!usual)
    return 1;
  m.usual = lua_getallocf(usual, &m.usual_data);
  write_document();
  do
    outcome = try_with(&m, ++n);
  while (outcome == 0);
  lua_close(usual);
  if (outcome < 0)
    return 1;
  printf("json: memory ran out at each of %ld allocations\n", n - 1);
  return 0;
}
