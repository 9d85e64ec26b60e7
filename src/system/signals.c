/*
 * Signals as bytes in a pipe, so that a loop can poll for them. Each signal is one byte, its
 * number.
 *
 * Signals that end a program (INT, TERM) are caught once. The second one has its default effect, so
 * that a program that hangs can still be ended by the same key.
 */
#include "system.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SIGNALS "homey.system.Signals"

static const struct {
  const char *name;
  int number, flags;
} known[] = {
  { "INT", SIGINT, SA_RESETHAND },
  { "TERM", SIGTERM, SA_RESETHAND },
  { "HUP", SIGHUP, 0 },
  { "PIPE", SIGPIPE, 0 },
  { "USR1", SIGUSR1, 0 },
  { "USR2", SIGUSR2, 0 },
};

enum { KNOWN = sizeof known / sizeof *known };

typedef struct {
  int read_end; /* -1 once closed */
  struct sigaction before[KNOWN];
  int caught[KNOWN];
} signals;

static volatile sig_atomic_t write_end = -1; /* a process has one set of signal handlers */

static void note(int number)
{
  int saved = errno;
  unsigned char byte = (unsigned char)number;

  /* A full pipe wakes its reader anyway. */
  if (write((int)write_end, &byte, 1) < 0)
    errno = saved;
  errno = saved;
}

static void end(signals *s)
{
  int fd = (int)write_end;

  if (s->read_end < 0)
    return;
  for (int i = 0; i < KNOWN; i++)
    if (s->caught[i])
      sigaction(known[i].number, &s->before[i], NULL);
  write_end = -1;
  close(fd);
  close(s->read_end);
  s->read_end = -1;
}

static signals *check(lua_State *L)
{
  signals *s = luaL_checkudata(L, 1, SIGNALS);

  luaL_argcheck(L, s->read_end >= 0, 1, "closed");
  return s;
}

static int find(const char *name)
{
  for (int i = 0; name && i < KNOWN; i++)
    if (!strcmp(known[i].name, name))
      return i;
  return -1;
}

static int begin(signals *s, int i)
{
  struct sigaction action;

  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = SA_RESTART | known[i].flags;
  sigemptyset(&action.sa_mask);
  if (sigaction(known[i].number, &action, &s->before[i]) < 0)
    return -1;
  s->caught[i] = 1;
  return 0;
}

static int open_pipe(signals *s)
{
  int ends[2];

  if (pipe(ends) < 0)
    return -1;
  if (hy_sys_quiet(ends[0]) < 0 || hy_sys_quiet(ends[1]) < 0) {
    close(ends[0]);
    close(ends[1]);
    return -1;
  }
  s->read_end = ends[0];
  write_end = ends[1];
  return 0;
}

/* signals(names) -> an object that returns them */
int hy_sys_signals(lua_State *L)
{
  signals *s;
  int n;

  luaL_checktype(L, 1, LUA_TTABLE);
  n = (int)lua_rawlen(L, 1);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, 1, i);
    luaL_argcheck(L, find(lua_tostring(L, -1)) >= 0, 1, "no such signal");
    lua_pop(L, 1);
  }
  if (write_end >= 0)
    return luaL_error(L, "the signals of this process are caught already");
  s = lua_newuserdata(L, sizeof *s); /* names signals */
  memset(s, 0, sizeof *s);
  s->read_end = -1;
  luaL_setmetatable(L, SIGNALS);
  if (open_pipe(s) < 0)
    return hy_sys_failure(L, "signals");
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, 1, i);
    if (begin(s, find(lua_tostring(L, -1))) < 0)
      return hy_sys_failure(L, "signals");
    lua_pop(L, 1);
  }
  return 1;
}

static int signals_fd(lua_State *L)
{
  lua_pushinteger(L, check(L)->read_end);
  return 1;
}

/* Signals:next() -> the name of the next signal that arrived, or nil */
static int signals_next(lua_State *L)
{
  signals *s = check(L);
  unsigned char number;

  if (read(s->read_end, &number, 1) != 1)
    return 0;
  for (int i = 0; i < KNOWN; i++)
    if (known[i].number == number) {
      lua_pushstring(L, known[i].name);
      return 1;
    }
  return 0;
}

static int signals_close(lua_State *L)
{
  end(luaL_checkudata(L, 1, SIGNALS));
  return 0;
}

static const luaL_Reg methods[] = {
  { "fd", signals_fd }, { "next", signals_next }, { "close", signals_close }, { NULL, NULL }
};

void hy_sys_open_signals(lua_State *L)
{
  hy_sys_class(L, SIGNALS, methods, signals_close);
}
