/*
 * homey.system: system functions that a long-running program needs and Lua lacks. It is separate
 * from the core, which is a library and handles no signals: only a program of its own loads this
 * module.
 *
 * A system failure returns nil and a sentence, as Lua's io does; a wrong argument raises.
 */
#ifndef HY_SYSTEM_H
#define HY_SYSTEM_H

#include "compat/compat.h"

/* Pushes nil and "what: the reason of errno"; returns 2. `what` may be NULL. */
int hy_sys_failure(lua_State *L, const char *what);
/* Makes a descriptor close-on-exec and non-blocking. Returns 0, or -1 with errno. */
int hy_sys_quiet(int fd);
/* Registers a userdata type. */
void hy_sys_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc);

int hy_sys_signals(lua_State *L); /* signals.c */
int hy_sys_watch(lua_State *L);   /* watch.c */
int hy_sys_list(lua_State *L);    /* files.c */
int hy_sys_stat(lua_State *L);
int hy_sys_real(lua_State *L);
int hy_sys_mkdir(lua_State *L);
int hy_sys_room(lua_State *L);
int hy_sys_multicast(lua_State *L); /* multicast.c */
int hy_sys_notify(lua_State *L);    /* notify.c */
int hy_sys_trim(lua_State *L);      /* trim.c */
int hy_sys_isatty(lua_State *L);    /* terminal.c */
int hy_sys_size(lua_State *L);
int hy_sys_secret(lua_State *L);
int hy_sys_keys(lua_State *L);
int hy_sys_listen(lua_State *L); /* socket.c */
int hy_sys_begin(lua_State *L);  /* process.c */
int hy_sys_written(lua_State *L);
int hy_sys_page(lua_State *L); /* pager.c */

void hy_sys_open_signals(lua_State *L);
void hy_sys_open_watch(lua_State *L);
void hy_sys_open_multicast(lua_State *L);
void hy_sys_open_socket(lua_State *L);

#endif
