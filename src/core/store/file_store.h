/* Default store: one file per account in a private directory. */
#ifndef HY_FILE_STORE_H
#define HY_FILE_STORE_H

#include "homey.h"

/* A homey_store over `state_dir`, which is made (0700) when it is missing; NULL when memory is short. */
homey_store *hy_file_store_new(const char *state_dir);
homey_store *hy_file_store_free(homey_store *store); /* releases its lock; takes NULL, answers NULL */

/* Its account "" is the account last made current; where there is none, the only login in the folder; else none.
 * A save without the lock takes it for that moment, and answers HOMEY_UNAVAILABLE where another holds it. */

/* The path of the file that holds `account`, for a sentence; nothing where that cannot be told. */
void hy_file_store_name(const homey_store *store, const char *account, char *out, size_t size);

/* Makes `account` the one that "" stands for: to be called after a login.  0, or a negative kind (of another
 * process doing the same: -HOMEY_UNAVAILABLE), and then `message` holds a sentence for people. */
int hy_file_store_set_current(homey_store *store, const char *account, char *message, size_t size);

#endif
