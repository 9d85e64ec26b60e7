/*
 * Hub in the process of the test, for many homes: it serves in crowd_hub_turn(), so that a test
 * with a fake clock knows what was done at which time. Included by one file of a program.
 */
#ifndef CROWD_HUB_H
#define CROWD_HUB_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CROWD 600 /* connections, and the listener */

typedef enum crowd_talk { CROWD_HTTP, CROWD_UPGRADED, CROWD_IN } crowd_talk;

typedef struct crowd_hub {
  char url[40];
  int is_silent; /* nothing is answered */
  int is_down;   /* connections are accepted and closed at once */
  int accepted;  /* so many until now */
  int count;
  struct pollfd polls[CROWD];
  crowd_talk talks[CROWD];
} crowd_hub;

static void crowd_say(int fd, const char *text, size_t length)
{
  if (send(fd, text, length, MSG_NOSIGNAL) != (ssize_t)length)
    return; /* the client has closed it */
}

static void crowd_frame(int fd, const char *text)
{
  char frame[127] = { (char)0x81, (char)strlen(text) };

  memcpy(frame + 2, text, strlen(text));
  crowd_say(fd, frame, strlen(text) + 2);
}

static void crowd_upgrade(int fd, const char *key)
{
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
  crowd_say(fd, reply, strlen(reply));
  crowd_frame(fd, "0{\"pingInterval\":25000,\"pingTimeout\":5000}");
  crowd_frame(fd, "40");
}

/* The frame of a client that holds the text "2". */
static int crowd_is_ping(const char *bytes, ssize_t length)
{
  return length == 7 && bytes[0] == (char)0x81 && bytes[1] == (char)0x81 &&
         (bytes[2] ^ bytes[6]) == '2';
}

/* Requests are small, and come in one piece over loopback. */
static void crowd_answer(crowd_hub *hub, int i, const char *bytes, ssize_t length)
{
  static const char pong[] =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
      "X-Homey-ID: 8f6b874c6de09028016dbcdd\r\nContent-Length: 4\r\n\r\ntrue";
  const char *key = strstr(bytes, "Sec-WebSocket-Key: ");
  int fd = hub->polls[i].fd;

  if (hub->is_silent)
    return;
  if (hub->talks[i] == CROWD_IN && crowd_is_ping(bytes, length)) {
    crowd_frame(fd, "3");
  } else if (hub->talks[i] == CROWD_UPGRADED) { /* the handshake */
    crowd_frame(fd, "430[null,{\"namespace\":\"/api\"}]");
    crowd_frame(fd, "40/api,");
    hub->talks[i] = CROWD_IN;
  } else if (hub->talks[i] == CROWD_HTTP && key) {
    crowd_upgrade(fd, key + 19);
    hub->talks[i] = CROWD_UPGRADED;
  } else if (hub->talks[i] == CROWD_HTTP) {
    crowd_say(fd, pong, sizeof pong - 1);
  }
}

static void crowd_drop(crowd_hub *hub, int i)
{
  close(hub->polls[i].fd);
  hub->count--;
  hub->polls[i] = hub->polls[hub->count];
  hub->talks[i] = hub->talks[hub->count];
}

static void crowd_accept(crowd_hub *hub)
{
  int fd;

  while ((fd = accept(hub->polls[0].fd, NULL, NULL)) >= 0) {
    hub->accepted++;
    if (hub->is_down || hub->count == CROWD) {
      close(fd);
      continue;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    hub->talks[hub->count] = CROWD_HTTP;
    hub->polls[hub->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
  }
}

/* Serves what has come. Returns 0 when nothing had. */
static int crowd_hub_turn(crowd_hub *hub)
{
  int ready = poll(hub->polls, (nfds_t)hub->count, 0);
  char bytes[4096];

  for (int i = hub->count - 1; i > 0 && ready > 0; i--) {
    ssize_t n = hub->polls[i].revents ? read(hub->polls[i].fd, bytes, sizeof bytes - 1) : -1;
    if (!hub->polls[i].revents)
      continue;
    bytes[n > 0 ? n : 0] = '\0';
    if (n > 0)
      crowd_answer(hub, i, bytes, n);
    else
      crowd_drop(hub, i);
  }
  if (hub->polls[0].revents)
    crowd_accept(hub);
  return ready;
}

/* Breaks all connections, and those that follow until is_down is 0 again. */
static void crowd_hub_down(crowd_hub *hub)
{
  hub->is_down = 1;
  while (hub->count > 1)
    crowd_drop(hub, 1);
}

static void crowd_hub_open(crowd_hub *hub)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0);

  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 512) < 0 ||
      getsockname(listener, (struct sockaddr *)&at, &size) < 0)
    abort();
  fcntl(listener, F_SETFL, O_NONBLOCK);
  memset(hub, 0, sizeof *hub);
  hub->polls[hub->count++] = (struct pollfd){ .fd = listener, .events = POLLIN };
  snprintf(hub->url, sizeof hub->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
}

static void crowd_hub_close(crowd_hub *hub)
{
  crowd_hub_down(hub);
  close(hub->polls[0].fd);
}

#endif
