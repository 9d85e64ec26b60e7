/* Poller: both implementations keep everything in one kernel object, so a host that polls its
 * descriptor misses no socket and no deadline. */
#include "loop/poller.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MOST 64

#if defined(__linux__)

#include <sys/epoll.h>
#include <sys/timerfd.h>

int hy_poller_open(hy_poller *poller)
{
  poller->alarm = -1;
  poller->fd = epoll_create1(EPOLL_CLOEXEC);
  return poller->fd < 0 ? -1 : 0;
}

void hy_poller_close(hy_poller *poller)
{
  if (poller->alarm >= 0)
    close(poller->alarm);
  if (poller->fd >= 0)
    close(poller->fd);
  poller->alarm = poller->fd = -1;
}

int hy_poller_watch(hy_poller *poller, int fd, int before, int events)
{
  struct epoll_event event = { 0 };

  event.data.fd = fd;
  event.events = (events & HY_READ ? (uint32_t)EPOLLIN : 0) |
                 (events & HY_WRITE ? (uint32_t)EPOLLOUT : 0);
  if (!events)
    return before ? epoll_ctl(poller->fd, EPOLL_CTL_DEL, fd, &event) : 0;
  if (epoll_ctl(poller->fd, before ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0)
    return 0;
  /* The descriptor was closed unnoticed and its number reused: register it anew. */
  if (errno != (before ? ENOENT : EEXIST))
    return -1;
  return epoll_ctl(poller->fd, before ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

static int open_alarm(hy_poller *poller)
{
  struct epoll_event event = { 0 };

  poller->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  event.events = EPOLLIN;
  event.data.fd = poller->alarm;
  if (poller->alarm >= 0 && epoll_ctl(poller->fd, EPOLL_CTL_ADD, poller->alarm, &event) == 0)
    return 0;
  if (poller->alarm >= 0)
    close(poller->alarm);
  poller->alarm = -1;
  return -1;
}

int hy_poller_alarm(hy_poller *poller, int64_t ms)
{
  struct itimerspec when = { { 0, 0 }, { 0, 0 } };

  if (poller->alarm < 0 && open_alarm(poller) < 0)
    return -1;
  if (ms >= 0) {
    when.it_value.tv_sec = (time_t)(ms / 1000);
    when.it_value.tv_nsec = ms > 0 ? (long)(ms % 1000) * 1000000L : 1;
  }
  return timerfd_settime(poller->alarm, 0, &when, NULL);
}

static int translate(const struct epoll_event *event)
{
  int events = 0;

  if (event->events & (EPOLLIN | EPOLLHUP))
    events |= HY_READ;
  if (event->events & EPOLLOUT)
    events |= HY_WRITE;
  if (event->events & EPOLLERR)
    events |= HY_ERROR;
  return events;
}

int hy_poller_wait(hy_poller *poller, hy_ready *ready, int most, int ms)
{
  struct epoll_event events[MOST];
  int i, count = 0, n = epoll_wait(poller->fd, events, most < MOST ? most : MOST, ms);

  for (i = 0; i < n; i++) {
    if (events[i].data.fd == poller->alarm) {
      uint64_t times;
      while (read(poller->alarm, &times, sizeof times) < 0 && errno == EINTR)
        ;
      continue;
    }
    ready[count].fd = events[i].data.fd;
    ready[count++].events = translate(&events[i]);
  }
  return count;
}

#else

#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>

int hy_poller_open(hy_poller *poller)
{
  poller->alarm = -1;
  poller->fd = kqueue();
  return poller->fd < 0 ? -1 : 0;
}

void hy_poller_close(hy_poller *poller)
{
  if (poller->fd >= 0)
    close(poller->fd);
  poller->fd = -1;
}

static int change(hy_poller *poller, int fd, int filter, int had, int wanted)
{
  struct kevent event;

  if (!had == !wanted)
    return 0;
  EV_SET(&event, fd, filter, wanted ? EV_ADD : EV_DELETE, 0, 0, NULL);
  return kevent(poller->fd, &event, 1, NULL, 0, NULL);
}

int hy_poller_watch(hy_poller *poller, int fd, int before, int events)
{
  int reading = change(poller, fd, EVFILT_READ, before & HY_READ, events & HY_READ);
  int writing = change(poller, fd, EVFILT_WRITE, before & HY_WRITE, events & HY_WRITE);

  return reading < 0 || writing < 0 ? -1 : 0;
}

int hy_poller_alarm(hy_poller *poller, int64_t ms)
{
  struct kevent event;

  EV_SET(&event, 1, EVFILT_TIMER, ms < 0 ? EV_DELETE : EV_ADD | EV_ONESHOT, 0, ms > 0 ? ms : 1,
         NULL);
  if (kevent(poller->fd, &event, 1, NULL, 0, NULL) < 0 && ms >= 0)
    return -1;
  return 0;
}

int hy_poller_wait(hy_poller *poller, hy_ready *ready, int most, int ms)
{
  struct timespec limit = { ms / 1000, (long)(ms % 1000) * 1000000L };
  struct kevent events[MOST];
  int i, count = 0,
         n = kevent(poller->fd, NULL, 0, events, most < MOST ? most : MOST, ms < 0 ? NULL : &limit);

  for (i = 0; i < n; i++) {
    if (events[i].filter == EVFILT_TIMER)
      continue;
    ready[count].fd = (int)events[i].ident;
    ready[count++].events = (events[i].filter == EVFILT_WRITE ? HY_WRITE : HY_READ) |
                            (events[i].flags & EV_ERROR ? HY_ERROR : 0);
  }
  return count;
}

#endif
