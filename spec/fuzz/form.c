/*
 * Fuzz target of forms: reads a value from any URL, and encodes and decodes any name and value.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/text.h"
#include "base/form.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = hy_strndup((const char *)data, size);
  char *value = hy_query_get(text, "code"), *back;
  hy_buf url = { 0 };

  CHECK(!value || strlen(value) <= size);
  CHECK(hy_url_holds(text, text));
  hy_buf_adds(&url, "http://localhost/?");
  hy_form_add(&url, "first", text);
  if (strcmp(text, "first"))
    hy_form_add(&url, text, text);
  CHECK(!strpbrk(url.data, " #+\"<>\n") && hy_is_utf8(url.data, url.length));
  CHECK(hy_url_holds(url.data, "HTTP://localhost:80"));
  back = hy_query_get(url.data, text);
  CHECK(back && !strcmp(back, text));
  hy_is_utf8(text, size);
  free(back);
  free(value);
  free(text);
  hy_buf_free(&url);
  return 0;
}
