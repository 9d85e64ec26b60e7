/* Responses: headers, Content-Type, Retry-After. */
#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"
#include "http/exchange.h"

const char *hy_header(const hy_buf *head, const char *name, const char *before)
{
  const char *line = before ? before + strlen(before) + 1 : head->data,
             *end = line ? head->data + head->length : NULL;
  size_t length = strlen(name);

  while (line && line < end) {
    size_t n = strlen(line);
    if (n > length && line[length] == ':' &&
        (!memcmp(line, name, length) || curl_strnequal(line, name, length)))
      return line + length + 1 + strspn(line + length + 1, " \t");
    line += n + 1;
  }
  return NULL;
}

const char *hy_exchange_header(const hy_exchange *x, const char *name, const char *before)
{
  return hy_header(&x->head, name, before);
}

int hy_exchange_is(const hy_exchange *x, const char *content_type)
{
  const char *value = hy_exchange_header(x, "Content-Type", NULL);
  size_t length = strlen(content_type);

  for (; value && *value && *value != ';'; value++)
    if ((*value | 0x20) == *content_type && curl_strnequal(value, content_type, length))
      return 1;
  return 0;
}

int hy_exchange_was_sent(const hy_exchange *x)
{
  long bytes = 0;

  if (!x->started) /* the handle may tell of an earlier request */
    return 0;
  curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

/* seconds: longer than any server means, and small enough not to overflow */
#define LONGEST_WAIT 1000000000L

long hy_exchange_retry_after(const hy_exchange *x)
{
  curl_off_t seconds = 0;

  curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &seconds);
  return seconds > LONGEST_WAIT ? LONGEST_WAIT : seconds > 0 ? (long)seconds : 0;
}
