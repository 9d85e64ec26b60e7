/* Headers that are the same for many requests: those of the cloud's own web pages in the login, and
 * the few that the hub's other clients send with a call. */
#include <curl/curl.h>
#include <string.h>

#include "account/client_state.h"
#include "base/buf.h"
#include "http/exchange.h"
#include "http/lines.h"

/* Headers that not every request to the hub has, and the last kind that has them. libcurl spends
 * over a hundred instructions on each byte of a header, so a request has none that the hub does not
 * read. The answer to a change is short: to compress it is not worth asking for. */
static const struct {
  const char *name;
  hy_headers_for last;
} not_always[] = { { "Accept-Language:", HY_FOR_LOGIN },
                   { "Connection:", HY_FOR_LOGIN },
                   { "Origin:", HY_FOR_LOGIN },
                   { "Referer:", HY_FOR_LOGIN },
                   { "Accept-Encoding:", HY_FOR_CALL } };

int hy_client_make_headers(homey_client *c, const char *scheme)
{
  hy_lines *headers = c->cloud_headers = hy_lines_new();
  hy_buf origin = { 0 };
  int result;

  if (!headers)
    return -HOMEY_MEMORY;
  hy_buf_addf(&origin, "%s://authorize", scheme);
  result = origin.failed ? -HOMEY_MEMORY : 0;
  if (result == 0 && (hy_headers_add(headers, "Accept", "application/json") < 0 ||
                      hy_headers_add(headers, "Accept-Language", "en-us") < 0 ||
                      hy_headers_add(headers, "Connection", "keep-alive") < 0 ||
                      hy_headers_add(headers, "Origin", origin.data) < 0 ||
                      hy_headers_add(headers, "Referer", origin.data) < 0 ||
                      hy_headers_add(headers, "User-Agent", c->options.user_agent) < 0 ||
                      hy_headers_add(headers, "Accept-Encoding", hy_exchange_encodings()) < 0))
    result = -HOMEY_MEMORY;
  hy_buf_free(&origin);
  return result;
}

static int is_wanted(const char *line, hy_headers_for what)
{
  for (size_t i = 0; i < sizeof not_always / sizeof *not_always; i++)
    if (!strncmp(line, not_always[i].name, strlen(not_always[i].name)))
      return what <= not_always[i].last;
  return 1;
}

static int has_own(char **own, const char *line)
{
  for (; own && *own; own++)
    if (curl_strnequal(*own, line, strcspn(line, ":") + 1))
      return 1;
  return 0;
}

/* The caller's own headers come in place of ours of the same name. */
static int fill(const homey_client *c, hy_headers_for what, hy_lines *headers)
{
  const struct curl_slist *line = c->cloud_headers->list;
  char **own = c->options.headers;
  int result = 0;

  for (; result == 0 && line; line = line->next)
    if (!has_own(own, line->data) && is_wanted(line->data, what))
      result = hy_lines_add(headers, line->data);
  if (result == 0 && what == HY_FOR_CHANGE && !has_own(own, "Accept-Encoding:"))
    result = hy_lines_add(headers, "Accept-Encoding:"); /* empty, or libcurl would add its own */
  for (; result == 0 && own && *own; own++)
    result = hy_lines_add(headers, *own);
  return result;
}

hy_lines *hy_client_hub_headers(const homey_client *c, hy_headers_for what)
{
  hy_lines *headers = hy_lines_new();

  if (headers && fill(c, what, headers) == 0)
    return headers;
  hy_lines_release(headers);
  return NULL;
}
