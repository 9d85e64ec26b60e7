/* URLs, host names and IP addresses: pure tests of a text, without a lookup. */
#ifndef HY_URL_H
#define HY_URL_H

#include <stddef.h>

/* http(s)://host[:port] with nothing after it but slashes; where wanted, whether it is plain http, and the host. */
int hy_url_is_base(const char *url, int *ret_plain, char *host, size_t size);
int hy_url_is_plain(const char *url); /* http:// */
int hy_url_is_tls(const char *url);   /* https://; what is neither is dialled as plain http is */
/* "192-168-1-20.homey.homeylocal.com" -> "192.168.1.20"; 0 when the name carries no address. */
int hy_homeylocal_ip(const char *host, char *ip, size_t size);
/* "192.168.1.20" or "192.168.1.20:4860" -> the https URL by the name that carries it; 0 for what is more than an IPv4. */
int hy_bare_ip_url(const char *text, char *url, size_t size);
/* The https URL by the name that carries an address; `port` is ":4860", or "" for the usual one. */
void hy_homeylocal_url(const int quad[4], const char *port, char *url, size_t size);
int hy_is_private_ip(const char *ip); /* private, link-local or loopback; IPv6 with or without brackets */

/* Four numbers from 0 to 255 with `between` between them; the characters they take, 0 when they are not there. */
size_t hy_read_quad(const char *text, char between, int quad[4]);

#endif
