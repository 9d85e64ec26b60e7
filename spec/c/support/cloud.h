/*
 * Cloud and hub that accept everything, over plain HTTP on loopback, in a child process: a small
 * server for the whole login chain in C tests. A path that contains "hang" is never answered.
 *
 *   cloud_start();  base URL in cloud_url;  ...;  cloud_stop();
 *
 * The child has its own process group, closes our output, and ends with its parent.
 */
#ifndef CLOUD_H
#define CLOUD_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#define CLOUD_HUB "8f6b874c6de09028016dbcdd"
#define CLOUD_ACCESS "access-token-of-the-cloud"
#define CLOUD_REFRESH "refresh-token-of-the-cloud"
#define CLOUD_BEARER "bearer-of-the-hub"
#define CLOUD_JWT "eyJhbGciOiJSUzUxMiJ9.eyJob21leXMiOlsiOGY2Yjg3NGM2ZGUwOTAyODAxNmRiY2RkIl19.c2ln"

static char cloud_url[40];
static int cloud_slow; /* set before the start: sends answers in two pieces */
static pid_t cloud_pid;

static const char *cloud_body(const char *path, char *room, size_t size)
{
  if (strstr(path, "authorise"))
    return "<form method=post><input name=_csrf value=c5><input type=radio name=resource "
           "value=resource.homey." CLOUD_HUB "></form>";
  if (strstr(path, "delegation/token"))
    return "\"" CLOUD_JWT "\"";
  if (strstr(path, "users/login"))
    return "\"" CLOUD_BEARER "\"";
  if (strstr(path, "ping"))
    return "true";
  if (strstr(path, "session/me"))
    return "{\"id\":\"s1\",\"createdAt\":\"2026-02-14T18:00:00.000Z\",\"expiresAt\":\"2026-02-"
           "15T18:00:00.000Z\"}";
  if (strstr(path, "/oauth2/token"))
    return "{\"access_token\":\"" CLOUD_ACCESS "\",\"refresh_token\":\"" CLOUD_REFRESH
           "\",\"expires_in\":3660}";
  if (strstr(path, "/user/me"))
    snprintf(room, size,
             "{\"fullname\":\"Jan\",\"homeys\":[{\"_id\":\"" CLOUD_HUB
             "\",\"name\":\"Test\",\"apiVersion\":3,"
             "\"localUrl\":\"%s\"}]}",
             cloud_url);
  else if (strstr(path, "/login"))
    return "{\"token\":\"" CLOUD_JWT "\"}";
  else
    snprintf(room, size, "{\"value\":true}");
  return room;
}

static void cloud_answer(int fd, const char *request)
{
  char reply[2048], room[400], path[400];
  int posted = !strncmp(request, "POST", 4), page;
  const char *body;
  size_t length, piece;

  if (sscanf(request, "%*s %399s", path) != 1 || strstr(path, "hang"))
    return;
  page = strstr(path, "authorise") != NULL;
  body = cloud_body(path, room, sizeof room);
  snprintf(reply, sizeof reply,
           "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nX-Homey-ID: " CLOUD_HUB
           "\r\n%s\r\n%s",
           page && posted ? "302 Found" : "200 OK", page ? "text/html" : "application/json",
           strlen(body),
           !page    ? ""
           : posted ? "Location: http://localhost?code=abc\r\n"
                    : "Set-Cookie: _csrf=k; Path=/\r\n",
           body);
  length = strlen(reply);
  piece = cloud_slow ? length / 2 : length;
  if (send(fd, reply, piece, MSG_NOSIGNAL) < 0) /* the client has left: poll() reports it */
    return;
  if (piece < length && usleep(300) == 0 &&
      send(fd, reply + piece, length - piece, MSG_NOSIGNAL) < 0)
    return;
}

typedef struct cloud_guest {
  size_t have;
  char request[8192];
} cloud_guest;

/* Answers every complete request. Returns 0 when the client has left. */
static int cloud_listen(int fd, cloud_guest *g)
{
  ssize_t n = read(fd, g->request + g->have, sizeof g->request - 1 - g->have);
  char *end, *length;

  if (n <= 0)
    return 0;
  g->request[g->have += (size_t)n] = '\0';
  while ((end = strstr(g->request, "\r\n\r\n"))) {
    size_t whole;
    length = strstr(g->request, "Content-Length: ");
    whole = (size_t)(end + 4 - g->request) +
            (length && length < end ? (size_t)atoi(length + 16) : 0);
    if (g->have < whole)
      break;
    cloud_answer(fd, g->request);
    memmove(g->request, g->request + whole, g->have - whole + 1);
    g->have -= whole;
  }
  return 1;
}

#define CLOUD_MOST 1024

static void cloud_serve(int listener)
{
  static struct pollfd fds[CLOUD_MOST];
  static cloud_guest *guests[CLOUD_MOST];
  int i, count = 1, yes = 1;

  fds[0] = (struct pollfd){ listener, POLLIN, 0 };
  while (poll(fds, (nfds_t)count, -1) > 0) {
    for (i = count - 1; i > 0; i--) {
      if (!fds[i].revents || cloud_listen(fds[i].fd, guests[i]))
        continue;
      close(fds[i].fd);
      free(guests[i]);
      fds[i] = fds[--count];
      guests[i] = guests[count];
    }
    if (fds[0].revents && count < CLOUD_MOST && (guests[count] = calloc(1, sizeof(cloud_guest)))) {
      fds[count] = (struct pollfd){ accept(listener, NULL, NULL), POLLIN, 0 };
      setsockopt(fds[count].fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      count += fds[count].fd >= 0;
    }
  }
  _exit(0);
}

static void cloud_be_a_child(void)
{
  int nowhere = open("/dev/null", O_RDWR);

  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  dup2(nowhere, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
}

static inline void cloud_start(void)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0);

  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 512) < 0 ||
      getsockname(listener, (struct sockaddr *)&at, &size) < 0)
    abort();
  snprintf(cloud_url, sizeof cloud_url, "http://127.0.0.1:%d", ntohs(at.sin_port));
  cloud_pid = fork();
  if (cloud_pid == 0) {
    cloud_be_a_child();
    cloud_serve(listener);
  }
  setpgid(cloud_pid, cloud_pid); /* also here: either process may be first */
  close(listener);
}

static inline void cloud_stop(void)
{
  kill(-cloud_pid, SIGKILL);
  waitpid(cloud_pid, NULL, 0);
}

#endif
