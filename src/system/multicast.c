/* UDP multicast on the local network: sends a message out of every interface, and receives the
 * answers. IPv4 only. */
#include "system.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MULTICAST "homey.system.Multicast"
#define MOST_BYTES 9000 /* of a message: RFC 6762, 17 */

/*
 * Answers come in two ways. `asks` has a port of its own, to which a responder answers directly
 * (RFC 6762, 6.7). Responders that do not are heard on `hears`, which has the port of the group
 * beside other programs on this machine.
 */
typedef struct {
  int asks, hears; /* -1: closed */
  struct sockaddr_in group;
} multicast;

static void close_one(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static multicast *check(lua_State *L)
{
  multicast *m = luaL_checkudata(L, 1, MULTICAST);

  luaL_argcheck(L, m->asks >= 0, 1, "closed");
  return m;
}

static int open_socket(uint16_t port)
{
  struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = port };
  int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1, saved;

  if (fd < 0)
    return -1;
  if (port)
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
#ifdef SO_REUSEPORT
  if (port)
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
#endif
  if (hy_sys_quiet(fd) == 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0)
    return fd;
  saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

/* Calls f for the IPv4 address of every interface that is up; returns how many calls were true. */
static int each_interface(const multicast *m, int (*f)(const multicast *, struct in_addr, void *),
                          void *data)
{
  struct ifaddrs *list = NULL;
  int count = 0;

  if (getifaddrs(&list) < 0)
    return -1;
  for (const struct ifaddrs *each = list; each; each = each->ifa_next) {
    const void *address = each->ifa_addr;
    if (address && each->ifa_addr->sa_family == AF_INET && (each->ifa_flags & IFF_UP))
      count += f(m, ((const struct sockaddr_in *)address)->sin_addr, data);
  }
  freeifaddrs(list);
  return count;
}

static int join(const multicast *m, struct in_addr interface, void *data)
{
  struct ip_mreq wanted = { .imr_multiaddr = m->group.sin_addr, .imr_interface = interface };

  (void)data;
  return setsockopt(m->hears, IPPROTO_IP, IP_ADD_MEMBERSHIP, &wanted, sizeof wanted) == 0;
}

/* multicast(group, port) -> a socket; "224.0.0.251", 5353 is mDNS */
int hy_sys_multicast(lua_State *L)
{
  const char *group = luaL_checkstring(L, 1);
  lua_Integer port = luaL_checkinteger(L, 2);
  multicast *m = lua_newuserdata(L, sizeof *m);

  memset(m, 0, sizeof *m);
  m->asks = m->hears = -1;
  luaL_setmetatable(L, MULTICAST);
  luaL_argcheck(L, port > 0 && port < 65536, 2, "a port expected");
  m->group.sin_family = AF_INET;
  m->group.sin_port = htons((uint16_t)port);
  luaL_argcheck(L,
                inet_pton(AF_INET, group, &m->group.sin_addr) == 1 &&
                    IN_MULTICAST(ntohl(m->group.sin_addr.s_addr)),
                1, "an IPv4 multicast address expected");
  m->asks = open_socket(0);
  if (m->asks < 0)
    return hy_sys_failure(L, "socket");
  m->hears = open_socket(m->group.sin_port); /* where it is not allowed, direct answers remain */
  if (m->hears >= 0)
    each_interface(m, join, NULL);
  return 1;
}

/* Multicast:fds() -> the descriptors to poll: one or two */
static int multicast_fds(lua_State *L)
{
  const multicast *m = check(L);

  lua_pushinteger(L, m->asks);
  if (m->hears < 0)
    return 1;
  lua_pushinteger(L, m->hears);
  return 2;
}

typedef struct {
  const char *bytes;
  size_t length;
} message;

static int send_from(const multicast *m, struct in_addr interface, void *data)
{
  const message *out = data;

  return setsockopt(m->asks, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) == 0 &&
         sendto(m->asks, out->bytes, out->length, 0, (const struct sockaddr *)&m->group,
                sizeof m->group) == (ssize_t)out->length;
}

/* Multicast:send(bytes) -> the number of interfaces that took it */
static int multicast_send(lua_State *L)
{
  const multicast *m = check(L);
  message out;
  int count;

  out.bytes = luaL_checklstring(L, 2, &out.length);
  luaL_argcheck(L, out.length <= MOST_BYTES, 2, "too long");
  count = each_interface(m, send_from, &out);
  if (count < 0)
    return hy_sys_failure(L, "getifaddrs");
  lua_pushinteger(L, count);
  return 1;
}

/* Multicast:receive() -> bytes and the sender's address; nothing when none has arrived */
static int multicast_receive(lua_State *L)
{
  const multicast *m = check(L);
  const int fds[] = { m->asks, m->hears };
  char bytes[MOST_BYTES], text[INET_ADDRSTRLEN];

  for (int i = 0; i < 2; i++) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n = fds[i] < 0
                    ? -1
                    : recvfrom(fds[i], bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);
    if (n >= 0 && inet_ntop(AF_INET, &from.sin_addr, text, sizeof text)) {
      lua_pushlstring(L, bytes, (size_t)n);
      lua_pushstring(L, text);
      return 2;
    }
  }
  return 0;
}

static int multicast_close(lua_State *L)
{
  multicast *m = luaL_checkudata(L, 1, MULTICAST);

  close_one(&m->asks);
  close_one(&m->hears);
  return 0;
}

static const luaL_Reg methods[] = { { "fds", multicast_fds },
                                    { "send", multicast_send },
                                    { "receive", multicast_receive },
                                    { "close", multicast_close },
                                    { NULL, NULL } };

void hy_sys_open_multicast(lua_State *L)
{
  hy_sys_class(L, MULTICAST, methods, multicast_close);
}
