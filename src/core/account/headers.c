/* Headers that are the same for many requests: those of the cloud's own web pages in the login, and
 * the few that the hub's other clients send with a call. */
#include <curl/curl.h>
#include <string.h>

#include "account/client_state.h"
#include "base/buf.h"
#include "http/exchange.h"
#include "http/lines.h"

/* libcurl spends over a hundred instructions on each byte of a header, so a call has none that the
 * hub does not read. */
static const char *const of_login[] = { "Accept-Language:", "Connection:", "Origin:", "Referer:" };

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

static int is_of_login(const char *line)
{
  for (size_t i = 0; i < sizeof of_login / sizeof *of_login; i++)
    if (!strncmp(line, of_login[i], strlen(of_login[i])))
      return 1;
  return 0;
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
    if (!has_own(own, line->data) && (what == HY_FOR_LOGIN || !is_of_login(line->data)))
      result = hy_lines_add(headers, line->data);
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
