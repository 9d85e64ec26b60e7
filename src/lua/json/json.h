/*
 * JSON codec: text straight to Lua values and back, with no tree in between.
 *
 * The grammar of RFC 8259, strictly.  null is the light userdata NULL.  A JSON array has the metatable
 * HY_JSON_ARRAY, so that an empty one stays one. Whole numbers are integers where Lua has them (5.3 on) and
 * they fit, except -0, which stays the float it is in JavaScript.
 *
 * What Lua cannot hold is read as JavaScript reads it, since JavaScript writes it: a number becomes the nearest
 * double (JSON.stringify(2 ** 64) is 18446744073709552000) or an infinity, half a surrogate pair becomes U+FFFD.
 * Reading strictly refuses these. What JSON cannot hold is refused when it is written.
 *
 * Nothing here raises but Lua's own "not enough memory", and all memory is Lua's: there is none to leak.
 */
#ifndef HY_JSON_H
#define HY_JSON_H

#include <stddef.h>

#include "compat/compat.h"

/* The name in the registry of the metatable of arrays: luaL_getmetatable(L, HY_JSON_ARRAY). */
#define HY_JSON_ARRAY "homey.array"

/* How deeply arrays and objects may nest, in both directions. */
#define HY_JSON_DEPTH 1000

/* Text that is growing. What is small lives in here; what is not, in memory from Lua's allocator, which
 * belongs to a userdata on the Lua stack. */
typedef struct hy_json_buffer {
  lua_State *L;
  int anchor; /* the stack slot of that userdata */
  struct hy_json_block *block;
  char *text; /* no NUL after it */
  size_t length, size;
  char room[1024];
} hy_json_buffer;

/* Makes the metatables. May be called again in the same state, and must be before anything below. */
void hy_json_open(lua_State *L);

/* Pushes the value of the text and returns 1, or pushes a message and returns 0. The message has the number
 * of the offending byte, from 1, and at most one character of the text, which may be full of secrets. The
 * caller keeps the text alive and where it is. */
int hy_json_decode(lua_State *L, const char *text, size_t length);

/* The same, but makes only what is wanted of it. The table at the stack index `only` (0 = all is wanted) goes
 * along with the text: of the members of an object it names those that are wanted, by `true` for all that a
 * member holds and by another such table for a part; "*" stands for the members that it does not name, which
 * else are left out like those that are `false`. The items of an array are all wanted, each as "*" says.
 *
 *   { ["*"] = { id = true, capabilitiesObj = { ["*"] = { value = true } } } }   of a list of devices
 *
 * What is left out must be valid JSON nonetheless, except that its numbers may be any size. */
int hy_json_decode_only(lua_State *L, const char *text, size_t length, int only);

/* The same, but refuses a whole number that Lua cannot hold exactly, a number beyond the largest double, and half a
 * surrogate pair. */
int hy_json_decode_strictly(lua_State *L, const char *text, size_t length, int only);

/* Pushes the JSON of the value at `index` as a string and returns 1, or pushes a message that says where in
 * the value the trouble is ("value.actions[3]: ...") and returns 0. Calls no metamethod. */
int hy_json_encode(lua_State *L, int index);

/* The same, but leaves the JSON in the buffer, and pushes what keeps it alive: the text may be read until
 * that is popped or the buffer goes. Saves making a string of what is copied elsewhere anyway. */
int hy_json_encode_to(lua_State *L, int index, hy_json_buffer *buffer);

/* Gives the text back at once rather than when the collector comes by; what keeps it alive must still be on
 * the stack. May be left out. */
void hy_json_buffer_free(hy_json_buffer *buffer);

#endif
