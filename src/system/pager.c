/* Pager: a program that shows a long text screen by screen. */
#include "system.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127, CANNOT_RUN = 126 }; /* of the shell */

static const int ignored[] = { SIGINT, SIGQUIT, SIGPIPE };

enum { IGNORED = sizeof ignored / sizeof *ignored };

static void ignore_all(struct sigaction *before)
{
  struct sigaction ignore;

  memset(&ignore, 0, sizeof ignore);
  ignore.sa_handler = SIG_IGN; // NOLINT(performance-no-int-to-ptr): a macro of the system
  for (int i = 0; i < IGNORED; i++)
    sigaction(ignored[i], &ignore, &before[i]);
}

static void restore_all(const struct sigaction *before)
{
  for (int i = 0; i < IGNORED; i++)
    sigaction(ignored[i], &before[i], NULL);
}

/* Never returns. */
static void become(const char *command, int input, const struct sigaction *before)
{
  restore_all(before);
  dup2(input, STDIN_FILENO);
  setenv("LESS", "FRX", 0); // NOLINT(concurrency-mt-unsafe): after fork
  execl("/bin/sh", "sh", "-c", command, (char *)NULL);
  _exit(NOT_FOUND);
}

/* A reader that has seen enough closes the pipe: that is no failure. */
static void feed(int fd, const char *text, size_t length)
{
  while (length > 0) {
    ssize_t n = write(fd, text, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return;
    text += n;
    length -= (size_t)n;
  }
}

static int wait_for(pid_t child)
{
  int status;

  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return NOT_FOUND;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

/* page(command, text) -> true, or nil and the reason when the command cannot be run. Keys that send
 * a signal are for the pager alone. */
int hy_sys_page(lua_State *L)
{
  size_t length;
  const char *command = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
  struct sigaction before[IGNORED];
  int ends[2], status;
  pid_t child;

  if (pipe(ends) < 0)
    return hy_sys_failure(L, "pipe");
  ignore_all(before);
  child = fork();
  if (child == 0) {
    close(ends[1]);
    become(command, ends[0], before);
  }
  close(ends[0]);
  if (child > 0)
    feed(ends[1], text, length);
  close(ends[1]);
  status = child > 0 ? wait_for(child) : NOT_FOUND;
  restore_all(before);
  if (status == NOT_FOUND || status == CANNOT_RUN) {
    lua_pushnil(L);
    lua_pushfstring(L, "'%s' cannot be run", command);
    return 2;
  }
  lua_pushboolean(L, 1);
  return 1;
}
