/*
 * JSON decoder: text to Lua values in one pass.
 *
 * Values stay on the Lua stack until the end of their array or object: only then its table is
 * created, at the right size, so no table is ever rehashed. CROWD limits the values on the stack; a
 * larger table is filled in portions. Nothing recurses: the open arrays and objects are levels in
 * the decoder, which is on the C stack.
 *
 * Skipped members are checked by the same grammar: while a member is being skipped, nothing is
 * pushed and levels have no table.
 *
 * The Lua stack: ARRAY metatable, SCRATCH for escaped strings, WORDS known strings, then per level
 * the members wanted of it (unless all are), its table (nil until it is created) and the values to
 * be stored: values, or keys and values in turn.
 */
#include <stdio.h>

#include "json/reader.h"

/* This many slots may be used before the innermost table is created. Lua 5.1 has 8000, which
 * leaves 6 per level. */
#define CROWD 1024

/* Bytes of text: the number of items, which is less, is counted in ints. */
#define LONGEST 0x7FFFFFFF
#define WORTH_IT 2048 /* bytes of text from which on remembering words is faster */

/* The next token that is expected. */
enum next { FAILED, VALUE, AFTER_VALUE, FINISHED };

/* ---- the Lua stack --------------------------------------------------------------------------- */

/* Makes room for six more values: a key, the wanted members, a table, and three temporary ones. */
static int make_room(hy_json_decoder *d)
{
  if (d->top + 6 <= d->room)
    return 1;
  if (!lua_checkstack(d->L, 64))
    return hy_json_refuse(d, d->cursor, "Lua's stack is full");
  d->room = d->top + 64;
  return 1;
}

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

/* Reads true, false or null. */
static inline enum next read_name(hy_json_decoder *d, const char *name)
{
  size_t length = strlen(name);

  if ((size_t)(d->end - d->cursor) < length || memcmp(d->cursor, name, length) != 0)
    return hy_json_expect(d, "a value");
  d->cursor += length;
  if (d->leaving)
    return AFTER_VALUE;
  d->top++;
  if (*name == 'n')
    lua_pushlightuserdata(d->L, NULL);
  else
    lua_pushboolean(d->L, *name == 't');
  return AFTER_VALUE;
}

/* ---- structure ------------------------------------------------------------------------------- */

static inline void skip_space(hy_json_decoder *d)
{
  const char *p = d->cursor;

  while (p < d->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;
  d->cursor = p;
}

/* Returns the next byte that is not a space; 0 at the end (JSON does not use NUL). */
static inline int peek(hy_json_decoder *d)
{
  if (d->cursor < d->end && (unsigned char)*d->cursor > ' ')
    return *d->cursor;
  skip_space(d);
  return d->cursor < d->end ? *d->cursor : 0;
}

/* ---- wanted members ---- */

/* Pushes the members wanted of the next array or object and returns their slot; pushes nothing
 * and returns 0 when all are wanted. */
static int push_only(hy_json_decoder *d)
{
  lua_State *L = d->L;
  const hy_json_level *v = d->depth ? &d->levels[d->depth - 1] : NULL;

  if (!(v ? v->only : d->only))
    return 0;
  if (!v)
    lua_pushvalue(L, d->only);
  else {
    if (v->is_array)
      lua_pushnil(L); /* no key: use "*" */
    else {
      lua_pushvalue(L, -1);
      lua_rawget(L, v->only);
    }
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushliteral(L, "*");
      lua_rawget(L, v->only);
    }
  }
  if (lua_istable(L, -1))
    return ++d->top;
  lua_pop(L, 1);
  return 0;
}

static int wants_others(lua_State *L, int only)
{
  int wanted;

  lua_pushliteral(L, "*");
  lua_rawget(L, only);
  wanted = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return wanted;
}

/* Starts skipping the member whose key was just pushed, unless it is wanted. */
static void sift(hy_json_decoder *d)
{
  lua_State *L = d->L;
  const hy_json_level *v = &d->levels[d->depth - 1];
  int wanted;

  if (!v->only)
    return;
  lua_pushvalue(L, -1);
  lua_rawget(L, v->only);
  wanted = lua_isnil(L, -1) ? v->others : lua_toboolean(L, -1);
  lua_pop(L, wanted ? 1 : 2);
  if (wanted)
    return;
  d->top--;
  d->leaving = d->depth;
}

/* ---- levels ---- */

/* Pushes the key and reads the colon. */
static enum next read_key(hy_json_decoder *d)
{
  if (peek(d) != '"')
    return hy_json_expect(d, "a key");
  if (!hy_json_read_string(d))
    return FAILED;
  if (peek(d) != ':')
    return hy_json_expect(d, "':'");
  d->cursor++;
  if (d->only)
    sift(d);
  return VALUE;
}

static enum next close_level(hy_json_decoder *d)
{
  const hy_json_level *v = &d->levels[--d->depth];

  d->cursor++;
  if (d->leaving)
    return AFTER_VALUE;
  if (d->spread && d->depth == 0 && v->is_array && !v->stored) {
    d->items = d->top - v->table;
    return AFTER_VALUE;
  }
  settle(d, &d->levels[d->depth]);
  if (v->only) {
    lua_replace(d->L, v->only);
    d->top--;
  }
  return AFTER_VALUE;
}

/* Pushes the slots of a new level: nothing while a member is being skipped. */
static void push_level(hy_json_decoder *d, int is_array)
{
  hy_json_level *v = &d->levels[d->depth];

  *v = (hy_json_level){ .is_array = is_array };
  if (!d->leaving) {
    v->only = push_only(d);
    v->others = v->only && wants_others(d->L, v->only);
    lua_pushnil(d->L);
    v->table = ++d->top;
  }
  d->depth++;
}

/* Starts at the bracket or brace that opens a level. */
static enum next open_level(hy_json_decoder *d, int is_array)
{
  if (d->depth == HY_JSON_DEPTH)
    return hy_json_refuse(d, d->cursor, "nested deeper than 1000 levels");
  d->cursor++;
  push_level(d, is_array);
  if (peek(d) == (is_array ? ']' : '}'))
    return close_level(d);
  if (!make_room(d))
    return FAILED;
  return is_array ? VALUE : read_key(d);
}

static enum next read_value(hy_json_decoder *d)
{
  int c = peek(d);

  if (c == '-' || (c >= '0' && c <= '9'))
    return hy_json_read_number(d) ? AFTER_VALUE : FAILED;
  switch (c) {
  case '"': return hy_json_read_string(d) ? AFTER_VALUE : FAILED;
  case '{': return open_level(d, 0);
  case '[': return open_level(d, 1);
  case 't': return read_name(d, "true");
  case 'f': return read_name(d, "false");
  case 'n': return read_name(d, "null");
  }
  return hy_json_expect(d, "a value");
}

static enum next after_value(hy_json_decoder *d)
{
  int c = peek(d);
  hy_json_level *v;

  if (d->leaving == d->depth)
    d->leaving = 0;
  if (d->depth == 0)
    return d->cursor == d->end ? FINISHED : hy_json_expect(d, "nothing more");
  v = &d->levels[d->depth - 1];
  if (c == (v->is_array ? ']' : '}'))
    return close_level(d);
  if (c != ',')
    return hy_json_expect(d, v->is_array ? "',' or ']'" : "',' or '}'");
  d->cursor++;
  if (d->top - d->floor > CROWD && !d->leaving)
    settle(d, v);
  if (!make_room(d))
    return FAILED;
  return v->is_array ? VALUE : read_key(d);
}

static int read_document(hy_json_decoder *d)
{
  enum next next = VALUE;

  while (next == VALUE || next == AFTER_VALUE)
    next = next == VALUE ? read_value(d) : after_value(d);
  return next == FINISHED;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Describes the text at the cursor in a few words, without quoting it. */
static void describe(const hy_json_decoder *d, char *out, size_t size)
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

static void push_message(const hy_json_decoder *d)
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

/* Reserves the slots below the values; returns 0 when the stack has no room. */
static int prepare(hy_json_decoder *d, int words)
{
  d->array = lua_gettop(d->L) + 1;
  d->scratch = d->array + 1;
  d->words = words ? d->scratch + 1 : 0;
  d->floor = d->top = d->scratch + words;
  d->room = d->floor + 64;
  if (!lua_checkstack(d->L, 2 + words + 64))
    return 0;
  luaL_getmetatable(d->L, HY_JSON_ARRAY);
  lua_settop(d->L, d->floor);
  for (int i = 0; i < words; i++)
    d->known[i].length = 0;
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
  d->only = d->strict = d->spread = 0;
  d->items = -1;
  d->depth = d->leaving = 0;
  d->expected = d->problem = NULL;
}

/* `ret_items`: NULL, or see hy_json_decode_items. */
static int decode(lua_State *L, const char *text, size_t length, int only, int strict,
                  int *ret_items)
{
  hy_json_decoder d;
  int done, top = lua_gettop(L);

  begin(&d, L, text, length);
  d.only = only ? lua_absindex(L, only) : 0;
  d.strict = strict;
  d.spread = ret_items != NULL;
  if (!prepare(&d, length >= WORTH_IT ? HY_JSON_WORDS : 0)) {
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

  if (peek(d) != '"')
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

/* Reads a value with all that is inside it. */
static int read_whole(hy_json_decoder *d)
{
  enum next next = read_value(d);

  while (d->depth > 0 && next != FAILED)
    next = next == VALUE ? read_value(d) : after_value(d);
  return next == AFTER_VALUE;
}

/* Reads the members after the brace that opens the object, and the one that closes it. */
static int read_members(hy_json_decoder *d, const hy_json_member *members, int count, int base)
{
  for (;; d->cursor++) {
    const hy_json_member *m = read_name_of(d, members, count);

    if (!m || peek(d) != ':')
      return 0;
    d->cursor++;
    if (!read_whole(d))
      return 0;
    lua_replace(d->L, base + m->slot);
    d->top--;
    if (peek(d) == '}')
      break;
    if (peek(d) != ',')
      return 0;
  }
  d->cursor++;
  return peek(d) == 0 && d->cursor == d->end;
}

int hy_json_decode_members(lua_State *L, const char *text, size_t length,
                           const hy_json_member *members, int count, int base)
{
  hy_json_decoder d;
  int done = 0, top = lua_gettop(L);

  begin(&d, L, text, length);
  if (length <= LONGEST && prepare(&d, 0) && peek(&d) == '{') {
    d.cursor++;
    done = read_members(&d, members, count, base);
  }
  lua_settop(L, top);
  return done;
}
