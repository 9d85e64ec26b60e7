/* Call site: file and line in the user's program. Called for every change, so it allocates only
 * the string that it returns. */
#include <string.h>

#include "core_loop.h"

/* core.call_site(folder) -> "evening.lua:12", of the innermost function whose source is outside
 * the folder; nil when there is none */
int hy_call_site(lua_State *L)
{
  size_t length;
  const char *folder = luaL_checklstring(L, 1, &length);
  lua_Debug call;
  int level = 1;

  for (; lua_getstack(L, level, &call); level++) {
    lua_getinfo(L, "S", &call);
    /* A C function, or a tail call in 5.1, which has no information. */
    if (*call.what == 'C' || *call.what == 't')
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
