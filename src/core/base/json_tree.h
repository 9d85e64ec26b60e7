/* cJSON trees of texts that may hold secrets. */
#ifndef HY_JSON_TREE_H
#define HY_JSON_TREE_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/text.h"

/* Strict: UTF-8, and one whole value; text[length] is NUL.  NULL for what is not that, and when memory is short. */
cJSON *hy_json_tree_parse(const char *text, size_t length);
const char *hy_json_string(const cJSON *object, const char *name); /* a non-empty string, else NULL */
void hy_json_tree_free(cJSON *tree); /* its strings are overwritten first; takes NULL */
/* Appends its text; what fails sets out->failed. */
void hy_json_tree_print(const cJSON *tree, int indented, hy_buf *out);

#endif
