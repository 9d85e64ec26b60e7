/*
 * Private directory: complete files in a folder of one user, kept between runs.
 *
 * Every function returns -1 on failure, with kind and sentence in the hy_private_dir, unless stated
 * otherwise.
 */
#ifndef HY_PRIVATE_DIR_H
#define HY_PRIVATE_DIR_H

#include <sys/types.h>

#include "base/buf.h"
#include "homey.h"
#include "base/text.h"

#define HY_FILE_NAME 256 /* with its NUL */

typedef char hy_file_name[HY_FILE_NAME];

/* One operation in the directory. */
typedef struct hy_private_dir {
  const char *path;
  const char *keeps; /* what its files hold, for messages: "login" */
  size_t most;       /* limit of a file's size in bytes */
  int fd;            /* the folder's descriptor, or -1 */
  homey_kind kind;
  int passes; /* the failure is a shortage of the machine: the same may work later */
  char message[480];
} hy_private_dir;

/* Opens the folder. Returns 1, 0 when it does not exist (and `make` is 0), or -1. */
int hy_private_dir_open(hy_private_dir *w, const char *path, const char *keeps, size_t most,
                        int make);
void hy_private_dir_close(hy_private_dir *w);

/* Both return -1. */
int hy_private_dir_fail(hy_private_dir *w, homey_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int hy_private_dir_fail_errno(hy_private_dir *w, const char *what, const char *name);

/* Opens a folder that must exist; its descriptor, or -1 with errno. */
int hy_open_at(int at, const char *path);
int hy_private_dir_synced(int fd); /* 1, or 0 with errno */

void hy_name_file(hy_file_name out, const char *base, const char *ending);
/* Checks a file. Returns 1 when it is ours and has the right mode and size, 0 when it does not
 * exist. `need` is the permission that we need: a file that its owner made read-only is not
 * replaced. */
int hy_private_dir_inspect(hy_private_dir *w, const char *name, mode_t need);
/* Returns 1 and the text, or 0 when there is no file. */
int hy_private_dir_read(hy_private_dir *w, const char *name, hy_buf *out);
/* Creates a file, on disk when `durable` is set. Returns 0, or -1 with errno. */
int hy_private_dir_write(hy_private_dir *w, const char *name, const char *text, size_t length,
                         int durable);
/* Writes a text under base and ending, atomically, and on disk when `durable` is set; the caller
 * holds the lock of `base`. */
int hy_private_dir_replace(hy_private_dir *w, const char *base, const char *ending,
                           const char *text, size_t length, int durable);
/* Locks `base` and returns the descriptor of the lock; HOMEY_UNAVAILABLE when another process
 * holds it. */
int hy_private_dir_lock(hy_private_dir *w, const char *base);
void hy_unlock(int fd); /* accepts -1 */

#endif
