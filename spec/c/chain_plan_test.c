/*
 * Plan of the token chain: the next step for a set of facts. It is the latest step that leads to
 * the goal and can be taken now.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "login/chain.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define HOME (HY_HAS_HUBS | HY_HAS_ROUTE)

static const struct {
  unsigned facts, wanted;
  const char *step;
} rows[] = {
  /* a renewal starts as late as possible */
  { HOME | HY_HAS_DELEGATION, HY_HAS_BEARER, "hub-login" },
  { HOME | HY_HAS_DELEGATION | HY_HAS_ACCESS | HY_HAS_REFRESH, HY_HAS_BEARER, "hub-login" },
  { HOME | HY_HAS_ACCESS, HY_HAS_BEARER, "delegation" },
  { HOME | HY_HAS_ACCESS | HY_HAS_REFRESH | HY_HAS_CREDENTIALS, HY_HAS_BEARER, "delegation" },
  { HOME | HY_HAS_REFRESH, HY_HAS_BEARER, "refresh" },
  { HOME | HY_HAS_REFRESH | HY_HAS_CREDENTIALS, HY_HAS_BEARER, "refresh" },
  { HOME | HY_HAS_REFRESH | HY_HAS_CODE, HY_HAS_BEARER, "refresh" },
  { HOME | HY_HAS_CODE, HY_HAS_BEARER, "token" },
  { HOME | HY_HAS_CODE | HY_HAS_JWT | HY_HAS_CREDENTIALS, HY_HAS_BEARER, "token" },
  { HOME | HY_HAS_PAGE, HY_HAS_BEARER, "consent" },
  { HOME | HY_HAS_PAGE | HY_HAS_JWT | HY_HAS_CREDENTIALS, HY_HAS_BEARER, "consent" },
  { HOME | HY_HAS_JWT, HY_HAS_BEARER, "authorise" },
  { HOME | HY_HAS_JWT | HY_HAS_CREDENTIALS, HY_HAS_BEARER, "authorise" },
  { HOME | HY_HAS_CREDENTIALS, HY_HAS_BEARER, "login" },
  { HOME | HY_HAS_GRANT, HY_HAS_BEARER, "password-grant" },
  { HOME | HY_HAS_GRANT | HY_HAS_REFRESH, HY_HAS_BEARER, "refresh" },
  { HOME | HY_HAS_LOCAL, HY_HAS_BEARER, "local-login" },
  { HOME, HY_HAS_BEARER, NULL },
  { 0, HY_HAS_BEARER, NULL },
  /* the hub issues bearers, so it is found first */
  { HY_HAS_HUBS | HY_HAS_ACCESS, HY_HAS_BEARER, "address" },
  { HY_HAS_HUBS | HY_HAS_LOCAL, HY_HAS_BEARER, "address" },
  { HY_HAS_ACCESS, HY_HAS_BEARER, "user" },
  { HY_HAS_REFRESH, HY_HAS_BEARER, "refresh" },
  { HY_HAS_CREDENTIALS, HY_HAS_BEARER, "login" },
  /* the hubs of the account */
  { HY_HAS_ACCESS, HY_HAS_HUBS, "user" },
  { HY_HAS_REFRESH, HY_HAS_HUBS, "refresh" },
  { HY_HAS_CODE, HY_HAS_HUBS, "token" },
  { HY_HAS_JWT, HY_HAS_HUBS, "authorise" },
  { HY_HAS_CREDENTIALS, HY_HAS_HUBS, "login" },
  { HY_HAS_GRANT, HY_HAS_HUBS, "password-grant" },
  { HY_HAS_BEARER, HY_HAS_HUBS, NULL },
  { HY_HAS_LOCAL, HY_HAS_HUBS, NULL },
  /* its address */
  { HY_HAS_HUBS, HY_HAS_ROUTE, "address" },
  { HY_HAS_ACCESS, HY_HAS_ROUTE, "user" },
  { 0, HY_HAS_ROUTE, NULL },
  /* the session, and its end */
  { HOME | HY_HAS_BEARER, HY_HAS_SESSION, "session" },
  { HY_HAS_HUBS | HY_HAS_BEARER, HY_HAS_SESSION, "address" },
  { HOME | HY_HAS_BEARER, HY_HAS_ENDED, "logout" },
  { HOME | HY_HAS_REFRESH, HY_HAS_ENDED, "refresh" },
};

static void the_latest_step_that_works_is_taken(void **state)
{
  size_t i;

  (void)state;
  for (i = 0; i < COUNT(rows); i++) {
    const hy_step *step = hy_chain_plan(rows[i].facts, rows[i].wanted);
    const char *name = step ? step->name : "none", *expected = rows[i].step ? rows[i].step : "none";
    if (strcmp(name, expected))
      fail_msg("row %zu: %s, not %s", i, name, expected);
  }
}

/* For every set of facts: the step can be taken now, gives a missing fact, and the steps end. */
static void every_plan_can_be_executed(void **state)
{
  static const unsigned wanted[] = { HY_HAS_HUBS, HY_HAS_ROUTE, HY_HAS_BEARER, HY_HAS_SESSION,
                                     HY_HAS_ENDED };
  unsigned facts, have;
  size_t i;
  int taken;

  (void)state;
  for (facts = 0; facts < 2 * HY_HAS_ENDED; facts++)
    for (i = 0; i < COUNT(wanted); i++) {
      const hy_step *step;
      for (have = facts, taken = 0; !(have & wanted[i]) && (step = hy_chain_plan(have, wanted[i]));
           taken++) {
        if (step->needs & ~have || step->gives & have || taken > hy_step_count)
          fail_msg("facts %#x, wanted %#x: %s", have, wanted[i], step->name);
        have |= step->gives;
      }
      if (taken && !(have & wanted[i]))
        fail_msg("facts %#x, wanted %#x: a way that leads nowhere", facts, wanted[i]);
    }
}

static void every_row_is_complete(void **state)
{
  int i, way;

  (void)state;
  for (i = 0; i < hy_step_count; i++) {
    const hy_step *step = &hy_steps[i];
    assert_true(strlen(step->name) < sizeof((homey_error *)0)->step);
    if (step->gives == HY_HAS_ROUTE)
      continue;
    assert_non_null(step->read);
    assert_non_null(step->ways[0].method);
    for (way = 0; way < 4 && step->ways[way].method; way++) {
      assert_int_not_equal(step->ways[way].urls[0].base, HY_END);
      assert_true(!step->ways[way].body || step->ways[way].say);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_latest_step_that_works_is_taken),
    cmocka_unit_test(every_plan_can_be_executed),
    cmocka_unit_test(every_row_is_complete),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
