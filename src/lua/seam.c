/* What is parked until Lua takes it, and how a failure crosses. */
#include <stdlib.h>
#include <string.h>

#include "seam.h"

hy_lua_loop *hy_check_loop(lua_State *L, int index)
{
  hy_lua_loop *l = luaL_checkudata(L, index, HY_LOOP);

  luaL_argcheck(L, l->loop, index, "the loop is closed");
  return l;
}

void hy_park(void *data, homey_reply *reply)
{
  hy_lua_loop *l = data;

  reply->next = NULL;
  *l->replies_end = reply;
  l->replies_end = &reply->next;
}

void hy_drop_reply(hy_lua_loop *l)
{
  homey_reply *reply = l->replies;

  l->replies = reply->next;
  if (!l->replies)
    l->replies_end = &l->replies;
  homey_reply_free(reply);
}

void hy_drop_note(hy_lua_loop *l)
{
  hy_note *note = l->notes;

  l->notes = note->next;
  if (!l->notes)
    l->notes_end = &l->notes;
  if (note->text)
    memset(note->text, 0, strlen(note->text));
  free(note->text);
  free(note->account);
  free(note);
}

int hy_push_failure(lua_State *L, const homey_error *error)
{
  if (error->kind == HOMEY_MEMORY)
    return luaL_error(L, "not enough memory");
  lua_pushnil(L);
  lua_pushstring(L, homey_kind_name(error->kind));
  lua_pushstring(L, error->message);
  if (error->status)
    lua_pushinteger(L, error->status);
  else
    lua_pushnil(L);
  if (*error->step)
    lua_pushstring(L, error->step);
  else
    lua_pushnil(L);
  if (error->retry_after)
    lua_pushinteger(L, error->retry_after);
  else
    lua_pushnil(L);
  return 6;
}
