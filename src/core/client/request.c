/* Requests: checks them and turns them into calls. */
#include <curl/curl.h>
#include <string.h>

#include "base/text.h"
#include "client/call.h"
#include "client/client.h"
#include "loop/run_queue.h"

static int has_method(const homey_request *r)
{
  size_t n = 0;

  while (r->method && r->method[n] >= 'A' && r->method[n] <= 'Z')
    n++;
  return n > 0 && n < 16 && !r->method[n];
}

static int is_rooted(const homey_request *r)
{
  return r->path && *r->path == '/' && r->path[1] != '/';
}

static int is_encoded(const homey_request *r)
{
  return hy_is_token(r->path) && !strchr(r->path, '#');
}

/* Length of the segment at `at`. An encoded slash ends a segment too, since a server may decode
 * it first. */
static size_t segment_length(const char *at)
{
  size_t n = 0;

  while (at[n] && at[n] != '/' && at[n] != '?' &&
         !(at[n] == '%' && curl_strnequal(at + n, "%2f", 3)))
    n++;
  return n;
}

/* 1 for "." or "..", with any of the dots percent-encoded. */
static int is_dots(const char *at, size_t length)
{
  size_t used = 0, dots = 0;

  while (used < length && dots < 3) {
    size_t step = at[used] == '.' ? 1 : !curl_strnequal(at + used, "%2e", 3) ? 0 : 3;
    if (!step)
      return 0;
    used += step;
    dots++;
  }
  return dots == 1 || dots == 2;
}

/* Refuses "." and ".." segments: the caller's guard checks the path as written, but a server
 * would resolve it to another path. */
static int is_resolved(const homey_request *r)
{
  const char *at = r->path;

  if (!strpbrk(at, "%.") && !strstr(at, "//")) /* nearly always */
    return 1;
  while (*at && *at != '?') {
    size_t slash = *at == '/' ? 1 : 3, length = segment_length(at + slash);
    if (is_dots(at + slash, length) || (slash == 1 && at[slash] == '/'))
      return 0;
    at += slash + length;
  }
  return 1;
}

static int has_time(const homey_request *r)
{
  return r->timeout_ms >= 0 && r->timeout_ms <= 3600000;
}

static int has_server(const homey_request *r)
{
  if (r->server == HOMEY_TO_HUB)
    return 1;
  return r->server <= HOMEY_TO_WEATHER && !r->operation && !r->content_type && !r->anonymous;
}

static int has_content_type(const homey_request *r)
{
  const char *at = r->content_type;

  if (at && (!*at || !r->body))
    return 0;
  while (at && *at >= ' ' && *at < 127)
    at++;
  return !at || !*at;
}

/* Checks that the lengths of a request fit into memory. */
static int is_sized(const homey_request *r)
{
  return (!r->body || r->length <= SIZE_MAX / 8) && (!r->args || r->args_length <= SIZE_MAX / 8);
}

/* All three parts are given, or none. The arguments are not checked. */
static int is_operation(const homey_request *r)
{
  if (!r->operation && !r->manager && !r->args)
    return 1;
  return r->operation && r->manager && r->args && *r->operation && *r->manager &&
         r->args_length >= 2 && r->args[0] == '{' && r->args[r->args_length - 1] == '}' &&
         hy_is_utf8(r->operation, strlen(r->operation)) &&
         hy_is_utf8(r->manager, strlen(r->manager));
}

static const struct {
  int (*is_met)(const homey_request *request);
  const char *sentence;
} demands[] = {
  { has_method, "the method must be at most 15 upper-case letters, such as \"PUT\"." },
  { is_rooted, "the path must begin with one \"/\", such as \"/api/manager/zones/zone\"." },
  { is_encoded,
    "the path holds what must be percent-encoded: a space is \"%20\" there, a \"#\" is \"%23\"." },
  { is_resolved, "the path must not contain \"//\", or \".\" or \"..\" between slashes. Write the "
                 "resolved path." },
  { has_time, "the timeout of a request must be from 0 to 3,600,000 ms." },
  { has_server, "the server of a request must be one of homey_server. Only the hub takes an "
                "operation, a content type or no token." },
  { has_content_type, "the content type must be printable ASCII, and needs a body." },
  { is_sized, "the length of the body or of the args is out of range." },
  { is_operation,
    "an operation needs its name, its manager and its args, a JSON object, all in UTF-8." }
};

const char *homey_request_flaw(const homey_request *request)
{
  size_t i;

  for (i = 0; i < sizeof demands / sizeof *demands; i++)
    if (!demands[i].is_met(request))
      return demands[i].sentence;
  return NULL;
}

/* Copies bytes, with a NUL after them. */
static char *keep(char **at, const char *bytes, size_t length)
{
  char *kept = *at;

  if (!bytes)
    return NULL;
  memcpy(kept, bytes, length);
  *at += length + 1;
  return kept;
}

static size_t length_of(const char *text)
{
  return text ? strlen(text) : 0;
}

int homey_client_request(homey_client *c, const homey_request *r, homey_reply_fn *done, void *data)
{
  size_t args = r->args ? r->args_length : 0, body = r->body ? r->length : 0;
  hy_call *call;
  char *at;

  if (homey_request_flaw(r))
    return -HOMEY_INVALID;
  call = hy_call_new(c, r->server == HOMEY_TO_HUB ? HY_REQUEST : HY_CLOUD_REQUEST,
                     strlen(r->method) + strlen(r->path) + body + length_of(r->operation) +
                         length_of(r->manager) + args + length_of(r->content_type) + 7,
                     done, data);
  if (!call)
    return hy_call_refused(c);
  at = call->text;
  call->method = keep(&at, r->method, strlen(r->method));
  call->path = keep(&at, r->path, strlen(r->path));
  call->body = keep(&at, r->body, body);
  call->length = body;
  call->operation = keep(&at, r->operation, length_of(r->operation));
  call->manager = keep(&at, r->manager, length_of(r->manager));
  call->args = keep(&at, r->args, args);
  call->args_length = args;
  call->content_type = keep(&at, r->content_type, length_of(r->content_type));
  call->anonymous = r->anonymous;
  call->server = r->server;
  call->timeout_ms = r->timeout_ms;
  if (r->timeout_ms)
    call->until = hy_clock() + 6 * (int64_t)r->timeout_ms;
  call->once = r->once || (strcmp(call->method, "GET") && strcmp(call->method, "PUT") &&
                           strcmp(call->method, "HEAD"));
  return call->answer->reply.id;
}
