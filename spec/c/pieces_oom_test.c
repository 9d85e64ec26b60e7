/*
 * Failing allocations in buffers, forms, tokens, the consent page and the store: each allocation
 * fails once, and the result is correct or an error. Under AddressSanitizer nothing leaks. (cJSON
 * gets the failing allocator by its hooks.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/form.h"
#include "base/base64.h"
#include "login/jwt.h"
#include "login/consent.h"
#include "store/file_store.h"
#include "support/oom.h"

#define ID "5a8d4ca6eb9f7a2c9d6ccf6d"

/* Runs `work` once for each failing allocation. It returns 1 for success and 0 for a correct
 * failure, and asserts the rest. It must make at least `least` allocations. */
static void fail_each(int (*work)(void *), void *data, long least)
{
  long nth = 1;
  int whole;

  for (;; nth++) {
    oom_fail(nth);
    whole = work(data);
    if (!oom_happened())
      break;
    assert_false(whole);
  }
  assert_true(whole);
  assert_true(nth > least);
}

/* ---- buf, form, jwt -------------------------------------------------------------------------- */

static int build(void *data)
{
  hy_buf b = { 0 };
  char *text;
  int whole;

  (void)data;
  for (int i = 0; i < 20000; i++)
    hy_buf_addf(&b, "%07d ", i);
  hy_buf_adds(&b, "end");
  whole = !b.failed;
  assert_true(!b.data || (strlen(b.data) == b.length && b.length < b.size));
  text = hy_buf_take(&b);
  assert_int_equal(text != NULL, whole);
  free(text);
  return whole;
}

static int copy(void *data)
{
  char *text = hy_strdup("text"), *part = hy_strndup("text", 2);
  int whole = text && part;

  (void)data;
  hy_wipe(text);
  hy_wipe(part);
  return whole;
}

static int exchange_forms(void *data)
{
  static const char password[] =
      "a password & = + % long enough to make the buffer grow: \xC3\xA9\xC3\xA9\xC3\xA9";
  hy_buf url = { 0 };
  char *value = NULL;
  int whole;

  (void)data;
  hy_buf_adds(&url, "http://localhost/?");
  hy_form_add(&url, "x", password);
  hy_form_add(&url, "code", password);
  if (!url.failed)
    value = hy_query_get(url.data, "code");
  assert_true(!value || !strcmp(value, password)); /* never a part */
  whole = value != NULL;
  free(value);
  hy_buf_free(&url);
  return whole;
}

static int read_base64(void *data)
{
  hy_buf text = { 0 }, back = { 0 };
  int result = -1, whole;
  char bytes[300] = "bytes";

  (void)data;
  hy_base64_encode(&text, bytes, sizeof bytes);
  if (!text.failed)
    result = hy_base64_decode(&back, text.data, text.length);
  assert_int_equal(back.length, result ? 0 : sizeof bytes);
  whole = !result;
  hy_buf_free(&text);
  hy_buf_free(&back);
  return whole;
}

static int read_ids(void *jwt)
{
  hy_buf ids = { 0 };
  int count = hy_jwt_ids(&ids, jwt);

  assert_true(count == 2 || count == -1);
  assert_int_equal(ids.length, count == 2 ? 50 : 0);
  hy_buf_free(&ids);
  return count == 2;
}

static void buffers_fail_whole(void **state)
{
  (void)state;
  fail_each(build, NULL, 10);
}

static void copies_fail_whole(void **state)
{
  (void)state;
  fail_each(copy, NULL, 2);
}

static void forms_fail_whole(void **state)
{
  (void)state;
  fail_each(exchange_forms, NULL, 4);
}

static void base64_fails_whole(void **state)
{
  (void)state;
  fail_each(read_base64, NULL, 5);
}

static void ids_fail_whole(void **state)
{
  static const char payload[] = "{\"a\":\"" ID "\",\"b\":[\"homey.598d85a330e1bb0c0d75b8eb\"]}";
  cJSON_Hooks hooks = { oom_malloc, free };
  hy_buf jwt = { 0 };

  (void)state;
  hy_buf_adds(&jwt, "e30.");
  hy_base64_encode(&jwt, payload, sizeof payload - 1);
  hy_buf_adds(&jwt, ".c2ln");
  cJSON_InitHooks(&hooks);
  fail_each(read_ids, jwt.data, 8);
  cJSON_InitHooks(NULL);
  hy_buf_free(&jwt);
}

/* ---- consent --------------------------------------------------------------------------------- */

static int read_page(void *data)
{
  static const char html[] =
      "<form action=/ok><input name=_csrf value=token><label for=h>Home</label>"
      "<input id=h name=resource value=resource.homey." ID "><label>"
      "<input name=resource value=resource.homey.598d85a330e1bb0c0d75b8eb>A cabin "
      "whose name is so long that "
      "its text does not fit in the first piece of memory</label></form>";
  hy_consent c;
  int result = hy_consent_parse(&c, html, sizeof html - 1);

  (void)data;
  assert_true(result == 0 || result == -HOMEY_MEMORY);
  if (result)
    assert_true(!c.csrf && !c.action && !c.resources && !c.count);
  else
    assert_non_null(strstr(c.resources[1].label, " the first piece of memory"));
  hy_consent_free(&c);
  return !result;
}

static void consent_fails_whole(void **state)
{
  (void)state;
  fail_each(read_page, NULL, 8);
}

/* ---- store ----------------------------------------------------------------------------------- */

struct homey_store_op {
  homey_kind kind;
  int answers;
  char text[600];
};

void homey_store_op_answer(homey_store_op *op, homey_kind kind, const char *text, size_t length)
{
  op->kind = kind;
  op->answers++;
  snprintf(op->text, sizeof op->text, "%.*s", (int)length, text ? text : "");
}

/* Returns 1 for success, and 0 for the error that memory is short. Others fail the test. */
static int ok(homey_store_op *op)
{
  assert_int_equal(op->answers, 1);
  assert_true(op->kind == HOMEY_OK || op->kind == HOMEY_MEMORY);
  assert_true(op->kind == HOMEY_OK || *op->text);
  op->answers = 0;
  return op->kind == HOMEY_OK;
}

static int keep_a_login(void *folder)
{
  homey_store *s = hy_file_store_new(folder);
  homey_store_op op = { 0 };
  char message[600];
  int whole;

  if (!s)
    return 0;
  s->lock(s, "a", 1, &op);
  whole = ok(&op);
  s->save(s, "a", "{}", 2, &op);
  whole &= ok(&op);
  whole &= !hy_file_store_set_current(s, "a", message, sizeof message);
  s->load(s, "", &op);
  whole &= ok(&op) && !strcmp(op.text, "{}");
  s->lock(s, "a", 0, NULL);
  s->save(s, "a", NULL, 0, &op);
  whole &= ok(&op);
  hy_file_store_free(s);
  return whole;
}

static void the_store_fails_whole(void **state)
{
  char root[] = "/tmp/homey-oom-XXXXXX", folder[64], command[64];

  (void)state;
  assert_non_null(mkdtemp(root));
  snprintf(folder, sizeof folder, "%s/a/b", root);
  snprintf(command, sizeof command, "rm -rf %s", root);
  fail_each(keep_a_login, folder, 3);
  assert_int_equal(system(command), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(buffers_fail_whole),    cmocka_unit_test(copies_fail_whole),
    cmocka_unit_test(forms_fail_whole),      cmocka_unit_test(base64_fails_whole),
    cmocka_unit_test(ids_fail_whole),        cmocka_unit_test(consent_fails_whole),
    cmocka_unit_test(the_store_fails_whole),
  };

  return cmocka_run_group_tests_name("pieces when memory is short", tests, NULL, NULL);
}
