/*
 * Default store: one file per account in a private directory; see private_dir.c for its guarantees.
 * A writer holds the lock of the account. File names do not show the account's name.
 *
 *   login-<hash>.json  the login
 *   login-<hash>.tmp   its successor, while it is written
 *   login-<hash>.lock  the lock: a file of its own, since a rename would lose it; never removed
 *   current            the name of the login that the account "" means
 */
#include "store/file_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "store/private_dir.h"

#define TEXT_MAX ((size_t)1024 * 1024)
#define SPARE 16384 /* bytes that must fit on the disk before a token is renewed */

typedef struct file_store {
  homey_store face; /* must be first: pointers to both are interchangeable */
  char *path;
  int lock;            /* the lock file, or -1 */
  hy_file_name locked; /* the base name of the locked account's files */
} file_store;

static int open_store(hy_private_dir *w, const char *path, int make)
{
  return hy_private_dir_open(w, path, "login", TEXT_MAX, make);
}

/* ---- files of accounts ---- */

/* Names the files of an account by a hash (FNV-1a), which is stable and short. It hides the name
 * from a casual look only. */
static void name_account(hy_file_name out, const char *account)
{
  uint64_t hash = hy_hash(HY_HASH_START, account, strlen(account));

  snprintf(out, HY_FILE_NAME, "login-%016llx", (unsigned long long)hash);
}

static int forget(hy_private_dir *w, const char *base)
{
  hy_file_name name;
  int there;

  hy_name_file(name, base, ".json");
  there = hy_private_dir_inspect(w, name, 0);
  if (there <= 0)
    return there;
  if (unlinkat(w->fd, name, 0) && errno != ENOENT)
    return hy_private_dir_fail_errno(w, "cannot delete the login in", name);
  return hy_private_dir_synced(w->fd)
             ? 0
             : hy_private_dir_fail_errno(w, "cannot confirm the deletion of", name);
}

/* ---- the current account ---- */

static int is_login(const char *name)
{
  return !strncmp(name, "login-", 6) && strspn(name + 6, "0123456789abcdef") == 16 &&
         !strcmp(name + 22, ".json");
}

/* Finds the only login in the folder, as its file name. Returns 0 when there is none or several,
 * or -1. */
static int only_login(hy_private_dir *w, hy_file_name out)
{
  int fd = hy_open_at(w->fd, "."), count = 0;
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  struct dirent *entry;

  if (!folder) {
    hy_private_dir_fail_errno(w, "cannot list the folder", "");
    if (fd >= 0)
      close(fd);
    return -1;
  }
  /* NOLINTNEXTLINE(concurrency-mt-unsafe): the DIR is used by one thread */
  while ((entry = readdir(folder)))
    if (is_login(entry->d_name) && ++count == 1)
      hy_name_file(out, entry->d_name, "");
  closedir(folder);
  return count == 1;
}

/* Reads from `current` the name of a login file that exists. */
static int current_login(hy_private_dir *w, hy_file_name out)
{
  hy_buf text = { 0 };
  int there = hy_private_dir_read(w, "current", &text);
  struct stat st;

  if (there > 0 && text.length == 28 && text.data[27] == '\n')
    text.data[27] = '\0';
  if (there > 0)
    there = text.data && is_login(text.data) &&
            !fstatat(w->fd, text.data, &st, AT_SYMLINK_NOFOLLOW);
  if (there > 0)
    snprintf(out, HY_FILE_NAME, "%s", text.data);
  hy_buf_free(&text);
  return there;
}

/* Finds the base of the account's file names. Returns 0 or -1. */
static int resolve(hy_private_dir *w, const char *account, hy_file_name base)
{
  hy_file_name login;
  int found = 0;

  if (!*account)
    found = current_login(w, login);
  if (!*account && !found)
    found = only_login(w, login);
  if (found < 0)
    return -1;
  if (found > 0)
    snprintf(base, HY_FILE_NAME, "%.22s", login);
  else
    name_account(base, account);
  return 0;
}

/* A caller that locks is about to use up a refresh token: tests first whether its successor can
 * be saved. */
static int rehearse(hy_private_dir *w, const char *base)
{
  hy_file_name name, temporary;
  char *nothing;
  int result;

  hy_name_file(name, base, ".json");
  hy_name_file(temporary, base, ".tmp");
  if (hy_private_dir_inspect(w, name, S_IRUSR | S_IWUSR) < 0)
    return -1;
  nothing = calloc(1, SPARE); /* not static: that would be most of the module's data */
  if (!nothing)
    return hy_private_dir_fail(w, HOMEY_MEMORY,
                               "cannot save a login in %s, because memory is short.", name);
  result = hy_private_dir_write(w, temporary, nothing, SPARE, 0);
  free(nothing);
  if (result)
    return hy_private_dir_fail_errno(w, "cannot save a login in", name);
  unlinkat(w->fd, temporary, 0);
  return 0;
}

/* ---- the functions of the store ---- */

static void unlock(file_store *s)
{
  hy_unlock(s->lock);
  s->lock = -1;
}

static void answer(homey_store_op *op, const hy_private_dir *w, int result)
{
  if (result < 0)
    homey_store_op_answer(op, w->kind, w->message, strlen(w->message));
  else
    homey_store_op_answer(op, HOMEY_OK, NULL, 0);
}

static void store_load(void *data, const char *account, homey_store_op *op)
{
  file_store *s = data;
  hy_buf text = { 0 };
  hy_file_name base, name;
  hy_private_dir w;
  int there = open_store(&w, s->path, 0);

  if (there > 0)
    there = resolve(&w, account, base) ? -1 : 1;
  if (there > 0) {
    hy_name_file(name, base, ".json");
    there = hy_private_dir_read(&w, name, &text);
  }
  hy_private_dir_close(&w);
  if (there > 0)
    homey_store_op_answer(op, HOMEY_OK, text.data, text.length);
  else
    answer(op, &w, there);
  hy_buf_wipe(&text);
}

static void store_save(void *data, const char *account, const char *text, size_t length,
                       homey_store_op *op)
{
  file_store *s = data;
  hy_file_name base;
  hy_private_dir w;
  int result = open_store(&w, s->path, text != NULL), lock = -1;

  if (result > 0)
    result = resolve(&w, account, base);
  else if (!result) /* no login to delete */
    goto out;
  if (!result && (s->lock < 0 || strcmp(s->locked, base) != 0))
    result = (lock = hy_private_dir_lock(&w, base)) < 0 ? -1 : 0;
  if (!result)
    result = text ? hy_private_dir_replace(&w, base, ".json", text, length, 1) : forget(&w, base);
  hy_unlock(lock);
out:
  hy_private_dir_close(&w);
  answer(op, &w, result);
}

static void store_lock(void *data, const char *account, int take, homey_store_op *op)
{
  file_store *s = data;
  hy_file_name base;
  hy_private_dir w;
  int result;

  if (!take) {
    unlock(s);
    return;
  }
  result = open_store(&w, s->path, 1) > 0 ? resolve(&w, account, base) : -1;
  if (!result && s->lock >= 0 && strcmp(s->locked, base) != 0)
    unlock(s);
  if (!result && s->lock < 0) {
    s->lock = hy_private_dir_lock(&w, base);
    result = s->lock < 0 ? -1 : rehearse(&w, base);
    if (result)
      unlock(s);
    else
      hy_name_file(s->locked, base, "");
  }
  hy_private_dir_close(&w);
  answer(op, &w, result);
}

/* Returns 0 or -1; writes nothing when nothing changes. */
static int set_current(hy_private_dir *w, const char *account)
{
  hy_file_name base, login, line, old = "";
  int result, lock;

  name_account(base, account);
  hy_name_file(login, base, ".json");
  hy_name_file(line, base, ".json\n");
  result = current_login(w, old);
  if (result < 0 || !strcmp(old, login))
    return result < 0 ? -1 : 0;
  lock = hy_private_dir_lock(w, "current");
  if (lock < 0)
    return -1;
  result = hy_private_dir_replace(w, "current", "", line, strlen(line), 1);
  hy_unlock(lock);
  return result;
}

void hy_file_store_name(const homey_store *store, const char *account, char *out, size_t size)
{
  const file_store *s = (const file_store *)store;
  hy_file_name base;
  hy_private_dir w;

  if (open_store(&w, s->path, 0) > 0 && !resolve(&w, account, base))
    snprintf(out, size, "%s/%s.json", s->path, base);
  hy_private_dir_close(&w);
}

int hy_file_store_set_current(homey_store *store, const char *account, char *message, size_t size)
{
  const file_store *s = (const file_store *)store;
  hy_private_dir w;
  int result = open_store(&w, s->path, 1);

  if (result > 0)
    result = *account ? set_current(&w, account) : 0;
  hy_private_dir_close(&w);
  if (result < 0 && size)
    snprintf(message, size, "%s", w.message);
  return result < 0 ? -(int)w.kind : 0;
}

homey_store *hy_file_store_new(const char *state_dir)
{
  file_store *s = calloc(1, sizeof *s);
  char *path = hy_strdup(state_dir);

  if (!s || !path) {
    free(path);
    free(s);
    return NULL;
  }
  s->face = (homey_store){ store_load, store_save, store_lock, s };
  s->path = path;
  s->lock = -1;
  return &s->face;
}

homey_store *hy_file_store_free(homey_store *store)
{
  file_store *s = (file_store *)store;

  if (!s)
    return NULL;
  unlock(s);
  free(s->path);
  free(s);
  return NULL;
}
