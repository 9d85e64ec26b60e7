/* JSON text of servers that are written in JavaScript, read with cJSON. */
#ifndef HY_JSON_TEXT_H
#define HY_JSON_TEXT_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/text.h"

/* Both return what the text holds, to be deleted, and NULL where it is no JSON or memory is short. Half a surrogate
 * pair in a string, which JSON.stringify writes and cJSON refuses, becomes U+FFFD. */

/* `text[length]` is NUL; nothing but white space may follow the value. */
cJSON *hy_json_parse(const char *text, size_t length);
/* A value within a longer text, which is read no further. */
cJSON *hy_json_parse_span(hy_span text);

#endif
