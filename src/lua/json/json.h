/*
 * JSON codec: converts text to Lua values and back, without a tree in between.
 *
 * It follows the grammar of RFC 8259 strictly. null is the light userdata NULL. A JSON array gets
 * the metatable HY_JSON_ARRAY, so that an empty one is written as an array again. Whole numbers
 * become integers when Lua has them (5.3 on) and they fit, except -0, which stays a float as in
 * JavaScript.
 *
 * A value that Lua cannot hold is read as JavaScript reads it, since JavaScript writes it: a number
 * becomes the nearest double (JSON.stringify(2 ** 64) is 18446744073709552000) or an infinity, half
 * a surrogate pair becomes U+FFFD. Strict decoding refuses these. Encoding refuses a value that
 * JSON cannot hold.
 *
 * The only error raised here is Lua's own "not enough memory". All memory is Lua's, so none can
 * leak.
 */
#ifndef HY_JSON_H
#define HY_JSON_H

#include <stddef.h>

#include "compat/compat.h"

/* The registry name of the metatable of arrays: luaL_getmetatable(L, HY_JSON_ARRAY). */
#define HY_JSON_ARRAY "homey.array"

/* Limit for the nesting of arrays and objects, in both directions. */
#define HY_JSON_DEPTH 1000

/* Growing text. A short one is stored in the struct itself, a longer one in memory from Lua's
 * allocator, owned by a userdata on the Lua stack. */
typedef struct hy_json_buffer {
  lua_State *L;
  int anchor; /* stack slot of that userdata */
  struct hy_json_block *block;
  char *text; /* no NUL after it */
  size_t length, size;
  char room[1024];
} hy_json_buffer;

/* Creates the metatables. Must be called before the functions below; may be called again in the
 * same state. */
void hy_json_open(lua_State *L);

/* Pushes the value of the text and returns 1, or pushes a message and returns 0. The message has
 * the number of the offending byte, from 1, and at most one character of the text, which may
 * contain secrets. The caller keeps the text alive and in place. */
int hy_json_decode(lua_State *L, const char *text, size_t length);

/* The same, but creates only the wanted members. The table at the stack index `only` (0 = all are
 * wanted) mirrors the text. For each object it has keys: `true` wants a whole member, another such
 * table wants a part of it, `false` skips it, and "*" stands for the members that it does not name,
 * which are skipped otherwise. The items of an array are all wanted, each as "*" says. A text wants
 * a whole member under another name, a table does so for a part with the name at its index 1; null
 * is left out of both. For a list of devices:
 *
 *   { ["*"] = { id = true, capabilitiesObj = { "known", ["*"] = { lastUpdated = "updated" } } } }
 *
 * Skipped members must be valid JSON, except that their numbers may have any size. */
int hy_json_decode_only(lua_State *L, const char *text, size_t length, int only);

/* Pushes the items of an array of moderate length one by one, and their number into *ret_items.
 * Another value is pushed as by hy_json_decode, with -1 as the number. */
int hy_json_decode_items(lua_State *L, const char *text, size_t length, int *ret_items);

/* A member of an object, and the stack slot that it is put into. */
typedef struct hy_json_member {
  const char *name;
  size_t length; /* of the name */
  int slot;      /* counted from the base */
} hy_json_member;

/* Puts the members of an object into stack slots, without a table. `base` is added to the slots,
 * which must exist. Returns 0 when the text is anything but an object of these members: then the
 * slots may hold anything. */
int hy_json_decode_members(lua_State *L, const char *text, size_t length,
                           const hy_json_member *members, int count, int base);

/* The same as hy_json_decode_only, but refuses a whole number that Lua cannot hold exactly, a
 * number beyond the largest double, and half a surrogate pair. */
int hy_json_decode_strictly(lua_State *L, const char *text, size_t length, int only);

/* Pushes the JSON of the value at `index` as a string and returns 1, or pushes a message with
 * the position of the error in the value ("value.actions[3]: ...") and returns 0. Calls no
 * metamethod. */
int hy_json_encode(lua_State *L, int index);

/* The same, but leaves the JSON in the buffer and pushes its owner: the text is valid until that
 * is popped or the buffer is freed. Saves creating a string when the text is copied anyway. */
int hy_json_encode_to(lua_State *L, int index, hy_json_buffer *buffer);

/* Begins an empty text, and pushes its owner. */
void hy_json_buffer_begin(hy_json_buffer *buffer, lua_State *L);

/* Appends the JSON of the value at `index` to a text. Pushes nothing and returns 1, or pushes a
 * message and returns 0: then the text is lost. */
int hy_json_encode_more(lua_State *L, int index, hy_json_buffer *buffer);

/* Frees the text at once instead of at the next garbage collection; its owner must still be on
 * the stack. Optional. */
void hy_json_buffer_free(hy_json_buffer *buffer);

#endif
