/* Parked replies, until Lua takes them; and failures as Lua values. */
#include <stdlib.h>
#include <string.h>

#include "core_loop.h"

const char hy_loop_type[] = "homey.core.Loop", hy_client_type[] = "homey.core.Client";

void *hy_check(lua_State *L, int index, const char *type, size_t size)
{
  const char *const *data = lua_touserdata(L, index);

  if (data && lua_rawlen(L, index) == size && *data == type)
    return (void *)data;
  return luaL_checkudata(L, index, type); /* raises */
}

hy_lua_loop *hy_check_loop(lua_State *L, int index)
{
  hy_lua_loop *l = HY_CHECK_LOOP(L, index);

  luaL_argcheck(L, l->loop, index, "the loop is closed");
  return l;
}

/* ---- the queues ---- */

#define OVERHEAD 256 /* bytes per entry beside its text, estimated high */

static size_t note_size(const hy_note *note)
{
  return OVERHEAD + (note->text ? strlen(note->text) : 0);
}

static size_t reply_size(const homey_reply *reply)
{
  return OVERHEAD + reply->length + reply->head_length;
}

void hy_park(void *data, homey_reply *reply)
{
  hy_lua_loop *l = data;

  reply->next = NULL;
  *l->replies_end = reply;
  l->replies_end = &reply->next;
  l->parked += reply_size(reply);
}

void hy_park_set(void *data, homey_reply *reply)
{
  if (!reply->err && reply->is_json)
    reply->more = HY_OF_SET;
  hy_park(data, reply);
}

void hy_park_note(hy_lua_loop *l, hy_note *note)
{
  note->next = NULL;
  *l->notes_end = note;
  l->notes_end = &note->next;
  l->parked += note_size(note);
}

int hy_take(hy_lua_loop *l, hy_taken *taken)
{
  *taken = (hy_taken){ NULL, NULL };
  if (l->notes) {
    taken->note = l->notes;
    l->notes = taken->note->next;
    if (!l->notes)
      l->notes_end = &l->notes;
    l->parked -= note_size(taken->note);
  } else if (l->replies) {
    taken->reply = l->replies;
    l->replies = taken->reply->next;
    if (!l->replies)
      l->replies_end = &l->replies;
    l->parked -= reply_size(taken->reply);
  }
  return taken->note || taken->reply;
}

void hy_put_back(hy_lua_loop *l, hy_taken *taken)
{
  if (taken->note) {
    taken->note->next = l->notes;
    if (!l->notes)
      l->notes_end = &taken->note->next;
    l->notes = taken->note;
    l->parked += note_size(taken->note);
  } else if (taken->reply) {
    taken->reply->next = l->replies;
    if (!l->replies)
      l->replies_end = &taken->reply->next;
    l->replies = taken->reply;
    l->parked += reply_size(taken->reply);
  }
  *taken = (hy_taken){ NULL, NULL };
}

void hy_drop(hy_taken *taken)
{
  hy_note *note = taken->note;

  homey_reply_free(taken->reply);
  if (note && note->text)
    memset(note->text, 0, strlen(note->text));
  if (note) {
    free(note->text);
    free(note->account);
    free(note);
  }
  *taken = (hy_taken){ NULL, NULL };
}

/* ---- failures ---- */

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
