/* libcurl multi handle, driven by the loop: the poller watches its sockets and its deadline. */
#include "loop/multi.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/loop.h"
#include "loop/poller.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "loop/watch.h"

/* The poller refused a descriptor, so libcurl would get no events and wait until its deadline.
 * Ends this transfer instead: an error returned to libcurl would end every transfer of the loop. */
static void refuse(homey_loop *loop, CURL *easy)
{
  hy_transfer *transfer = NULL;

  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  if (!transfer || transfer->refused)
    return;
  transfer->refused = 1;
  transfer->next = loop->refused;
  loop->refused = transfer;
}

static void drop_refused(homey_loop *loop, const hy_transfer *transfer)
{
  hy_transfer **at = &loop->refused;

  while (*at && *at != transfer)
    at = &(*at)->next;
  if (*at)
    *at = transfer->next;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *watched)
{
  homey_loop *loop = data;
  intptr_t before = (intptr_t)watched;
  int events = (what & CURL_POLL_IN ? HY_READ : 0) | (what & CURL_POLL_OUT ? HY_WRITE : 0);

  if (what == CURL_POLL_REMOVE) {
    if (before != HY_READ || !hy_watch_rest(loop, fd))
      hy_poller_watch(&loop->poller, fd, (int)before, 0);
    return 0;
  }
  if (!before)
    before = hy_watch_rouse(loop, fd);
  if (before != events && hy_poller_watch(&loop->poller, fd, (int)before, events) < 0) {
    refuse(loop, easy);
    events = 0;
  }
  curl_multi_assign(loop->multi, fd, (void *)(intptr_t)events);
  return 0;
}

static int on_close(void *data, curl_socket_t fd)
{
  homey_loop *loop = data;
  int before = hy_watch_rouse(loop, fd);

  hy_watch_opened(loop, fd, 0);
  if (before)
    hy_poller_watch(&loop->poller, fd, before, 0);
  return close(fd);
}

static int on_timeout(CURLM *multi, long ms, void *data)
{
  homey_loop *loop = data;

  (void)multi;
  if (ms < 0)
    hy_timer_unset(loop, &loop->curl_timer);
  else
    hy_timer_set(loop, &loop->curl_timer, hy_clock() + ms);
  return 0;
}

static void act(homey_loop *loop, curl_socket_t fd, int mask)
{
  int running;

  curl_multi_socket_action(loop->multi, fd, mask, &running);
}

static void curl_timer_fire(hy_timer *timer)
{
  act((homey_loop *)((char *)timer - offsetof(homey_loop, curl_timer)), CURL_SOCKET_TIMEOUT, 0);
}

void hy_multi_ready(homey_loop *loop, int fd, int events)
{
  int mask = 0;

  if (events & HY_READ)
    mask |= CURL_CSELECT_IN;
  if (events & HY_WRITE)
    mask |= CURL_CSELECT_OUT;
  if (events & HY_ERROR)
    mask |= CURL_CSELECT_ERR;
  act(loop, fd, mask);
}

void hy_multi_remove(homey_loop *loop, CURL *easy, hy_transfer *transfer)
{
  curl_multi_remove_handle(loop->multi, easy);
  drop_refused(loop, transfer);
  transfer->refused = 0;
}

/* ---- the multi handle ---- */

int hy_multi_open(homey_loop *loop)
{
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return -1;
  loop->multi = curl_multi_init();
  if (!loop->multi) {
    curl_global_cleanup();
    return -1;
  }
  loop->curl_timer.fire = curl_timer_fire;
  curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
  curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
  curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
  /* By default libcurl keeps 4 connections per running handle, so other clients' connections
   * could replace the idle one of a hub. */
  curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, 2048L);
#if LIBCURL_VERSION_NUM >= 0x081400
  /* The multi handle would wait for name lookups. */
  curl_multi_setopt(loop->multi, CURLMOPT_QUICK_EXIT, 1L);
#endif
  return 0;
}

void hy_multi_close(homey_loop *loop)
{
  if (!loop->multi)
    return;
  if (loop->end_exchanges)
    loop->end_exchanges(loop);
  curl_multi_cleanup(loop->multi);
  loop->multi = NULL;
  hy_timer_unset(loop, &loop->curl_timer);
  curl_global_cleanup();
}

void hy_multi_collect(homey_loop *loop)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read(loop->multi, &left))) {
    hy_transfer *transfer;
    if (message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
    transfer->finished(transfer, message->data.result);
  }
  while (loop->refused) {
    hy_transfer *transfer = loop->refused;
    loop->refused = transfer->next;
    transfer->finished(transfer, CURLE_OUT_OF_MEMORY);
  }
}

/* Opens a socket and notes it as ours. Sets close-on-exec for child processes of the host. */
static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
  homey_loop *loop = data;
  int fd = socket(address->family, address->socktype, address->protocol);

  (void)purpose;
  if (fd < 0)
    return CURL_SOCKET_BAD;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  hy_watch_opened(loop, fd, 1); /* on failure it is only not kept watched while idle */
  return fd;
}

void hy_multi_own_sockets(homey_loop *loop, CURL *easy)
{
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, loop);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, loop);
}

int hy_multi_add(homey_loop *loop, CURL *easy)
{
  return curl_multi_add_handle(loop->multi, easy) == CURLM_OK ? 0 : -HOMEY_MEMORY;
}
