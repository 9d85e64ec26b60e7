/* JSON decoder: the wanted members, copied out of Lua's tables before the text is read. So finding
 * one needs no call of Lua, and finalizers, which may run while the text is read, cannot change
 * them. */
#include "json/reader.h"

/* Finds a table in the stack slots from `first` on; returns its number from 1, or 0. */
static int find_table(lua_State *L, int index, int first, int count)
{
  for (int i = 0; i < count; i++)
    if (lua_rawequal(L, index, first + i))
      return i + 1;
  return 0;
}

/* Replaces the table on top of the stack by itself and all tables in it, each once. Returns their
 * number and counts their members. Returns 0 when the stack has no room. */
HY_JSON_RARE static int spread_tables(lua_State *L, int *ret_members)
{
  int first = lua_gettop(L), count = 1;

  *ret_members = 0;
  for (int i = 0; i < count; i++) {
    lua_pushnil(L);
    while (lua_next(L, first + i)) {
      ++*ret_members;
      if (lua_istable(L, -1) && !find_table(L, -1, first, count)) {
        if (!lua_checkstack(L, 8))
          return 0;
        lua_pushvalue(L, -1);
        lua_insert(L, first + count++);
      }
      lua_pop(L, 1);
    }
  }
  return count;
}

/* Eight bytes of a name, padded with zeroes. */
static uint64_t first_of(const char *name, size_t length, const char *end)
{
  char bytes[8] = { 0 };

  if (end - name < 8) {
    memcpy(bytes, name, length);
    return hy_json_load(bytes);
  }
  return hy_json_load(name) & (length < 8 ? ((uint64_t)1 << 8 * length) - 1 : ~(uint64_t)0);
}

/* A bit for names: most that are not wanted have another than all that are. */
static inline uint64_t filter_bit(uint64_t first)
{
  return (uint64_t)1 << (first * 0x9E3779B97F4A7C15u >> 58);
}

/* The tables are in the slots from `first` on; after them come the memory and the names. */
typedef struct copier {
  lua_State *L;
  hy_json_wanted *wanted;
  int first, tables, top;
  int members, room; /* copied, and counted before */
} copier;

/* Puts the value at `index` after the names that were put before. */
static int keep(copier *c, int index)
{
  lua_pushvalue(c->L, index);
  lua_insert(c->L, ++c->top);
  return c->top;
}

/* Pushes the name that the value on top gives to its member; another value for none. */
static void push_new_name(lua_State *L)
{
  if (lua_istable(L, -1))
    lua_rawgeti(L, -1, 1);
  else
    lua_pushvalue(L, -1);
}

/* What the value on top of the stack wants. */
static int meaning(const copier *c)
{
  if (lua_istable(c->L, -1)) {
    int number = find_table(c->L, -1, c->first, c->tables);
    return number ? number : HY_JSON_NOTHING;
  }
  return lua_toboolean(c->L, -1) ? HY_JSON_ALL : HY_JSON_NOTHING;
}

/* Copies the member whose name and value are on top of the stack. */
HY_JSON_RARE static void copy_member(copier *c, hy_json_wanted_table *table)
{
  size_t length;
  const char *name = lua_tolstring(c->L, -2, &length);
  hy_json_wanted_member *m;

  if (length == 1 && *name == '*') {
    table->others = meaning(c);
    return;
  }
  if (c->members == c->room) /* a finalizer has added some */
    return;
  m = &c->wanted->members[c->members++];
  *m = (hy_json_wanted_member){ .name = name, .length = length, .follower = table->start };
  m->first = first_of(name, length, name + length);
  table->filter |= filter_bit(m->first);
  m->what = meaning(c);
  m->slot = keep(c, -2);
  push_new_name(c->L);
  m->renamed = lua_type(c->L, -1) == LUA_TSTRING;
  if (m->renamed)
    m->slot = keep(c, -1);
  lua_pop(c->L, 1);
  table->count++;
}

HY_JSON_RARE static void copy_table(copier *c, int number)
{
  hy_json_wanted_table *table = &c->wanted->tables[number];

  *table = (hy_json_wanted_table){ .start = c->members,
                                   .follower = c->members,
                                   .others = HY_JSON_NOTHING };
  lua_pushnil(c->L);
  while (lua_next(c->L, c->first + number - 1)) {
    if (lua_type(c->L, -2) == LUA_TSTRING)
      copy_member(c, table);
    lua_pop(c->L, 1);
  }
}

HY_JSON_RARE int hy_json_copy_wanted(lua_State *L, int only, hy_json_wanted *ret)
{
  copier c = { .L = L, .wanted = ret };

  lua_pushvalue(L, only);
  c.first = lua_gettop(L);
  c.tables = spread_tables(L, &c.room);
  if (!c.tables || !lua_checkstack(L, 2 * c.room + 8))
    return 0;
  ret->members = lua_newuserdata(L, (size_t)c.room * sizeof *ret->members +
                                        (size_t)(c.tables + 1) * sizeof *ret->tables);
  ret->tables = (hy_json_wanted_table *)(ret->members + c.room);
  c.top = lua_gettop(L);
  for (int number = 1; number <= c.tables; number++)
    copy_table(&c, number);
  return 1;
}

const hy_json_wanted_member *hy_json_find_wanted(const hy_json_wanted *wanted, hy_json_level *v,
                                                 const char *name, size_t length, const char *end)
{
  const hy_json_wanted_table *table = &wanted->tables[v->wanted];
  uint64_t first = first_of(name, length, end);
  int place = *v->follower;

  if (!(table->filter & filter_bit(first)))
    return NULL;
  for (int i = 0; i <= table->count; place = table->start + i++) {
    hy_json_wanted_member *m = &wanted->members[place];

    if (m->first == first && m->length == length &&
        (length <= 8 || memcmp(m->name + 8, name + 8, length - 8) == 0)) {
      *v->follower = place;
      v->follower = &m->follower;
      return m;
    }
  }
  return NULL;
}
