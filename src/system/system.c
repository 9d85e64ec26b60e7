/* System module: its entry, waiting on descriptors, and helpers for its other files. */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define MOST 64

int hy_sys_failure(lua_State *L, const char *what)
{
  /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, one message at a time */
  const char *reason = strerror(errno);

  lua_pushnil(L);
  if (what)
    lua_pushfstring(L, "%s: %s", what, reason);
  else
    lua_pushstring(L, reason);
  return 2;
}

int hy_sys_quiet(int fd)
{
  int flags = fcntl(fd, F_GETFL);

  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
    return -1;
  return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void hy_sys_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc)
{
  if (luaL_newmetatable(L, name)) {
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}

/* Converts seconds to milliseconds, rounded up: a wait must not end early. */
static int milliseconds(lua_State *L, int index)
{
  double ms;

  if (lua_isnoneornil(L, index))
    return -1;
  ms = ceil(luaL_checknumber(L, index) * 1000);
  luaL_argcheck(L, ms == ms, index, "not a number");
  return ms <= 0 ? 0 : ms > 2147483000.0 ? 2147483000 : (int)ms;
}

/* poll(descriptors, seconds) -> count of readable descriptors; 0 when the time is over or a
 * signal arrived */
static int wait_for(lua_State *L)
{
  struct pollfd polled[MOST];
  int n, ready, ms = milliseconds(L, 2);

  luaL_checktype(L, 1, LUA_TTABLE);
  n = (int)lua_rawlen(L, 1);
  luaL_argcheck(L, n <= MOST, 1, "too many descriptors");
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 1, i + 1);
    luaL_argcheck(L, lua_isnumber(L, -1), 1, "a list of descriptors expected");
    polled[i] = (struct pollfd){ .fd = (int)lua_tointeger(L, -1), .events = POLLIN };
    lua_pop(L, 1);
  }
  ready = poll(polled, (nfds_t)n, ms);
  if (ready < 0 && errno != EINTR)
    return hy_sys_failure(L, "poll");
  lua_pushinteger(L, ready < 0 ? 0 : ready);
  return 1;
}

static int process_id(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)getpid());
  return 1;
}

static const luaL_Reg functions[] = {
  { "poll", wait_for },          { "signals", hy_sys_signals }, { "watch", hy_sys_watch },
  { "list", hy_sys_list },       { "stat", hy_sys_stat },       { "real", hy_sys_real },
  { "room", hy_sys_room },       { "notify", hy_sys_notify },   { "isatty", hy_sys_isatty },
  { "secret", hy_sys_secret },   { "keys", hy_sys_keys },       { "pid", process_id },
  { "trim", hy_sys_trim },       { "mkdir", hy_sys_mkdir },     { "multicast", hy_sys_multicast },
  { "listen", hy_sys_listen },   { "size", hy_sys_size },       { "begin", hy_sys_begin },
  { "written", hy_sys_written }, { "page", hy_sys_page },       { NULL, NULL }
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_homey_system(lua_State *L);

int luaopen_homey_system(lua_State *L)
{
  hy_sys_open_signals(L);
  hy_sys_open_watch(L);
  hy_sys_open_multicast(L);
  hy_sys_open_socket(L);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
