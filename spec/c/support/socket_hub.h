/*
 * Hub in its own process, whose websocket sends what the test wants. Included by one file of a
 * program.
 */
#ifndef SOCKET_HUB_H
#define SOCKET_HUB_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUB "8f6b874c6de09028016dbcdd"

static char url[40];
static pid_t hub;

static void frame(int fd, const char *text)
{
  unsigned char head[2] = { 0x81, (unsigned char)strlen(text) };

  if (write(fd, head, 2) < 0 || write(fd, text, strlen(text)) < 0)
    _exit(0);
}

/* Opens Engine.IO and the root namespace, then calls `talk`. */
static void upgrade(int fd, const char *request, void (*talk)(int fd))
{
  const char *key = strstr(request, "Sec-WebSocket-Key: ") + 19;
  unsigned char digest[EVP_MAX_MD_SIZE], accept[64];
  char both[100], reply[200];
  unsigned int n;

  snprintf(both, sizeof both, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  EVP_Digest(both, strlen(both), digest, &n, EVP_sha1(), NULL);
  EVP_EncodeBlock(accept, digest, (int)n);
  snprintf(reply, sizeof reply,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
           "Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
           (char *)accept);
  if (write(fd, reply, strlen(reply)) < 0)
    _exit(0);
  frame(fd, "0{\"pingInterval\":25000,\"pingTimeout\":5000}");
  frame(fd, "40");
  talk(fd);
}

static void serve(int fd, void (*talk)(int fd))
{
  static const char pong[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Homey-ID: " HUB
                             "\r\nContent-Length: 4\r\n\r\ntrue";
  char request[4096];
  ssize_t n;

  while ((n = read(fd, request, sizeof request - 1)) > 0) {
    request[n] = '\0';
    if (strstr(request, "/socket.io/"))
      upgrade(fd, request, talk);
    else if (write(fd, pong, sizeof pong - 1) < 0)
      _exit(0);
  }
  _exit(0);
}

static void start_hub(void (*talk)(int fd))
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0), nowhere = open("/dev/null", O_RDWR), fd;

  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 64) < 0 ||
      getsockname(listener, (struct sockaddr *)&at, &size) < 0)
    abort();
  snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(at.sin_port));
  hub = fork();
  setpgid(hub, hub);
  if (hub == 0) {
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    alarm(300); /* if the test is killed */
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
      if (fork() == 0)
        serve(fd, talk);
      close(fd);
    }
    _exit(0);
  }
  close(listener);
  close(nowhere);
}

static void stop_hub(void)
{
  kill(-hub, SIGKILL);
  waitpid(hub, NULL, 0);
}

#endif
