/* JSON text of servers that are written in JavaScript, read with cJSON. */
#ifndef HY_JSON_TEXT_H
#define HY_JSON_TEXT_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/text.h"

/* Both functions return a value, to be deleted, or NULL when the text is not JSON or memory is
 * short. Half a surrogate pair in a string, which JSON.stringify writes and cJSON refuses,
 * becomes U+FFFD. */

/* text[length] must be NUL; only white space may follow the value. */
cJSON *hy_json_parse(const char *text, size_t length);
/* Reads one value of a longer text, and nothing after it. */
cJSON *hy_json_parse_span(hy_span text);

#endif
