/* JSON Web Tokens, read without their key. */
#ifndef HY_JWT_H
#define HY_JWT_H

#include "base/buf.h"

/* 1 when the text is three non-empty base64url segments between two dots. */
int hy_jwt_like(const char *text);
/* Every distinct 24-hex-digit string in the payload, in order of appearance, NUL-terminated one after the
 * other in `out`; the count, or -1 when the payload cannot be read. Claim names are unconfirmed, so all count. */
int hy_jwt_ids(hy_buf *out, const char *jwt);

#endif
