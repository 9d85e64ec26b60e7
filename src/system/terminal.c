/* Terminal: its size, and a secret typed without echo. */
#include "system.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, DELETE = 127, LONGEST = 1024 };

int hy_sys_isatty(lua_State *L)
{
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* size(descriptor) -> columns and lines of the terminal; nil where it is none, or does not know */
int hy_sys_size(lua_State *L)
{
  struct winsize size;

  if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
    return 0;
  lua_pushinteger(L, size.ws_col);
  lua_pushinteger(L, size.ws_row);
  return 2;
}

/* Removes one character, which may be several bytes in UTF-8. */
static size_t without_last(const char *line, size_t n)
{
  while (n > 0 && ((unsigned char)line[n - 1] & 0xC0) == 0x80)
    n--;
  return n > 0 ? n - 1 : 0;
}

/* Waits for a key. Returns 0 when a signal came first: a poll then ends, and a read goes on. */
static int has_key(void)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

  return poll(&input, 1, -1) >= 0 || errno != EINTR;
}

static struct termios before_keys; /* of the standard input, while has_keys is set */
static int has_keys;

static void restore_terminal(void)
{
  if (has_keys)
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before_keys);
  has_keys = 0;
}

/* keys(on) -> true: each key arrives at once and is not shown, Ctrl-C is the key 3. keys(false), or
 * the end of the program, restores the terminal. */
int hy_sys_keys(lua_State *L)
{
  struct termios keys;

  if (!lua_toboolean(L, 1)) {
    restore_terminal();
  } else if (!has_keys) {
    static int is_registered;
    if (tcgetattr(STDIN_FILENO, &before_keys) < 0)
      return hy_sys_failure(L, "terminal");
    if (!is_registered)
      is_registered = atexit(restore_terminal) == 0;
    keys = before_keys;
    keys.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    keys.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &keys) < 0)
      return hy_sys_failure(L, "terminal");
    has_keys = 1;
  }
  lua_pushboolean(L, 1);
  return 1;
}

enum { GIVEN_UP = -1, INTERRUPTED = -2, SIGNALLED = -3 };

/* Reads a line and handles its keys, since the terminal sends each key separately. Returns its
 * length, or why there is none. */
static int read_line(char *line)
{
  size_t n = 0;
  char c;

  for (;;) {
    ssize_t got;
    if (!has_key())
      return SIGNALLED;
    got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got > 0 && c == CTRL_C)
      return INTERRUPTED;
    if (got <= 0 || (c == CTRL_D && n == 0))
      return GIVEN_UP;
    if (c == '\n' || c == '\r' || c == CTRL_D)
      return (int)n;
    if (c == BACKSPACE || c == DELETE)
      n = without_last(line, n);
    else if (c == CTRL_U)
      n = 0;
    else if (n < LONGEST)
      line[n++] = c;
  }
}

/* secret(prompt) -> a line typed without echo; nil at its end, or when the input is not a terminal;
 * nil and "interrupted" after Ctrl-C, nil and "signal" after a signal that the program handles. The
 * prompt is written to the standard error output after the echo is off. Ctrl-C ends only the input,
 * so that the terminal's echo is restored. */
int hy_sys_secret(lua_State *L)
{
  size_t length;
  const char *prompt = luaL_checklstring(L, 1, &length);
  struct termios before, mute;
  char line[LONGEST];
  volatile char *wiped = line;
  int n = GIVEN_UP;

  if (tcgetattr(STDIN_FILENO, &before) < 0)
    return hy_sys_failure(L, "terminal");
  mute = before;
  mute.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
  mute.c_cc[VMIN] = 1;
  mute.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute);
  if (write(STDERR_FILENO, prompt, length) >= 0)
    n = read_line(line);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  if (n < 0)
    lua_pushnil(L);
  else
    lua_pushlstring(L, line, (size_t)n);
  for (size_t i = 0; i < sizeof line; i++)
    wiped[i] = 0;
  if (n != INTERRUPTED && n != SIGNALLED)
    return 1;
  lua_pushstring(L, n == INTERRUPTED ? "interrupted" : "signal");
  return 2;
}
