/* JSON Web Tokens, read without their key. */
#ifndef HY_JWT_H
#define HY_JWT_H

#include "base/buf.h"

/* Returns 1 when the text is three non-empty base64url segments separated by dots. */
int hy_jwt_like(const char *text);
/* Appends every distinct string of 24 hex digits in the payload to `out`, in order, each
 * NUL-terminated. Returns the count, or -1 when the payload cannot be read. Which claims hold
 * ids is not documented, so all are searched. */
int hy_jwt_ids(hy_buf *out, const char *jwt);

#endif
