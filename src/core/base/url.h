/* URLs, host names and IP addresses: pure tests of a text, without a lookup. */
#ifndef HY_URL_H
#define HY_URL_H

#include <stddef.h>

/* Checks http(s)://host[:port] with only slashes after it. Stores whether it is plain http, and
 * the host, in the pointers that are not NULL. */
int hy_url_is_base(const char *url, int *ret_plain, char *host, size_t size);
int hy_url_is_plain(const char *url); /* http:// */
/* https://; a URL with another scheme is dialled like plain http */
int hy_url_is_tls(const char *url);
/* "192-168-1-20.homey.homeylocal.com" -> "192.168.1.20"; 0 when the name contains no address. */
int hy_homeylocal_ip(const char *host, char *ip, size_t size);
/* "192.168.1.20" or "192.168.1.20:4860", also with slashes behind it -> the https URL by the name
 * that contains it; 0 for another text. */
int hy_bare_ip_url(const char *text, char *url, size_t size);
/* Writes the https URL by the name that contains an address; `port` is ":4860", or "" for the
 * default. */
void hy_homeylocal_url(const int quad[4], const char *port, char *url, size_t size);
/* Whether the address is private, link-local or loopback; IPv6 with or without brackets. */
int hy_is_private_ip(const char *ip);

/* Reads four numbers from 0 to 255 separated by `between`. Returns the count of characters read,
 * 0 when they are missing. */
size_t hy_read_quad(const char *text, char between, int quad[4]);

#endif
