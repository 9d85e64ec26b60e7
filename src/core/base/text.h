/* Text helpers: copies, wiping of secrets, UTF-8, hashes. */
#ifndef HY_TEXT_H
#define HY_TEXT_H

#include <stddef.h>
#include <stdint.h>

char *hy_strdup(const char *text); /* NULL for NULL, or when out of memory */
char *hy_strndup(const char *text, size_t length);
void hy_wipe(char *text);                        /* overwrites and frees a secret; takes NULL */
void hy_overwrite(void *bytes, size_t length);   /* with zeroes, although nobody will read them again */
int hy_is_utf8(const char *text, size_t length); /* strict: no overlong forms, surrogates, > U+10FFFF */
/* Copies a text so that a terminal or a log may show it: control characters, marks that turn the direction of a line, line
 * separators and what is no UTF-8 become escapes, `\x1b` or `\u{202e}`. Cuts between characters, to fit into `size` > 0
 * bytes with the NUL. */
void hy_visible(char *to, size_t size, const char *from);

/* FNV-1a of 64 bits, going on from an earlier hash or from HY_HASH_START. */
#define HY_HASH_START 0xCBF29CE484222325u
uint64_t hy_hash(uint64_t hash, const void *bytes, size_t length);
uint64_t hy_hash_text(uint64_t hash, const char *text); /* with its NUL; NULL is the empty text */

int hy_is_token(const char *text); /* printable ASCII without spaces: fit for a header */

#endif
