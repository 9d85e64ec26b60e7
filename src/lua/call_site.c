/* Call site: file and line of the program. Called with every change, so it allocates nothing but the string that it returns. */
#include <string.h>

#include "core_loop.h"

/* core.call_site(folder) -> "evening.lua:12", of the innermost function whose source is not in the folder; nil for none */
int hy_call_site(lua_State *L)
{
  size_t length;
  const char *folder = luaL_checklstring(L, 1, &length);
  lua_Debug call;
  int level = 1;

  for (; lua_getstack(L, level, &call); level++) {
    lua_getinfo(L, "S", &call);
    if (*call.what == 'C' || *call.what == 't') /* in C, or a tail call of 5.1, of which nothing is known */
      continue;
    if (!strncmp(call.source, folder, length))
      continue;
    lua_getinfo(L, "l", &call);
    lua_pushfstring(L, "%s:%d", call.short_src, call.currentline);
    return 1;
  }
  lua_pushnil(L);
  return 1;
}
