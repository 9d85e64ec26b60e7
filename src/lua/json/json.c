/* JSON codec: code used in both directions. The metatable of arrays, growing text, UTF-8. */
#include "json/json_parts.h"

#define BLOCK "homey.json.block"

/* Memory from Lua's own allocator. Unlike a userdata it can grow in place, is freed as soon as
 * it is not needed, and does not trigger full garbage collections. */
typedef struct hy_json_block {
  char *text;
  size_t size;
} hy_json_block;

/* Returns 0 when memory is short; then nothing has changed. */
static int resize(lua_State *L, hy_json_block *block, size_t size)
{
  void *data;
  lua_Alloc allocate = lua_getallocf(L, &data);
  char *text = allocate(data, block->text, block->size, size);

  if (!text && size)
    return 0;
  block->text = text;
  block->size = size;
  return 1;
}

static int collect_block(lua_State *L)
{
  resize(L, luaL_checkudata(L, 1, BLOCK), 0);
  return 0;
}

void hy_json_open(lua_State *L)
{
  luaL_newmetatable(L, HY_JSON_ARRAY); /* returns the existing one, if any */
  lua_pushliteral(L, HY_JSON_ARRAY);
  lua_setfield(L, -2, "__name");
  luaL_newmetatable(L, BLOCK);
  lua_pushcfunction(L, collect_block);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 2);
}

void hy_json_buffer_init(hy_json_buffer *b, lua_State *L, int anchor)
{
  b->L = L;
  b->anchor = anchor;
  b->block = NULL;
  b->text = b->room;
  b->length = 0;
  b->size = sizeof b->room;
}

HY_JSON_RARE static void add_block(hy_json_buffer *b)
{
  hy_json_block *block = lua_newuserdata(b->L, sizeof *block);

  *block = (hy_json_block){ NULL, 0 };
  luaL_getmetatable(b->L, BLOCK);
  lua_setmetatable(b->L, -2);
  lua_replace(b->L, b->anchor);
  b->block = block;
}

void hy_json_buffer_grow(hy_json_buffer *b, size_t more)
{
  size_t size = b->size;

  while (size - b->length < more && size <= SIZE_MAX / 2)
    size *= 2;
  if (!b->block)
    add_block(b);
  if (size - b->length < more || !resize(b->L, b->block, size)) {
    lua_pushliteral(b->L, "not enough memory");
    lua_error(b->L);
    return; /* never reached; for static analysis */
  }
  if (b->text == b->room)
    memcpy(b->block->text, b->room, b->length);
  b->text = b->block->text;
  b->size = size;
}

void hy_json_buffer_free(hy_json_buffer *b)
{
  if (b->block)
    resize(b->L, b->block, 0);
  hy_json_buffer_init(b, b->L, b->anchor);
}

/* Returns the length of the UTF-8 sequence that starts at `p` with a byte that is not ASCII, or
 * 0 when it is invalid. Follows the table of well-formed sequences in the Unicode standard: only
 * the second byte depends on the first. */
static int utf8_length(const unsigned char *p, const unsigned char *end)
{
  unsigned char low = 0x80, high = 0xBF;
  int length;

  if (p[0] < 0xC2 || p[0] > 0xF4)
    return 0;
  length = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  if (end - p < length)
    return 0;
  if (p[0] == 0xE0)
    low = 0xA0; /* below: overlong */
  else if (p[0] == 0xED)
    high = 0x9F; /* above: a surrogate */
  else if (p[0] == 0xF0)
    low = 0x90;
  else if (p[0] == 0xF4)
    high = 0x8F; /* above: beyond U+10FFFF */
  if (p[1] < low || p[1] > high)
    return 0;
  for (int i = 2; i < length; i++)
    if ((p[i] & 0xC0) != 0x80)
      return 0;
  return length;
}

const char *hy_json_plain_rest(const char *p, const char *end)
{
  for (;;) {
    while (p < end && (unsigned char)*p >= 0x80) {
      int length = utf8_length((const unsigned char *)p, (const unsigned char *)end);

      if (!length)
        return p;
      p += length;
    }
    p = hy_json_skip_ascii(p, end);
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
           *p != '\\')
      p++;
    if (p == end || (unsigned char)*p < 0x80)
      return p;
  }
}

const char *hy_json_plain_end(const char *p, const char *end)
{
  return hy_json_plain(p, end);
}
