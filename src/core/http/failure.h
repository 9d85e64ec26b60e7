/* Failures of transfers, as errors. */
#ifndef HY_FAILURE_H
#define HY_FAILURE_H

#include "http/exchange.h"

typedef struct hy_failure {
  /* CURLE_OK = not found by libcurl: its message would describe something else */
  CURLcode code;
  homey_kind kind;    /* HOMEY_OK = the caller's kind for "cannot be reached" */
  const char *text;   /* the predicate of the sentence, after the server's name */
  const char *advice; /* NULL = the advice of the kind */
  char words[160];    /* details, or "" */
  char proxy[80];     /* the proxy that failed, or "" */
} hy_failure;

/* For an exchange without a complete response. */
hy_failure hy_exchange_failure(const hy_exchange *exchange);
/* Writes "WHO cannot be reached (Connection refused)", without advice. */
void hy_failure_say(const hy_failure *failure, const char *who, char *text, size_t size);
/* How far an exchange came, also before it has finished: "name", "proxy", "connect", "tls" or
 * "answer". Static. */
const char *hy_exchange_phase(const hy_exchange *exchange);
/* Makes an error of the exchange's failure. `who` is the sentence's subject, `offline` the kind
 * for "cannot be reached". */
void hy_exchange_error(const hy_exchange *exchange, const char *who, homey_kind offline,
                       homey_error *error);
/* The same for a handle without an exchange, from libcurl's code and message (may be NULL);
 * `easy` may be NULL, too. */
void hy_easy_error(CURL *easy, CURLcode code, const char *words, const char *who,
                   homey_kind offline, homey_error *error);
void hy_curl_error(CURLcode code, const char *words, const char *who, homey_kind offline,
                   homey_error *error);

#endif
