/*
 * JSON text to Lua values in one pass.
 *
 * Values wait on the Lua stack until the end of their array or object is seen: only then is its table made,
 * at the right size, so no table is ever rehashed.  What waits is bounded (CROWD); a larger table is filled
 * in portions.  Nothing recurses: the open arrays and objects are levels in the decoder, which lives on the
 * C stack.
 *
 * Devices repeat the same few hundred names and words.  Finding a string again by its first and last eight
 * bytes and copying it from the Lua stack is far cheaper than having Lua hash and intern it again.
 *
 * What is not wanted passes under the eye of the same grammar and goes nowhere: while a member is being left
 * out, nothing is pushed and levels have no table.
 *
 * The Lua stack:  ARRAY metatable, SCRATCH for escaped strings, WORDS known strings, then per level what is
 * wanted of it (only where that is not all), its table (nil until it is made) and whatever waits to go in:
 * values, or keys and values in turn.
 */
#include <float.h>
#include <stdio.h>

#include "json_parts.h"

/* So many slots may wait before the innermost table is made: of 8000 in Lua 5.1, which leaves 6 a level. */
#define CROWD 1024

#define LONGEST 0x7FFFFFFF /* bytes of text: no more items than bytes, and those are counted in ints */

#define WORD_BITS 9
#define WORDS (1 << WORD_BITS) /* known strings */
#define WORD_MAX 40            /* bytes in one: what Lua keeps only once as well */
#define WORTH_IT 2048          /* bytes of text from where on it pays to remember them */

typedef struct word {
  uint64_t first, last; /* eight bytes each; `first` padded with zeroes when there are less */
  const char *text;
  size_t length; /* one more than it is; 0 = vacant */
} word;

typedef struct level {
  int table; /* stack slot */
  int is_array;
  int stored; /* slots that went into the table already; 0 = there is no table yet */
  int only;   /* the slot below, with a table of what is wanted of it; 0 = all */
  int others; /* whether `only` wants the keys that it does not name */
} level;

typedef struct decoder {
  lua_State *L;
  const char *text, *cursor, *end;
  int array, scratch, words; /* stack slots; words = 0: none are kept */
  int floor, top, room;      /* lua_gettop() at the root value, now, and as far as it may go */
  int only;                  /* the slot of what is wanted of the root value; 0 = all */
  int depth;
  int leaving;          /* the depth at which a member is being left out; 0 = none is */
  const char *expected; /* the error, in one of two forms: */
  const char *problem;
  level levels[HY_JSON_DEPTH];
  word known[WORDS];
} decoder;

/* What comes next in the text. */
enum next { FAILED, VALUE, AFTER_VALUE, FINISHED };

static enum next expect(decoder *d, const char *what)
{
  d->expected = what;
  return FAILED;
}

static enum next refuse(decoder *d, const char *at, const char *problem)
{
  d->cursor = at;
  d->problem = problem;
  return FAILED;
}

/* ---- the Lua stack --------------------------------------------------------------------------- */

/* Makes room for six more values: a key, what is wanted, a table, and three to make those with. */
static int make_room(decoder *d)
{
  if (d->top + 6 <= d->room)
    return 1;
  if (!lua_checkstack(d->L, 64)) {
    refuse(d, d->cursor, "Lua's stack is full");
    return 0;
  }
  d->room = d->top + 64;
  return 1;
}

/* Moves what waits at a level into its table, in the order of the text: of equal keys the last is to win. */
static void settle(decoder *d, level *v)
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

/* ---- strings --------------------------------------------------------------------------------- */

/* Pushes a string of 1 to WORD_MAX bytes that may have come before.  Eight bytes from `p` on can be read. */
static void push_word(decoder *d, const char *p, size_t length)
{
  uint64_t first = hy_json_load(p), last = 0;
  word *w;
  size_t i;

  if (length < 8)
    first &= ((uint64_t)1 << 8 * length) - 1;
  else
    last = hy_json_load(p + length - 8);
  i = (size_t)(((first ^ last << 1 ^ length) * 0x9E3779B97F4A7C15u) >> (64 - WORD_BITS));
  w = &d->known[i];
  if (w->length == length + 1 && w->first == first && w->last == last &&
      (length <= 16 || memcmp(w->text + 8, p + 8, length - 16) == 0)) {
    lua_pushvalue(d->L, d->words + (int)i);
    return;
  }
  lua_pushlstring(d->L, p, length);
  lua_copy(d->L, -1, d->words + (int)i);
  *w = (word){ first, last, p, length + 1 };
}

static void push_plain(decoder *d, const char *p, size_t length)
{
  if (d->words && length - 1 < WORD_MAX && d->end - p >= 8)
    push_word(d, p, length);
  else
    lua_pushlstring(d->L, p, length);
}

/* Four hexadecimal digits, or -1. */
static long read_hex(const char *p, const char *end)
{
  long unit = 0;

  if (end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int c = (unsigned char)p[i], lower = c | 0x20;

    if (c >= '0' && c <= '9')
      unit = unit << 4 | (c - '0');
    else if (lower >= 'a' && lower <= 'f')
      unit = unit << 4 | (lower - 'a' + 10);
    else
      return -1;
  }
  return unit;
}

static void add_utf8(hy_json_buffer *b, long code)
{
  char out[4];
  size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

  for (size_t i = n - 1; i; i--, code >>= 6)
    out[i] = (char)(0x80 | (code & 0x3F));
  out[0] = (char)(n == 1 ? code : (0xF00 >> n & 0xFF) | code);
  hy_json_add(b, out, n);
}

/* After \u: one unit, or a pair of surrogates. */
static int read_unicode(decoder *d, hy_json_buffer *b)
{
  const char *start = d->cursor - 2;
  long code = read_hex(d->cursor, d->end), low;

  if (code < 0)
    return refuse(d, start, "\\u wants four hexadecimal digits");
  d->cursor += 4;
  if (code >= 0xDC00 && code <= 0xDFFF)
    return refuse(d, start, "half a surrogate pair");
  if (code >= 0xD800 && code <= 0xDBFF) {
    if (d->end - d->cursor < 2 || d->cursor[0] != '\\' || d->cursor[1] != 'u')
      return refuse(d, start, "half a surrogate pair");
    low = read_hex(d->cursor + 2, d->end);
    if (low < 0xDC00 || low > 0xDFFF)
      return refuse(d, start, "half a surrogate pair");
    d->cursor += 6;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  add_utf8(b, code);
  return 1;
}

/* At a backslash. */
static int read_escape(decoder *d, hy_json_buffer *b)
{
  static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
  const char *found;

  if (d->end - d->cursor < 2)
    return refuse(d, d->end, "the text ends within a string");
  d->cursor += 2;
  if (d->cursor[-1] == 'u')
    return read_unicode(d, b);
  found = memchr(names, d->cursor[-1], sizeof names - 1);
  if (!found)
    return refuse(d, d->cursor - 2, "no such escape in a string");
  hy_json_add(b, bytes + (found - names), 1);
  return 1;
}

/* What hy_json_plain() stopped at and is neither the closing quote nor an escape. */
static int bad_string(decoder *d, const char *at)
{
  if (at == d->end)
    return refuse(d, at, "the text ends within a string");
  if ((unsigned char)*at < 0x20)
    return refuse(d, at, "a control character in a string must be escaped");
  return refuse(d, at, "not valid UTF-8");
}

/* The rest of a string that has escapes: from `start`, `stop` being the first of them. */
static int read_escaped(decoder *d, const char *start, const char *stop)
{
  hy_json_buffer b;

  hy_json_buffer_init(&b, d->L, d->scratch);
  for (;;) {
    hy_json_add(&b, start, (size_t)(stop - start));
    if (stop == d->end || (*stop != '"' && *stop != '\\'))
      return bad_string(d, stop);
    d->cursor = stop;
    if (*stop == '"')
      break;
    if (!read_escape(d, &b))
      return 0;
    start = d->cursor;
    stop = hy_json_plain(start, d->end);
  }
  d->cursor++;
  if (!d->leaving) {
    lua_pushlstring(d->L, b.text, b.length);
    d->top++;
  }
  hy_json_buffer_free(&b);
  return 1;
}

/* Pushes the string whose opening quote is at the cursor. */
static int read_string(decoder *d)
{
  const char *start = d->cursor + 1;
  const char *stop = hy_json_plain(start, d->end);

  if (stop == d->end || *stop != '"')
    return read_escaped(d, start, stop);
  d->cursor = stop + 1;
  if (d->leaving)
    return 1;
  push_plain(d, start, (size_t)(stop - start));
  d->top++;
  return 1;
}

/* ---- numbers and names ----------------------------------------------------------------------- */

/* A number under the eye of the grammar. */
typedef struct number {
  const char *start;
  uint64_t mantissa;  /* of all digits, if there are no more than 19 */
  int digits, places; /* all of them; those after the point */
  int is_whole;       /* neither point nor exponent */
  int exponent;       /* as written, or something large */
} number;

static inline int is_digit(const decoder *d)
{
  return d->cursor < d->end && *d->cursor >= '0' && *d->cursor <= '9';
}

static int read_digits(decoder *d, number *n)
{
  const char *start = d->cursor;

  if (!is_digit(d))
    return expect(d, "a digit");
  for (; is_digit(d); d->cursor++)
    n->mantissa = n->mantissa * 10 + (uint64_t)(*d->cursor - '0');
  if (d->cursor - start > 1000)
    n->digits = 1000; /* anything beyond 19 will do */
  else
    n->digits += (int)(d->cursor - start);
  return 1;
}

static int read_exponent(decoder *d, number *n)
{
  int negative = 0;

  d->cursor++;
  if (d->cursor < d->end && (*d->cursor == '-' || *d->cursor == '+'))
    negative = *d->cursor++ == '-';
  if (!is_digit(d))
    return expect(d, "a digit");
  for (; is_digit(d); d->cursor++)
    if (n->exponent < 1000)
      n->exponent = n->exponent * 10 + (*d->cursor - '0');
  if (negative)
    n->exponent = -n->exponent;
  return 1;
}

static int read_grammar(decoder *d, number *n)
{
  if (is_digit(d) && *d->cursor == '0') {
    d->cursor++;
    n->digits = 1;
    if (is_digit(d))
      return refuse(d, d->cursor, "a number must not begin with 0");
  } else if (!read_digits(d, n))
    return 0;
  if (d->cursor < d->end && *d->cursor == '.') {
    int whole = n->digits;
    d->cursor++;
    if (!read_digits(d, n))
      return 0;
    n->places = n->digits - whole;
    n->is_whole = 0;
  }
  if (d->cursor < d->end && (*d->cursor | 0x20) == 'e') {
    n->is_whole = 0;
    return read_exponent(d, n);
  }
  return 1;
}

/* A whole number that is an integer to Lua: pushes it, or answers 0. */
static int push_integer(decoder *d, const number *n, int negative)
{
  if (n->digits > 19 || (negative && n->mantissa == 0))
    return 0;
#if HY_INTEGERS
  if (n->mantissa > (uint64_t)LUA_MAXINTEGER + (uint64_t)negative)
    return 0;
  lua_pushinteger(d->L, negative ? (lua_Integer)(0 - n->mantissa) : (lua_Integer)n->mantissa);
#else
  if (n->mantissa > (uint64_t)HY_JSON_EXACT)
    return 0;
  lua_pushnumber(d->L, negative ? -(lua_Number)n->mantissa : (lua_Number)n->mantissa);
#endif
  return 1;
}

/* Where both the digits and the power of ten are exact as doubles one operation rounds once: right by
 * itself. */
static int quick_double(const number *n, int negative, double *ret)
{
#if FLT_EVAL_METHOD == 0
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  int exponent = n->exponent - n->places;
  double v = (double)n->mantissa;

  if (n->digits > 19 || n->mantissa > (uint64_t)HY_JSON_EXACT || exponent < -22 || exponent > 22)
    return 0;
  v = exponent < 0 ? v / powers[-exponent] : v * powers[exponent];
  *ret = negative ? -v : v;
  return 1;
#else
  (void)n, (void)negative, (void)ret;
  return 0;
#endif
}

static int read_number(decoder *d)
{
  number n = { .start = d->cursor, .is_whole = 1 };
  int negative = *d->cursor == '-';
  size_t length;
  double v;

  d->cursor += negative;
  if (!read_grammar(d, &n))
    return 0;
  if (d->leaving)
    return 1;
  d->top++;
  if (n.is_whole && push_integer(d, &n, negative))
    return 1;
  length = (size_t)(d->cursor - n.start);
  if (!quick_double(&n, negative, &v) && !hy_json_read_double(n.start, length, &v))
    return refuse(d, n.start, "a number that is too large for Lua");
  if (n.is_whole && !hy_json_is_exactly(v, n.start, length))
    return refuse(d, n.start, "a whole number that Lua cannot hold exactly");
  lua_pushnumber(d->L, v);
  return 1;
}

/* true, false or null. */
static inline enum next read_name(decoder *d, const char *name)
{
  size_t length = strlen(name);

  if ((size_t)(d->end - d->cursor) < length || memcmp(d->cursor, name, length) != 0)
    return expect(d, "a value");
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

static inline void skip_space(decoder *d)
{
  const char *p = d->cursor;

  while (p < d->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;
  d->cursor = p;
}

/* The next byte that is no space; 0 at the end, where JSON has no use for a NUL either. */
static inline int peek(decoder *d)
{
  if (d->cursor < d->end && (unsigned char)*d->cursor > ' ')
    return *d->cursor;
  skip_space(d);
  return d->cursor < d->end ? *d->cursor : 0;
}

/* ---- what is wanted ---- */

/* Pushes what is wanted of the array or object to come and returns its slot; nothing, and 0, for all of it. */
static int push_only(decoder *d)
{
  lua_State *L = d->L;
  const level *v = d->depth ? &d->levels[d->depth - 1] : NULL;

  if (!(v ? v->only : d->only))
    return 0;
  if (!v)
    lua_pushvalue(L, d->only);
  else {
    if (v->is_array)
      lua_pushnil(L); /* no key: as "*" says */
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

/* Begins to leave out the member whose key has just been pushed, unless it is wanted. */
static void sift(decoder *d)
{
  lua_State *L = d->L;
  const level *v = &d->levels[d->depth - 1];
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

/* Pushes the key and passes the colon. */
static enum next read_key(decoder *d)
{
  if (peek(d) != '"')
    return expect(d, "a key");
  if (!read_string(d))
    return FAILED;
  if (peek(d) != ':')
    return expect(d, "':'");
  d->cursor++;
  if (d->only)
    sift(d);
  return VALUE;
}

static enum next close_level(decoder *d)
{
  const level *v = &d->levels[--d->depth];

  d->cursor++;
  if (d->leaving)
    return AFTER_VALUE;
  settle(d, &d->levels[d->depth]);
  if (v->only) {
    lua_replace(d->L, v->only);
    d->top--;
  }
  return AFTER_VALUE;
}

/* Pushes what a new level needs: nothing while a member is being left out. */
static void push_level(decoder *d, int is_array)
{
  level *v = &d->levels[d->depth];

  *v = (level){ .is_array = is_array };
  if (!d->leaving) {
    v->only = push_only(d);
    v->others = v->only && wants_others(d->L, v->only);
    lua_pushnil(d->L);
    v->table = ++d->top;
  }
  d->depth++;
}

/* At the bracket or brace that opens a level. */
static enum next open_level(decoder *d, int is_array)
{
  if (d->depth == HY_JSON_DEPTH)
    return refuse(d, d->cursor, "nested deeper than 1000 levels");
  d->cursor++;
  push_level(d, is_array);
  if (peek(d) == (is_array ? ']' : '}'))
    return close_level(d);
  if (!make_room(d))
    return FAILED;
  return is_array ? VALUE : read_key(d);
}

static enum next read_value(decoder *d)
{
  int c = peek(d);

  if (c == '-' || (c >= '0' && c <= '9'))
    return read_number(d) ? AFTER_VALUE : FAILED;
  switch (c) {
  case '"': return read_string(d) ? AFTER_VALUE : FAILED;
  case '{': return open_level(d, 0);
  case '[': return open_level(d, 1);
  case 't': return read_name(d, "true");
  case 'f': return read_name(d, "false");
  case 'n': return read_name(d, "null");
  }
  return expect(d, "a value");
}

static enum next after_value(decoder *d)
{
  int c = peek(d);
  level *v;

  if (d->leaving == d->depth)
    d->leaving = 0;
  if (d->depth == 0)
    return d->cursor == d->end ? FINISHED : expect(d, "nothing more");
  v = &d->levels[d->depth - 1];
  if (c == (v->is_array ? ']' : '}'))
    return close_level(d);
  if (c != ',')
    return expect(d, v->is_array ? "',' or ']'" : "',' or '}'");
  d->cursor++;
  if (d->top - d->floor > CROWD && !d->leaving)
    settle(d, v);
  if (!make_room(d))
    return FAILED;
  return v->is_array ? VALUE : read_key(d);
}

static int read_document(decoder *d)
{
  enum next next = VALUE;

  while (next == VALUE || next == AFTER_VALUE)
    next = next == VALUE ? read_value(d) : after_value(d);
  return next == FINISHED;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* What is at the cursor, in a few words that give nothing away. */
static void describe(const decoder *d, char *out, size_t size)
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

static void push_message(const decoder *d)
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

/* Reserves the slots below the values; 0 if the stack has no room. */
static int prepare(decoder *d, int words)
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

int hy_json_decode(lua_State *L, const char *text, size_t length)
{
  return hy_json_decode_only(L, text, length, 0);
}

int hy_json_decode_only(lua_State *L, const char *text, size_t length, int only)
{
  decoder d;
  int done, top = lua_gettop(L);

  d.L = L;
  d.text = d.cursor = text;
  d.end = text + length;
  d.only = only ? lua_absindex(L, only) : 0;
  d.depth = d.leaving = 0;
  d.expected = d.problem = NULL;
  if (!prepare(&d, length >= WORTH_IT ? WORDS : 0)) {
    lua_pushliteral(L, "Lua's stack is full");
    return 0;
  }
  done = length <= LONGEST ? read_document(&d) : (int)refuse(&d, text, "the text is longer than 2 GiB");
  if (!done) {
    lua_settop(L, d.array);
    push_message(&d);
  }
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return done;
}
