/* Events with a device's value, the most frequent of all, and answers to sets: read straight from
 * the reply in the form that hubs send. Nothing is allocated here, so nothing can fail halfway, and
 * no Lua code runs. */
#include <string.h>

#include "core_loop.h"
#include "json/reader.h"

/* Keys in the table of a loop's parts: the name of the event, and the Lua strings of the words,
 * from here downwards. */
#define NAME (-2)
#define FIRST_WORD (-3)
#define OURS "homey-lua-" /* the beginning of the transactions of this module */

static size_t slot_of(const char *text, size_t length)
{
  size_t sum = length;

  for (size_t i = 0; i < length; i++)
    sum = sum * 31 + (unsigned char)text[i];
  return sum % HY_WORDS;
}

/* Slots of the stack when Loop:next returns. */
enum slot { LOOP = 1, ID, VALUE, NO_KIND, EVENT, CAPABILITY, TRANSACTION, TIME };

/* Finds a capability's id that was told before; returns 0 for any other. */
static int find_word(lua_State *L, const hy_lua_loop *l, const char *text, size_t length)
{
  size_t slot = length <= HY_WORD ? slot_of(text, length) : 0;
  const hy_word *word = &l->words[slot];

  if (!length || word->length != length || memcmp(word->text, text, length) != 0)
    return 0;
  lua_getuservalue(L, LOOP);
  lua_rawgeti(L, -1, NAME);
  lua_replace(L, EVENT);
  lua_rawgeti(L, -1, FIRST_WORD - (int)slot);
  lua_replace(L, CAPABILITY);
  lua_settop(L, TIME);
  return 1;
}

void hy_keep_word(lua_State *L, hy_lua_loop *l, int name)
{
  size_t length;
  const char *text = lua_tolstring(L, name + 1, &length);
  size_t slot = slot_of(text, length);
  hy_word *word = &l->words[slot];

  if (length > HY_WORD)
    return;
  word->length = 0;
  lua_getuservalue(L, 1);
  lua_pushvalue(L, name);
  lua_rawseti(L, -2, NAME); /* this and the next may raise */
  lua_pushvalue(L, name + 1);
  lua_rawseti(L, -2, FIRST_WORD - (int)slot);
  lua_pop(L, 1);
  memcpy(word->text, text, length);
  word->length = length;
}

/* Moves the cursor behind a text when that is next. */
static int skip(hy_json_decoder *d, const char *text, size_t length)
{
  if ((size_t)(d->end - d->cursor) < length || memcmp(d->cursor, text, length) != 0)
    return 0;
  d->cursor += length;
  return 1;
}

#define SKIP(d, literal) skip(d, literal, sizeof(literal) - 1)

/* Moves the cursor behind the closing quote of a string without escapes; returns its length, or -1
 * when it has some. */
static long skip_text(hy_json_decoder *d)
{
  const char *start = d->cursor, *stop = hy_json_plain(start, d->end);

  if (stop == d->end || *stop != '"')
    return -1;
  d->cursor = stop + 1;
  return (long)(stop - start);
}

/* Each reads the value of a member into its slot; returns 0 when it is not as usual. */

static int read_number(hy_json_decoder *d)
{
  return d->cursor < d->end && (*d->cursor == '-' || (*d->cursor >= '0' && *d->cursor <= '9')) &&
         hy_json_read_number(d);
}

static int read_value(hy_json_decoder *d)
{
  if (SKIP(d, "true"))
    lua_pushboolean(d->L, 1);
  else if (SKIP(d, "false"))
    lua_pushboolean(d->L, 0);
  else if (SKIP(d, "null"))
    lua_pushlightuserdata(d->L, NULL);
  else if (!read_number(d))
    return 0;
  lua_replace(d->L, VALUE);
  return 1;
}

static int read_capability(hy_json_decoder *d, const hy_lua_loop *l)
{
  const char *id = d->cursor + 1;
  long length = SKIP(d, "\"") ? skip_text(d) : -1;

  return length > 0 && find_word(d->L, l, id, (size_t)length);
}

/* A transaction that Lua does not need to know is left out. */
static int read_transaction(hy_json_decoder *d, const hy_lua_loop *l)
{
  if (SKIP(d, "null"))
    return 1;
  return !l->tells_transactions && SKIP(d, "\"") && !SKIP(d, OURS) && skip_text(d) >= 0;
}

static int read_time(hy_json_decoder *d)
{
  if (SKIP(d, "null"))
    return 1;
  if (!read_number(d) || !hy_is_moment(d->L, -1))
    return 0;
  lua_replace(d->L, TIME);
  return 1;
}

static int read_member(hy_json_decoder *d, const hy_lua_loop *l)
{
  if (SKIP(d, "\"value\":"))
    return read_value(d);
  if (SKIP(d, "\"capabilityId\":"))
    return read_capability(d, l);
  if (SKIP(d, "\"transactionId\":"))
    return read_transaction(d, l);
  return SKIP(d, "\"transactionTime\":") && read_time(d);
}

static int read_members(hy_json_decoder *d, const hy_lua_loop *l)
{
  do
    if (!read_member(d, l))
      return 0;
  while (SKIP(d, ","));
  return SKIP(d, "}]") && d->cursor == d->end && !lua_isnil(d->L, CAPABILITY);
}

static void begin(hy_json_decoder *d, lua_State *L, const homey_reply *reply)
{
  d->L = L;
  d->cursor = reply->body;
  d->end = reply->body + reply->length;
  d->strict = d->top = 0;
}

int hy_push_value_event(lua_State *L, const hy_lua_loop *l, const homey_reply *reply)
{
  hy_json_decoder d;

  if (reply->more != 1 || !reply->is_json || reply->err)
    return 0;
  begin(&d, L, reply);
  if (!SKIP(&d, HY_VALUE_START "{"))
    return 0;
  lua_pushinteger(L, reply->id);
  lua_settop(L, TIME);
  if (read_members(&d, l))
    return 1;
  lua_settop(L, LOOP);
  return 0;
}

/* The program knows the transaction already. */
static int read_answer_member(hy_json_decoder *d)
{
  if (SKIP(d, "\"value\":"))
    return read_value(d);
  if (SKIP(d, "\"transactionId\":"))
    return SKIP(d, "null") || (SKIP(d, "\"") && skip_text(d) >= 0);
  return SKIP(d, "\"transactionTime\":") && read_time(d);
}

static int read_answer(hy_json_decoder *d)
{
  do
    if (!read_answer_member(d))
      return 0;
  while (SKIP(d, ","));
  return SKIP(d, "}") && d->cursor == d->end && !lua_isnil(d->L, TIME);
}

int hy_push_set_answer(lua_State *L, const homey_reply *reply)
{
  hy_json_decoder d;

  if (reply->more != HY_OF_SET)
    return 0;
  begin(&d, L, reply);
  if (!SKIP(&d, "{"))
    return 0;
  lua_pushinteger(L, reply->id);
  lua_settop(L, TIME);
  if (read_answer(&d)) {
    lua_replace(L, NO_KIND + 1);
    lua_settop(L, NO_KIND + 1);
    return 1;
  }
  lua_settop(L, LOOP);
  return 0;
}

int hy_tell_transactions(lua_State *L)
{
  hy_check_loop(L, 1)->tells_transactions = 1;
  return 0;
}
