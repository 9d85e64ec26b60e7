/* Text helpers: copies, wiping of secrets, UTF-8, hashes. */
#ifndef HY_TEXT_H
#define HY_TEXT_H

#include <stddef.h>
#include <stdint.h>

char *hy_strdup(const char *text); /* NULL for NULL, or when out of memory */
char *hy_strndup(const char *text, size_t length);
void hy_wipe(char *text);                      /* overwrites and frees a secret; accepts NULL */
void hy_overwrite(void *bytes, size_t length); /* with zeroes; the optimizer cannot remove it */
/* strict: no overlong forms, surrogates, > U+10FFFF */
int hy_is_utf8(const char *text, size_t length);
/* Copies a text for display in a terminal or a log: control characters, characters that change
 * the text direction, line separators and invalid UTF-8 become escapes, `\x1b` or `\u{202e}`.
 * Cuts between characters to fit into `size` > 0 bytes with the NUL. */
void hy_visible(char *to, size_t size, const char *from);

/* 64-bit FNV-1a, continuing an earlier hash or starting with HY_HASH_START. */
#define HY_HASH_START 0xCBF29CE484222325u
uint64_t hy_hash(uint64_t hash, const void *bytes, size_t length);
uint64_t hy_hash_text(uint64_t hash, const char *text); /* includes the NUL; NULL is hashed as "" */

int hy_is_token(const char *text); /* printable ASCII without spaces: fit for a header */

#endif
