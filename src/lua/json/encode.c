/*
 * JSON encoder: Lua values to text.
 *
 * Nothing recurses: an open table is a level. Its slots on the Lua stack are the table and, for an
 * object, the current key of lua_next(). The levels also give the position of an error for its
 * message.
 */
#include <math.h>

#include "json/json_parts.h"

/* Limits of a message: levels, and bytes of a key. */
#define SHOWN_LEVELS 12
#define SHOWN_KEY 40

typedef struct level {
  int table; /* stack slot; an object has its key in the next one */
  int is_array;
  lua_Integer count, length; /* count: items written; length: items of an array */
} level;

typedef struct encoder {
  lua_State *L;
  hy_json_buffer *out;
  int depth;
  int in_key;          /* the error is in the key on the stack, not in its value */
  const char *problem; /* the sentence after the path */
  level levels[HY_JSON_DEPTH];
} encoder;

/* Result of writing a value. */
enum outcome { FAILED, WRITTEN, OPENED };

static enum outcome refuse(encoder *e, const char *problem)
{
  e->problem = problem;
  return FAILED;
}

static inline void add_byte(hy_json_buffer *b, char byte)
{
  hy_json_reserve(b, 1);
  b->text[b->length++] = byte;
}

static inline void add_name(hy_json_buffer *b, const char *name)
{
  hy_json_add(b, name, strlen(name));
}

/* ---- strings and numbers --------------------------------------------------------------------- */

/* Escapes a byte. */
static void add_escape(hy_json_buffer *b, unsigned char byte)
{
  static const char hex[] = "0123456789abcdef";
  static const char bytes[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
  const char *found = memchr(bytes, byte, sizeof bytes - 1);
  char out[6] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };

  if (found)
    out[1] = names[found - bytes];
  hy_json_add(b, out, found ? 2 : 6);
}

/* Writes the string at the stack slot in quotes; returns 0 when it is not UTF-8. */
static int add_string(encoder *e, int slot)
{
  hy_json_buffer *b = e->out;
  size_t length;
  const char *p = lua_tolstring(e->L, slot, &length), *end = p + length;

  hy_json_reserve(b, length + 2);
  b->text[b->length++] = '"';
  for (;;) {
    const char *stop = hy_json_plain(p, end);

    hy_json_add(b, p, (size_t)(stop - p));
    if (stop == end)
      break;
    if ((unsigned char)*stop >= 0x80)
      return 0;
    add_escape(b, (unsigned char)*stop);
    p = stop + 1;
  }
  add_byte(b, '"');
  return 1;
}

static enum outcome write_number(encoder *e)
{
  hy_json_buffer *b = e->out;
  double number;

  hy_json_reserve(b, HY_JSON_NUMBER);
  if (lua_isinteger(e->L, -1)) {
    b->length += hy_json_print_integer(b->text + b->length, (long long)lua_tointeger(e->L, -1));
    return WRITTEN;
  }
  number = lua_tonumber(e->L, -1);
  if (!isfinite(number))
    return refuse(e, isnan(number) ? "NaN is no JSON number" : "infinity is no JSON number");
  b->length += hy_json_print_double(b->text + b->length, number);
  return WRITTEN;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static int has_array_metatable(const encoder *e)
{
  int yes;

  if (!lua_getmetatable(e->L, -1))
    return 0;
  luaL_getmetatable(e->L, HY_JSON_ARRAY);
  yes = lua_rawequal(e->L, -1, -2);
  lua_pop(e->L, 2);
  return yes;
}

/* Refuses a key of the wrong type; `others` keys of the right type were found. */
static int refuse_key(encoder *e, int type, lua_Integer others)
{
  if (type != LUA_TSTRING && type != LUA_TNUMBER)
    return refuse(e, "a key is neither a name nor a number");
  if (others)
    return refuse(e, "keys mix numbers and names");
  if (type == LUA_TSTRING)
    return refuse(e, "an array has names for keys");
  return refuse(e, "number keys must run from 1 without a gap");
}

/* Whether the keys of the table on top are 1 to `length` and nothing else. */
static int is_sequence(encoder *e, lua_Integer length)
{
  lua_State *L = e->L;
  lua_Integer count = 0;

  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1), count++) {
    int type = lua_type(L, -2);
    lua_Number key = type == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;

    if (!(key >= 1 && key <= (lua_Number)length && key == (lua_Number)(lua_Integer)key))
      return refuse_key(e, type, type == LUA_TSTRING ? length : 0);
  }
  return count == length || refuse_key(e, LUA_TNUMBER, 0);
}

/* Opens the table on top of the stack, which then belongs to its level. */
static enum outcome open_level(encoder *e)
{
  lua_Integer length = (lua_Integer)lua_rawlen(e->L, -1);
  int is_array = length > 0 || has_array_metatable(e);

  if (e->depth == HY_JSON_DEPTH)
    return refuse(e, "tables within tables beyond 1000 levels, or in a circle");
  if (!lua_checkstack(e->L, 8))
    return refuse(e, "Lua's stack is full");
  if (is_array && !is_sequence(e, length))
    return FAILED;
  e->levels[e->depth++] = (level){ lua_gettop(e->L), is_array, 0, length };
  add_byte(e->out, is_array ? '[' : '{');
  if (!is_array)
    lua_pushnil(e->L); /* table, first key */
  return OPENED;
}

static enum outcome refuse_type(encoder *e, int type)
{
  switch (type) {
  case LUA_TNIL: return refuse(e, "nil is no JSON value, but null is");
  case LUA_TFUNCTION: return refuse(e, "a function is no JSON value");
  case LUA_TTHREAD: return refuse(e, "a coroutine is no JSON value");
  default: /* LuaJIT also has C data */ return refuse(e, "a userdata is no JSON value");
  }
}

/* Writes the value on top of the stack and pops it, or opens it when it is a table. */
static enum outcome write_value(encoder *e)
{
  lua_State *L = e->L;
  int type = lua_type(L, -1);

  if (type == LUA_TTABLE)
    return open_level(e);
  if (type == LUA_TSTRING) {
    if (!add_string(e, -1))
      return refuse(e, "a string that is not valid UTF-8");
  } else if (type == LUA_TNUMBER) {
    if (!write_number(e))
      return FAILED;
  } else if (type == LUA_TBOOLEAN)
    add_name(e->out, lua_toboolean(L, -1) ? "true" : "false");
  else if (type == LUA_TLIGHTUSERDATA && !lua_touserdata(L, -1))
    add_name(e->out, "null");
  else
    return refuse_type(e, type);
  lua_pop(L, 1);
  return WRITTEN;
}

/* Writes the key below the value on top, and its colon. */
static enum outcome write_key(encoder *e)
{
  int type = lua_type(e->L, -2);

  e->in_key = 1; /* an error now concerns the key, not the value */
  if (type != LUA_TSTRING)
    return refuse_key(e, type, e->levels[e->depth - 1].count - 1);
  if (!add_string(e, -2))
    return refuse(e, "a key that is not valid UTF-8");
  e->in_key = 0;
  add_byte(e->out, ':');
  return WRITTEN;
}

/* Writes the key of the innermost table's next item and pushes the item: OPENED. Returns WRITTEN
 * when there is none. */
static enum outcome next_item(encoder *e)
{
  level *v = &e->levels[e->depth - 1];

  if (v->is_array ? v->count == v->length : !lua_next(e->L, v->table))
    return WRITTEN;
  if (v->count++)
    add_byte(e->out, ',');
  if (!v->is_array)
    return write_key(e) == FAILED ? FAILED : OPENED;
  lua_rawgeti(e->L, v->table, v->count);
  return OPENED;
}

/* Closes the innermost table, whose only slot left on the stack is the table. */
static void close_level(encoder *e)
{
  add_byte(e->out, e->levels[--e->depth].is_array ? ']' : '}');
  lua_pop(e->L, 1);
}

/* Writes the value on top of the stack; on failure the caller cleans up the stack. */
static int write_document(encoder *e)
{
  enum outcome outcome = write_value(e);

  while (outcome != FAILED && e->depth > 0) {
    outcome = next_item(e);
    if (outcome == OPENED)
      outcome = write_value(e);
    else if (outcome == WRITTEN)
      close_level(e);
  }
  return outcome != FAILED;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Adds a key as Lua would write it, shortened and without unprintable bytes. */
static void add_key(hy_json_buffer *b, const char *key, size_t length)
{
  static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  int is_name = length > 0 && length <= SHOWN_KEY && (*key < '0' || *key > '9');

  for (size_t i = 0; is_name && i < length; i++)
    is_name = memchr(name, key[i], sizeof name - 1) != NULL;
  if (is_name) {
    add_byte(b, '.');
    hy_json_add(b, key, length);
    return;
  }
  hy_json_add(b, "[\"", 2);
  for (size_t i = 0; i < length && i < SHOWN_KEY; i++)
    add_byte(b, key[i] >= ' ' && key[i] < 0x7F ? key[i] : '?');
  if (length > SHOWN_KEY)
    hy_json_add(b, "...", 3);
  hy_json_add(b, "\"]", 2);
}

/* Adds the path from one level to its current value. */
static void add_step(encoder *e, const level *v)
{
  hy_json_buffer *b = e->out;
  size_t length;
  const char *key;

  if (v->is_array) {
    hy_json_reserve(b, HY_JSON_NUMBER + 2);
    b->text[b->length++] = '[';
    b->length += hy_json_print_integer(b->text + b->length, (long long)v->count);
    b->text[b->length++] = ']';
  } else if (lua_type(e->L, v->table + 1) == LUA_TSTRING) {
    key = lua_tolstring(e->L, v->table + 1, &length);
    add_key(b, key, length);
  }
}

/* Replaces the buffer's text by "value.actions[3]: problem". */
static void push_message(encoder *e)
{
  int steps = e->depth - e->in_key;
  hy_json_buffer *b = e->out;

  b->length = 0;
  add_name(b, "value");
  for (int i = 0; i < steps && i < SHOWN_LEVELS; i++)
    add_step(e, &e->levels[i]);
  if (steps > SHOWN_LEVELS)
    add_name(b, "...");
  add_name(b, ": ");
  add_name(b, e->problem);
  lua_pushlstring(e->L, b->text, b->length);
}

int hy_json_encode_more(lua_State *L, int index, hy_json_buffer *buffer)
{
  int done, top = lua_gettop(L);
  encoder e;

  e.L = L;
  e.out = buffer;
  e.depth = e.in_key = 0;
  e.problem = NULL;
  if (!lua_checkstack(L, 8)) {
    lua_pushliteral(L, "value: Lua's stack is full");
    return 0;
  }
  lua_pushvalue(L, index);
  done = write_document(&e);
  if (!done) {
    push_message(&e);
    lua_replace(L, top + 1);
  }
  lua_settop(L, done ? top : top + 1);
  return done;
}

void hy_json_buffer_begin(hy_json_buffer *buffer, lua_State *L)
{
  luaL_checkstack(L, 8, NULL);
  lua_pushnil(L);
  hy_json_buffer_init(buffer, L, lua_gettop(L));
}

int hy_json_encode_to(lua_State *L, int index, hy_json_buffer *buffer)
{
  index = lua_absindex(L, index);
  hy_json_buffer_begin(buffer, L); /* anchor */
  if (hy_json_encode_more(L, index, buffer))
    return 1;
  lua_replace(L, -2); /* in place of the anchor, which is no longer needed */
  return 0;
}

int hy_json_encode(lua_State *L, int index)
{
  hy_json_buffer b;
  int done = hy_json_encode_to(L, index, &b);

  if (done) {
    lua_pushlstring(L, b.text, b.length); /* anchor string */
    hy_json_buffer_free(&b);
    lua_replace(L, -2);
  }
  return done;
}
