/*
 * Watched turns: one resume of a coroutine each, stopped by an error when it takes too long.
 *
 * A hook set by debug.sethook belongs to its coroutine: coroutines created inside inherit the hook,
 * but it finds no function to call. This hook is a C function, which lua_newthread passes on, and
 * it finds the innermost turn in all of them. It stays in a coroutine for the next turn; LuaJIT has
 * one hook for all coroutines.
 *
 * Invariant: the list of turns has those whose resume has not returned, innermost first. They are
 * on the C stack.
 */
#include <lualib.h>
#include <time.h>

#include "core_loop.h"

#define INSTRUCTIONS 1000000 /* between two calls of the hook: some milliseconds */

#ifdef LUA_JITLIBNAME
#define ONE_HOOK 1
#else
#define ONE_HOOK 0
#endif

typedef struct turn {
  lua_State *co;
  double limit, started; /* seconds of processor time; started: < 0 before the first hook */
  int reason;            /* reference to why it was stopped, or LUA_NOREF */
  struct turn *outer;
} turn;

typedef struct turns {
  turn *innermost;
} turns;

static char turns_key, judge_key; /* their addresses are keys in the registry */

static void push_registered(lua_State *L, const void *key)
{
  lua_pushlightuserdata(L, (void *)key);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

static turns *turns_of(lua_State *L)
{
  turns *all;

  push_registered(L, &turns_key);
  all = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return all;
}

static void on_count(lua_State *L, lua_Debug *ar);

static void set_hook(lua_State *co, int instructions)
{
  if (!instructions)
    lua_sethook(co, NULL, 0, 0);
  else if (lua_gethook(co) != on_count || lua_gethookcount(co) != instructions)
    lua_sethook(co, on_count, LUA_MASKCOUNT, instructions);
}

/* Keeps the reason, which is on top of the stack, and makes the hook run at each instruction. A
 * coroutine inside the resumed one has a hook of its own. */
static void stop(lua_State *L, turn *t)
{
  if (t->reason == LUA_NOREF) {
    lua_pushvalue(L, -1);
    t->reason = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  set_hook(t->co, 1);
  set_hook(L, 1);
}

/* Pushes the reason to stop a turn; nil while it may continue. */
static void push_reason(lua_State *L, turn *t)
{
  double now = (double)clock() / CLOCKS_PER_SEC;

  if (t->started < 0)
    t->started = now;
  if (t->reason != LUA_NOREF) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->reason);
    return;
  }
  push_registered(L, &judge_key);
  lua_pushnumber(L, now - t->started);
  lua_pushnumber(L, t->limit);
  lua_call(L, 2, 1);
}

static void on_count(lua_State *L, lua_Debug *ar)
{
  turn *t = turns_of(L)->innermost;

  (void)ar;
  if (!t)
    return;
  luaL_checkstack(L, 6, NULL);
  push_reason(L, t);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  stop(L, t);
  luaL_where(L, 0);
  lua_insert(L, -2);
  lua_concat(L, 2);
  lua_error(L);
}

/* A debugger's hook that a coroutine has inherited is never called, so it may be replaced. */
static int is_called(lua_State *L, lua_State *co)
{
  int called = 1;

  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, "debug");
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "gethook");
    lua_pushthread(co);
    lua_xmove(co, L, 1);
    called = lua_pcall(L, 1, 1, 0) != 0 || !lua_isnil(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return called;
}

/* The hook of a debugger or a coverage tool stays in place: then the turn is not watched. */
static int arm(lua_State *L, lua_State *co)
{
  lua_Hook there = lua_gethook(co);

  if (there && there != on_count && is_called(L, co))
    return 0;
  set_hook(co, INSTRUCTIONS);
  return 1;
}

static void begin(lua_State *co, turns *all, turn *t, double limit)
{
  *t = (turn){ .co = co, .limit = limit, .started = -1, .reason = LUA_NOREF };
  t->outer = all->innermost;
  all->innermost = t;
}

static void end(lua_State *L, turns *all, turn *t)
{
  all->innermost = t->outer;
  if (t->reason != LUA_NOREF)
    luaL_unref(L, LUA_REGISTRYINDEX, t->reason);
  if (ONE_HOOK || t->reason != LUA_NOREF)
    set_hook(t->co, 0);
  if (ONE_HOOK && t->outer)
    arm(L, t->outer->co);
}

static int push_failure(lua_State *L, const char *why)
{
  lua_pushboolean(L, 0);
  lua_pushstring(L, why);
  return 2;
}

static int resume(lua_State *L, lua_State *co, int arguments, int *ret_results)
{
#if LUA_VERSION_NUM >= 504
  return lua_resume(co, L, arguments, ret_results);
#else
#if LUA_VERSION_NUM >= 502
  int status = lua_resume(co, L, arguments);
#else
  int status = lua_resume(co, arguments);
  (void)L;
#endif
  *ret_results = lua_gettop(co);
  return status;
#endif
}

static void push_state(lua_State *L, lua_State *co, int status)
{
  lua_Hook there = lua_gethook(co);

  if (status == LUA_YIELD)
    lua_pushliteral(L, "yielded");
  else if (there && there != on_count)
    lua_pushliteral(L, "hooked");
  else
    lua_pushboolean(L, 1);
}

/* Whether a coroutine can take a function: it has run none yet, or the last one has returned. */
static int is_free(lua_State *co)
{
  lua_Debug ar;

  return lua_status(co) == 0 && !lua_getstack(co, 0, &ar);
}

/* core.resume(limit, co, ...): continues a coroutine that has yielded. Any other calls the function
 * that is the first argument, also when an earlier function has returned: so it needs no loop of
 * its own, and no yield, to be used again. A turn that computes for longer than `limit` seconds
 * (nil: any time) fails. Returns true and the results, or "hooked" when the coroutine has somebody
 * else's hook; "yielded" and what it yielded; false and the error. */
static int watched_resume(lua_State *L)
{
  turns *all = lua_touserdata(L, lua_upvalueindex(1));
  lua_State *co = lua_tothread(L, 2);
  int arguments = lua_gettop(L) - 2, results = 0, status, watched;
  turn t;

  luaL_argcheck(L, co, 2, "not a coroutine");
  if (is_free(co)) {
    lua_settop(co, 0);
    if (!arguments)
      return push_failure(L, "cannot resume dead coroutine");
  }
  if (!lua_checkstack(co, arguments + 1))
    return push_failure(L, "too many arguments to resume");
  watched = !lua_isnil(L, 1) && arm(L, co);
  if (watched)
    begin(co, all, &t, luaL_checknumber(L, 1));
  lua_xmove(L, co, arguments);
  status = resume(L, co, lua_status(co) == 0 ? arguments - 1 : arguments, &results);
  if (watched)
    end(L, all, &t);
  if (status != 0 && status != LUA_YIELD) {
    lua_pushboolean(L, 0);
    lua_xmove(co, L, 1);
    return 2;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    return push_failure(L, "too many results to resume");
  }
  push_state(L, co, status);
  lua_xmove(co, L, results);
  return results + 1;
}

/* core.halt(co, why): ends the innermost turn, whose coroutine calls this: from here on every
 * instruction raises an error. Returns false when the turn is another one. */
static int halt(lua_State *L)
{
  turns *all = lua_touserdata(L, lua_upvalueindex(1));
  turn *t = all->innermost;
  int found = t && t->co == lua_tothread(L, 1);

  luaL_checkstring(L, 2);
  lua_settop(L, 2);
  if (found)
    stop(L, t);
  lua_pushboolean(L, found);
  return 1;
}

/* core.judge(f): f(took, limit) is called every few milliseconds of a turn; it returns the reason
 * to stop the turn, or nil. */
static int set_judge(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_pushlightuserdata(L, &judge_key);
  lua_pushvalue(L, 1);
  lua_rawset(L, LUA_REGISTRYINDEX);
  return 0;
}

void hy_open_turns(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "resume", watched_resume }, { "halt", halt }, { "judge", set_judge }, { NULL, NULL }
  };

  push_registered(L, &turns_key);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    *(turns *)lua_newuserdata(L, sizeof(turns)) = (turns){ NULL };
    lua_pushlightuserdata(L, &turns_key);
    lua_pushvalue(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
  }
  luaL_setfuncs(L, functions, 1);
}
