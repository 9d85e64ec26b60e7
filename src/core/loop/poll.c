/* Polls of descriptors that belong to the caller: each is answered once.
 *
 * Invariant: a poll watches a duplicate of the descriptor. So several may poll the same one, and
 * none meets a number that libcurl uses or that the caller has closed and opened anew. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "loop/loop.h"
#include "loop/pending.h"
#include "loop/run_queue.h"
#include "loop/timer.h"
#include "loop/watch.h"

typedef struct hy_poll {
  hy_watch watch; /* must be first: `ready` casts it to the poll; its fd is ours */
  hy_timer timer;
  hy_pending *answer;
  int wanted;
} hy_poll;

static const char *const words[] = { "", "r", "w", "rw" };

static hy_pending *end(hy_poll *poll)
{
  hy_pending *answer = poll->answer;

  hy_timer_unset(answer->loop, &poll->timer);
  hy_watch_set(answer->loop, &poll->watch, 0);
  close(poll->watch.fd);
  free(poll);
  return answer;
}

/* The body has room for the longest word since the poll began. */
static void say(hy_pending *answer, int events)
{
  hy_buf_clear(&answer->body);
  hy_buf_adds(&answer->body, words[events]);
  hy_pending_ready(answer);
}

/* What a poll for `wanted` is told. After an error or a hang-up that is all of it: the next call of
 * read or write does not wait, and says what it is. A switch, since GCC 12.2 compiles a conditional
 * expression for this wrongly, and its result would be any number. */
static int found(int events, int wanted)
{
  switch (events & wanted) {
  case HY_READ: return HY_READ;
  case HY_WRITE: return HY_WRITE;
  default: return wanted;
  }
}

static void on_ready(hy_watch *watch, int events)
{
  hy_poll *poll = (hy_poll *)watch;
  int what = found(events, poll->wanted);

  say(end(poll), what);
}

static void on_timeout(hy_timer *timer)
{
  say(end((hy_poll *)((char *)timer - offsetof(hy_poll, timer))), 0);
}

static void on_cancel(hy_pending *answer)
{
  end(answer->owner);
  hy_pending_cancelled(answer);
}

static hy_poll *new_poll(int wanted)
{
  hy_poll *poll = calloc(1, sizeof *poll);

  if (!poll)
    return NULL;
  poll->wanted = wanted;
  poll->watch.ready = on_ready;
  poll->timer.fire = on_timeout;
  return poll;
}

static hy_pending *new_answer(homey_loop *loop, homey_reply_fn *done, void *data)
{
  hy_pending *answer = hy_pending_new(loop, done, data);

  if (!answer)
    return NULL;
  hy_buf_adds(&answer->body, words[HY_READ | HY_WRITE]);
  if (!answer->body.failed)
    return answer;
  hy_pending_discard(answer);
  return NULL;
}

/* The kernel watches no file on a disk, and no device such as /dev/null: they are always ready. */
static int is_on_disk(const struct stat *info)
{
  return S_ISREG(info->st_mode) || S_ISDIR(info->st_mode);
}

static int say_now(hy_pending *answer, int events)
{
  int id = answer->reply.id;

  say(answer, events);
  return id;
}

/* Returns the id, 0 when the descriptor is always ready, or the negative of a kind. */
static int start(homey_loop *loop, hy_poll *poll, int fd, long timeout_ms)
{
  poll->watch.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (poll->watch.fd < 0)
    return -HOMEY_UNAVAILABLE;
  if (hy_watch_set(loop, &poll->watch, poll->wanted) < 0) {
    int is_unwatched = errno == EPERM;
    close(poll->watch.fd);
    return is_unwatched ? 0 : -HOMEY_UNAVAILABLE;
  }
  if (timeout_ms >= 0)
    hy_timer_set(loop, &poll->timer, hy_clock() + timeout_ms);
  return poll->answer->reply.id;
}

static int begin(homey_loop *loop, hy_pending *answer, int fd, int events, long timeout_ms)
{
  hy_poll *poll = new_poll(events);
  int id = -HOMEY_MEMORY;

  if (poll) {
    poll->answer = answer;
    answer->owner = poll;
    answer->cancel = on_cancel;
    id = start(loop, poll, fd, timeout_ms);
  }
  if (id > 0)
    return id;
  free(poll);
  if (id == 0)
    return say_now(answer, events);
  hy_pending_discard(answer);
  return id;
}

int homey_loop_poll(homey_loop *loop, int fd, int events, long timeout_ms, homey_reply_fn *done,
                    void *data)
{
  struct stat info;
  hy_pending *answer;

  if (loop->closing)
    return -HOMEY_CANCELLED;
  if (events < 1 || events > (HY_READ | HY_WRITE) || fstat(fd, &info) < 0)
    return -HOMEY_INVALID;
  answer = new_answer(loop, done, data);
  if (!answer)
    return -HOMEY_MEMORY;
  return is_on_disk(&info) ? say_now(answer, events) : begin(loop, answer, fd, events, timeout_ms);
}
