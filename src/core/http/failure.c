/* Failures of transfers: a table with one row each, and the sentence that describes it. */
#include "http/failure.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "http/exchange.h"

/* clang-format off */
static const hy_failure failures[] = {
  { CURLE_COULDNT_RESOLVE_HOST, HOMEY_OK, "cannot be found by name", NULL, "", "" },
  { CURLE_COULDNT_RESOLVE_PROXY, HOMEY_NETWORK,
    "is behind a proxy that cannot be found by name", NULL, "", "" },
  { CURLE_COULDNT_CONNECT, HOMEY_OK, "cannot be reached", NULL, "", "" },
  { CURLE_OPERATION_TIMEDOUT, HOMEY_TIMEOUT, "did not answer in time", NULL, "", "" },
  { CURLE_PEER_FAILED_VERIFICATION, HOMEY_TLS,
    "showed a certificate that cannot be trusted", NULL, "", "" },
  { CURLE_SSL_CONNECT_ERROR, HOMEY_TLS, "could not agree on a secure connection", NULL, "", "" },
  { CURLE_SSL_CACERT_BADFILE, HOMEY_TLS,
    "cannot be verified, because the CA file cannot be read", "Correct `cafile`.", "", "" },
  { CURLE_SSL_CERTPROBLEM, HOMEY_TLS,
    "did not accept the certificate of this machine", NULL, "", "" },
  { CURLE_SSL_CIPHER, HOMEY_TLS, "shares no cipher with this machine", NULL, "", "" },
  { CURLE_SSL_ISSUER_ERROR, HOMEY_TLS, "showed a certificate of an unknown issuer", NULL, "", "" },
  { CURLE_BAD_CONTENT_ENCODING, HOMEY_PROTOCOL,
    "sent a body that cannot be decompressed", NULL, "", "" },
  { CURLE_WEIRD_SERVER_REPLY, HOMEY_PROTOCOL, "sent something that is not HTTP", NULL, "", "" },
  { CURLE_UNSUPPORTED_PROTOCOL, HOMEY_PROTOCOL,
    "uses an unsupported version of HTTP", NULL, "", "" },
  { CURLE_HTTP2, HOMEY_PROTOCOL, "sent something that is not HTTP", NULL, "", "" },
  { CURLE_TOO_MANY_REDIRECTS, HOMEY_PROTOCOL, "redirects again and again", "Correct the URL.", "",
    "" },
  { CURLE_URL_MALFORMAT, HOMEY_INVALID, "has an address that cannot be read", NULL, "", "" },
  { CURLE_OUT_OF_MEMORY, HOMEY_MEMORY, "could not be asked", NULL, "", "" },
};
/* clang-format on */
static const hy_failure broke_off = { CURLE_OK, HOMEY_NETWORK, "broke off the connection", NULL, "",
                                      "" };

static hy_failure row_of(CURLcode code)
{
  hy_failure other = broke_off;
  size_t i;

  for (i = 0; i < sizeof failures / sizeof *failures; i++)
    if (failures[i].code == code)
      return failures[i];
  other.code = code;
  return other;
}

/* When the connection broke during the handshake, the error says nothing about certificates or
 * ciphers. */
static int is_lost_line(CURLcode code, const char *words)
{
  static const char *const signs[] = { "SSL_ERROR_SYSCALL", "Connection reset",
                                       "unexpected eof",    "Connection timed out",
                                       "Broken pipe",       "is unreachable",
                                       "No route to host",  "non-properly terminated",
                                       "pull function" };
  size_t i;

  if (code == CURLE_SSL_CONNECT_ERROR)
    for (i = 0; i < sizeof signs / sizeof *signs; i++)
      if (strcasestr(words, signs[i]))
        return 1;
  return 0;
}

static hy_failure own(homey_kind kind, const char *text, const char *advice)
{
  hy_failure f = { CURLE_OK, kind, text, advice, "", "" };

  return f;
}

/* The proxy answered, but did not open a tunnel to the server. */
static int is_proxy(CURL *easy, hy_failure *f)
{
  char *ip = NULL;
  long status = 0, port = 0;

  if (!easy || curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status) != CURLE_OK ||
      status < 300)
    return 0;
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  *f = own(
      HOMEY_NETWORK, status == 407 ? "wants a user name and a password" : "refuses the connection",
      status == 407 ? "Add them to the URL in HTTPS_PROXY." : "Correct HTTPS_PROXY, or NO_PROXY.");
  snprintf(f->words, sizeof f->words, "status %ld", status);
  snprintf(f->proxy, sizeof f->proxy, "%s:%ld", ip ? ip : "?", port);
  return 1;
}

/* The certificate is not valid yet, or has expired. */
static int is_out_of_date(const char *words)
{
  return strcasestr(words, "not yet valid") || strcasestr(words, "expired");
}

/* The certificate belongs to somebody else: a captive portal answers for every name, or the
 * address has a new owner. */
static int is_foreign(const hy_failure *f)
{
  return f->code == CURLE_SSL_ISSUER_ERROR ||
         (f->code == CURLE_PEER_FAILED_VERIFICATION && !is_out_of_date(f->words));
}

static hy_failure failure_of(CURL *easy, CURLcode code, const char *words)
{
  const char *said = words && *words ? words : curl_easy_strerror(code);
  hy_failure f;

  if (is_proxy(easy, &f))
    return f;
  f = is_lost_line(code, said) ? broke_off : row_of(code);
  snprintf(f.words, sizeof f.words, "%s", said);
  if (is_foreign(&f))
    f.advice = "Check for the login page of this network, or another device at this address. Give "
               "the file of a CA of your own as `cafile`.";
  return f;
}

/* Most versions of libcurl report this as out of memory. */
static int is_header_too_long(const hy_exchange *x)
{
  if (x->head_too_big)
    return 1;
  return x->tries > 0 && !x->head_ended && !x->head.failed &&
         (x->result == CURLE_OUT_OF_MEMORY || strcasestr(x->curl_error, "header"));
}

static void say_late(const hy_exchange *x, hy_failure *f)
{
  double seconds = (double)x->timeout_ms / 1000;

  if (x->late == HY_NAME_LATE) {
    *f = row_of(CURLE_COULDNT_RESOLVE_HOST);
    snprintf(f->words, sizeof f->words, "no name server has answered");
  } else if (x->late == HY_SILENT) {
    snprintf(f->words, sizeof f->words, "nothing came for %g s", seconds);
  } else {
    snprintf(f->words, sizeof f->words, "the reply comes too slowly");
  }
}

hy_failure hy_exchange_failure(const hy_exchange *x)
{
  hy_failure f = failure_of(x->easy, x->result, x->curl_error);

  if (x->late == HY_CROWDED)
    return own(HOMEY_TIMEOUT,
               "was not asked in time: the requests of this program before it took half a minute",
               "Try again later.");
  if (x->not_home)
    return own(HOMEY_INVALID, "is plain http to an address outside the home network", "Use https.");
  if (x->too_big && x->is_small && x->settings->max_reply > HY_SMALL_REPLY)
    return own(HOMEY_PROTOCOL, "sent a reply that is too long for this request", NULL);
  if (is_header_too_long(x))
    return own(HOMEY_PROTOCOL, "sent headers that are too large", NULL);
  if (x->too_big)
    return own(HOMEY_PROTOCOL, "sent a reply larger than the limit",
               x->settings->is_fetch ? "Raise `max`, or ask for less."
                                     : "Raise `max_reply`, or ask for less.");
  if (x->reply.failed || x->head.failed)
    return own(HOMEY_MEMORY, "sent more than there is memory for", NULL);
  if (x->late)
    say_late(x, &f);
  return f;
}

const char *hy_exchange_phase(const hy_exchange *x)
{
  hy_failure f = hy_exchange_failure(x);
  curl_off_t connected = 0, secured = 0;
  char *scheme = NULL;

  if (!x->dialled && (!x->finished || x->late || x->result == CURLE_COULDNT_RESOLVE_HOST))
    return "name";
  if (x->finished && (x->result == CURLE_OK || x->not_home))
    return "answer";
  if (x->finished && (*f.proxy || x->result == CURLE_COULDNT_RESOLVE_PROXY))
    return "proxy";
  if (x->finished && f.kind == HOMEY_TLS)
    return "tls";
  curl_easy_getinfo(x->easy, CURLINFO_CONNECT_TIME_T, &connected);
  curl_easy_getinfo(x->easy, CURLINFO_APPCONNECT_TIME_T, &secured);
  curl_easy_getinfo(x->easy, CURLINFO_SCHEME, &scheme);
  if (!connected)
    return "connect";
  return !secured && scheme && curl_strequal(scheme, "https") ? "tls" : "answer";
}

void hy_failure_say(const hy_failure *f, const char *who, char *text, size_t size)
{
  int named = *f->proxy != '\0', more = *f->words != '\0';

  snprintf(text, size, "%s%s%s%s %s%s%s%s", named ? "the proxy " : "", f->proxy,
           named ? " before " : "", who, f->text, more ? " (" : "", f->words, more ? ")" : "");
}

#define NOT_BEFORE 1735689600 /* 2025: a clock set to an earlier date is wrong */

/* An expired certificate may also mean a wrong clock, as after a start without a battery. */
static const char *advice_of(const hy_failure *f, char *room, size_t size)
{
  time_t now = time(NULL);
  char date[16] = "";
  struct tm t;

  if (f->code != CURLE_PEER_FAILED_VERIFICATION || (now >= NOT_BEFORE && !is_out_of_date(f->words)))
    return f->advice;
  if (!gmtime_r(&now, &t) || !strftime(date, sizeof date, "%Y-%m-%d", &t))
    return f->advice;
  snprintf(room, size, "The clock of this machine says %s%s", date,
           now < NOT_BEFORE ? ". Set it." : ". Check that this is right.");
  return room;
}

static void tell(const hy_failure *f, const char *who, homey_kind offline, homey_error *error)
{
  char text[600], room[80];
  const char *advice = advice_of(f, room, sizeof room);

  hy_failure_say(f, who, text, sizeof text);
  hy_error_set(error, f->kind ? f->kind : offline, "%s%s%s", text, advice ? ". " : "",
               advice ? advice : "");
}

void hy_exchange_error(const hy_exchange *x, const char *who, homey_kind offline,
                       homey_error *error)
{
  hy_failure f = hy_exchange_failure(x);

  tell(&f, who, offline, error);
}

void hy_easy_error(CURL *easy, CURLcode code, const char *words, const char *who,
                   homey_kind offline, homey_error *error)
{
  hy_failure f = failure_of(easy, code, words);

  tell(&f, who, offline, error);
}

void hy_curl_error(CURLcode code, const char *words, const char *who, homey_kind offline,
                   homey_error *error)
{
  hy_easy_error(NULL, code, words, who, offline, error);
}
