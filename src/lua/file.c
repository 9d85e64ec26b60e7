/* Private files of a folder: one that this process alone uses while it is open (homey.core.keep),
 * and one that is only read (homey.core.peek). */
#include <stdlib.h>
#include <string.h>

#include "store/file_store.h"
#include "store/private_dir.h"
#include "core_loop.h"

#define FILE_TYPE "homey.core.File"
#define BUFFER_TYPE "homey.core.Buffer"
#define MOST ((size_t)16 * 1024 * 1024)

typedef struct kept {
  int lock; /* -1 once closed */
  char folder[1024], what[32];
  hy_file_name base, ending;
} kept;

static int push_trouble(lua_State *L, const hy_private_dir *w)
{
  if (w->kind == HOMEY_MEMORY)
    return luaL_error(L, "not enough memory");
  lua_pushnil(L);
  lua_pushstring(L, homey_kind_name(w->kind));
  lua_pushstring(L, w->message);
  if (!w->passes)
    return 3;
  lua_pushboolean(L, 1);
  return 4;
}

static kept *check_open(lua_State *L)
{
  kept *file = luaL_checkudata(L, 1, FILE_TYPE);

  luaL_argcheck(L, file->lock >= 0, 1, "it is closed");
  return file;
}

static int file_close(lua_State *L)
{
  kept *file = luaL_checkudata(L, 1, FILE_TYPE);

  hy_unlock(file->lock);
  file->lock = -1;
  return 0;
}

/* Creates a buffer that the garbage collector frees when a later step raises. */
static hy_buf *push_buffer(lua_State *L)
{
  hy_buf *buffer = lua_newuserdata(L, sizeof *buffer);

  memset(buffer, 0, sizeof *buffer);
  luaL_setmetatable(L, BUFFER_TYPE);
  return buffer;
}

static int free_buffer(lua_State *L)
{
  hy_buf_wipe(luaL_checkudata(L, 1, BUFFER_TYPE));
  return 0;
}

/* Pushes the text of a file; nil when there is none, or nil, kind, message, passes. */
static int push_text(lua_State *L, const kept *file)
{
  hy_buf *text = push_buffer(L);
  hy_file_name name;
  hy_private_dir w;
  int there = hy_private_dir_open(&w, file->folder, file->what, MOST, 0);

  hy_name_file(name, file->base, file->ending);
  if (there > 0)
    there = hy_private_dir_read(&w, name, text);
  hy_private_dir_close(&w);
  if (there < 0)
    return push_trouble(L, &w);
  if (there > 0)
    lua_pushlstring(L, text->data, text->length);
  else
    lua_pushnil(L);
  hy_buf_free(text);
  return 1;
}

/* File:load() -> text | nil | nil, kind, message, passes */
static int file_load(lua_State *L)
{
  return push_text(L, check_open(L));
}

/* File:save(text, durable) -> true | nil, kind, message, passes */
static int file_save(lua_State *L)
{
  const kept *file = check_open(L);
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  int durable = lua_isnoneornil(L, 3) || lua_toboolean(L, 3);
  hy_private_dir w;
  int result = hy_private_dir_open(&w, file->folder, file->what, MOST, 1);

  if (result > 0)
    result = hy_private_dir_replace(&w, file->base, file->ending, text, length, durable);
  hy_private_dir_close(&w);
  if (result < 0)
    return push_trouble(L, &w);
  lua_pushboolean(L, 1);
  return 1;
}

/* Splits "/a/b.json" into "/a", "b" and ".json", which may be missing; returns 0 when it is too
 * long. */
static int cut(kept *file, const char *path)
{
  const char *name = strrchr(path, '/'), *dot = name ? strrchr(name, '.') : NULL;
  size_t folder = name ? (size_t)(name - path) : 0;

  if (name && !dot)
    dot = name + strlen(name);
  if (!dot || !folder || folder >= sizeof file->folder || strlen(name) > 200)
    return 0;
  memcpy(file->folder, path, folder);
  memcpy(file->base, name + 1, (size_t)(dot - name) - 1);
  memcpy(file->ending, dot, strlen(dot));
  return 1;
}

/* Fills in a file from the arguments path and what; it is not locked. */
static void check_file(lua_State *L, kept *file)
{
  const char *path = luaL_checkstring(L, 1), *what = luaL_checkstring(L, 2);

  memset(file, 0, sizeof *file);
  file->lock = -1;
  luaL_argcheck(L, cut(file, path), 1,
                "a path such as /folder/name.json is expected, of moderate length");
  luaL_argcheck(L, strlen(what) < sizeof file->what, 2, "too long");
  memcpy(file->what, what, strlen(what));
}

/* peek(path, what) -> text | nil | nil, kind, message, passes */
static int peek(lua_State *L)
{
  kept file;

  check_file(L, &file);
  return push_text(L, &file);
}

/* login_file(state_dir, account) -> path | nil */
static int login_file(lua_State *L)
{
  const char *folder = luaL_checkstring(L, 1), *account = luaL_checkstring(L, 2);
  homey_store *store = hy_file_store_new(folder);
  char path[1024 + HY_FILE_NAME] = "";

  if (!store)
    return luaL_error(L, "not enough memory");
  hy_file_store_name(store, account, path, sizeof path);
  hy_file_store_free(store);
  if (*path)
    lua_pushstring(L, path);
  else
    lua_pushnil(L);
  return 1;
}

/* keep(path, what) -> file | nil, kind, message, passes */
static int keep(lua_State *L)
{
  kept *file = lua_newuserdata(L, sizeof *file);
  hy_private_dir w;

  check_file(L, file);
  luaL_setmetatable(L, FILE_TYPE);
  if (hy_private_dir_open(&w, file->folder, file->what, MOST, 1) > 0)
    file->lock = hy_private_dir_lock(&w, file->base);
  hy_private_dir_close(&w);
  return file->lock < 0 ? push_trouble(L, &w) : 1;
}

static const luaL_Reg methods[] = {
  { "load", file_load }, { "save", file_save }, { "close", file_close }, { NULL, NULL }
};

static const luaL_Reg functions[] = {
  { "keep", keep }, { "peek", peek }, { "login_file", login_file }, { NULL, NULL }
};

void hy_open_file(lua_State *L)
{
  if (luaL_newmetatable(L, FILE_TYPE)) {
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, file_close);
    lua_setfield(L, -2, "__gc");
    lua_pushliteral(L, FILE_TYPE);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
  if (luaL_newmetatable(L, BUFFER_TYPE)) {
    lua_pushcfunction(L, free_buffer);
    lua_setfield(L, -2, "__gc");
  }
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
