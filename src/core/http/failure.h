/* Failures of transfers, as errors. */
#ifndef HY_FAILURE_H
#define HY_FAILURE_H

#include "http/exchange.h"

typedef struct hy_failure {
  CURLcode code;    /* CURLE_OK = found by ourselves: libcurl's words for it would tell of what we did then */
  homey_kind kind;  /* HOMEY_OK = the caller's word for "cannot be reached" */
  const char *text; /* what it did, after its name */
  const char *advice; /* NULL = the kind's */
  char words[160];    /* more about it, or "" */
  char proxy[80];     /* the proxy that it failed at, or "" */
} hy_failure;

/* Of an exchange that got no whole response. */
hy_failure hy_exchange_failure(const hy_exchange *exchange);
/* "WHO cannot be reached (Connection refused)", without advice. */
void hy_failure_say(const hy_failure *failure, const char *who, char *text, size_t size);
/* The failure of an exchange as an error; `who` is the sentence's subject, `offline` the kind for "cannot be reached". */
void hy_exchange_error(const hy_exchange *exchange, const char *who, homey_kind offline, homey_error *error);
/* The same of a transfer that is none, by libcurl's code and words (may be NULL); `easy` may be NULL, too. */
void hy_easy_error(CURL *easy, CURLcode code, const char *words, const char *who, homey_kind offline,
                   homey_error *error);
void hy_curl_error(CURLcode code, const char *words, const char *who, homey_kind offline, homey_error *error);

#endif
