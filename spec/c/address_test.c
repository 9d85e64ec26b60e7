/*
 * Addresses without a request: the IP in a homeylocal name, private IPs, routes that bypass a
 * proxy, and the candidates of a race in their order.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "address/address.h"
#include "base/url.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void a_homeylocal_name_contains_its_ip(void **state)
{
  static const struct {
    const char *host, *ip;
  } rows[] = { { "192-168-1-20.homey.homeylocal.com", "192.168.1.20" },
               { "127-0-0-1.homey.homeylocal.com", "127.0.0.1" },
               { "0-0-0-0.homey.homeylocal.com", "0.0.0.0" },
               { "255-255-255-255.homey.homeylocal.com", "255.255.255.255" },
               { "10-0-0-7.HOMEY.homeylocal.COM", "10.0.0.7" },
               { "256-0-0-1.homey.homeylocal.com", NULL },
               { "1-2-3.homey.homeylocal.com", NULL },
               { "1-2-3-4-5.homey.homeylocal.com", NULL },
               { "1234-2-3-4.homey.homeylocal.com", NULL },
               { "1.2.3.4.homey.homeylocal.com", NULL },
               { "1-2-3-4.homey.homeylocal.com.evil.example", NULL },
               { "1-2-3-4.homeylocal.com", NULL },
               { "1-2-3-4xhomey.homeylocal.com", NULL },
               { "x1-2-3-4.homey.homeylocal.com", NULL },
               { " 1-2-3-4.homey.homeylocal.com", NULL },
               { "1- 2-3-4.homey.homeylocal.com", NULL },
               { "1-+2-3-4.homey.homeylocal.com", NULL },
               { "+1-2-3-4.homey.homeylocal.com", NULL },
               { "-1-2-3-4.homey.homeylocal.com", NULL },
               { "homey.homeylocal.com", NULL },
               { "", NULL } };
  size_t i;

  (void)state;
  for (i = 0; i < COUNT(rows); i++) {
    char ip[32] = "untouched";
    int found = hy_homeylocal_ip(rows[i].host, ip, sizeof ip);
    if (found != (rows[i].ip != NULL) || strcmp(ip, rows[i].ip ? rows[i].ip : "untouched"))
      fail_msg("%s: %d %s", rows[i].host, found, ip);
  }
}

static void private_addresses_are_recognised(void **state)
{
  static const struct {
    const char *ip;
    int private;
  } rows[] = { { "10.0.0.1", 1 },
               { "10.255.255.255", 1 },
               { "11.0.0.1", 0 },
               { "9.255.255.255", 0 },
               { "127.0.0.1", 1 },
               { "127.9.9.9", 1 },
               { "128.0.0.1", 0 },
               { "192.168.0.1", 1 },
               { "192.167.255.255", 0 },
               { "192.169.0.1", 0 },
               { "172.15.255.255", 0 },
               { "172.16.0.1", 1 },
               { "172.31.255.255", 1 },
               { "172.32.0.1", 0 },
               { "169.254.10.20", 1 },
               { "169.253.10.20", 0 },
               { "8.8.8.8", 0 },
               { "0.0.0.0", 0 },
               { "255.255.255.255", 0 },
               { "::1", 1 },
               { "[::1]", 1 },
               { "fe80::1", 1 },
               { "[fe80::1%eth0]", 1 },
               { "febf::1", 1 },
               { "fec0::1", 0 },
               { "fc00::1", 1 },
               { "fd12:3456::1", 1 },
               { "fe00::1", 0 },
               { "2001:db8::1", 0 },
               { "::", 0 },
               { "::ffff:192.168.1.2", 1 },
               { "::ffff:172.20.1.2", 1 },
               { "::ffff:8.8.8.8", 0 },
               { "10.0.0", 0 },
               { "10.0.0.1.", 0 },
               { "10.0.0.256", 0 },
               { "010.0.0.1", 0 },
               { "0x0a.0.0.1", 0 },
               { "homey.local", 0 },
               { "localhost", 0 },
               { "", 0 } };
  size_t i;

  (void)state;
  for (i = 0; i < COUNT(rows); i++)
    if (hy_is_private_ip(rows[i].ip) != rows[i].private)
      fail_msg("%s: not %d", rows[i].ip, rows[i].private);
}

static void private_addresses_bypass_the_proxy(void **state)
{
  static const struct {
    hy_route_kind kind;
    const char *base;
    int at_home;
  } rows[] = { { HY_LOCAL_SECURE, "https://192-168-1-20.homey.homeylocal.com", 1 },
               { HY_LOCAL, "http://192.168.1.20", 1 },
               { HY_MDNS, "http://homey-1.local", 1 },
               { HY_FORWARDED, "https://12-34-56-78.homey.homeylocal.com:12345", 0 },
               { HY_CLOUD, "https://x.connect.athom.com", 0 },
               { HY_FIXED, "http://192.168.1.20", 1 },
               { HY_FIXED, "https://192.168.1.20:4860", 1 },
               { HY_FIXED, "https://[fe80::1]:4860", 1 },
               { HY_FIXED, "https://192-168-1-20.homey.homeylocal.com:4860", 1 },
               { HY_FIXED, "https://12-34-56-78.homey.homeylocal.com:4860", 0 },
               { HY_FIXED, "https://localhost:4860", 1 },
               { HY_FIXED, "https://hub.example", 0 },
               { HY_FIXED, "https://8.8.8.8", 0 } };
  size_t i;

  (void)state;
  for (i = 0; i < COUNT(rows); i++)
    if (hy_is_at_home(rows[i].kind, rows[i].base) != rows[i].at_home)
      fail_msg("%s: not %d", rows[i].base, rows[i].at_home);
}

/* ---- candidates ---- */

#define SECURE "https://192-168-1-20.homey.homeylocal.com"
#define LOCAL "http://192.168.1.20"
#define FORWARDED "https://12-34-56-78.homey.homeylocal.com:12345"
#define CLOUD "https://x.connect.athom.com"

#define AUTO HOMEY_PLAIN_AUTO
#define ALLOW HOMEY_PLAIN_ALLOW
#define NEVER HOMEY_PLAIN_NEVER

/* One row: the addresses of user/me, the caller's address, where plain http is allowed, and the
 * expected candidates as lines "kind base". */
typedef struct row {
  const char *secure, *local, *mdns, *forwarded, *cloud, *given;
  homey_plain_http plain;
  const char *race;
} row;

static const row races[] = {
  { SECURE, LOCAL, "http://homey-1.local", FORWARDED, CLOUD, NULL, ALLOW,
    "localSecure " SECURE "\nlocal " LOCAL "\nmdns http://homey-1.local\nremoteForwarded " FORWARDED
    "\ncloud " CLOUD "\n" },
  { SECURE, LOCAL, "http://homey-1.local", FORWARDED, CLOUD, NULL, NEVER,
    "localSecure " SECURE "\nremoteForwarded " FORWARDED "\ncloud " CLOUD "\n" },
  { NULL, NULL, NULL, NULL, CLOUD, NULL, ALLOW, "cloud " CLOUD "\n" },
  { NULL, NULL, NULL, NULL, NULL, NULL, ALLOW, "" },
  /* no secure address is known: the name that contains the IP is used */
  { NULL, LOCAL, NULL, NULL, CLOUD, NULL, ALLOW,
    "localSecure " SECURE "\nlocal " LOCAL "\ncloud " CLOUD "\n" },
  { NULL, LOCAL ":80", NULL, NULL, CLOUD, NULL, NEVER,
    "localSecure " SECURE "\ncloud " CLOUD "\n" },
  { NULL, LOCAL "/", NULL, NULL, NULL, NULL, NEVER, "localSecure " SECURE "\n" },
  { NULL, LOCAL ":4859", NULL, NULL, CLOUD, NULL, ALLOW,
    "local " LOCAL ":4859\ncloud " CLOUD "\n" },
  { NULL, "http://homey.lan", NULL, NULL, NULL, NULL, ALLOW, "local http://homey.lan\n" },
  { NULL, "http://192.168.1.20.evil.example", NULL, NULL, NULL, NULL, ALLOW,
    "local http://192.168.1.20.evil.example\n" },
  /* the caller's address is first, and none is repeated */
  { SECURE, LOCAL, NULL, NULL, CLOUD, LOCAL, ALLOW,
    "localSecure " SECURE "\nfixed " LOCAL "\ncloud " CLOUD "\n" },
  { SECURE "/", LOCAL, NULL, NULL, NULL, "https://192-168-1-20.HOMEY.homeylocal.com/", ALLOW,
    "fixed https://192-168-1-20.HOMEY.homeylocal.com\nlocal " LOCAL "\n" },
  { SECURE ":4860", NULL, NULL, NULL, NULL, "https://hub.example:8443", ALLOW,
    "fixed https://hub.example:8443\nlocalSecure " SECURE ":4860\n" },
  /* plain http only to private addresses */
  { "http://192.168.1.20", NULL, NULL, NULL, CLOUD, NULL, NEVER, "cloud " CLOUD "\n" },
  { NULL, "http://93.184.216.34", NULL, "http://93.184.216.34:8080/", CLOUD, NULL, ALLOW,
    "localSecure https://93-184-216-34.homey.homeylocal.com\ncloud " CLOUD "\n" },
  { NULL, "http://[2001:db8::1]", NULL, NULL, CLOUD, NULL, ALLOW, "cloud " CLOUD "\n" },
  { NULL, "http://[fe80::1]:4859", NULL, NULL, NULL, NULL, ALLOW, "local http://[fe80::1]:4859\n" },
  /* no guesses: libcurl would add http:// to these, and plain http must be explicit */
  { "192-168-1-20.homey.homeylocal.com", "192.168.1.20", "ftp://homey-1.local", "https://",
    "https://?x", NULL, ALLOW, "" },
  { "https://me@hub.example", "http://192.168.1.20 x", "http://192.168.1.20\r\nX: y",
    "https://hub.example/?a=b", "https://hub.example/#a", NULL, ALLOW, "" },
  { NULL, NULL, NULL, "https://relay.example/homey/1/", CLOUD, NULL, ALLOW,
    "remoteForwarded https://relay.example/homey/1\ncloud " CLOUD "\n" },
  /* by default plain http is used only for hubs without TLS; a relay is no hub */
  { SECURE, LOCAL, "http://homey-1.local", FORWARDED, CLOUD, NULL, AUTO,
    "localSecure " SECURE "\nremoteForwarded " FORWARDED "\ncloud " CLOUD "\n" },
  { NULL, LOCAL, "http://homey-1.local", NULL, CLOUD, NULL, AUTO,
    "localSecure " SECURE "\nlocal " LOCAL "\nmdns http://homey-1.local\ncloud " CLOUD "\n" },
  { NULL, LOCAL, NULL, "https://relay.example/homey/1", CLOUD, NULL, AUTO,
    "localSecure " SECURE "\nlocal " LOCAL
    "\nremoteForwarded https://relay.example/homey/1\ncloud " CLOUD "\n" },
  { NULL, LOCAL, NULL, FORWARDED, CLOUD, NULL, AUTO,
    "localSecure " SECURE "\nremoteForwarded " FORWARDED "\ncloud " CLOUD "\n" },
  { NULL, LOCAL, NULL, NULL, CLOUD, "https://hub.example", AUTO,
    "fixed https://hub.example\nlocalSecure " SECURE "\ncloud " CLOUD "\n" },
  { "http://192.168.1.20", NULL, NULL, NULL, CLOUD, NULL, AUTO,
    "localSecure http://192.168.1.20\ncloud " CLOUD "\n" },
  /* and for the address of the caller */
  { SECURE, "http://192.168.1.21", NULL, NULL, CLOUD, LOCAL "/", AUTO,
    "localSecure " SECURE "\nfixed " LOCAL "\ncloud " CLOUD "\n" },
  { NULL, NULL, NULL, NULL, NULL, "http://93.184.216.34", AUTO,
    "localSecure https://93-184-216-34.homey.homeylocal.com\n" },
};

static void candidates_are_sorted_by_preference(void **state)
{
  size_t i;

  (void)state;
  for (i = 0; i < COUNT(races); i++) {
    const row *r = &races[i];
    hy_hub hub = { .id = (char *)"h",
                   .urls = { NULL, (char *)r->secure, (char *)r->local, (char *)r->mdns,
                             (char *)r->forwarded, (char *)r->cloud } };
    hy_account a = { .hubs = &hub, .hub_count = 1, .hub_id = (char *)"h" };
    hy_candidate list[HY_ROUTES + 2];
    char text[1024] = "";
    int n, k;
    n = hy_candidates(&a, r->given, r->plain, list);
    for (k = 0; k < n; k++)
      snprintf(text + strlen(text), sizeof text - strlen(text), "%s %s\n",
               hy_route_names[list[k].kind], list[k].base);
    if (strcmp(text, r->race))
      fail_msg("row %zu:\n%s", i, text);
  }
}

static void a_hub_that_has_answered_over_tls_gets_no_plain_http(void **state)
{
  hy_account a = { .hub_id = (char *)"h", .tls_hub = (char *)"h" };
  hy_candidate list[HY_ROUTES + 2];

  (void)state;
  assert_int_equal(hy_candidates(&a, LOCAL, AUTO, list), 1);
  assert_string_equal(list[0].base, SECURE);
  assert_int_equal(hy_candidates(&a, LOCAL, ALLOW, list), 2);
  a.tls_hub = (char *)"another";
  assert_int_equal(hy_candidates(&a, LOCAL, AUTO, list), 2);
}

static void an_ip_uses_https_by_its_homeylocal_name(void **state)
{
  static const struct {
    const char *text, *url;
  } rows[] = { { "192.168.1.20", SECURE },
               { "192.168.1.20:80", SECURE },
               { "192.168.1.20:4860", SECURE ":4860" },
               { "192.168.1.20:", NULL },
               { "192.168.1.20:0", NULL },
               { "192.168.1.20:65536", NULL },
               { "192.168.1.20:123456", NULL },
               { "192.168.1.20:x", NULL },
               { "192.168.1.20/", SECURE },
               { "192.168.1.20:4860/", SECURE ":4860" },
               { "192.168.1.20/path", NULL },
               { "192.168.1.20:4860x", NULL },
               { "192.168.1.256", NULL },
               { "192.168.1", NULL },
               { "http://192.168.1.20", NULL },
               { "", NULL } };
  size_t i;

  (void)state;
  for (i = 0; i < COUNT(rows); i++) {
    char url[96] = "untouched";
    int found = hy_bare_ip_url(rows[i].text, url, sizeof url);
    if (found != (rows[i].url != NULL) || strcmp(url, rows[i].url ? rows[i].url : "untouched"))
      fail_msg("%s: %d %s", rows[i].text, found, url);
  }
}

static void a_login_without_the_cloud_uses_only_its_address(void **state)
{
  hy_account a = { 0 };
  hy_candidate list[HY_ROUTES + 2];

  (void)state;
  assert_int_equal(hy_candidates(&a, "http://192.168.1.20:4859", AUTO, list), 1);
  assert_int_equal(list[0].kind, HY_FIXED);
  assert_int_equal(hy_candidates(&a, LOCAL, AUTO, list), 2);
  assert_string_equal(list[0].base, SECURE);
  assert_int_equal(hy_candidates(&a, NULL, AUTO, list), 0);
}

static void an_address_that_is_too_long_is_left_out(void **state)
{
  char url[400] = "https://";
  hy_account a = { 0 };
  hy_candidate list[HY_ROUTES + 2];

  (void)state;
  memset(url + 8, 'x', 380);
  assert_int_equal(hy_candidates(&a, url, AUTO, list), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_homeylocal_name_contains_its_ip),
    cmocka_unit_test(private_addresses_are_recognised),
    cmocka_unit_test(private_addresses_bypass_the_proxy),
    cmocka_unit_test(candidates_are_sorted_by_preference),
    cmocka_unit_test(a_hub_that_has_answered_over_tls_gets_no_plain_http),
    cmocka_unit_test(an_ip_uses_https_by_its_homeylocal_name),
    cmocka_unit_test(a_login_without_the_cloud_uses_only_its_address),
    cmocka_unit_test(an_address_that_is_too_long_is_left_out),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
