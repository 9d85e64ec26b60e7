/*
 * Private directory: files that are complete or do not exist, in a folder of one user.
 *
 * Invariant: at every moment a name has no file, or a file with one complete text; after a durable
 * write also if the power is cut. A file with a wrong owner, mode, type or size is refused before
 * anything is written, and stays unchanged. A writer holds the lock of the file, so there is one
 * temporary file, and one that exists already is left from a crash. Every failure is one sentence
 * without the content of a file; commands in it are in backquotes.
 */
#include "store/private_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

/* ---- errors ---- */

int hy_private_dir_fail(hy_private_dir *w, homey_kind kind, const char *format, ...)
{
  va_list args;

  va_start(args, format);
  vsnprintf(w->message, sizeof w->message, format, args);
  va_end(args);
  w->kind = kind;
  w->passes = 0;
  return -1;
}

/* Used instead of strerror(), which may share its buffer between threads and gives no advice. */
static const struct {
  const char *reason;
  int code, passes;
} reasons[] = {
  { "the disk is full. Free some space", ENOSPC, 1 },
  { "the disk quota is used up. Free some space", EDQUOT, 1 },
  { "the file size limit is reached. Raise it", EFBIG, 1 },
  { "the file system is read-only. Choose another state_dir", EROFS, 1 },
  { "permission is denied. Choose another state_dir, or correct its owner and mode", EACCES, 0 },
  { "permission is denied. Choose another state_dir, or correct its owner and mode", EPERM, 0 },
  { "part of its path is not a folder. Choose another state_dir", ENOTDIR, 0 },
  { "it does not exist. Choose another state_dir", ENOENT, 0 },
  { "something else has its name. Move it away", EEXIST, 0 },
  { "something else has its name. Move it away", EISDIR, 0 },
  { "it is a symbolic link. Move it away", ELOOP, 0 },
  { "too many files are open. Close some, or raise the limit", EMFILE, 1 },
  { "too many files are open. Close some, or raise the limit", ENFILE, 1 },
  { "memory is short. Free some", ENOMEM, 1 },
  { "the disk reports an error. Check it", EIO, 1 }
};

int hy_private_dir_fail_errno(hy_private_dir *w, const char *what, const char *name)
{
  int code = errno;
  homey_kind kind = code == ENOMEM ? HOMEY_MEMORY : HOMEY_INVALID;
  const char *slash = *name ? "/" : "";

  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (reasons[i].code == code) {
      hy_private_dir_fail(w, kind, "%s %s%s%s: %s.", what, w->path, slash, name, reasons[i].reason);
      w->passes = reasons[i].passes;
      return -1;
    }
  return hy_private_dir_fail(w, kind, "%s %s%s%s: system error %d.", what, w->path, slash, name,
                             code);
}

/* ---- the folder ---- */

static int synced(int fd)
{
#ifdef F_FULLFSYNC
  if (fcntl(fd, F_FULLFSYNC) == 0) /* fsync stops at the drive's own cache */
    return 1;
#endif
  return fsync(fd) == 0;
}

/* Some file systems cannot sync a folder and report that; nothing more can be done. */
int hy_private_dir_synced(int fd)
{
  return synced(fd) || errno == EINVAL || errno == ENOTSUP;
}

int hy_open_at(int at, const char *path)
{
  return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Creates one folder; its entry in the parent is on disk when this returns. */
static void make_folder(const char *path)
{
  int made = mkdir(path, 0700), fd, above, code = errno;

  if (made < 0)
    return;
  fd = hy_open_at(AT_FDCWD, path);
  above = fd < 0 ? -1 : hy_open_at(fd, "..");
  if (above >= 0) {
    hy_private_dir_synced(above);
    close(above);
  }
  if (fd >= 0)
    close(fd);
  errno = code;
}

/* Creates the missing folders of a path. Opening the folder shows the result; returns errno, or
 * 0. */
static int make_folders(const char *path)
{
  char *copy = hy_strdup(path);
  int trouble = 0;

  if (!copy)
    return ENOMEM;
  for (char *end = copy + 1; *copy; end++) {
    char c = *end;
    if (c && c != '/')
      continue;
    *end = '\0';
    errno = 0;
    make_folder(copy);
    if (!trouble && errno && errno != EEXIST)
      trouble = errno;
    *end = c;
    if (!c)
      break;
  }
  free(copy);
  return trouble;
}

static int judge_folder(hy_private_dir *w)
{
  struct stat st;

  if (fstat(w->fd, &st))
    return hy_private_dir_fail_errno(w, "cannot look at", "");
  if (st.st_uid != geteuid())
    return hy_private_dir_fail(w, HOMEY_INVALID,
                               "%s belongs to another user. Choose another state_dir.", w->path);
  if (st.st_mode & 077)
    return hy_private_dir_fail(
        w, HOMEY_INVALID, "others may enter the folder %s, which keeps %ss. Run `chmod 700 '%s'`.",
        w->path, w->keeps, w->path);
  return 1;
}

int hy_private_dir_open(hy_private_dir *w, const char *path, const char *keeps, size_t most,
                        int make)
{
  int trouble = 0;

  *w = (hy_private_dir){
    .path = path, .keeps = keeps, .most = most, .fd = hy_open_at(AT_FDCWD, path)
  };
  if (w->fd < 0 && errno == ENOENT) {
    if (!make)
      return 0;
    trouble = make_folders(path);
    w->fd = hy_open_at(AT_FDCWD, path);
  }
  if (w->fd >= 0)
    return judge_folder(w);
  errno = errno == ENOENT && trouble ? trouble : errno;
  return hy_private_dir_fail_errno(
      w, make ? "cannot make or open the folder" : "cannot open the folder", "");
}

void hy_private_dir_close(hy_private_dir *w)
{
  if (w->fd >= 0)
    close(w->fd);
  w->fd = -1;
}

/* ---- files in it ---- */

void hy_name_file(hy_file_name out, const char *base, const char *ending)
{
  snprintf(out, HY_FILE_NAME, "%.200s%s", base, ending);
}

int hy_private_dir_inspect(hy_private_dir *w, const char *name, mode_t need)
{
  struct stat st;

  if (fstatat(w->fd, name, &st, AT_SYMLINK_NOFOLLOW))
    return errno == ENOENT ? 0 : hy_private_dir_fail_errno(w, "cannot look at", name);
  if (S_ISLNK(st.st_mode))
    return hy_private_dir_fail(w, HOMEY_INVALID, "%s/%s is a symbolic link. Move it away.", w->path,
                               name);
  if (!S_ISREG(st.st_mode))
    return hy_private_dir_fail(w, HOMEY_INVALID, "%s/%s is not a regular file. Move it away.",
                               w->path, name);
  if (st.st_uid != geteuid())
    return hy_private_dir_fail(w, HOMEY_INVALID, "%s/%s belongs to another user. Move it away.",
                               w->path, name);
  if (st.st_mode & 077)
    return hy_private_dir_fail(w, HOMEY_INVALID,
                               "others may use the %s in %s/%s. Run `chmod 600 '%s/%s'`.", w->keeps,
                               w->path, name, w->path, name);
  if ((st.st_mode & need) != need)
    return hy_private_dir_fail(w, HOMEY_INVALID, "%s/%s may not be %s. Run `chmod 600 '%s/%s'`.",
                               w->path, name, need & ~st.st_mode & S_IRUSR ? "read" : "written",
                               w->path, name);
  if (st.st_size > (off_t)w->most)
    return hy_private_dir_fail(w, HOMEY_INVALID, "%s/%s is too large for a %s. Move it away.",
                               w->path, name, w->keeps);
  return 1;
}

/* Reads a whole file into an empty buffer. Returns 0, or -1 with errno. */
static int read_all(int fd, size_t most, hy_buf *out)
{
  struct stat st;
  ssize_t n;

  if (fstat(fd, &st))
    return -1;
  /* Reads one byte more than the size, so that a file that has grown is detected, and never more
   * than `most` + 1. */
  out->size = st.st_size < (off_t)most ? (size_t)st.st_size + 1 : most + 1;
  /* Allocated once: a growing buffer would leave copies of the secret. */
  out->data = malloc(out->size);
  if (!out->data) {
    out->size = 0;
    errno = ENOMEM;
    return -1;
  }
  while (out->length + 1 < out->size) {
    n = read(fd, out->data + out->length, out->size - 1 - out->length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    out->length += (size_t)n;
  }
  out->data[out->length] = '\0';
  return 0;
}

int hy_private_dir_read(hy_private_dir *w, const char *name, hy_buf *out)
{
  int there = hy_private_dir_inspect(w, name, S_IRUSR), fd;

  if (there <= 0)
    return there;
  fd = openat(w->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? 0 : hy_private_dir_fail_errno(w, "cannot read", name);
  if (read_all(fd, w->most, out)) {
    hy_buf_wipe(out);
    there = hy_private_dir_fail_errno(w, "cannot read", name);
  }
  close(fd);
  return there;
}

static int write_all(int fd, const char *text, size_t length)
{
  while (length) {
    ssize_t n = write(fd, text, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return -1;
    text += n;
    length -= (size_t)n;
  }
  return 0;
}

int hy_private_dir_write(hy_private_dir *w, const char *name, const char *text, size_t length,
                         int durable)
{
  int fd, code;

  unlinkat(w->fd, name, 0); /* left from a crash: we hold the lock */
  fd = openat(w->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return -1;
  if (!fchmod(fd, 0600) && !write_all(fd, text, length) && (!durable || synced(fd)))
    code = 0;
  else
    code = errno;
  if (close(fd) && !code && errno != EINTR)
    code = errno; /* a network file system may report a full disk only here */
  if (code)
    unlinkat(w->fd, name, 0);
  errno = code;
  return code ? -1 : 0;
}

static int fail_to(hy_private_dir *w, const char *verb, const char *name)
{
  char what[64];
  int code = errno;

  snprintf(what, sizeof what, "cannot %s the %s in", verb, w->keeps);
  errno = code;
  return hy_private_dir_fail_errno(w, what, name);
}

int hy_private_dir_replace(hy_private_dir *w, const char *base, const char *ending,
                           const char *text, size_t length, int durable)
{
  hy_file_name name, temporary;

  hy_name_file(name, base, ending);
  hy_name_file(temporary, base, ".tmp");
  if (hy_private_dir_inspect(w, name, S_IRUSR | S_IWUSR) < 0)
    return -1;
  if (length > w->most)
    return hy_private_dir_fail(w, HOMEY_INVALID,
                               "a %s of %zu bytes is too large for %s. At most %zu bytes fit.",
                               w->keeps, length, w->path, w->most);
  if (hy_private_dir_write(w, temporary, text, length, durable))
    return fail_to(w, "save", name);
  if (renameat(w->fd, temporary, w->fd, name)) {
    fail_to(w, "save", name);
    unlinkat(w->fd, temporary, 0);
    return -1;
  }
  return !durable || hy_private_dir_synced(w->fd) ? 0 : fail_to(w, "be sure of", name);
}

/* ---- the lock ---- */

int hy_private_dir_lock(hy_private_dir *w, const char *base)
{
  hy_file_name name;
  struct stat st;
  int fd, code;

  hy_name_file(name, base, ".lock");
  fd = openat(w->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0)
    return hy_private_dir_fail_errno(w, "cannot open the lock", name);
  if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
    close(fd);
    return hy_private_dir_fail(w, HOMEY_INVALID, "%s/%s is not a lock file of homey. Move it away.",
                               w->path, name);
  }
  do
    code = flock(fd, LOCK_EX | LOCK_NB) ? errno : 0;
  while (code == EINTR);
  if (!code)
    return fd;
  close(fd);
  if (code == EWOULDBLOCK)
    return hy_private_dir_fail(w, HOMEY_UNAVAILABLE,
                               "another process uses the %s in %s. Try again.", w->keeps, w->path);
  errno = code;
  return hy_private_dir_fail_errno(w, "cannot lock", name);
}

/* Unlocks explicitly: a forked child may share the descriptor, and then closing ours does not
 * unlock it. */
void hy_unlock(int fd)
{
  if (fd < 0)
    return;
  flock(fd, LOCK_UN);
  close(fd);
}
