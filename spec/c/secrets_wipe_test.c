/*
 * Wiped secrets: freed memory contains no password, bearer or refresh token. Every block that the
 * core or cJSON frees or reallocates is searched before, while a client logs in, renews, is refused
 * and logs out.
 *
 * Linked with libhomey.a, cmocka, and malloc, calloc, realloc, strdup and free wrapped. Allocations
 * of libcurl are not checked. The server is cloud.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <malloc.h>
#include <sys/stat.h>

#include "support/cloud.h"
#include "homey.h"
#include "base/json_tree.h"
#include "base/buf.h"

#define PASSWORD "sesame-opens-the-door"
#define GIVEN "refresh-token-that-was-given"

void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

static const char *const secrets[] = { PASSWORD,      GIVEN,        CLOUD_BEARER,
                                       CLOUD_REFRESH, CLOUD_ACCESS, CLOUD_JWT };
static int left[sizeof secrets / sizeof *secrets], watching;

/* ---- the allocator ---- */

void *__wrap_malloc(size_t size)
{
  void *block = __real_malloc(size);

  if (block)
    memset(block, 0, malloc_usable_size(block)); /* clears what other code left in it */
  return block;
}

void __wrap_free(void *block)
{
  size_t i;

  for (i = 0; block && watching && i < sizeof secrets / sizeof *secrets; i++)
    left[i] += memmem(block, malloc_usable_size(block), secrets[i], strlen(secrets[i])) != NULL;
  __real_free(block);
}

void *__wrap_calloc(size_t count, size_t size)
{
  return __wrap_malloc(count * size);
}

/* Always moves the block. */
void *__wrap_realloc(void *block, size_t size)
{
  size_t before = block ? malloc_usable_size(block) : 0;
  void *larger = __wrap_malloc(size);

  if (larger && block)
    memcpy(larger, block, before < size ? before : size);
  if (larger)
    __wrap_free(block);
  return larger;
}

char *__wrap_strdup(const char *text)
{
  char *copy = __wrap_malloc(strlen(text) + 1);

  return copy ? strcpy(copy, text) : NULL;
}

/* ---- a client ---- */

static char folder[] = "/tmp/homey-wipe-XXXXXX";

static void clean(void)
{
  char command[100];

  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  assert_int_equal(system(command), 0);
}

typedef struct outcome {
  int count, good;
  homey_kind kind;
} outcome;

static void note(void *data, homey_reply *reply)
{
  outcome *o = data;

  o->count++;
  o->good += !reply->err;
  o->kind = reply->err ? reply->err->kind : HOMEY_OK;
  homey_reply_free(reply);
}

static void swallow(void *data, const char *line)
{
  (void)data;
  (void)line;
}

static homey_options options_of(void)
{
  homey_options o = {
    .email = "a@b.c", .client_id = "id", .client_secret = "s", .redirect_uri = "http://localhost"
  };

  o.accounts_url = o.api_url = cloud_url;
  o.state_dir = folder;
  o.timeout_ms = 60000;
  o.trace = swallow;
  return o;
}

/* Logs in and switches a device, or logs in and out. Returns the number of successful calls. */
static outcome use(const homey_options *options, int leave)
{
  static const homey_request set = { .method = "PUT",
                                     .path = "/api/manager/devices/device/d/capability/onoff",
                                     .body = "{\"value\":true}",
                                     .length = 14 };
  homey_loop *loop = homey_loop_new();
  homey_client *c;
  outcome o = { 0 };
  int turns = 0;

  watching = 1;
  c = homey_client_new(loop, options, NULL);
  assert_non_null(c);
  assert_true(homey_client_login(c, note, &o) > 0);
  assert_true(leave ? homey_client_logout(c, note, &o) > 0
                    : homey_client_request(c, &set, note, &o) > 0);
  while (o.count < 2 && turns++ < 500)
    homey_loop_wait(loop, 1000);
  assert_int_equal(o.count, 2);
  homey_client_free(c);
  homey_loop_free(loop);
  watching = 0;
  return o;
}

static void nothing_is_left(void)
{
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
    if (left[i])
      print_message("%d blocks were freed with \"%.14s...\" in them\n", left[i], secrets[i]);
    assert_int_equal(left[i], 0);
  }
}

static void a_login_leaves_nothing(void **state)
{
  homey_options o = options_of();

  (void)state;
  o.password = PASSWORD;
  assert_int_equal(use(&o, 0).good, 2);
  nothing_is_left();
}

static void a_stored_login_leaves_nothing(void **state)
{
  homey_options o = options_of();

  (void)state;
  assert_int_equal(use(&o, 0).good, 2);
  nothing_is_left();
}

static void a_login_that_is_renewed_leaves_nothing(void **state)
{
  homey_options o = options_of();

  (void)state;
  o.refresh_token = GIVEN;
  o.fresh = 1;
  assert_int_equal(use(&o, 0).good, 2);
  nothing_is_left();
}

static void a_local_user_leaves_nothing(void **state)
{
  homey_options o = options_of();

  (void)state;
  o.state_dir = NULL;
  o.email = NULL;
  o.username = "jan";
  o.password = PASSWORD;
  o.address = cloud_url;
  assert_int_equal(use(&o, 0).good, 2);
  nothing_is_left();
}

static void a_failed_login_leaves_nothing(void **state)
{
  homey_options o = options_of();

  (void)state;
  o.password = PASSWORD;
  o.fresh = 1;
  o.accounts_url = "http://127.0.0.1:1";
  assert_int_equal(use(&o, 0).good, 0);
  nothing_is_left();
}

static void a_damaged_login_leaves_nothing(void **state)
{
  char command[300];
  homey_options o = options_of();

  (void)state;
  snprintf(command, sizeof command, "for f in '%s'/login-*.json; do sed -i '$d' \"$f\"; done",
           folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(use(&o, 0).kind, HOMEY_INVALID);
  nothing_is_left();
  clean();
  assert_int_equal(mkdir(folder, 0700), 0);
}

static void a_logout_leaves_nothing(void **state)
{
  homey_options o = options_of();

  (void)state;
  o.password = PASSWORD;
  assert_int_equal(use(&o, 1).good, 2);
  nothing_is_left();
}

/* ---- parsed and written texts ---- */

static int parses(const char *text)
{
  cJSON *tree = hy_json_tree_parse(text, strlen(text));
  int good = tree != NULL;

  hy_json_tree_free(tree);
  return good;
}

static void invalid_json_is_refused_before_it_is_parsed(void **state)
{
  static const char *const good[] = {
    "{}",
    " [ ] ",
    "{\"a\":[1,-0,0.5,1e9,1E+9,2e-7,true,false,null,\"\\u00e9\\n\\\"\",{\"b\":{}}]}",
    "\"x\"",
    "0",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\xEF\xBB\xBF{}",
    "[\"" CLOUD_REFRESH "\"]"
  };
  static const char *const bad[] = {
    "",
    "{",
    "[",
    "\"",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "[1,]",
    "[1 2]",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "1e+",
    "tru",
    "nul",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u0000\"",
    "\"\n\"",
    "{} {}",
    "[1]]",
    "\"\xFF\"",
    "{\"a\":\"" CLOUD_REFRESH "\"",
    "[\"" CLOUD_REFRESH "\"}",
    "{\"" CLOUD_REFRESH "\":\"" CLOUD_BEARER "\",}",
    "1234567890123456789012345678901234567890123456789012345678901"
  };
  char deep[403];

  (void)state;
  watching = 1;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    if (!parses(good[i]))
      fail_msg("is JSON: %s", good[i]);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (parses(bad[i]))
      fail_msg("is no JSON: %s", bad[i]);
  memset(deep, '[', 200);
  memset(deep + 200, ']', 200);
  deep[400] = '\0';
  assert_false(parses(deep));
  watching = 0;
  nothing_is_left();
}

static void a_long_tree_is_printed(void **state)
{
  hy_buf b = { 0 };
  char *text = malloc(300001);
  cJSON *tree = cJSON_CreateObject();

  (void)state;
  memset(text, 'x', 300000);
  memcpy(text, CLOUD_REFRESH, strlen(CLOUD_REFRESH));
  text[300000] = '\0';
  watching = 1;
  cJSON_AddStringToObject(tree, "a", text);
  hy_json_tree_print(tree, 0, &b);
  assert_false(b.failed);
  assert_int_equal(b.length, 300000 + strlen("{\"a\":\"\"}"));
  assert_memory_equal(b.data, "{\"a\":\"refresh", 13);
  hy_buf_wipe(&b);
  hy_json_tree_free(tree);
  watching = 0;
  nothing_is_left();
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_login_leaves_nothing),
    cmocka_unit_test(a_stored_login_leaves_nothing),
    cmocka_unit_test(a_login_that_is_renewed_leaves_nothing),
    cmocka_unit_test(a_local_user_leaves_nothing),
    cmocka_unit_test(a_failed_login_leaves_nothing),
    cmocka_unit_test(a_damaged_login_leaves_nothing),
    cmocka_unit_test(a_logout_leaves_nothing),
    cmocka_unit_test(invalid_json_is_refused_before_it_is_parsed),
    cmocka_unit_test(a_long_tree_is_printed),
  };
  cJSON_Hooks hooks = { __wrap_malloc, __wrap_free };
  int failures;

  cJSON_InitHooks(&hooks);
  cloud_start();
  if (!mkdtemp(folder))
    return 1;
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  clean();
  cloud_stop();
  return failures;
}
