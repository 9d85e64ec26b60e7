/*
 * JSON decoder: text to Lua values in one pass.
 *
 * Values stay on the Lua stack until the end of their array or object: only then its table is
 * created, at the right size, so no table is ever rehashed. CROWD limits the values on the stack; a
 * larger table is filled in portions. Nothing recurses: the open arrays and objects are levels in
 * the decoder, which is on the C stack.
 *
 * Members that are not wanted are skipped: their grammar is checked, and nothing is pushed.
 *
 * The Lua stack: ARRAY metatable, SCRATCH for escaped strings, the names of the wanted members and
 * what they need, known strings, then per level its table (nil until it is created) and the values
 * to be stored: values, or keys and values in turn.
 */
#include <stdio.h>

#include "json/reader.h"

/* This many slots may be used before the innermost table is created. Lua 5.1 has 8000, which
 * leaves 4 per level. */
#define CROWD 1024

/* Bytes of text: the number of items, which is less, is counted in ints. */
#define LONGEST 0x7FFFFFFF
#define WORTH_IT 2048 /* bytes of text from which on remembering words is faster */

/* The next token that is expected. */
enum next { FAILED, VALUE, KEY, AFTER_VALUE };

/* ---- the Lua stack --------------------------------------------------------------------------- */

/* Moves the values of a level into its table, in the order of the text: of duplicate keys the
 * last wins. */
static void settle(hy_json_decoder *d, hy_json_level *v)
{
  lua_State *L = d->L;
  int waiting = d->top - v->table;

  if (!v->stored) {
    lua_createtable(L, v->is_array ? waiting : 0, v->is_array ? 0 : waiting / 2);
    if (v->is_array) {
      lua_pushvalue(L, d->array);
      lua_setmetatable(L, -2);
    }
    lua_replace(L, v->table);
  }
  if (v->is_array)
    for (int i = 1; i <= waiting; i++) {
      lua_pushvalue(L, v->table + i);
      lua_rawseti(L, v->table, v->stored + i);
    }
  else
    for (int i = 1; i <= waiting; i += 2) {
      lua_pushvalue(L, v->table + i);
      lua_pushvalue(L, v->table + i + 1);
      lua_rawset(L, v->table);
    }
  lua_settop(L, v->table);
  d->top = v->table;
  v->stored += waiting;
}

/* Makes room for six more values in the innermost level: a key, a table, and temporary ones. */
static int make_room(hy_json_decoder *d)
{
  hy_json_level *v = &d->levels[d->depth - 1];

  if (d->top - d->floor > CROWD && d->top > v->table)
    settle(d, v);
  if (d->top + 6 > d->room) {
    if (!lua_checkstack(d->L, 64))
      return hy_json_refuse(d, d->cursor, "Lua's stack is full");
    d->room = d->top + 64;
  }
  d->limit = d->room - 6 < d->floor + CROWD ? d->room - 6 : d->floor + CROWD;
  return 1;
}

/* ---- structure ------------------------------------------------------------------------------- */

/* What is wanted of the next array or object. */
static int wanted_next(const hy_json_decoder *d)
{
  const hy_json_level *v;

  if (!d->depth)
    return d->what;
  v = &d->levels[d->depth - 1];
  if (!v->wanted || !v->is_array)
    return v->wanted ? d->what : HY_JSON_ALL;
  /* every item is wanted */
  return d->wanted.tables[v->wanted].others > 0 ? d->wanted.tables[v->wanted].others : HY_JSON_ALL;
}

/* Looks the key at the cursor up among the wanted members, and pushes the key of the result.
 * A key that is not wanted is read, too, and not pushed. */
static int read_wanted_key(hy_json_decoder *d, hy_json_level *v, int *ret_renamed)
{
  const char *start = d->cursor + 1, *name = start;
  const char *stop = hy_json_plain_end(start, d->end);
  int plain = stop < d->end && *stop == '"';
  const hy_json_wanted_member *m;
  size_t length = (size_t)(stop - start);

  if (plain)
    d->cursor = stop + 1;
  else if (!hy_json_read_any_string(d))
    return 0;
  else
    name = lua_tolstring(d->L, -1, &length);
  m = hy_json_find_wanted(&d->wanted, v, name, length, plain ? d->end : name + length);
  d->what = m ? m->what : d->wanted.tables[v->wanted].others;
  *ret_renamed = m && m->renamed;
  if (!plain)
    hy_json_drop_value(d);
  if (d->what == HY_JSON_NOTHING)
    return 1;
  if (m) {
    lua_pushvalue(d->L, m->slot);
    d->top++;
    return 1;
  }
  d->cursor = start - 1;
  return hy_json_read_string(d);
}

/* Reads a key of which perhaps nothing is wanted: then its value is skipped. */
static enum next read_wanted(hy_json_decoder *d, hy_json_level *v)
{
  int renamed;

  if (!read_wanted_key(d, v, &renamed) || !hy_json_read_colon(d))
    return FAILED;
  if (d->what == HY_JSON_NOTHING)
    return hy_json_skip_value(d) ? AFTER_VALUE : FAILED;
  if (!renamed || hy_json_peek(d) != 'n')
    return VALUE;
  hy_json_drop_value(d);
  return hy_json_skip_value(d) ? AFTER_VALUE : FAILED;
}

/* Pushes the key and reads the colon. */
static inline enum next read_key(hy_json_decoder *d)
{
  hy_json_level *v = &d->levels[d->depth - 1];

  if (hy_json_peek(d) != '"')
    return hy_json_expect(d, "a key");
  if (v->wanted)
    return read_wanted(d, v);
  return hy_json_read_string(d) && hy_json_read_colon(d) ? VALUE : FAILED;
}

static enum next close_level(hy_json_decoder *d)
{
  hy_json_level *v = &d->levels[--d->depth];

  d->cursor++;
  if (d->spread && d->depth == 0 && v->is_array && !v->stored)
    d->items = d->top - v->table;
  else
    settle(d, v);
  return AFTER_VALUE;
}

/* Starts at the bracket or brace that opens a level. */
static enum next open_level(hy_json_decoder *d, int is_array)
{
  hy_json_level *v = &d->levels[d->depth];

  if (!hy_json_may_open(d))
    return FAILED;
  *v = (hy_json_level){ .is_array = is_array, .wanted = wanted_next(d) };
  if (v->wanted)
    v->follower = &d->wanted.tables[v->wanted].follower;
  lua_pushnil(d->L);
  v->table = ++d->top;
  d->depth++;
  d->cursor++;
  if (hy_json_peek(d) == (is_array ? ']' : '}'))
    return close_level(d);
  if (d->top >= d->limit && !make_room(d))
    return FAILED;
  return is_array ? VALUE : KEY;
}

/* Reads true, false or null. */
static enum next read_name(hy_json_decoder *d, int first)
{
  if (!hy_json_read_name(d, first))
    return FAILED;
  d->top++;
  if (first == 'n')
    lua_pushlightuserdata(d->L, NULL);
  else
    lua_pushboolean(d->L, first == 't');
  return AFTER_VALUE;
}

static inline enum next read_value(hy_json_decoder *d)
{
  int c = hy_json_peek(d);

  switch (c) {
  case '"': return hy_json_read_string(d) ? AFTER_VALUE : FAILED;
  case '{': return open_level(d, 0);
  case '[': return open_level(d, 1);
  case 't':
  case 'f':
  case 'n': return read_name(d, c);
  }
  if (c == '-' || (c >= '0' && c <= '9'))
    return hy_json_read_number(d) ? AFTER_VALUE : FAILED;
  return hy_json_expect(d, "a value");
}

static inline enum next after_value(hy_json_decoder *d)
{
  int c = hy_json_peek(d);
  hy_json_level *v = &d->levels[d->depth - 1];

  if (c == (v->is_array ? ']' : '}'))
    return close_level(d);
  if (c != ',')
    return hy_json_expect(d, v->is_array ? "',' or ']'" : "',' or '}'");
  d->cursor++;
  if (d->top >= d->limit && !make_room(d))
    return FAILED;
  return v->is_array ? VALUE : KEY;
}

/* Reads a value with all that is inside it. */
static int read_whole(hy_json_decoder *d)
{
  enum next next = VALUE;

  for (;;)
    if (next == VALUE)
      next = read_value(d);
    else if (next == KEY)
      next = read_key(d);
    else if (next == AFTER_VALUE && d->depth > 0)
      next = after_value(d);
    else
      return next == AFTER_VALUE;
}

static int read_document(hy_json_decoder *d)
{
  if (!read_whole(d))
    return 0;
  hy_json_peek(d);
  return d->cursor == d->end || hy_json_expect(d, "nothing more");
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Describes the text at the cursor in a few words, without quoting it. */
HY_JSON_RARE static void describe(const hy_json_decoder *d, char *out, size_t size)
{
  int c = d->cursor < d->end ? (unsigned char)*d->cursor : -1;

  if (c < 0)
    snprintf(out, size, "the end");
  else if (c == '"')
    snprintf(out, size, "a string");
  else if (c == '-' || (c >= '0' && c <= '9'))
    snprintf(out, size, "a number");
  else if (d->end - d->cursor >= 3 && memcmp(d->cursor, "\xEF\xBB\xBF", 3) == 0)
    snprintf(out, size, "a byte order mark");
  else if (c > ' ' && c < 0x7F)
    snprintf(out, size, "'%c'", c);
  else
    snprintf(out, size, "byte 0x%02X", (unsigned)c);
}

HY_JSON_RARE static void push_message(const hy_json_decoder *d)
{
  unsigned long long at = (unsigned long long)(d->cursor - d->text) + 1;
  char found[32], message[128];

  if (d->problem)
    snprintf(message, sizeof message, "byte %llu: %s", at, d->problem);
  else {
    describe(d, found, sizeof found);
    snprintf(message, sizeof message, "byte %llu: expected %s, found %s", at, d->expected, found);
  }
  lua_pushstring(d->L, message);
}

/* Reserves memory and slots for known strings, as many as suit the text: a power of two. */
static int prepare_words(hy_json_decoder *d, size_t length)
{
  int words = 32;

  d->word_shift = 64 - 5;
  for (; words < HY_JSON_WORDS && length > (size_t)words * HY_JSON_WORD_BYTES; words *= 2)
    d->word_shift--;
  d->known = words <= HY_JSON_FEW_WORDS ? d->few
                                        : lua_newuserdata(d->L, (size_t)words * sizeof *d->known);
  d->words = lua_gettop(d->L) + 1;
  for (int i = 0; i < words; i++)
    d->known[i].length = 0;
  return words;
}

/* Reserves the slots below the values; returns 0 when the stack has no room. */
static int prepare(hy_json_decoder *d, int only, size_t length)
{
  int words;

  if (!lua_checkstack(d->L, 10))
    return 0;
  luaL_getmetatable(d->L, HY_JSON_ARRAY);
  d->array = lua_gettop(d->L);
  lua_pushnil(d->L);
  d->scratch = d->array + 1;
  d->what = only ? 1 : HY_JSON_ALL;
  if (only && !hy_json_copy_wanted(d->L, only, &d->wanted))
    return 0;
  d->words = 0;
  words = length >= WORTH_IT ? prepare_words(d, length) : 0;
  d->floor = d->top = lua_gettop(d->L) + words;
  d->room = d->floor + 64;
  d->limit = d->room - 6;
  if (!lua_checkstack(d->L, words + 64))
    return 0;
  lua_settop(d->L, d->floor);
  return 1;
}

/* Moves the items of the root array to the slots after `top`. */
static void spread_items(const hy_json_decoder *d, int top)
{
  for (int i = 1; i <= d->items; i++)
    lua_copy(d->L, d->levels[0].table + i, top + i);
  lua_settop(d->L, top + d->items);
}

static void begin(hy_json_decoder *d, lua_State *L, const char *text, size_t length)
{
  d->L = L;
  d->text = d->cursor = text;
  d->end = text + length;
  d->strict = d->spread = 0;
  d->items = -1;
  d->depth = 0;
  d->expected = d->problem = NULL;
}

/* `ret_items`: NULL, or see hy_json_decode_items. */
static int decode(lua_State *L, const char *text, size_t length, int only, int strict,
                  int *ret_items)
{
  hy_json_decoder d;
  int done, top = lua_gettop(L);

  begin(&d, L, text, length);
  d.strict = strict;
  d.spread = ret_items != NULL;
  if (!prepare(&d, only ? lua_absindex(L, only) : 0, length)) {
    lua_settop(L, top);
    lua_pushliteral(L, "Lua's stack is full");
    return 0;
  }
  done = length <= LONGEST ? read_document(&d)
                           : hy_json_refuse(&d, text, "the text is longer than 2 GiB");
  if (!done) {
    lua_settop(L, d.array);
    push_message(&d);
  }
  if (ret_items)
    *ret_items = done ? d.items : -1;
  if (done && d.items >= 0) {
    spread_items(&d, top);
    return 1;
  }
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return done;
}

int hy_json_decode(lua_State *L, const char *text, size_t length)
{
  return hy_json_decode_only(L, text, length, 0);
}

int hy_json_decode_only(lua_State *L, const char *text, size_t length, int only)
{
  return decode(L, text, length, only, 0, NULL);
}

int hy_json_decode_items(lua_State *L, const char *text, size_t length, int *ret_items)
{
  return decode(L, text, length, 0, 0, ret_items);
}

int hy_json_decode_strictly(lua_State *L, const char *text, size_t length, int only)
{
  return decode(L, text, length, only, 1, NULL);
}

/* ---- named members --------------------------------------------------------------------------- */

/* Reads a key without escapes; returns NULL when it is not among the members. */
static const hy_json_member *read_name_of(hy_json_decoder *d, const hy_json_member *members,
                                          int count)
{
  const char *p;

  if (hy_json_peek(d) != '"')
    return NULL;
  p = d->cursor + 1;
  for (const hy_json_member *m = members; m < members + count; m++)
    if ((size_t)(d->end - p) > m->length && p[m->length] == '"' &&
        memcmp(p, m->name, m->length) == 0) {
      d->cursor = p + m->length + 1;
      return m;
    }
  return NULL;
}

/* Reads the members after the brace that opens the object, and the one that closes it. */
static int read_members(hy_json_decoder *d, const hy_json_member *members, int count, int base)
{
  for (;; d->cursor++) {
    const hy_json_member *m = read_name_of(d, members, count);

    if (!m || hy_json_peek(d) != ':')
      return 0;
    d->cursor++;
    if (!read_whole(d))
      return 0;
    lua_replace(d->L, base + m->slot);
    d->top--;
    if (hy_json_peek(d) == '}')
      break;
    if (hy_json_peek(d) != ',')
      return 0;
  }
  d->cursor++;
  return hy_json_peek(d) == 0 && d->cursor == d->end;
}

int hy_json_decode_members(lua_State *L, const char *text, size_t length,
                           const hy_json_member *members, int count, int base)
{
  hy_json_decoder d;
  int done = 0, top = lua_gettop(L);

  begin(&d, L, text, length);
  if (length <= LONGEST && prepare(&d, 0, 0) && hy_json_peek(&d) == '{') {
    d.cursor++;
    done = read_members(&d, members, count, base);
  }
  lua_settop(L, top);
  return done;
}
