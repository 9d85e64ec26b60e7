/* JSON decoder state, shared by decode.c (arrays and objects), read_string.c and read_number.c. */
#ifndef HY_JSON_READER_H
#define HY_JSON_READER_H

#include "json/json_parts.h"

#define HY_JSON_WORD_BITS 9
#define HY_JSON_WORDS (1 << HY_JSON_WORD_BITS) /* known strings */

typedef struct hy_json_word {
  uint64_t first, last; /* eight bytes each; `first` padded with zeroes when there are less */
  const char *text;
  size_t length; /* one more than it is; 0 = vacant */
} hy_json_word;

typedef struct hy_json_level {
  int table; /* stack slot */
  int is_array;
  int stored; /* slots that went into the table already; 0 = there is no table yet */
  int only;   /* the slot below, with a table of what is wanted of it; 0 = all */
  int others; /* whether `only` wants the keys that it does not name */
} hy_json_level;

typedef struct hy_json_decoder {
  lua_State *L;
  const char *text, *cursor, *end;
  int array, scratch, words; /* stack slots; words = 0: none are kept */
  int floor, top, room;      /* lua_gettop() at the root value, now, and as far as it may go */
  int only;                  /* the slot of what is wanted of the root value; 0 = all */
  int strict;                /* what Lua cannot hold exactly is refused */
  int depth;
  int leaving;          /* the depth at which a member is being left out; 0 = none is */
  const char *expected; /* the error, in one of two forms: */
  const char *problem;
  hy_json_level levels[HY_JSON_DEPTH];
  hy_json_word known[HY_JSON_WORDS];
} hy_json_decoder;

/* Both note the error, of which the cursor says where it is, and return 0. */
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

/* Each reads what begins at the cursor, and pushes it unless its member is being left out; 0 where it is none.
 * At a quote: a string. At a digit or a minus: a number. */
int hy_json_read_string(hy_json_decoder *d);
int hy_json_read_number(hy_json_decoder *d);

#endif
