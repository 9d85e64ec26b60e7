/* homey.loader: what makes a program start faster. homey.core does not use it. */
#ifndef HY_LOADER_H
#define HY_LOADER_H

#include "compat/compat.h"

/* use(path) -> whether modules are taken out of this file of compiled modules from now on */
int hy_use_compiled(lua_State *L);

#endif
