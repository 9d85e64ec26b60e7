/* What keeps SIGPIPE from the host while an older libcurl writes.  See pipe.h. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipe.h"

static void write_into_nothing(void)
{
  int ends[2];

  assert_int_equal(0, pipe(ends));
  close(ends[0]);
  assert_int_equal(-1, write(ends[1], "x", 1));
  assert_int_equal(EPIPE, errno);
  close(ends[1]);
}

static int is_in(int (*get)(sigset_t *))
{
  sigset_t set;

  sigemptyset(&set);
  assert_int_equal(0, get(&set));
  return sigismember(&set, SIGPIPE);
}

static int blocked(sigset_t *set)
{
  return pthread_sigmask(SIG_BLOCK, NULL, set);
}

static void no_signal_is_raised_and_none_is_left(void **state)
{
  hy_pipe_guard guard;

  (void)state;
  hy_pipe_hold(&guard, 1);
  write_into_nothing();
  hy_pipe_let(&guard);
  assert_false(is_in(sigpending));
  assert_false(is_in(blocked));
}

static void one_that_the_host_has_pending_stays_so(void **state)
{
  hy_pipe_guard guard;
  sigset_t pipe_only;
  int taken;

  (void)state;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_only, NULL);
  write_into_nothing();
  hy_pipe_hold(&guard, 1);
  write_into_nothing();
  hy_pipe_let(&guard);
  assert_true(is_in(sigpending));
  sigwait(&pipe_only, &taken);
  hy_pipe_hold(&guard, 1);
  write_into_nothing();
  hy_pipe_let(&guard);
  assert_false(is_in(sigpending));
  assert_true(is_in(blocked));
  pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL);
}

static void nothing_is_touched_where_libcurl_guards_itself(void **state)
{
  hy_pipe_guard guard;

  (void)state;
  hy_pipe_hold(&guard, 0);
  assert_false(is_in(blocked));
  hy_pipe_let(&guard);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_signal_is_raised_and_none_is_left),
    cmocka_unit_test(one_that_the_host_has_pending_stays_so),
    cmocka_unit_test(nothing_is_touched_where_libcurl_guards_itself),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
