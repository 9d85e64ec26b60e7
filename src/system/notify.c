/* Service manager notification: one datagram, as sd_notify(3) sends it. */
#include "system.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Accepts a path, or an abstract name that begins with @; returns 0 for anything else. */
static socklen_t address_of(struct sockaddr_un *address, const char *path, size_t length)
{
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if ((*path != '/' && *path != '@') || length < 2 || length >= sizeof address->sun_path)
    return 0;
  memcpy(address->sun_path, path, length);
  if (*path == '@')
    address->sun_path[0] = 0;
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*path == '/'));
}

/* notify(socket, text) -> true */
int hy_sys_notify(lua_State *L)
{
  size_t length, size;
  const char *path = luaL_checklstring(L, 1, &length), *text = luaL_checklstring(L, 2, &size);
  struct sockaddr_un address;
  socklen_t known = address_of(&address, path, length);
  ssize_t sent;
  int fd;

  if (!known) {
    errno = EAFNOSUPPORT;
    return hy_sys_failure(L, path);
  }
  fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0 || hy_sys_quiet(fd) < 0) {
    int saved = errno;
    if (fd >= 0)
      close(fd);
    errno = saved;
    return hy_sys_failure(L, path);
  }
  sent = sendto(fd, text, size, 0, (const struct sockaddr *)&address, known);
  if (sent < 0) {
    int saved = errno;
    close(fd);
    errno = saved;
    return hy_sys_failure(L, path);
  }
  close(fd);
  lua_pushboolean(L, 1);
  return 1;
}
