/* Compiled modules: a file that `make install` writes, since reading the sources takes half of the
 * time of a short program. Modules are loaded out of a mapping, without a copy.
 *
 *   homey-compiled LUA\tLENGTH\n   the Lua that wrote it, and the length of the index
 *   NAME OFFSET LENGTH\n          the index: a line for each module, sorted by name
 *   and then the modules, as string.dump gives them; offsets count from the first of them
 *
 * Invariant: the file is never changed, only replaced by another. */
#include "loader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TYPE "homey.compiled"

typedef struct map {
  char *data; /* not a string; NULL = none */
  size_t size;
  const char *index, *modules; /* in the data; the index ends where the modules begin */
} map;

/* Copies `start`..`end` as a string; returns whether it fits. */
static int copy(char *to, size_t size, const char *start, const char *end)
{
  size_t length = (size_t)(end - start);

  if (length >= size)
    return 0;
  memcpy(to, start, length);
  to[length] = '\0';
  return 1;
}

/* The line that `at` is in, between two bounds. */
static const char *line_start(const char *at, const char *first)
{
  while (at > first && at[-1] != '\n')
    at--;
  return at;
}

/* Finds the row of a module, and what it says; returns whether there is one. */
static int find(const map *m, const char *name, size_t *offset, size_t *length)
{
  const char *low = m->index, *high = m->modules, *row, *end;
  char text[256], *rest;
  int order;

  while (low < high) {
    row = line_start(low + (high - low) / 2, low);
    end = memchr(row, '\n', (size_t)(m->modules - row));
    if (!end || !copy(text, sizeof text, row, end))
      return 0;
    rest = strchr(text, ' ');
    if (!rest)
      return 0;
    *rest++ = '\0';
    order = strcmp(name, text);
    if (order == 0) {
      *offset = strtoul(rest, &rest, 10);
      *length = strtoul(rest, &rest, 10);
      return *offset <= m->size && *length <= m->size - *offset &&
             (size_t)(m->data + m->size - m->modules) >= *offset + *length;
    }
    if (order < 0)
      high = row;
    else
      low = end + 1;
  }
  return 0;
}

/* Searcher: the function of a module; nothing where the file does not have it. */
static int search(lua_State *L)
{
  const map *m = lua_touserdata(L, lua_upvalueindex(1));
  const char *name = luaL_checkstring(L, 1);
  size_t offset, length;

  if (!find(m, name, &offset, &length) || luaL_loadbuffer(L, m->modules + offset, length, name))
    return 0;
  return 1;
}

static int unmap(lua_State *L)
{
  map *m = lua_touserdata(L, 1);

  if (m->data)
    munmap(m->data, m->size);
  m->data = NULL;
  m->index = m->modules = NULL; /* a later finalizer may search once more */
  return 0;
}

static void read_file(map *m, const char *path)
{
  struct stat info;
  int fd = open(path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
    m->size = (size_t)info.st_size;
    m->data = mmap(NULL, m->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (m->data == MAP_FAILED)
      m->data = NULL;
  }
  close(fd);
}

/* Reads the head; returns whether the file was written by the Lua of this name. */
static int read_head(map *m, const char *lua)
{
  const char *end = m->data ? memchr(m->data, '\n', m->size) : NULL;
  char line[128], *tab;
  size_t length;

  if (!end || !copy(line, sizeof line, m->data, end) || !(tab = strchr(line, '\t')))
    return 0;
  *tab = '\0';
  if (strncmp(line, "homey-compiled ", 15) || strcmp(line + 15, lua))
    return 0;
  m->index = end + 1;
  length = strtoul(tab + 1, NULL, 10);
  if (length > (size_t)(m->data + m->size - m->index))
    return 0;
  m->modules = m->index + length;
  return 1;
}

/* Inserts the function at the top behind the first searcher, which reads package.preload. Pops it;
 * returns whether there are searchers. */
static int insert_searcher(lua_State *L)
{
  int i, searchers;

  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  if (!lua_istable(L, -1)) {
    lua_pop(L, 1);
    lua_getfield(L, -1, "loaders");
  }
  searchers = lua_gettop(L);
  if (!lua_istable(L, searchers))
    return 0;
  for (i = (int)lua_rawlen(L, searchers); i >= 2; i--) {
    lua_rawgeti(L, searchers, i);
    lua_rawseti(L, searchers, i + 1);
  }
  lua_pushvalue(L, searchers - 2);
  lua_rawseti(L, searchers, 2);
  return 1;
}

/* Pushes the name of the Lua that runs, as exactly as it tells. */
static const char *push_lua(lua_State *L)
{
  lua_getglobal(L, "jit");
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "version");
    lua_getfield(L, -2, "arch");
    lua_concat(L, 2);
  } else {
    lua_getglobal(L, "_VERSION");
  }
  return lua_tostring(L, -1);
}

int hy_use_compiled(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1), *lua = push_lua(L);
  map *m = lua_newuserdata(L, sizeof *m);

  memset(m, 0, sizeof *m);
  if (luaL_newmetatable(L, TYPE)) {
    lua_pushcfunction(L, unmap);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  read_file(m, path);
  if (!lua || !read_head(m, lua)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_pushcclosure(L, search, 1);
  lua_pushboolean(L, insert_searcher(L));
  return 1;
}
