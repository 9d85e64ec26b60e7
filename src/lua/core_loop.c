/* Core loop of Lua: its methods. Each checks its arguments, makes one call and pushes the
 * result. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "core_loop.h"

int hy_new_loop(lua_State *L)
{
  hy_lua_loop *l = lua_newuserdata(L, sizeof *l);

  memset(l, 0, sizeof *l);
  l->type = hy_loop_type;
  l->replies_end = &l->replies;
  l->notes_end = &l->notes;
  luaL_setmetatable(L, hy_loop_type);
  hy_push_parts(L);
  lua_setuservalue(L, -2);
  hy_hold_standard();
  l->loop = homey_loop_new();
  if (!l->loop)
    return luaL_error(L, "no loop can be made: out of memory or descriptors");
  return 1;
}

static int loop_close(lua_State *L)
{
  hy_lua_loop *l = HY_CHECK_LOOP(L, 1);

  while (l->clients)
    hy_close_client(l->clients);
  l->loop = homey_loop_free(l->loop);
  return 0;
}

static int loop_gc(lua_State *L)
{
  hy_lua_loop *l = HY_CHECK_LOOP(L, 1);
  hy_taken taken;

  loop_close(L);
  while (hy_take(l, &taken))
    hy_drop(&taken);
  return 0;
}

static int is_crowded(const hy_lua_loop *l)
{
  return l->parked >= HY_PARKED_MOST;
}

static int loop_step(lua_State *L)
{
  const hy_lua_loop *l = hy_check_loop(L, 1);

  if (!is_crowded(l))
    homey_loop_step(l->loop);
  return 0;
}

int hy_milliseconds(lua_State *L, int index)
{
  double ms = ceil(luaL_checknumber(L, index) * 1000);

  luaL_argcheck(L, ms == ms, index, "not a number");
  return ms <= 0 ? 0 : ms > 2147483000.0 ? 2147483000 : (int)ms;
}

/* When work is due at once, such as sending a new request, the first wait returns without a
 * result: a wait without a limit then waits again. */
static int loop_wait(lua_State *L)
{
  hy_lua_loop *l = hy_check_loop(L, 1);
  int ms = lua_isnoneornil(L, 2) ? -1 : hy_milliseconds(L, 2),
      at_once = ms < 0 && !homey_loop_timeout(l->loop);

  if (is_crowded(l))
    return 0;
  homey_loop_wait(l->loop, ms);
  if (at_once && !l->replies && !l->notes)
    homey_loop_wait(l->loop, ms);
  return 0;
}

static int loop_fd(lua_State *L)
{
  lua_pushinteger(L, homey_loop_fd(hy_check_loop(L, 1)->loop));
  return 1;
}

/* Parked replies can be taken at once. */
static int loop_timeout(lua_State *L)
{
  const hy_lua_loop *l = hy_check_loop(L, 1);
  int ms = l->parked ? 0 : homey_loop_timeout(l->loop);

  if (ms < 0)
    lua_pushnil(L);
  else
    lua_pushnumber(L, ms / 1000.0);
  return 1;
}

static int loop_now(lua_State *L)
{
  lua_pushnumber(L, (lua_Number)homey_loop_now(hy_check_loop(L, 1)->loop) / 1000.0);
  return 1;
}

static int loop_time(lua_State *L)
{
  struct timespec now;
  long ms;

  hy_check_loop(L, 1);
  clock_gettime(CLOCK_REALTIME, &now); /* whole milliseconds, so that written times are short */
  ms = now.tv_nsec / 1000000;
  lua_pushnumber(L, ((lua_Number)now.tv_sec * 1000 + (lua_Number)ms) / 1000);
  return 1;
}

/* A timer for a time of day checks the clock this often, in ms: the clock may be set, or the
 * machine may sleep while the timer stands still. */
#define LOOK_AT_CLOCK 20000

static int loop_timer(lua_State *L)
{
  hy_lua_loop *l = hy_check_loop(L, 1);
  int ms = hy_milliseconds(L, 2), id;

  if (lua_toboolean(L, 3) && ms > LOOK_AT_CLOCK)
    ms = LOOK_AT_CLOCK;
  id = homey_loop_timer(l->loop, ms, hy_park, l);

  if (id < 0)
    return luaL_error(L, "not enough memory");
  lua_pushinteger(L, id);
  return 1;
}

static int loop_cancel(lua_State *L)
{
  hy_lua_loop *l = hy_check_loop(L, 1);

  homey_loop_cancel(l->loop, (int)luaL_checkinteger(L, 2));
  return 0;
}

static const luaL_Reg loop_methods[] = { { "client", hy_loop_client },
                                         { "step", loop_step },
                                         { "wait", loop_wait },
                                         { "next", hy_loop_next },
                                         { "fd", loop_fd },
                                         { "timeout", loop_timeout },
                                         { "now", loop_now },
                                         { "time", loop_time },
                                         { "timer", loop_timer },
                                         { "cancel", loop_cancel },
                                         { "fetch", hy_loop_fetch },
                                         { "poll", hy_loop_poll },
                                         { "read", hy_loop_read },
                                         { "close", loop_close },
                                         { "tell_transactions", hy_tell_transactions },
                                         { NULL, NULL } };

void hy_open_loop(lua_State *L)
{
  if (luaL_newmetatable(L, hy_loop_type)) {
    lua_newtable(L);
    luaL_setfuncs(L, loop_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, loop_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushstring(L, hy_loop_type);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}
