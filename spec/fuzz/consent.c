/*
 * Fuzz target of the consent page: nothing is read past the end, and the results are well-formed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "homey.h"
#include "login/consent.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  hy_consent c;
  int result = hy_consent_parse(&c, (const char *)data, size);

  CHECK(result == 0 || result == -HOMEY_PROTOCOL);
  CHECK(!result == !!c.csrf);
  CHECK(c.count <= 64);
  CHECK(!c.action || *c.action);
  for (size_t i = 0; i < c.count; i++) {
    const char *label = c.resources[i].label;
    CHECK(strlen(c.resources[i].id) == 24);
    CHECK(!label || (*label && strlen(label) <= 120 && hy_is_utf8(label, strlen(label))));
    CHECK(!label || !strpbrk(label, "\n\r\t\x1B\x7F"));
  }
  hy_consent_free(&c);
  return 0;
}
