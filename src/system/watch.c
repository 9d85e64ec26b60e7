/* Folder watch, by inotify. On other systems `watch` returns nil, and the caller polls. */
#include "system.h"

#define WATCH "homey.system.Watch"

#if defined(__linux__)

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Events that may change the list of files, or their content. */
#define EVENTS                                                                                    \
  (IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | \
   IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

typedef struct {
  int fd;              /* -1 once closed */
  size_t length, read; /* bytes in the buffer, and bytes already returned */
  _Alignas(struct inotify_event) char buffer[4096];
} watch;

static watch *check(lua_State *L)
{
  watch *w = luaL_checkudata(L, 1, WATCH);

  luaL_argcheck(L, w->fd >= 0, 1, "closed");
  return w;
}

/* watch() -> a watch, to which folders are added */
int hy_sys_watch(lua_State *L)
{
  watch *w = lua_newuserdata(L, sizeof *w);

  memset(w, 0, sizeof *w);
  w->fd = -1;
  luaL_setmetatable(L, WATCH);
  w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  return w->fd < 0 ? hy_sys_failure(L, "inotify") : 1;
}

static int watch_fd(lua_State *L)
{
  lua_pushinteger(L, check(L)->fd);
  return 1;
}

/* Watch:add(folder) -> its number, the same for the same folder */
static int watch_add(lua_State *L)
{
  watch *w = check(L);
  const char *path = luaL_checkstring(L, 2);
  int number = inotify_add_watch(w->fd, path, EVENTS);

  if (number < 0)
    return hy_sys_failure(L, path);
  lua_pushinteger(L, number);
  return 1;
}

static int watch_remove(lua_State *L)
{
  watch *w = check(L);

  /* The kernel may have removed it already. */
  inotify_rm_watch(w->fd, (int)luaL_checkinteger(L, 2));
  return 0;
}

/* Returns the next event, or NULL when there is none. */
static const struct inotify_event *take(watch *w)
{
  const struct inotify_event *event;

  if (w->read >= w->length) {
    ssize_t n = read(w->fd, w->buffer, sizeof w->buffer);
    w->read = w->length = 0;
    if (n <= 0)
      return NULL;
    w->length = (size_t)n;
  }
  event = (const struct inotify_event *)(const void *)(w->buffer + w->read);
  w->read += sizeof *event + event->len;
  return event;
}

static const char *kind_of(unsigned mask)
{
  if (mask & IN_IGNORED)
    return "over";
  return mask & (IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB) ? "written" : "named";
}

/* Watch:next() -> the folder's number, the event, the name in the folder (nil: the folder
 * itself); nothing when there is none. The event "over": the folder is no longer watched. The
 * number -1: events were lost. */
static int watch_next(lua_State *L)
{
  const struct inotify_event *event = take(check(L));

  if (!event)
    return 0;
  lua_pushinteger(L, event->wd);
  lua_pushstring(L, kind_of(event->mask));
  if (event->len)
    lua_pushstring(L, event->name);
  else
    lua_pushnil(L);
  return 3;
}

static int watch_close(lua_State *L)
{
  watch *w = luaL_checkudata(L, 1, WATCH);

  if (w->fd >= 0)
    close(w->fd);
  w->fd = -1;
  return 0;
}

static const luaL_Reg methods[] = { { "fd", watch_fd },         { "add", watch_add },
                                    { "remove", watch_remove }, { "next", watch_next },
                                    { "close", watch_close },   { NULL, NULL } };

void hy_sys_open_watch(lua_State *L)
{
  hy_sys_class(L, WATCH, methods, watch_close);
}

#else

int hy_sys_watch(lua_State *L)
{
  lua_pushnil(L);
  lua_pushliteral(L, "this system does not tell what happens in folders");
  return 2;
}

void hy_sys_open_watch(lua_State *L)
{
  (void)L;
}

#endif
