/* Header lines and CONNECT_TO rows, shared by reference. */
#include "http/lines.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "homey.h"

hy_lines *hy_lines_new(void)
{
  hy_lines *headers = calloc(1, sizeof *headers);

  if (headers)
    headers->references = 1;
  return headers;
}

int hy_lines_add(hy_lines *headers, const char *line)
{
  struct curl_slist *list = curl_slist_append(headers->list, line);

  if (!list)
    return -HOMEY_MEMORY;
  headers->list = list;
  return 0;
}

hy_lines *hy_lines_copy(const hy_lines *lines)
{
  hy_lines *copy = hy_lines_new();
  const struct curl_slist *line = lines->list;

  for (; copy && line; line = line->next)
    if (hy_lines_add(copy, line->data) < 0) {
      hy_lines_release(copy);
      return NULL;
    }
  return copy;
}

int hy_headers_add(hy_lines *headers, const char *name, const char *value)
{
  hy_buf line = { 0 };
  int result;

  hy_buf_adds(&line, name);
  hy_buf_adds(&line, ": ");
  hy_buf_adds(&line, value);
  result = line.failed ? -HOMEY_MEMORY : hy_lines_add(headers, line.data);
  hy_buf_wipe(&line);
  return result;
}

int hy_headers_add_bearer(hy_lines *headers, const char *token)
{
  hy_buf value = { 0 };
  int result;

  hy_buf_addf(&value, "Bearer %s", token);
  result = value.failed ? -HOMEY_MEMORY : hy_headers_add(headers, "Authorization", value.data);
  hy_buf_wipe(&value);
  return result;
}

void hy_lines_release(hy_lines *headers)
{
  struct curl_slist *line;

  if (!headers || --headers->references > 0)
    return;
  for (line = headers->list; line; line = line->next) /* may contain a bearer */
    memset(line->data, 0, strlen(line->data));
  curl_slist_free_all(headers->list);
  free(headers);
}
