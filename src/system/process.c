/* Process: sets up a command at its start, and checks its output at its end. */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* begin(): opens standard descriptors that the caller has closed, so that no socket or file gets
 * their numbers. Writing to such a standard output fails. Restores the default action of SIGINT:
 * Lua's own handler would raise an error with a traceback. */
int hy_sys_begin(lua_State *L)
{
  struct sigaction action;

  (void)L;
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
        open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0)
      break; /* there is no /dev/null: nothing more can be done */
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(SIGINT, &action, NULL);
  return 0;
}

enum { LOST = EIO };

/* Returns the reason why an earlier write to the standard output failed, if it is still known. */
static int reason(void)
{
  struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) ? EPIPE : LOST;
}

/* written() -> true when all output has been written; else nil, the reason and its number
 */
int hy_sys_written(lua_State *L)
{
  int number = fflush(stdout) != 0 ? errno : ferror(stdout) ? reason() : 0;

  if (!number) {
    lua_pushboolean(L, 1);
    return 1;
  }
  errno = number;
  hy_sys_failure(L, NULL);
  if (number == LOST) {
    lua_pushliteral(L, "a part of it is lost");
    lua_replace(L, -2);
  }
  lua_pushinteger(L, number);
  return 3;
}
