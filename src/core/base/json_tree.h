/* cJSON trees of texts that may contain secrets. */
#ifndef HY_JSON_TREE_H
#define HY_JSON_TREE_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/text.h"

/* Parses strictly: UTF-8, and one whole value; text[length] must be NUL. Returns NULL for other
 * texts, and when memory is short. */
cJSON *hy_json_tree_parse(const char *text, size_t length);
/* Returns a non-empty string, else NULL. */
const char *hy_json_string(const cJSON *object, const char *name);
void hy_json_tree_free(cJSON *tree); /* overwrites its strings before freeing; accepts NULL */
/* Appends the tree as text; a failure sets out->failed. */
void hy_json_tree_print(const cJSON *tree, int indented, hy_buf *out);

#endif
