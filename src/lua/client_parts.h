/* Parts of a client of Lua: declarations shared by the files client*.c. */
#ifndef HY_CLIENT_PARTS_H
#define HY_CLIENT_PARTS_H

#include "core_loop.h"

/* Reads the options of Loop:client() from the table at slot 2. Their strings are kept alive by the
 * table at slot 4, which is empty before, and by values that stay on the stack. Returns the name of
 * the first string with a NUL inside, which C would cut; NULL when there is none. */
const char *hy_read_client_options(lua_State *L, homey_options *o);
/* Whether the option of the table at slot 2 is neither nil nor false. */
int hy_option_is_set(lua_State *L, const char *name);

/* Sets the functions of `o` for the listeners that the options want: they park notes for `k`. The
 * store's functions are in `store`, which must live as long as `o`. */
void hy_set_listeners(lua_State *L, hy_lua_client *k, homey_options *o, homey_store *store);
/* Tells the listeners of a client that nothing more will arrive under their ids. The notes come
 * after everything parked before. When memory is short, they are omitted. */
void hy_tell_end(hy_lua_client *k);

#endif
