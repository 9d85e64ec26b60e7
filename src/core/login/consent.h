/* Consent page of the cloud: the form in which the account owner presses Allow. */
#ifndef HY_CONSENT_H
#define HY_CONSENT_H

#include <stddef.h>

typedef struct hy_resource {
  char *id;    /* from resource.homey.<id> */
  char *label; /* text beside the input, trimmed and unescaped, or NULL */
} hy_resource;

typedef struct hy_consent {
  char *csrf;   /* value of the input named _csrf, entities decoded; NULL when missing */
  char *action; /* as written in the form, entities decoded; NULL when missing or empty */
  hy_resource *resources;
  size_t count;
} hy_consent;

/* Reads a page. Returns 0, -HOMEY_PROTOCOL when no form has a _csrf field, or -HOMEY_MEMORY. */
int hy_consent_parse(hy_consent *consent, const char *html, size_t length);
void hy_consent_free(hy_consent *consent); /* frees the members and zeroes them */

#endif
