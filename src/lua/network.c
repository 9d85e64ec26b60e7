/* Fetches, and descriptors of other libraries, for Lua. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <lualib.h> /* LUA_FILEHANDLE in Lua 5.1 */

#include "base/url.h"
#include "core_loop.h"

/* Builds the list of header lines, which the table keeps alive. */
static const char *const *lines_of(lua_State *L, int index)
{
  size_t i, n = lua_rawlen(L, index);
  const char **list = lua_newuserdata(L, (n + 1) * sizeof *list);

  for (i = 0; i < n; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_argerror(L, index, "a list of strings is expected");
    list[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  list[n] = NULL;
  return list;
}

/* Loop:fetch(url, method, headers, timeout, max, redirects, body, cafile, connect_to)
 * -> id | nil, kind */
int hy_loop_fetch(lua_State *L)
{
  hy_lua_loop *l = hy_check_loop(L, 1);
  homey_fetch fetch = { 0 };

  lua_settop(L, 10);
  fetch.url = luaL_checkstring(L, 2);
  fetch.method = luaL_checkstring(L, 3);
  luaL_checktype(L, 4, LUA_TTABLE);
  fetch.timeout_ms = hy_milliseconds(L, 5);
  fetch.max = (size_t)luaL_checknumber(L, 6);
  fetch.redirects = (int)luaL_checkinteger(L, 7);
  fetch.body = luaL_optlstring(L, 8, NULL, &fetch.length);
  fetch.cafile = luaL_optstring(L, 9, NULL);
  fetch.headers = lines_of(L, 4);
  if (!lua_isnil(L, 10)) {
    luaL_checktype(L, 10, LUA_TTABLE);
    fetch.connect_to = lines_of(L, 10);
  }
  hy_check_loop(L, 1); /* a garbage collection may have closed it */
  return hy_push_id(L, homey_loop_fetch(l->loop, &fetch, hy_park, l), NULL);
}

/* Loop:poll(fd, events, timeout) -> id | nil, kind; events: 1 read, 2 write, 3 both */
int hy_loop_poll(lua_State *L)
{
  hy_lua_loop *l = hy_check_loop(L, 1);
  int fd = (int)luaL_checkinteger(L, 2), events = (int)luaL_checkinteger(L, 3);
  int ms = lua_isnoneornil(L, 4) ? -1 : hy_milliseconds(L, 4);

  return hy_push_id(L, homey_loop_poll(l->loop, fd, events, ms, hy_park, l), NULL);
}

#define PIECE 4096

/* Loop:read(fd) -> text, "" at the end | false when there is nothing yet | nil, message */
int hy_loop_read(lua_State *L)
{
  int fd = (int)luaL_checkinteger(L, 2);
  char piece[PIECE];
  ssize_t n;

  do
    n = read(fd, piece, sizeof piece);
  while (n < 0 && errno == EINTR);
  if (n >= 0) {
    lua_pushlstring(L, piece, (size_t)n);
  } else if (errno == EAGAIN) {
    lua_pushboolean(L, 0);
  } else {
    lua_pushnil(L);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): as the io library of Lua does */
    lua_pushstring(L, strerror(errno));
    return 2;
  }
  return 1;
}

/* core.descriptor(file) -> the number of an open file of Lua; nil for anything else */
int hy_descriptor(lua_State *L)
{
  void *file = luaL_testudata(L, 1, LUA_FILEHANDLE);
#if LUA_VERSION_NUM >= 502
  FILE *stream = file && ((luaL_Stream *)file)->closef ? ((luaL_Stream *)file)->f : NULL;
#else
  FILE *stream = file ? *(FILE **)file : NULL;
#endif

  luaL_checkany(L, 1);
  if (stream)
    lua_pushinteger(L, fileno(stream));
  else
    lua_pushnil(L);
  return 1;
}

/* core.is_private_ip(text) -> whether it is a private, link-local or loopback address */
int hy_private_ip(lua_State *L)
{
  lua_pushboolean(L, hy_is_private_ip(luaL_checkstring(L, 1)));
  return 1;
}

/* Pushes the answer to a fetch: status, head and body. */
void hy_push_response(lua_State *L, const homey_reply *reply)
{
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, reply->status);
  lua_setfield(L, -2, "status");
  lua_pushlstring(L, reply->head, reply->head_length);
  lua_setfield(L, -2, "head");
  lua_pushlstring(L, reply->body, reply->length);
  lua_setfield(L, -2, "body");
}
