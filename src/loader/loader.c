/* Module homey.loader: what makes a program start faster. When it is loaded, it loads homey.core
 * before Lua does, so that a function of libcurl and its thirty libraries is bound when it is first
 * called. Lua binds all of them at once, which takes a tenth of a short program. homey.core itself
 * is linked to be bound at once all the same: so `require` still refuses it to another Lua, which
 * lacks some of the functions that it needs. */
#include "loader.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const char here; /* in this library */

/* Returns whether homey.core was loaded. When it was not, `require "homey.core"` says why. */
static int load_core(void)
{
  char path[4096];
  Dl_info self;
  const char *name;
  int length;

  if (!dladdr(&here, &self) || !self.dli_fname)
    return 0;
  name = strrchr(self.dli_fname, '/');
  length = name ? (int)(name + 1 - self.dli_fname) : 0;
  if (snprintf(path, sizeof path, "%.*score.so", length, self.dli_fname) >= (int)sizeof path)
    return 0;
  return dlopen(path, RTLD_LAZY | RTLD_LOCAL) != NULL;
}

__attribute__((visibility("default"))) int luaopen_homey_loader(lua_State *L);

int luaopen_homey_loader(lua_State *L)
{
  lua_newtable(L);
  lua_pushboolean(L, load_core());
  lua_setfield(L, -2, "has_core");
  lua_pushcfunction(L, hy_use_compiled);
  lua_setfield(L, -2, "use");
  return 1;
}
