/* See pipe.h. */
#include "pipe.h"

#include <curl/curl.h>

static int is_pending(void)
{
  sigset_t pending;

  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void only_pipe(sigset_t *set)
{
  sigemptyset(set);
  sigaddset(set, SIGPIPE);
}

int hy_pipe_is_needed(void)
{
  return curl_version_info(CURLVERSION_NOW)->version_num < 0x075700;
}

void hy_pipe_hold(hy_pipe_guard *guard, int needed)
{
  sigset_t set;

  guard->held = 0;
  if (!needed || is_pending()) /* what is pending already is blocked by the host, and its own */
    return;
  only_pipe(&set);
  guard->held = pthread_sigmask(SIG_BLOCK, &set, &guard->before) == 0;
}

void hy_pipe_let(hy_pipe_guard *guard)
{
  sigset_t set;
  int taken;

  if (!guard->held)
    return;
  only_pipe(&set);
  if (is_pending())
    sigwait(&set, &taken);
  pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
