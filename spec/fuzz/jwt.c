/*
 * Fuzz target of tokens: any text as base64, as a token, and as its payload. Ids are well-formed,
 * and encoded text decodes to itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/text.h"
#include "base/base64.h"
#include "login/jwt.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ids(const char *jwt)
{
  hy_buf ids = { 0 };
  int count = hy_jwt_ids(&ids, jwt);

  CHECK(count >= -1 && count <= 64);
  CHECK(ids.length == (count > 0 ? (size_t)count * 25 : 0));
  for (int i = 0; i < count; i++)
    CHECK(strspn(ids.data + 25 * i, "0123456789abcdefABCDEF") == 24);
  hy_buf_free(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = hy_strndup((const char *)data, size);
  hy_buf jwt = { 0 }, bytes = { 0 };

  hy_jwt_like(text);
  check_ids(text);
  hy_base64_decode(&bytes, text, size);
  hy_buf_clear(&bytes);
  hy_buf_adds(&jwt, "e30.");
  hy_base64_encode(&jwt, data, size);
  CHECK(hy_base64_decode(&bytes, jwt.data + 4, jwt.length - 4) == 0);
  CHECK(bytes.length == size && !(size && memcmp(bytes.data, data, size)));
  hy_buf_adds(&jwt, ".c2ln");
  check_ids(jwt.data);
  hy_buf_free(&bytes);
  hy_buf_free(&jwt);
  free(text);
  return 0;
}
