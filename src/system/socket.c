/* Listening socket on a loopback address, for the answer of a browser, and its connections. They
 * never block: a loop polls their descriptors. */
#include "system.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SOCKET "homey.system.Socket"
#define BACKLOG 16
#define PIECE 4096

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

typedef struct {
  int fd; /* -1 once closed */
} sock;

static sock *check(lua_State *L)
{
  sock *s = luaL_checkudata(L, 1, SOCKET);

  luaL_argcheck(L, s->fd >= 0, 1, "closed");
  return s;
}

static sock *push(lua_State *L)
{
  sock *s = lua_newuserdata(L, sizeof *s);

  s->fd = -1;
  luaL_setmetatable(L, SOCKET);
  return s;
}

/* Calls bind() or connect() with the loopback address. */
static int at_loopback(int (*call)(int, const struct sockaddr *, socklen_t), int fd, int family,
                       int port)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v6.sin6_addr = in6addr_loopback;
  return family == AF_INET ? call(fd, (struct sockaddr *)&v4, sizeof v4)
                           : call(fd, (struct sockaddr *)&v6, sizeof v6);
}

static int open_at(int family, int port)
{
  int fd = socket(family, SOCK_STREAM, 0), one = 1, saved;

  if (fd < 0)
    return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (hy_sys_quiet(fd) == 0 && at_loopback(bind, fd, family, port) == 0 && listen(fd, BACKLOG) == 0)
    return fd;
  saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

/* Whether another program listens, after open_at() has failed with that error. A port below 1024 is
 * refused before the system looks whether it is in use. */
static int is_taken(int error, int family, int port)
{
  struct timeval second = { 1, 0 };
  int fd, taken;

  if (error != EACCES)
    return error == EADDRINUSE;
  fd = socket(family, SOCK_STREAM, 0);
  if (fd < 0)
    return 0;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second); /* bounds connect() */
  taken = at_loopback(connect, fd, family, port) == 0 || errno == EINPROGRESS;
  close(fd);
  return taken;
}

/* listen(port, v6) -> a socket that listens on 127.0.0.1, or on ::1; nil, the reason, and whether
 * another program listens there */
int hy_sys_listen(lua_State *L)
{
  lua_Integer port = luaL_checkinteger(L, 1);
  int family = lua_toboolean(L, 2) ? AF_INET6 : AF_INET, error;
  sock *s;

  luaL_argcheck(L, port >= 0 && port <= 65535, 1, "a port is expected");
  lua_settop(L, 2);
  s = push(L);
  s->fd = open_at(family, (int)port);
  if (s->fd >= 0)
    return 1;
  error = errno;
  hy_sys_failure(L, NULL);
  lua_pushboolean(L, is_taken(error, family, (int)port));
  return 3;
}

static int socket_fd(lua_State *L)
{
  lua_pushinteger(L, check(L)->fd);
  return 1;
}

/* Socket:port() -> the port that it listens on */
static int socket_port(lua_State *L)
{
  struct sockaddr_in address = { .sin_port = 0 };
  socklen_t length = sizeof address;

  if (getsockname(check(L)->fd, (struct sockaddr *)&address, &length) < 0)
    return hy_sys_failure(L, "port");
  lua_pushinteger(L, ntohs(address.sin_port));
  return 1;
}

/* Socket:accept() -> a connection; nil when there is none */
static int socket_accept(lua_State *L)
{
  const sock *listener = check(L);
  sock *s = push(L);

  s->fd = accept(listener->fd, NULL, NULL);
  if (s->fd >= 0 && hy_sys_quiet(s->fd) == 0)
    return 1;
  lua_pushnil(L);
  return 1;
}

/* Socket:read() -> bytes, "" at the end; false when there is nothing yet; nil after a failure */
static int socket_read(lua_State *L)
{
  char piece[PIECE];
  ssize_t n = recv(check(L)->fd, piece, sizeof piece, 0);

  if (n >= 0)
    lua_pushlstring(L, piece, (size_t)n);
  else if (errno == EAGAIN || errno == EINTR)
    lua_pushboolean(L, 0);
  else
    lua_pushnil(L);
  return 1;
}

/* Socket:write(bytes) -> how many were taken; nil after a failure */
static int socket_write(lua_State *L)
{
  const sock *s = check(L);
  size_t length;
  const char *bytes = luaL_checklstring(L, 2, &length);
  ssize_t n = send(s->fd, bytes, length, MSG_NOSIGNAL);

  if (n < 0 && errno != EAGAIN && errno != EINTR)
    lua_pushnil(L);
  else
    lua_pushinteger(L, n < 0 ? 0 : (lua_Integer)n);
  return 1;
}

/* Socket:shut(): nothing more is sent; what the other side sends can still be read */
static int socket_shut(lua_State *L)
{
  shutdown(check(L)->fd, SHUT_WR);
  return 0;
}

static int socket_close(lua_State *L)
{
  sock *s = luaL_checkudata(L, 1, SOCKET);

  if (s->fd >= 0)
    close(s->fd);
  s->fd = -1;
  return 0;
}

static const luaL_Reg methods[] = { { "fd", socket_fd },         { "port", socket_port },
                                    { "accept", socket_accept }, { "read", socket_read },
                                    { "write", socket_write },   { "shut", socket_shut },
                                    { "close", socket_close },   { NULL, NULL } };

void hy_sys_open_socket(lua_State *L)
{
  hy_sys_class(L, SOCKET, methods, socket_close);
}
