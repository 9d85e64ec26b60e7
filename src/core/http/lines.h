/* Header lines and CONNECT_TO rows, shared by reference: an exchange can use a list after its
 * owner has replaced it. */
#ifndef HY_LINES_H
#define HY_LINES_H

typedef struct hy_lines {
  struct curl_slist *list;
  int references;
} hy_lines;

hy_lines *hy_lines_new(void); /* one reference, owned by the caller; NULL when memory is short */
hy_lines *hy_lines_copy(const hy_lines *lines);      /* likewise */
int hy_lines_add(hy_lines *lines, const char *line); /* 0 or -HOMEY_MEMORY, like the next two */
int hy_headers_add(hy_lines *headers, const char *name, const char *value);
int hy_headers_add_bearer(hy_lines *headers, const char *token);
void hy_lines_release(hy_lines *lines); /* accepts NULL */

#endif
