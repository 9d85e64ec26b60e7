/* JSON decoder state, shared by decode.c (arrays and objects), read_string.c,
 * read_number.c, skip.c and wanted.c. */
#ifndef HY_JSON_READER_H
#define HY_JSON_READER_H

#include "json/json_parts.h"

/* Known strings. Devices repeat the same few hundred names and words: finding one by its first and
 * last eight bytes and copying it from the Lua stack is far cheaper than letting Lua hash and
 * intern it again. A text has one for each so many of its bytes, up to a limit. */
#define HY_JSON_WORD_BYTES 64
#define HY_JSON_WORDS 2048
#define HY_JSON_FEW_WORDS 256 /* that many need no memory */
#define HY_JSON_WORD_MAX 40   /* bytes of the longest one, as in Lua for interned strings */

typedef struct hy_json_word {
  uint64_t first, last; /* eight bytes each, padded with zeroes: of a shorter one `last` is 0 */
  uint32_t at;          /* the offset in the text */
  uint32_t length;      /* length + 1; 0 = vacant */
} hy_json_word;

/* What is wanted of a value: nothing, all, or the members in a table with that number. */
enum { HY_JSON_NOTHING = -1, HY_JSON_ALL = 0 };

typedef struct hy_json_wanted_member {
  uint64_t first; /* eight bytes of the name, padded with zeroes */
  const char *name;
  size_t length;
  int what;
  int renamed;  /* null counts as missing */
  int slot;     /* the stack slot of the key in the result */
  int follower; /* the member that came after it last time */
} hy_json_wanted_member;

typedef struct hy_json_wanted_table {
  int start, count; /* of its members */
  int follower;     /* the member that came first last time */
  uint64_t filter;  /* has the bits of its members */
  int others;       /* what is wanted of the members that it does not name */
} hy_json_wanted_table;

typedef struct hy_json_wanted {
  hy_json_wanted_table *tables; /* numbered from 1; the first is for the root value */
  hy_json_wanted_member *members;
} hy_json_wanted;

typedef struct hy_json_level {
  int table; /* stack slot */
  int is_array;
  int stored;    /* slots already stored in the table; 0 = the table does not exist yet */
  int wanted;    /* of its members or items: HY_JSON_ALL, or the number of a table */
  int *follower; /* where the member is noted that is likely to come next */
} hy_json_level;

typedef struct hy_json_decoder {
  lua_State *L;
  const char *text, *cursor, *end;
  int array, scratch, words; /* stack slots; words = 0: no strings are remembered */
  int word_shift;            /* of a hash, to get the place of a known string */
  int floor, top, room;      /* lua_gettop() at the root value, now, and at most */
  int limit;                 /* `top` from which on room must be made */
  hy_json_wanted wanted;
  int what;   /* what is wanted of the next member's value */
  int spread; /* the items of a root array are left on the stack, without a table */
  int items;  /* how many were left; -1 = none */
  int strict; /* refuses numbers and strings that Lua cannot hold exactly */
  int depth;
  const char *expected; /* the error, in one of two forms: */
  const char *problem;
  hy_json_level levels[HY_JSON_DEPTH];
  hy_json_word *known, few[HY_JSON_FEW_WORDS];
} hy_json_decoder;

/* Both store the error, at the position of the cursor, and return 0. */
static inline int hy_json_expect(hy_json_decoder *d, const char *what)
{
  d->expected = what;
  return 0;
}

static inline int hy_json_refuse(hy_json_decoder *d, const char *at, const char *problem)
{
  d->cursor = at;
  d->problem = problem;
  return 0;
}

/* ---- tokens ---- */

/* Skips spaces and returns the next byte; 0 at the end (JSON does not use NUL). */
int hy_json_peek_far(hy_json_decoder *d);

/* The same; hubs send no spaces. */
static inline int hy_json_peek(hy_json_decoder *d)
{
  return d->cursor < d->end && (unsigned char)*d->cursor > ' ' ? *d->cursor : hy_json_peek_far(d);
}

static inline int hy_json_read_colon(hy_json_decoder *d)
{
  if (hy_json_peek(d) != ':')
    return hy_json_expect(d, "':'");
  d->cursor++;
  return 1;
}

/* Reads true, false or null, which begins with `first`. */
int hy_json_read_name(hy_json_decoder *d, int first);

/* Whether an array or object may begin at the cursor. */
static inline int hy_json_may_open(hy_json_decoder *d)
{
  if (d->depth < HY_JSON_DEPTH)
    return 1;
  return hy_json_refuse(d, d->cursor, "nested deeper than 1000 levels");
}

/* ---- values: each returns 0 on an error ---- */

/* Reads the number at the cursor, at its digit or minus, and pushes it. */
int hy_json_read_number(hy_json_decoder *d);

/* Reads the string at the cursor, at its quote, and pushes it. */
int hy_json_read_any_string(hy_json_decoder *d);

/* Pushes a string and remembers it at a place among the known strings. */
void hy_json_push_new_word(hy_json_decoder *d, const char *p, size_t length, hy_json_word word,
                           size_t place);

/* Pushes a string of 1 to HY_JSON_WORD_MAX bytes that may be known. */
static inline void hy_json_push_word(hy_json_decoder *d, const char *p, size_t length,
                                     hy_json_word word)
{
  uint64_t hash = (word.first ^ word.last << 1 ^ length) * 0x9E3779B97F4A7C15u;
  size_t place = (size_t)(hash >> d->word_shift);
  const hy_json_word *w = &d->known[place];

  d->top++;
  if (w->length == length + 1 && w->first == word.first && w->last == word.last &&
      (length <= 16 || memcmp(d->text + w->at + 8, p + 8, length - 16) == 0))
    lua_pushvalue(d->L, d->words + (int)place);
  else
    hy_json_push_new_word(d, p, length, word, place);
}

/* The same as hy_json_read_any_string; inline, as there is one for each member and more. */
static inline int hy_json_read_string(hy_json_decoder *d)
{
  const char *start = d->cursor + 1, *stop;
  hy_json_word word = { 0 };
  uint64_t bits;

  if (!d->words || d->end - start < 8)
    return hy_json_read_any_string(d);
  word.first = hy_json_load(start);
  bits = hy_json_special(word.first);
  if (bits) {
    stop = start + hy_json_lowest(bits);
    word.first &= hy_json_below(bits);
  } else {
    stop = hy_json_plain(start + 8, d->end);
    word.last = hy_json_load(stop - 8);
  }
  if (stop == d->end || *stop != '"' || (size_t)(stop - start) - 1 >= HY_JSON_WORD_MAX)
    return hy_json_read_any_string(d);
  d->cursor = stop + 1;
  hy_json_push_word(d, start, (size_t)(stop - start), word);
  return 1;
}

/* Pops the value that was pushed last. */
static inline void hy_json_drop_value(hy_json_decoder *d)
{
  lua_settop(d->L, --d->top);
}

/* Checks any value, with all that is inside it; numbers may have any size. One value may be pushed
 * meanwhile. */
int hy_json_skip_value(hy_json_decoder *d);

/* ---- wanted members ---- */

/* Copies the wanted members in the Lua table at the stack index `only`, see
 * hy_json_decode_only(). Pushes values that must stay on the stack as long as the copy is used.
 * Needs six free slots, and returns 0 when there is no room for more. */
int hy_json_copy_wanted(lua_State *L, int only, hy_json_wanted *ret);

/* Finds a name in a table of wanted members; returns NULL when it is not there. Bytes from `end`
 * on may not be read. *follower is looked at first, and noted: objects mostly have the order of
 * their neighbours. */
const hy_json_wanted_member *hy_json_find_wanted(const hy_json_wanted *wanted, hy_json_level *v,
                                                 const char *name, size_t length, const char *end);

#endif
