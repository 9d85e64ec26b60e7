/*
 * Fuzz target of stored logins: any text is refused, or read; saving and reading it again gives the
 * same login.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "account/account.h"
#include "base/text.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_hubs(const hy_account *a)
{
  CHECK(a->hub_count >= 0 && a->hub_count <= HY_HUBS);
  CHECK(!a->hub_id || hy_is_token(a->hub_id));
  for (int i = 0; i < a->hub_count; i++)
    CHECK(hy_is_token(a->hubs[i].id));
}

/* Reads the text like the chain. Returns NULL when it is refused, which changes nothing. */
static char *read_and_save(const char *text, size_t length)
{
  hy_account a = { 0 };
  const char *why = NULL;
  int result = hy_account_load(&a, text, length, &why);
  char *saved = NULL;
  homey_error error;

  CHECK(result == 0 || (result == -HOMEY_INVALID && why));
  CHECK(result == 0 || (!a.doc && !a.hub_id && !a.hub_count && !a.refresh));
  if (result == 0) {
    check_hubs(&a);
    if (hy_account_choose(&a, NULL, &error) < 0)
      hy_account_set(&a.hub_id, NULL);
    CHECK(hy_account_load_session(&a) == 0);
    CHECK(a.route_kind >= 0 && a.route_kind < HY_ROUTES);
    hy_still_good(a.bearer_issued, a.bearer_expires, 300);
    hy_still_good(a.access_issued, a.access_expires, 20);
    saved = hy_account_save(&a);
    CHECK(saved);
  }
  hy_account_clear(&a);
  return saved;
}

/* No number close to the largest double: cJSON writes fifteen digits, and reads them as infinite.
 * */
static int is_stable(const char *text)
{
  cJSON *doc = cJSON_Parse(text);
  char *again = doc ? cJSON_Print(doc) : NULL;
  int same = again && !strcmp(again, text);

  free(again);
  cJSON_Delete(doc);
  return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = hy_strndup((const char *)data, size);
  char *first = read_and_save(text, size), *second;

  if (first && is_stable(first)) {
    second = read_and_save(first, strlen(first));
    CHECK(second && !strcmp(first, second));
    free(second);
  }
  free(first);
  free(text);
  return 0;
}
