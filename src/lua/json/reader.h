/* JSON decoder state, shared by decode.c (arrays and objects), read_string.c and read_number.c. */
#ifndef HY_JSON_READER_H
#define HY_JSON_READER_H

#include "json/json_parts.h"

#define HY_JSON_WORD_BITS 9
#define HY_JSON_WORDS (1 << HY_JSON_WORD_BITS) /* known strings */

typedef struct hy_json_word {
  uint64_t first, last; /* eight bytes each; `first` is padded with zeroes in shorter strings */
  const char *text;
  size_t length; /* length + 1; 0 = vacant */
} hy_json_word;

typedef struct hy_json_level {
  int table; /* stack slot */
  int is_array;
  int stored; /* slots already stored in the table; 0 = the table does not exist yet */
  int only;   /* the slot below, with the table of wanted members; 0 = all are wanted */
  int others; /* whether `only` wants the keys that it does not name */
} hy_json_level;

typedef struct hy_json_decoder {
  lua_State *L;
  const char *text, *cursor, *end;
  int array, scratch, words; /* stack slots; words = 0: no strings are remembered */
  int floor, top, room;      /* lua_gettop() at the root value, now, and at most */
  int only;                  /* the slot of the members wanted of the root value; 0 = all */
  int spread;                /* the items of a root array are left on the stack, without a table */
  int items;                 /* how many were left; -1 = none */
  int strict;                /* refuses numbers and strings that Lua cannot hold exactly */
  int depth;
  int leaving;          /* the depth at which a member is being skipped; 0 = none is */
  const char *expected; /* the error, in one of two forms: */
  const char *problem;
  hy_json_level levels[HY_JSON_DEPTH];
  hy_json_word known[HY_JSON_WORDS];
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

/* Each reads the value at the cursor and pushes it, unless its member is being skipped. Returns
 * 0 on an error. The first reads a string, at its quote; the second a number, at its digit or
 * minus. */
int hy_json_read_string(hy_json_decoder *d);
int hy_json_read_number(hy_json_decoder *d);

#endif
