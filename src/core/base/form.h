/* Forms (application/x-www-form-urlencoded) and URL queries. */
#ifndef HY_FORM_H
#define HY_FORM_H

#include "base/buf.h"

/* Appends `name=value`, both percent-encoded as UTF-8 (all but unreserved characters), with `&`
 * before it unless `b` is empty or ends in `?` or `&`. Appends nothing for a NULL value. */
void hy_form_add(hy_buf *b, const char *name, const char *value);
void hy_percent_encode(hy_buf *b, const char *text, size_t length);
/* Returns the decoded value of `name` in the query of a URL, to be freed; NULL when it is absent
 * or memory is short. */
char *hy_query_get(const char *url, const char *name);
/* Whether a URL is the same as `wanted`: the same scheme, host, port and path (except a slash at
 * its end), and each parameter of `wanted` once decoded, in any order. More parameters are
 * allowed. */
int hy_url_holds(const char *url, const char *wanted);

#endif
