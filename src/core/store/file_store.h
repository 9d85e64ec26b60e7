/* Default store: one file per account in a private directory. */
#ifndef HY_FILE_STORE_H
#define HY_FILE_STORE_H

#include "homey.h"

/* Creates a store in the folder `state_dir`, which is created (0700) when missing. Returns NULL
 * when memory is short. */
homey_store *hy_file_store_new(const char *state_dir);
/* Releases its lock; accepts NULL, returns NULL. */
homey_store *hy_file_store_free(homey_store *store);

/* The account "" means the account last made current, else the only login in the folder, else
 * none. A save without the lock takes the lock for that moment; it answers HOMEY_UNAVAILABLE
 * when another process holds it. */

/* Writes the path of the file that holds `account`, for a message; "" when it cannot be
 * determined. */
void hy_file_store_name(const homey_store *store, const char *account, char *out, size_t size);

/* Makes `account` the one that "" means; call it after a login. Returns 0, or a negative kind
 * with a sentence in `message` (-HOMEY_UNAVAILABLE when another process does the same). */
int hy_file_store_set_current(homey_store *store, const char *account, char *message, size_t size);

#endif
