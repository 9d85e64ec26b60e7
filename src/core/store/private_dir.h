/* Private directory: whole files in a folder of the user alone, kept from one run to the next.
 *
 * Every function returns -1 on failure, with kind and sentence in the hy_private_dir, unless it says otherwise. */
#ifndef HY_PRIVATE_DIR_H
#define HY_PRIVATE_DIR_H

#include <sys/types.h>

#include "base/buf.h"
#include "homey.h"
#include "base/text.h"

#define HY_FILE_NAME 256 /* with its NUL */

typedef char hy_file_name[HY_FILE_NAME];

/* One operation in it, while that lasts. */
typedef struct hy_private_dir {
  const char *path;
  const char *keeps; /* what its files hold, for a sentence: "login" */
  size_t most;       /* bytes that a file of it may have */
  int fd;            /* or -1 */
  homey_kind kind;
  int passes; /* it is the machine that is short of something: the same may work later */
  char message[480];
} hy_private_dir;

/* 1 when the folder is open and fit, 0 when there is none (and `make` is 0), -1. */
int hy_private_dir_open(hy_private_dir *w, const char *path, const char *keeps, size_t most, int make);
void hy_private_dir_close(hy_private_dir *w);

/* Both answer -1. */
int hy_private_dir_fail(hy_private_dir *w, homey_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int hy_private_dir_fail_errno(hy_private_dir *w, const char *what, const char *name);

int hy_open_at(int at, const char *path); /* a folder that must be there; its descriptor or -1 with errno */
int hy_private_dir_synced(int fd);        /* 1, or 0 with errno */

void hy_name_file(hy_file_name out, const char *base, const char *ending);
/* 1 when the file is ours and sound, 0 when there is none; `need` is what we must be allowed to do with it: a file
 * that its owner made read-only is not replaced behind the owner's back. */
int hy_private_dir_inspect(hy_private_dir *w, const char *name, mode_t need);
/* 1 and the text, 0 when there is none. */
int hy_private_dir_read(hy_private_dir *w, const char *name, hy_buf *out);
/* A new file, written and, if `durable`, on disk; 0 or -1 with errno. */
int hy_private_dir_write(hy_private_dir *w, const char *name, const char *text, size_t length, int durable);
/* Puts a text under base and ending, in one step; whoever calls holds the lock of `base`. */
int hy_private_dir_replace(hy_private_dir *w, const char *base, const char *ending, const char *text, size_t length);
/* The descriptor that holds the lock of `base`; HOMEY_UNAVAILABLE where another has it. */
int hy_private_dir_lock(hy_private_dir *w, const char *base);
void hy_unlock(int fd); /* takes -1 */

#endif
