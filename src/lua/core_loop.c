/* Core loop of Lua (homey.core), and the functions of the module. Each method checks its
 * arguments, makes one call and pushes the result. */
#include <errno.h>
#include <math.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core_loop.h"

#if defined(__APPLE__)
#include <sys/random.h>
#endif

/* ---- the loop ---- */

/* Key in the table of a loop's parts, whose other keys are ids above zero: the wanted members of
 * answers. */
#define IDLE_BOX 0
#define PUSHER (-1)
#define TAKEN "homey.core.Taken"

static int push_taken(lua_State *L);

static int new_loop(lua_State *L)
{
  hy_lua_loop *l = lua_newuserdata(L, sizeof *l);

  memset(l, 0, sizeof *l);
  l->replies_end = &l->replies;
  l->notes_end = &l->notes;
  luaL_setmetatable(L, HY_LOOP);
  lua_newtable(L); /* loop parts: wanted members of answers, by id */
  lua_pushcfunction(L, push_taken);
  lua_rawseti(L, -2, PUSHER);
  lua_setuservalue(L, -2);
  hy_hold_standard();
  l->loop = homey_loop_new();
  if (!l->loop)
    return luaL_error(L, "no loop can be made: out of memory or descriptors");
  return 1;
}

static int loop_close(lua_State *L)
{
  hy_lua_loop *l = luaL_checkudata(L, 1, HY_LOOP);

  while (l->clients)
    hy_close_client(l->clients);
  l->loop = homey_loop_free(l->loop);
  return 0;
}

static int loop_gc(lua_State *L)
{
  hy_lua_loop *l = luaL_checkudata(L, 1, HY_LOOP);
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

/* Converts seconds to milliseconds, rounded up: a wait must not end early. */
static int milliseconds(lua_State *L, int index)
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
  int ms = lua_isnoneornil(L, 2) ? -1 : milliseconds(L, 2),
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
  int ms = milliseconds(L, 2), id;

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

/* ---- results of a step ---- */

static void push_garbled(lua_State *L, const homey_reply *reply)
{
  lua_pushnil(L);
  lua_pushliteral(L, "protocol");
  lua_pushfstring(L, "the hub's answer is not valid JSON: %s", lua_tostring(L, -3));
  lua_remove(L, -4);
  lua_pushinteger(L, reply->status);
}

/* loop ... -> loop ... only: the wanted members of an answer, or nil for all of it. */
static void push_only(lua_State *L, const hy_lua_loop *l, int id)
{
  if (!l->partial) {
    lua_pushnil(L);
    return;
  }
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, id);
  lua_remove(L, -2);
}

static void forget_only(lua_State *L, hy_lua_loop *l, int id)
{
  if (!l->partial || id <= 0)
    return;
  push_only(L, l, id);
  if (!lua_isnil(L, -1)) {
    lua_getuservalue(L, 1);
    lua_pushnil(L);
    lua_rawseti(L, -2, id);
    lua_pop(L, 1);
    l->partial--;
  }
  lua_pop(L, 1);
}

/* A request that failed for lack of memory may be tried again later. */
static void push_reply_failure(lua_State *L, const homey_error *error)
{
  homey_error other = *error;

  if (other.kind == HOMEY_MEMORY)
    other.kind = HOMEY_UNAVAILABLE;
  hy_push_failure(L, &other);
}

/* The slot `only` holds the wanted members of the answer, or nil. */
static void push_reply(lua_State *L, const homey_reply *reply, int only)
{
  if (reply->err)
    push_reply_failure(L, reply->err);
  else if (!reply->status && !reply->length) /* a timer */
    lua_pushboolean(L, 1);
  else if (!reply->length)
    lua_pushnil(L);
  else if (!reply->is_json)
    lua_pushlstring(L, reply->body, reply->length);
  else if (!hy_json_decode_only(L, reply->body, reply->length, lua_isnil(L, only) ? 0 : only))
    push_garbled(L, reply);
}

static void push_note(lua_State *L, const hy_note *note)
{
  if (!note->verb && !note->text) {
    lua_pushnil(L);
    lua_pushstring(L, homey_kind_name(HOMEY_CANCELLED));
    lua_pushliteral(L, "the client was closed.");
    return;
  }
  if (!note->verb) {
    lua_pushstring(L, note->text);
    return;
  }
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, note->op);
  lua_setfield(L, -2, "op");
  lua_pushstring(L, note->verb);
  lua_setfield(L, -2, "verb");
  lua_pushstring(L, note->account);
  lua_setfield(L, -2, "account");
  if (note->text) {
    lua_pushstring(L, note->text);
    lua_setfield(L, -2, "text");
  }
}

/* loop box -> id, value | id, nil, kind, ...: called by lua_pcall, since any allocation may fail
 * or run code that raises. */
static int push_taken(lua_State *L)
{
  const hy_lua_loop *l = lua_touserdata(L, 1);
  const hy_taken *taken = lua_touserdata(L, 2);

  if (taken->note) {
    lua_pushinteger(L, taken->note->id); /* loop box id */
    push_note(L, taken->note);           /* loop box id value... */
  } else {
    push_only(L, l, taken->reply->id);    /* loop box only */
    lua_pushinteger(L, taken->reply->id); /* loop box only id */
    push_reply(L, taken->reply, 3);       /* loop box only id value... */
    lua_remove(L, 3);
  }
  return lua_gettop(L) - 2;
}

static int drop_taken(lua_State *L)
{
  hy_drop(luaL_checkudata(L, 1, TAKEN));
  return 0;
}

/* loop -> loop parts box: the idle box, or a new one when there is none: the call that uses it
 * is still running, or ended in an error. */
static hy_taken *push_box(lua_State *L)
{
  hy_taken *box;

  lua_getuservalue(L, 1);
  lua_rawgeti(L, 2, IDLE_BOX);
  if (!lua_isnil(L, 3)) {
    lua_pushnil(L);
    lua_rawseti(L, 2, IDLE_BOX);
    return lua_touserdata(L, 3);
  }
  lua_pop(L, 1);
  box = lua_newuserdata(L, sizeof *box);
  *box = (hy_taken){ NULL, NULL };
  luaL_setmetatable(L, TAKEN);
  return box;
}

static const homey_error too_large = {
  .kind = HOMEY_PROTOCOL,
  .message = "the hub's answer is larger than the free memory. Ask for less, or free some."
};

/* A reply that could not be pushed is put back as the first, and the error is raised. An answer
 * that is too large would fail for ever: it is turned into a failure, and 1 is returned. */
static int mend(lua_State *L, hy_lua_loop *l, hy_taken *taken, int status)
{
  int again = status == LUA_ERRMEM && taken->reply && !taken->reply->err;

  if (again)
    taken->reply->err = &too_large;
  hy_put_back(l, taken);
  return again ? 1 : lua_error(L);
}

/* Loop:next() -> id, value | id, nil, kind, message, status, step, retry_after | nothing once
 * drained */
static int loop_next(lua_State *L)
{
  hy_lua_loop *l = luaL_checkudata(L, 1, HY_LOOP);
  hy_taken *taken;
  int status, id;

  lua_settop(L, 1);
  if (!l->notes && !l->replies)
    return 0;
  taken = push_box(L); /* loop parts box */
  do {
    lua_settop(L, 3);
    if (!hy_take(l, taken)) /* taken by other code while the box was created */
      return 0;
    id = taken->reply ? taken->reply->id : 0;
    lua_rawgeti(L, 2, PUSHER);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 3);
    status = lua_pcall(L, 2, LUA_MULTRET, 0);
  } while (status && mend(L, l, taken, status)); /* loop parts box id value... */
  hy_drop(taken);
  forget_only(L, l, id);
  lua_pushvalue(L, 3);
  lua_rawseti(L, 2, IDLE_BOX);
  return lua_gettop(L) - 3;
}

/* ---- the module's functions ---- */

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
static int uuid(lua_State *L)
{
  static const char digits[] = "0123456789abcdef";
  unsigned char b[16];
  char text[36], *p = text;
  int i;

  if (getentropy(b, sizeof b) < 0)
    return luaL_error(L, "the system has no random numbers");
  b[6] = (b[6] & 0x0F) | 0x40;
  b[8] = (b[8] & 0x3F) | 0x80;
  for (i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      *p++ = '-';
    *p++ = digits[b[i] >> 4];
    *p++ = digits[b[i] & 0x0F];
  }
  lua_pushlstring(L, text, sizeof text);
  return 1;
}

static int rest(lua_State *L)
{
  int ms = milliseconds(L, 1);
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

static const luaL_Reg loop_methods[] = {
  { "client", hy_loop_client }, { "step", loop_step },   { "wait", loop_wait },
  { "next", loop_next },        { "fd", loop_fd },       { "timeout", loop_timeout },
  { "now", loop_now },          { "time", loop_time },   { "timer", loop_timer },
  { "cancel", loop_cancel },    { "close", loop_close }, { NULL, NULL }
};

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

static const luaL_Reg functions[] = { { "loop", new_loop },
                                      { "decode", decode },
                                      { "encode", encode },
                                      { "uuid", uuid },
                                      { "pause", rest },
                                      { "call_site", hy_call_site },
                                      { "on_count", hy_on_count },
                                      { "count", hy_count },
                                      { "home_folder", home_folder },
                                      { NULL, NULL } };

static void open_loop(lua_State *L)
{
  if (luaL_newmetatable(L, TAKEN)) {
    lua_pushcfunction(L, drop_taken);
    lua_setfield(L, -2, "__gc");
  }
  lua_pop(L, 1);
  if (luaL_newmetatable(L, HY_LOOP)) {
    lua_newtable(L);
    luaL_setfuncs(L, loop_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, loop_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushliteral(L, HY_LOOP);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_homey_core(lua_State *L);

int luaopen_homey_core(lua_State *L)
{
  hy_json_open(L);
  open_loop(L);
  hy_open_client(L);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
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
