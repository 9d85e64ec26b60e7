/* Base64 and base64url. */
#ifndef HY_BASE64_H
#define HY_BASE64_H

#include "base/buf.h"

/* Decodes base64url or base64, padding optional. Returns 0, or -1 when the text is neither. */
int hy_base64_decode(hy_buf *out, const char *text, size_t length);
void hy_base64_encode(hy_buf *out, const void *bytes, size_t length);

#endif
