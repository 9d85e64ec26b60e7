/* URLs, host names and IP addresses: pure tests of a text, without a lookup. */
#include "base/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether every parser reads the URL as libcurl does, which accepts one to three slashes after a
 * scheme: no user, no fragment, no character that must be encoded. */
static int is_unambiguous(const char *url)
{
  const char *colon = strchr(url, ':'), *at = url;

  while (*at > ' ' && *at <= '~' && *at != '@' && *at != '#')
    at++;
  return !*at && colon && !strncmp(colon, "://", 3) && colon[3] != '/';
}

/* Checks http(s)://host[:port] with only slashes after it; copies the host when `host` is given. */
int hy_url_is_base(const char *url, int *ret_plain, char *host, size_t size)
{
  CURLU *u = curl_url();
  char *scheme = NULL, *name = NULL, *path = NULL, *query = NULL;
  int good = 0;

  if (u && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_QUERY, &query, 0) == CURLUE_NO_QUERY && is_unambiguous(url))
    good = (!strcmp(scheme, "http") || !strcmp(scheme, "https")) && *name &&
           strspn(path, "/") == strlen(path);
  if (good && ret_plain)
    *ret_plain = !strcmp(scheme, "http");
  if (good && host)
    snprintf(host, size, "%s", name);
  curl_free(scheme);
  curl_free(name);
  curl_free(path);
  curl_free(query);
  curl_url_cleanup(u);
  return good;
}

/* `scheme` is in lower case and ends in "://". */
static int has_scheme(const char *url, const char *scheme)
{
  for (; *scheme; url++, scheme++)
    if (*url != *scheme && !(*url >= 'A' && *url <= 'Z' && (*url | 0x20) == *scheme))
      return 0;
  return 1;
}

int hy_url_is_plain(const char *url)
{
  return has_scheme(url, "http://");
}

int hy_url_is_tls(const char *url)
{
  return has_scheme(url, "https://");
}

/* Reads four numbers from 0 to 255 separated by `between`. Returns the count of characters read,
 * 0 when they are missing. */
size_t hy_read_quad(const char *text, char between, int quad[4])
{
  const char *at = text;
  int i;

  for (i = 0; i < 4; i++) {
    size_t digits = strspn(at, "0123456789");
    if (!digits || digits > 3 || (i < 3 && at[digits] != between))
      return 0;
    quad[i] = atoi(at);
    if (quad[i] > 255)
      return 0;
    at += digits + (i < 3);
  }
  return (size_t)(at - text);
}

int hy_homeylocal_ip(const char *host, char *ip, size_t size)
{
  int quad[4];
  size_t used = hy_read_quad(host, '-', quad);

  if (!used || !curl_strequal(host + used, ".homey.homeylocal.com"))
    return 0;
  snprintf(ip, size, "%d.%d.%d.%d", quad[0], quad[1], quad[2], quad[3]);
  return 1;
}

void hy_homeylocal_url(const int quad[4], const char *port, char *url, size_t size)
{
  snprintf(url, size, "https://%d-%d-%d-%d.homey.homeylocal.com%s", quad[0], quad[1], quad[2],
           quad[3], port);
}

int hy_bare_ip_url(const char *text, char *url, size_t size)
{
  int quad[4];
  char port[8] = "";
  size_t used = hy_read_quad(text, '.', quad), digits;
  const char *rest = text + used;

  if (used && *rest == ':') {
    digits = strspn(rest + 1, "0123456789");
    if (!digits || digits > 5 || atoi(rest + 1) < 1 || atoi(rest + 1) > 65535)
      return 0;
    snprintf(port, sizeof port, "%.*s", (int)digits + 1, rest);
    rest += digits + 1;
  }
  if (!used || rest[strspn(rest, "/")])
    return 0;
  hy_homeylocal_url(quad, strcmp(port, ":80") ? port : "", url, size);
  return 1;
}

static int is_private_ip6(const struct in6_addr *ip)
{
  const unsigned char *b = ip->s6_addr;

  return IN6_IS_ADDR_LOOPBACK(ip) || IN6_IS_ADDR_LINKLOCAL(ip) || (b[0] & 0xFE) == 0xFC ||
         (IN6_IS_ADDR_V4MAPPED(ip) &&
          (b[12] == 10 || b[12] == 127 || (b[12] == 192 && b[13] == 168) ||
           (b[12] == 172 && (b[13] & 0xF0) == 16) || (b[12] == 169 && b[13] == 254)));
}

int hy_is_private_ip(const char *ip)
{
  char bare[64];
  struct in_addr four;
  struct in6_addr six;
  size_t length;
  uint32_t n;

  ip += *ip == '[';
  length = strcspn(ip, "]%");
  if (length >= sizeof bare)
    return 0;
  memcpy(bare, ip, length);
  bare[length] = '\0';
  if (strchr(bare, ':'))
    return inet_pton(AF_INET6, bare, &six) == 1 && is_private_ip6(&six);
  if (inet_pton(AF_INET, bare, &four) != 1)
    return 0;
  n = ntohl(four.s_addr);
  return n >> 24 == 10 || n >> 24 == 127 || n >> 16 == 0xC0A8 || n >> 20 == 0xAC1 ||
         n >> 16 == 0xA9FE;
}
