/* Files and folders, as far as Lua lacks them: type, size, inode, a new folder. */
#include "system.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* list(folder) -> the names in it, unordered */
int hy_sys_list(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  const struct dirent *entry;
  DIR *folder;
  int n = 0;

  lua_newtable(L); /* before the folder is opened, since this may raise */
  folder = opendir(path);
  if (!folder)
    return hy_sys_failure(L, path);
  luaL_checkstack(L, 2, NULL);
  while ((entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
      continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++n);
  }
  closedir(folder);
  return 1;
}

#if defined(__APPLE__)
#define NANOSECONDS(found) ((found).st_mtimespec.tv_nsec)
#else
#define NANOSECONDS(found) ((found).st_mtim.tv_nsec)
#endif

/* stat(path) -> "file", "folder" or "other", a mark that changes when the file is written or
 * replaced, its mode, and whether it is this user's */
int hy_sys_stat(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  struct stat found;
  char mark[128];

  if (stat(path, &found) < 0)
    return hy_sys_failure(L, path);
  lua_pushstring(L, S_ISREG(found.st_mode) ? "file" : S_ISDIR(found.st_mode) ? "folder" : "other");
  snprintf(mark, sizeof mark, "%llx:%llx:%llx:%llx.%lx", (unsigned long long)found.st_dev,
           (unsigned long long)found.st_ino, (unsigned long long)found.st_size,
           (unsigned long long)found.st_mtime, (unsigned long)NANOSECONDS(found));
  lua_pushstring(L, mark);
  lua_pushinteger(L, (lua_Integer)(found.st_mode & 07777));
  lua_pushboolean(L, found.st_uid == geteuid());
  return 4;
}

/* room(folder) -> the bytes that this user may still write there */
int hy_sys_room(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  struct statvfs found;

  if (access(path, W_OK | X_OK) < 0 || statvfs(path, &found) < 0)
    return hy_sys_failure(L, NULL);
  lua_pushnumber(L, (lua_Number)found.f_bavail * (lua_Number)found.f_frsize);
  return 1;
}

/* real(path) -> the absolute path without links */
int hy_sys_real(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  char *found = realpath(path, NULL);

  if (!found)
    return hy_sys_failure(L, path);
  lua_pushstring(L, found);
  free(found);
  return 1;
}

/* mkdir(path) -> true; a folder that exists already is a failure */
int hy_sys_mkdir(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);

  if (mkdir(path, 0777) < 0)
    return hy_sys_failure(L, path);
  lua_pushboolean(L, 1);
  return 1;
}
