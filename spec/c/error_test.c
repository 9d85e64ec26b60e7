/*
 * Messages of failures: what happened, and once what to do.
 *
 * Linked with libhomey.a, whose hy_ names it uses, and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "homey.h"

static void a_text_gets_the_advice_of_its_kind(void **state)
{
  homey_error error;

  (void)state;
  hy_error_set(&error, HOMEY_HUB, "the hub could not do it (%s)", "busy");
  assert_string_equal(error.message,
                      "the hub could not do it (busy). Try again, or check it in the Homey app.");
  hy_error_set(&error, HOMEY_NETWORK, "the hub broke off the connection");
  assert_string_equal(error.message,
                      "the hub broke off the connection. Check the network connection.");
}

static void a_whole_sentence_stays_as_it_is(void **state)
{
  static const char *const texts[] = { "Log in first.", "Is the hub on?", "" };
  homey_error error;

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    hy_error_set(&error, HOMEY_OFFLINE, "%s", texts[i]);
    assert_string_equal(error.message, texts[i]);
  }
}

static void a_long_text_is_cut_between_characters(void **state)
{
  static const char *const before[] = { "", "x" };
  char text[2 * sizeof((homey_error *)0)->message];
  homey_error error;

  (void)state;
  for (size_t i = 0; i + 2 < sizeof text; i += 2)
    memcpy(text + i, "\xC3\xA9", 3);
  for (size_t i = 0; i < 2; i++) {
    hy_error_set(&error, HOMEY_HUB, "%s%s", before[i], text);
    assert_in_range(strlen(error.message), sizeof error.message - 5, sizeof error.message - 1);
    assert_true(hy_is_utf8(error.message, strlen(error.message)));
  }
}

static void quoted_words_have_no_control_characters(void **state)
{
  static const char *const cases[][2] = {
    { "a\033[2Jb", "a\\x1b[2Jb." },
    { "a\r\nb\177", "a\\x0d\\x0ab\\x7f." },
    { "\xC2\x9B"
      "31m \xC3\xB6",
      "\\u{9b}31m \xC3\xB6." },
    { "\xE2\x80\xAE\xE2\x81\xA9\xE2\x80\xA8\xE2\x80\x8F\xD8\x9C",
      "\\u{202e}\\u{2069}\\u{2028}\\u{200f}\\u{61c}." },
    { "\xE2\x80\x9Cx\xE2\x80\x9D \xF0\x9F\x98\x80", "\xE2\x80\x9Cx\xE2\x80\x9D \xF0\x9F\x98\x80." },
    { "\xFF\xC3(", "\\xff\\xc3(." },
  };
  homey_error error;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    hy_error_set(&error, HOMEY_HUB, "%s.", cases[i][0]);
    assert_string_equal(error.message, cases[i][1]);
  }
}

static void escapes_are_not_cut(void **state)
{
  char text[] = "\033\033\033", out[16];

  (void)state;
  for (size_t size = 1; size <= sizeof out; size++) {
    hy_visible(out, size, text);
    assert_int_equal(strlen(out), (size - 1) / 4 * 4 > 12 ? 12 : (size - 1) / 4 * 4);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_text_gets_the_advice_of_its_kind),
    cmocka_unit_test(a_whole_sentence_stays_as_it_is),
    cmocka_unit_test(a_long_text_is_cut_between_characters),
    cmocka_unit_test(quoted_words_have_no_control_characters),
    cmocka_unit_test(escapes_are_not_cut),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
