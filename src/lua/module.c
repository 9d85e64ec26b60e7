/* Module homey.core: its functions, other than loops, clients and files. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core_loop.h"

#if defined(__APPLE__)
#include <sys/random.h>
#endif

static int decode(lua_State *L)
{
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  int some = !lua_isnoneornil(L, 2), strict = lua_toboolean(L, 3);

  if (some)
    luaL_checktype(L, 2, LUA_TTABLE);
  if ((strict ? hy_json_decode_strictly : hy_json_decode_only)(L, text, length, some ? 2 : 0))
    return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static int encode(lua_State *L)
{
  luaL_checkany(L, 1);
  if (hy_json_encode(L, 1))
    return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* Not buffered: a buffer of random bytes would need the process id each time, so that a child
 * does not repeat its parent's, and that is a system call as well. */
void hy_make_uuid(lua_State *L, char *text)
{
  static const char digits[] = "0123456789abcdef";
  unsigned char b[16];
  char *p = text;
  int i;

  if (getentropy(b, sizeof b) < 0)
    luaL_error(L, "the system has no random numbers");
  b[6] = (b[6] & 0x0F) | 0x40;
  b[8] = (b[8] & 0x3F) | 0x80;
  for (i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      *p++ = '-';
    *p++ = digits[b[i] >> 4];
    *p++ = digits[b[i] & 0x0F];
  }
}

static int uuid(lua_State *L)
{
  char text[HY_UUID];

  hy_make_uuid(L, text);
  lua_pushlstring(L, text, sizeof text);
  return 1;
}

static int rest(lua_State *L)
{
  int ms = hy_milliseconds(L, 1);
  struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000L };

  nanosleep(&t, NULL);
  return 0;
}

static void push_presets(lua_State *L)
{
  const homey_preset *p = homey_presets;
  int n = 0;

  lua_newtable(L);
  for (; p->name; p++) {
    /* clang-format off */
    const char *row[] = { "name", p->name, "client_id", p->client_id,
                          "client_secret", p->client_secret, "redirect_uri", p->redirect_uri,
                          NULL };
    /* clang-format on */
    const char **field = row;
    lua_newtable(L);
    for (; *field; field += 2) {
      lua_pushstring(L, field[1]);
      lua_setfield(L, -2, field[0]);
    }
    lua_rawseti(L, -2, ++n);
  }
}

/* Limit of a user's record in bytes, which a directory service may have filled. */
#define RECORD_MOST 65536

/* core.home_folder() -> the home folder of the current user, from the system's list of users;
 * nil when there is none */
static int home_folder(lua_State *L)
{
  struct passwd user, *found = NULL;
  char *room = lua_newuserdata(L, RECORD_MOST);

  if (getpwuid_r(geteuid(), &user, room, RECORD_MOST, &found) == 0 && found && user.pw_dir &&
      *user.pw_dir == '/')
    lua_pushstring(L, user.pw_dir);
  else
    lua_pushnil(L);
  return 1;
}

/* libraries() -> the libraries that are used, with their versions */
static int libraries(lua_State *L)
{
  char text[256];

  homey_libraries(text, sizeof text);
  lua_pushstring(L, text);
  return 1;
}

static const luaL_Reg functions[] = { { "loop", hy_new_loop },
                                      { "decode", decode },
                                      { "encode", encode },
                                      { "uuid", uuid },
                                      { "libraries", libraries },
                                      { "pause", rest },
                                      { "descriptor", hy_descriptor },
                                      { "is_private_ip", hy_private_ip },
                                      { "home_folder", home_folder },
                                      { NULL, NULL } };

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_homey_core(lua_State *L);

int luaopen_homey_core(lua_State *L)
{
  hy_json_open(L);
  hy_open_taken(L);
  hy_open_loop(L);
  hy_open_client(L);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  hy_open_call_site(L);
  hy_open_turns(L);
  hy_open_file(L);
  lua_pushstring(L, homey_version());
  lua_setfield(L, -2, "version");
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  luaL_getmetatable(L, HY_JSON_ARRAY);
  lua_setfield(L, -2, "array");
  push_presets(L);
  lua_setfield(L, -2, "presets");
  return 1;
}
