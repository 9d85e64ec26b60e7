/*
 * Fuzz target of the JSON codec. The message for invalid text has the number of a byte in the text.
 * A decoded value can be encoded, unless it has a number that is too large for Lua; the result
 * decodes and encodes again to the same length (the order of keys may differ). Decoding a part
 * refuses the same text at the same byte, except for large numbers, and its result is not longer.
 * Strict decoding refuses the same text, and values that Lua cannot hold.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int truth, const char *what)
{
  if (truth)
    return;
  fprintf(stderr, "not so: %s\n", what);
  abort();
}

static void check_message(const char *message, size_t size)
{
  unsigned long at = 0;

  demand(message && sscanf(message, "byte %lu: ", &at) == 1,
         "a message begins with the number of a byte");
  demand(at >= 1 && at <= size + 1, "the byte is one of the text or the end");
}

/* Encodes the decoded value. Returns 0 for an infinity, as which a too large number was read. */
static int encoded(lua_State *L, int index)
{
  if (hy_json_encode(L, index))
    return 1;
  demand(strstr(lua_tostring(L, -1), "infinity") != NULL, "what was decoded can be encoded");
  return 0;
}

/* Pushes { ["*"] = { a = true, [""] = false, b = {}, c = "d" }, a = { "e" } }. */
static void push_only(lua_State *L)
{
  lua_newtable(L);
  lua_newtable(L);
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, "a");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "");
  lua_newtable(L);
  lua_setfield(L, -2, "b");
  lua_pushliteral(L, "d");
  lua_setfield(L, -2, "c");
  lua_setfield(L, -2, "*");
  lua_newtable(L);
  lua_pushliteral(L, "e");
  lua_rawseti(L, -2, 1);
  lua_setfield(L, -2, "a");
}

/* Decodes a part of the text, and compares with the outcome for all of it. */
static void check_part(lua_State *L, const char *text, size_t size, int whole)
{
  int top = lua_gettop(L), part;

  push_only(L);
  part = hy_json_decode_only(L, text, size, -1);
  demand(lua_gettop(L) == top + 2, "decoding a part leaves one value");
  demand(part || !whole, "a part of what is good is good");
  if (!part)
    check_message(lua_tostring(L, -1), size);
  else
    encoded(L, -1);
  if (!part && strcmp(lua_tostring(L, -1), lua_tostring(L, top)) != 0)
    demand(strstr(lua_tostring(L, top), "number") != NULL,
           "what is bad is refused at the same byte");
  lua_settop(L, top);
}

/* Decodes the text strictly, and compares with the usual outcome. */
static void check_strict(lua_State *L, const char *text, size_t size, int whole)
{
  int top = lua_gettop(L), strictly = hy_json_decode_strictly(L, text, size, 0);

  demand(lua_gettop(L) == top + 1, "decoding strictly leaves one value");
  demand(whole || !strictly, "what is bad is bad strictly");
  if (!strictly)
    check_message(lua_tostring(L, -1), size);
  if (whole && !strictly)
    demand(strstr(lua_tostring(L, -1), "number") || strstr(lua_tostring(L, -1), "surrogate"),
           "what is bad only strictly is a number, or half a pair");
  lua_settop(L, top);
}

/* Copies the text to its exact size, so that a read past its end is detected. */
static void check(lua_State *L, const uint8_t *data, size_t size)
{
  char *text = malloc(size ? size : 1);
  hy_json_buffer buffer;
  size_t length;

  demand(text != NULL, "there is memory");
  for (size_t i = 0; i < size; i++)
    text[i] = (char)data[i];
  if (!hy_json_decode(L, text, size)) {
    check_message(lua_tostring(L, -1), size);
    check_strict(L, text, size, 0);
    check_part(L, text, size, 0);
    free(text);
    return;
  }
  check_strict(L, text, size, 1);
  check_part(L, text, size, 1);
  free(text);
  demand(lua_gettop(L) == 1, "decoding leaves one value");
  if (!encoded(L, 1))
    return;
  demand(lua_gettop(L) == 2, "encoding leaves one value");
  text = (char *)lua_tolstring(L, 2, &length);
  demand(hy_json_decode(L, text, length), "what was encoded can be decoded");
  demand(hy_json_encode_to(L, 3, &buffer), "and encoded again");
  demand(buffer.length == length, "to as many bytes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lua_State *L;

  if (!L)
    L = luaL_newstate();
  demand(L != NULL, "there is memory");
  hy_json_open(L);
  check(L, data, size);
  lua_settop(L, 0);
  return 0;
}
