/*
 * File store: logins that it keeps, files that it refuses, and failures that must not lose a login.
 * As root some children become `nobody`, so that permissions apply to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "store/file_store.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ME "me@example.com"
#define SECRET "{\"refresh_token\":\"s3cr3t\"}"

/* ---- in place of a client -------------------------------------------------------------------- */

struct homey_store_op {
  homey_kind kind;
  int answers;
  char *text;
};

static homey_store_op op;

void homey_store_op_answer(homey_store_op *which, homey_kind kind, const char *text, size_t length)
{
  which->kind = kind;
  which->answers++;
  free(which->text);
  which->text = text ? hy_strndup(text, length) : NULL;
}

static homey_kind answered(void)
{
  assert_int_equal(op.answers, 1);
  op.answers = 0;
  return op.kind;
}

static homey_kind load(homey_store *s, const char *account)
{
  s->load(s->data, account, &op);
  return answered();
}

static homey_kind save(homey_store *s, const char *account, const char *text)
{
  s->save(s->data, account, text, text ? strlen(text) : 0, &op);
  return answered();
}

static homey_kind lock(homey_store *s, const char *account)
{
  s->lock(s->data, account, 1, &op);
  return answered();
}

static void unlock(homey_store *s, const char *account)
{
  s->lock(s->data, account, 0, NULL);
}

/* ---- a folder for each test ------------------------------------------------------------------ */

typedef struct scene {
  char root[64], folder[128]; /* the folder is missing at first */
  homey_store *store;
} scene;

static int build(void **state)
{
  scene *s = calloc(1, sizeof *s);

  strcpy(s->root, "/tmp/homey-store-XXXXXX");
  assert_non_null(mkdtemp(s->root));
  snprintf(s->folder, sizeof s->folder, "%s/state/homey", s->root);
  s->store = hy_file_store_new(s->folder);
  assert_non_null(s->store);
  *state = s;
  return 0;
}

static int strike(void **state)
{
  scene *s = *state;
  char command[200];

  hy_file_store_free(s->store);
  snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", s->root, s->root);
  if (system(command))
    return -1;
  free(op.text);
  op = (homey_store_op){ 0 };
  free(s);
  return 0;
}

/* The path of the only file in the folder with this ending. */
static const char *file(const scene *s, const char *ending)
{
  static char path[512];
  DIR *folder = opendir(s->folder);
  struct dirent *entry;
  int count = 0;

  assert_non_null(folder);
  while ((entry = readdir(folder))) {
    size_t length = strlen(entry->d_name), end = strlen(ending);
    if (length < end || strcmp(entry->d_name + length - end, ending) || entry->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "%s/%s", s->folder, entry->d_name);
    count++;
  }
  closedir(folder);
  return count == 1 ? path : NULL;
}

static char *contents(const char *path)
{
  hy_buf b = { 0 };
  FILE *f = fopen(path, "r");
  char chunk[4096];
  size_t n;

  assert_non_null(f);
  while ((n = fread(chunk, 1, sizeof chunk, f)))
    hy_buf_add(&b, chunk, n);
  fclose(f);
  return hy_buf_take(&b);
}

static void put(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");

  assert_non_null(f);
  fputs(text, f);
  fclose(f);
  chmod(path, 0600);
}

static int mode_of(const char *path)
{
  struct stat st;

  assert_int_equal(lstat(path, &st), 0);
  return st.st_mode & 07777;
}

static int open_descriptors(void)
{
  int count = 0;

  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* Checks that a message names the folder and what to do, and contains no secret. */
static void assert_sentence(const scene *s, const char *advice)
{
  assert_non_null(op.text);
  assert_non_null(strstr(op.text, s->root));
  if (!strstr(op.text, advice))
    print_error("no \"%s\" in: %s\n", advice, op.text);
  assert_non_null(strstr(op.text, advice));
  assert_null(strstr(op.text, "s3cr3t"));
  assert_null(strstr(op.text, "example.com"));
}

/* Runs in a child process, and returns its exit status. */
static int in_child(void (*body)(scene *), scene *s)
{
  pid_t child = fork();
  int status;

  if (!child) {
    body(s);
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define CHECK(condition)                                                               \
  do                                                                                   \
    if (!(condition)) {                                                                \
      fprintf(stderr, "%d: %s (%s)\n", __LINE__, #condition, op.text ? op.text : "-"); \
      _exit(1);                                                                        \
    }                                                                                  \
  while (0)

/* ---- stored logins --------------------------------------------------------------------------- */

static void a_login_is_kept_and_forgotten(void **state)
{
  scene *s = *state;

  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_null(op.text);
  assert_int_equal(access(s->folder, F_OK), -1); /* reading creates nothing */
  assert_int_equal(save(s->store, ME, NULL), HOMEY_OK);
  assert_int_equal(access(s->folder, F_OK), -1);
  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_string_equal(op.text, SECRET);
  assert_int_equal(save(s->store, ME, "{}"), HOMEY_OK);
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_string_equal(op.text, "{}");
  assert_int_equal(load(s->store, "you@example.com"), HOMEY_OK);
  assert_null(op.text);
  assert_int_equal(save(s->store, ME, NULL), HOMEY_OK);
  assert_int_equal(save(s->store, ME, NULL), HOMEY_OK);
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_null(op.text);
  assert_null(file(s, ".json"));
}

static void modes_are_tight_under_any_umask(void **state)
{
  static const mode_t masks[] = { 0, 022, 077, 0177 };
  scene *s = *state;
  char above[160];

  snprintf(above, sizeof above, "%s/state", s->root);
  for (size_t i = 0; i < COUNT(masks); i++) {
    mode_t before = umask(i == 3 ? 0 : masks[i]);
    assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
    umask(masks[i]);
    assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
    umask(before);
    assert_int_equal(mode_of(file(s, ".json")), 0600);
    assert_int_equal(mode_of(s->folder), 0700);
    assert_int_equal(mode_of(above), 0700);
  }
}

static void file_names_hide_the_account(void **state)
{
  scene *s = *state;
  const char *name;

  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  name = strrchr(file(s, ".json"), '/') + 1;
  assert_int_equal(strlen(name), 27);
  assert_null(strstr(name, "me"));
  assert_int_equal(strspn(name + 6, "0123456789abcdef"), 16);
  /* File names are stable: a new version finds the login of an older one. */
  assert_string_equal(name, "login-8d84cd53a2324826.json");
}

static void one_account_does_not_touch_another(void **state)
{
  scene *s = *state;

  assert_int_equal(save(s->store, "a", "1"), HOMEY_OK);
  assert_int_equal(save(s->store, "b", "2"), HOMEY_OK);
  assert_int_equal(save(s->store, "a", NULL), HOMEY_OK);
  assert_int_equal(load(s->store, "b"), HOMEY_OK);
  assert_string_equal(op.text, "2");
}

static void a_mebibyte_fits_and_no_more(void **state)
{
  scene *s = *state;
  char *text = malloc((1 << 20) + 2);

  memset(text, 'x', (1 << 20) + 1);
  text[(1 << 20) + 1] = '\0';
  assert_int_equal(save(s->store, ME, text), HOMEY_INVALID);
  assert_sentence(s, "too large");
  text[1 << 20] = '\0';
  assert_int_equal(save(s->store, ME, text), HOMEY_OK);
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_string_equal(op.text, text);
  free(text);
}

/* ---- the current account --------------------------------------------------------------------- */

static void no_account_means_the_current_one(void **state)
{
  scene *s = *state;
  char message[200] = "";

  assert_int_equal(load(s->store, ""), HOMEY_OK);
  assert_null(op.text);
  assert_int_equal(save(s->store, "a", "1"), HOMEY_OK);
  assert_int_equal(load(s->store, ""), HOMEY_OK);
  assert_string_equal(op.text, "1"); /* the only one */
  assert_int_equal(save(s->store, "b", "2"), HOMEY_OK);
  assert_int_equal(load(s->store, ""), HOMEY_OK);
  assert_null(op.text); /* ambiguous */
  for (int i = 0; i < 2; i++)
    assert_int_equal(hy_file_store_set_current(s->store, "b", message, sizeof message), 0);
  assert_int_equal(load(s->store, ""), HOMEY_OK);
  assert_string_equal(op.text, "2");
  assert_int_equal(hy_file_store_set_current(s->store, "a", message, sizeof message), 0);
  assert_int_equal(save(s->store, "", "1+"), HOMEY_OK);
  assert_int_equal(load(s->store, "a"), HOMEY_OK);
  assert_string_equal(op.text, "1+");
  assert_int_equal(save(s->store, "", NULL), HOMEY_OK); /* deletes it */
  assert_int_equal(load(s->store, ""), HOMEY_OK);
  assert_string_equal(op.text, "2");
  assert_string_equal(message, "");
}

static void a_damaged_current_file_is_ignored(void **state)
{
  static const char *const cases[] = { "",
                                       "login-",
                                       "../../etc/passwd\n",
                                       "\n",
                                       "login-8d84cd53a2324826.lock\n",
                                       "login-8d84cd53a2324826.json/../x",
                                       "login-0000000000000000.json\n" };
  scene *s = *state;
  char path[200];

  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  assert_int_equal(save(s->store, "b", "2"), HOMEY_OK);
  snprintf(path, sizeof path, "%s/current", s->folder);
  for (size_t i = 0; i < COUNT(cases); i++) {
    put(path, cases[i]);
    assert_int_equal(load(s->store, ""), HOMEY_OK);
    assert_null(op.text);
  }
  chmod(path, 0666);
  assert_int_equal(load(s->store, ""), HOMEY_INVALID);
  assert_sentence(s, "chmod 600");
}

static void setting_the_current_account_may_be_refused(void **state)
{
  scene *s = *state;
  char message[200] = "", path[200];
  int fd;

  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  snprintf(path, sizeof path, "%s/current.lock", s->folder);
  fd = open(path, O_RDWR | O_CREAT, 0600);
  assert_int_equal(flock(fd, LOCK_EX), 0);
  assert_int_equal(hy_file_store_set_current(s->store, ME, message, sizeof message),
                   -HOMEY_UNAVAILABLE);
  assert_non_null(strstr(message, "Try again"));
  close(fd);
  assert_int_equal(hy_file_store_set_current(s->store, ME, message, sizeof message), 0);
  chmod(s->folder, 0755);
  assert_int_equal(hy_file_store_set_current(s->store, "b", message, sizeof message),
                   -HOMEY_INVALID);
  assert_non_null(strstr(message, "chmod 700"));
}

/* ---- refused files --------------------------------------------------------------------------- */

static void make_readable(const char *path)
{
  chmod(path, 0640);
}
static void make_writable(const char *path)
{
  chmod(path, 0602);
}
static void make_unreadable(const char *path)
{
  chmod(path, 0200);
}
static void make_huge(const char *path)
{
  assert_int_equal(truncate(path, (1 << 20) + 1), 0);
}

static void make_folder_of(const char *path)
{
  unlink(path);
  mkdir(path, 0700);
}

static void make_fifo(const char *path)
{
  unlink(path);
  assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_link(const char *path)
{
  char target[600];

  snprintf(target, sizeof target, "%.500s.elsewhere", path);
  assert_int_equal(rename(path, target), 0);
  assert_int_equal(symlink(target, path), 0);
}

static void make_foreign(const char *path)
{
  if (!geteuid())
    assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
  else
    make_readable(path);
}

static void a_suspicious_file_is_refused_and_kept(void **state)
{
  static const struct {
    void (*spoil)(const char *path);
    const char *advice;
  } cases[] = { { make_readable, "chmod 600" },           { make_writable, "chmod 600" },
                { make_unreadable, "chmod 600" },         { make_huge, "too large" },
                { make_folder_of, "not a regular file" }, { make_fifo, "not a regular file" },
                { make_link, "symbolic link" },           { make_foreign, "" } };
  scene *s = *state;

  for (size_t i = 0; i < COUNT(cases); i++) {
    struct stat before, after;
    char path[512], command[1100];
    assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
    snprintf(path, sizeof path, "%s", file(s, ".json"));
    cases[i].spoil(path);
    lstat(path, &before);
    assert_int_equal(load(s->store, ME), HOMEY_INVALID);
    assert_sentence(s, cases[i].advice);
    assert_int_equal(save(s->store, ME, "new"), HOMEY_INVALID);
    assert_sentence(s, cases[i].advice);
    assert_int_equal(lock(s->store, ME), HOMEY_INVALID);
    assert_sentence(s, cases[i].advice);
    lstat(path, &after);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(before.st_mode, after.st_mode);
    assert_null(file(s, ".tmp"));
    snprintf(command, sizeof command, "rm -rf '%s' '%s.elsewhere'", path, path);
    assert_int_equal(system(command), 0);
  }
}

static void a_file_made_read_only_is_read_but_not_replaced(void **state)
{
  scene *s = *state;

  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  chmod(file(s, ".json"), 0400);
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_int_equal(save(s->store, ME, "new"), HOMEY_INVALID);
  assert_sentence(s, "chmod 600");
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_string_equal(op.text, SECRET);
}

static void an_open_folder_is_refused(void **state)
{
  static const mode_t modes[] = { 0755, 0710, 0701, 0777 };
  scene *s = *state;

  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  for (size_t i = 0; i < COUNT(modes); i++) {
    chmod(s->folder, modes[i]);
    assert_int_equal(load(s->store, ME), HOMEY_INVALID);
    assert_sentence(s, "chmod 700");
    assert_int_equal(save(s->store, ME, "new"), HOMEY_INVALID);
    assert_int_equal(save(s->store, ME, NULL), HOMEY_INVALID);
    assert_int_equal(lock(s->store, ME), HOMEY_INVALID);
    assert_int_equal(mode_of(s->folder), modes[i]);
  }
  chmod(s->folder, 0700);
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_string_equal(op.text, SECRET);
}

static void a_foreign_folder_is_refused(void **state)
{
  scene *s = *state;

  if (geteuid()) { /* only root may change an owner */
    hy_file_store_free(s->store);
    s->store = hy_file_store_new("/usr");
  } else {
    assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
    assert_int_equal(chown(s->folder, 65534, (gid_t)-1), 0);
  }
  assert_int_equal(load(s->store, ME), HOMEY_INVALID);
  assert_non_null(op.text);
  assert_non_null(strstr(op.text, "another user"));
  assert_int_equal(save(s->store, ME, "new"), HOMEY_INVALID);
}

static void a_file_in_place_of_the_folder_is_refused(void **state)
{
  scene *s = *state;
  char path[160];

  snprintf(path, sizeof path, "%s/state", s->root);
  put(path, "mine");
  assert_int_equal(save(s->store, ME, SECRET), HOMEY_INVALID);
  assert_sentence(s, "not a folder");
  assert_int_equal(load(s->store, ME), HOMEY_INVALID);
}

static void a_planted_link_is_not_followed(void **state)
{
  scene *s = *state;
  char path[600], victim[160], *text;

  snprintf(victim, sizeof victim, "%s/victim", s->root);
  put(victim, "precious");
  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  snprintf(path, sizeof path, "%s", file(s, ".json"));
  strcpy(strrchr(path, '.'), ".tmp");
  assert_int_equal(symlink(victim, path), 0);
  assert_int_equal(save(s->store, ME, "{}"), HOMEY_OK);
  strcpy(strrchr(path, '.'), ".lock");
  unlink(path);
  assert_int_equal(symlink(victim, path), 0);
  assert_int_equal(lock(s->store, ME), HOMEY_INVALID);
  assert_int_equal(save(s->store, ME, "[]"), HOMEY_INVALID);
  text = contents(victim);
  assert_string_equal(text, "precious");
  free(text);
}

/* ---- failures -------------------------------------------------------------------------------- */

static void with_a_full_disk(scene *s)
{
  struct rlimit limit = { 64, 64 };
  char *text = malloc(100001);

  memset(text, 'x', 100000);
  text[100000] = '\0';
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  CHECK(save(s->store, ME, text) == HOMEY_INVALID);
  free(text);
  CHECK(strstr(op.text, "limit"));
  CHECK(lock(s->store, ME) == HOMEY_INVALID); /* before a token is used */
  CHECK(load(s->store, ME) == HOMEY_OK);
  CHECK(!strcmp(op.text, SECRET));
  CHECK(save(s->store, ME, "{}") == HOMEY_OK); /* a short text is saved: the lock was released */
}

static void a_full_disk_keeps_the_old_login(void **state)
{
  scene *s = *state;

  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  assert_int_equal(in_child(with_a_full_disk, s), 0);
  assert_null(file(s, ".tmp"));
}

static void as_nobody(void)
{
  if (!geteuid())
    CHECK(!setgid(65534) && !setuid(65534));
}

static void with_a_read_only_folder(scene *s)
{
  as_nobody();
  CHECK(save(s->store, ME, SECRET) == HOMEY_OK);
  CHECK(!chmod(s->folder, 0500));
  CHECK(load(s->store, ME) == HOMEY_OK);
  CHECK(!strcmp(op.text, SECRET));
  CHECK(save(s->store, ME, "new") == HOMEY_INVALID);
  CHECK(strstr(op.text, "permission") && strstr(op.text, s->folder));
  CHECK(lock(s->store, ME) == HOMEY_INVALID);
  CHECK(save(s->store, ME, NULL) == HOMEY_INVALID);
  CHECK(save(s->store, "another", "new") == HOMEY_INVALID);
  CHECK(load(s->store, ME) == HOMEY_OK);
  CHECK(!strcmp(op.text, SECRET));
  CHECK(!chmod(s->folder, 0000));
  CHECK(load(s->store, ME) == HOMEY_INVALID);
  CHECK(!chmod(s->folder, 0700));
}

static void without_a_place_for_the_folder(scene *s)
{
  as_nobody();
  CHECK(!chmod(s->root, 0500));
  CHECK(save(s->store, ME, SECRET) == HOMEY_INVALID);
  CHECK(strstr(op.text, "permission") && strstr(op.text, s->folder));
  CHECK(lock(s->store, ME) == HOMEY_INVALID);
}

static void a_read_only_folder_keeps_the_old_login(void **state)
{
  scene *s = *state;

  if (!geteuid())
    assert_int_equal(chown(s->root, 65534, 65534), 0);
  assert_int_equal(in_child(with_a_read_only_folder, s), 0);
}

static void a_folder_that_cannot_be_created_is_an_error(void **state)
{
  scene *s = *state;

  if (!geteuid())
    assert_int_equal(chown(s->root, 65534, 65534), 0);
  assert_int_equal(in_child(without_a_place_for_the_folder, s), 0);
}

static void only_temporary_files_are_removed(void **state)
{
  scene *s = *state;
  char path[512], other[512];

  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  snprintf(path, sizeof path, "%s", file(s, ".json"));
  strcpy(strrchr(path, '.'), ".tmp");
  put(path, "{\"half");
  snprintf(other, sizeof other, "%s/login-0000000000000000.tmp", s->folder);
  put(other, "another's");
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_string_equal(op.text, SECRET);
  assert_int_equal(lock(s->store, ME), HOMEY_OK);
  assert_int_equal(access(path, F_OK), -1);
  assert_int_equal(access(other, F_OK), 0);
  put(path, "{\"half");
  assert_int_equal(save(s->store, ME, "{}"), HOMEY_OK);
  assert_int_equal(access(path, F_OK), -1);
  unlock(s->store, ME);
}

/* ---- the lock -------------------------------------------------------------------------------- */

static void a_lock_excludes_another_store(void **state)
{
  scene *s = *state;
  homey_store *other = hy_file_store_new(s->folder);

  assert_int_equal(lock(s->store, ME), HOMEY_OK);
  assert_int_equal(lock(s->store, ME), HOMEY_OK); /* already held */
  assert_int_equal(lock(other, ME), HOMEY_UNAVAILABLE);
  assert_sentence(s, "Try again");
  assert_int_equal(save(other, ME, "theirs"), HOMEY_UNAVAILABLE);
  assert_int_equal(lock(other, "another"), HOMEY_OK);
  assert_int_equal(save(s->store, ME, SECRET), HOMEY_OK);
  assert_int_equal(load(other, ME), HOMEY_OK); /* reading needs no lock */
  assert_string_equal(op.text, SECRET);
  unlock(s->store, ME);
  unlock(s->store, ME);
  assert_int_equal(lock(other, ME), HOMEY_OK);
  assert_null(hy_file_store_free(other));
  assert_int_equal(lock(s->store, ME), HOMEY_OK); /* freeing released it */
}

static void hold_for_ever(scene *s)
{
  CHECK(lock(s->store, ME) == HOMEY_OK);
  kill(getpid(), SIGKILL);
}

static void a_lock_ends_with_its_process(void **state)
{
  scene *s = *state;

  assert_int_equal(in_child(hold_for_ever, s), 128 + SIGKILL);
  assert_int_equal(lock(s->store, ME), HOMEY_OK);
}

static void a_child_does_not_keep_its_parents_lock(void **state)
{
  scene *s = *state;
  homey_store *other = hy_file_store_new(s->folder);
  pid_t child;

  assert_int_equal(lock(s->store, ME), HOMEY_OK);
  child = fork();
  if (!child) {
    pause();
    _exit(0);
  }
  unlock(s->store, ME);
  assert_int_equal(lock(other, ME), HOMEY_OK);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  hy_file_store_free(other);
}

/* Adds one to the stored number, `times` times. */
static void count_up(scene *s)
{
  homey_store *mine = hy_file_store_new(s->folder);
  char text[32];

  for (int i = 0; i < 20;) {
    homey_kind kind = lock(mine, ME);
    CHECK(kind == HOMEY_OK || kind == HOMEY_UNAVAILABLE);
    if (kind) {
      usleep(500);
      continue;
    }
    CHECK(load(mine, ME) == HOMEY_OK);
    snprintf(text, sizeof text, "%d", op.text ? atoi(op.text) + 1 : 1);
    CHECK(save(mine, ME, text) == HOMEY_OK);
    unlock(mine, ME);
    i++;
  }
  hy_file_store_free(mine);
}

static void ten_processes_lose_no_update(void **state)
{
  scene *s = *state;
  int status;

  for (int i = 0; i < 10; i++)
    if (!fork()) {
      count_up(s);
      _exit(0);
    }
  for (int i = 0; i < 10; i++) {
    wait(&status);
    assert_int_equal(status, 0);
  }
  assert_int_equal(load(s->store, ME), HOMEY_OK);
  assert_string_equal(op.text, "200");
}

/* Saves texts of varying length in an endless loop: "{xxx...}". */
static void save_for_ever(scene *s)
{
  static char text[20000];

  for (size_t n = 2;; n = n * 7 % 19997 + 2) {
    memset(text, 'x', n);
    text[0] = '{';
    text[n - 1] = '}';
    text[n] = '\0';
    CHECK(save(s->store, ME, text) == HOMEY_OK);
  }
}

static void a_kill_at_any_time_leaves_a_complete_login(void **state)
{
  scene *s = *state;
  homey_store *reader = hy_file_store_new(s->folder);

  assert_int_equal(save(s->store, ME, "{}"), HOMEY_OK);
  for (int i = 0; i < 300; i++) {
    pid_t child = fork();
    if (!child)
      save_for_ever(s);
    usleep((useconds_t)(500 + i * 37 % 6000));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(load(reader, ME), HOMEY_OK);
    assert_int_equal(op.text[0], '{');
    assert_int_equal(op.text[strlen(op.text) - 1], '}');
    assert_int_equal(strspn(op.text + 1, "x"), strlen(op.text) - 2);
  }
  assert_int_equal(save(reader, ME, SECRET), HOMEY_OK);
  assert_null(file(s, ".tmp"));
  hy_file_store_free(reader);
}

static void a_concurrent_reader_sees_complete_logins(void **state)
{
  scene *s = *state;
  pid_t child;

  assert_int_equal(save(s->store, ME, "{}"), HOMEY_OK);
  child = fork();
  if (!child)
    save_for_ever(s);
  for (int i = 0; i < 5000; i++) {
    assert_int_equal(load(s->store, ME), HOMEY_OK);
    assert_int_equal(op.text[strlen(op.text) - 1], '}');
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

static void no_descriptor_is_left_open(void **state)
{
  scene *s = *state;
  homey_store *other = hy_file_store_new(s->folder);
  int before = open_descriptors();
  char message[100];

  save(other, ME, SECRET);
  load(other, ME);
  load(other, "");
  hy_file_store_set_current(other, ME, message, sizeof message);
  lock(other, ME);
  lock(s->store, ME);
  save(s->store, ME, "x");
  lock(other, "b");
  chmod(file(s, ".json"), 0644);
  load(other, ME);
  save(other, ME, "x");
  lock(s->store, ME);
  chmod(s->folder, 0755);
  load(other, ME);
  lock(s->store, ME);
  hy_file_store_free(other);
  assert_int_equal(open_descriptors(), before);
  assert_null(hy_file_store_free(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, strike)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(a_login_is_kept_and_forgotten),
    TEST(modes_are_tight_under_any_umask),
    TEST(file_names_hide_the_account),
    TEST(one_account_does_not_touch_another),
    TEST(a_mebibyte_fits_and_no_more),
    TEST(no_account_means_the_current_one),
    TEST(a_damaged_current_file_is_ignored),
    TEST(setting_the_current_account_may_be_refused),
    TEST(a_suspicious_file_is_refused_and_kept),
    TEST(a_file_made_read_only_is_read_but_not_replaced),
    TEST(an_open_folder_is_refused),
    TEST(a_foreign_folder_is_refused),
    TEST(a_file_in_place_of_the_folder_is_refused),
    TEST(a_planted_link_is_not_followed),
    TEST(a_full_disk_keeps_the_old_login),
    TEST(a_read_only_folder_keeps_the_old_login),
    TEST(a_folder_that_cannot_be_created_is_an_error),
    TEST(only_temporary_files_are_removed),
    TEST(a_lock_excludes_another_store),
    TEST(a_lock_ends_with_its_process),
    TEST(a_child_does_not_keep_its_parents_lock),
    TEST(ten_processes_lose_no_update),
    TEST(a_kill_at_any_time_leaves_a_complete_login),
    TEST(a_concurrent_reader_sees_complete_logins),
    TEST(no_descriptor_is_left_open),
  };

  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
