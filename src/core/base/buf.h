/* What the files of libhomey share and nobody else sees.  hy_ names are ours; homey.h is the public face. */
#ifndef HY_INTERNAL_H
#define HY_INTERNAL_H

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "homey.h"

/* ---- buf.c: a growing run of bytes, always NUL-terminated once it holds anything -------------- */

/* Start from zeroes.  The first allocation that fails sets `failed` and every later append does nothing, so a
 * builder checks once, at its end. */
typedef struct hy_buf {
  char *data;
  size_t length, size;
  int failed;
} hy_buf;

void hy_buf_add(hy_buf *b, const void *bytes, size_t length);
void hy_buf_adds(hy_buf *b, const char *text);
void hy_buf_addf(hy_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hy_buf_clear(hy_buf *b); /* length 0, memory kept */
void hy_buf_free(hy_buf *b);  /* back to zeroes */
void hy_buf_wipe(hy_buf *b);  /* the same, its bytes overwritten first: for secrets */
char *hy_buf_take(hy_buf *b); /* the text, now the caller's to free(); NULL if anything failed */

/* A run of bytes in somebody else's memory. */
typedef struct hy_span {
  const char *at;
  size_t length;
} hy_span;

char *hy_strdup(const char *text); /* NULL for NULL, or when out of memory */
char *hy_strndup(const char *text, size_t length);
void hy_wipe(char *text);                        /* overwrites and frees a secret; takes NULL */
void hy_overwrite(void *bytes, size_t length);   /* with zeroes, although nobody will read them again */
int hy_is_utf8(const char *text, size_t length); /* strict: no overlong forms, surrogates, > U+10FFFF */
/* Copies a text so that a terminal or a log may show it: control characters, marks that turn the direction of a line, line
 * separators and what is no UTF-8 become escapes, `\x1b` or `\u{202e}`.  Cuts between characters, to fit into `size` > 0
 * bytes with the NUL. */
void hy_visible(char *to, size_t size, const char *from);

/* FNV-1a of 64 bits, going on from an earlier hash or from HY_HASH_START. */
#define HY_HASH_START 0xCBF29CE484222325u
uint64_t hy_hash(uint64_t hash, const void *bytes, size_t length);
uint64_t hy_hash_text(uint64_t hash, const char *text); /* with its NUL; NULL is the empty text */

int hy_random(void *bytes, size_t length); /* random.c: from the system; 0, or -1 when it has none */

/* ---- form.c: application/x-www-form-urlencoded and URL queries -------------------------------- */

/* Appends `name=value`, both percent-encoded as UTF-8 (all but unreserved characters), with `&` before it unless
 * `b` is empty or ends in `?` or `&`.  A NULL value appends nothing. */
void hy_form_add(hy_buf *b, const char *name, const char *value);
void hy_percent_encode(hy_buf *b, const char *text, size_t length);
/* The decoded value of `name` in the query of a URL, to be freed; NULL when it is absent or memory is short. */
char *hy_query_get(const char *url, const char *name);
/* Whether a URL is `wanted`, maybe in another spelling and with more parameters: the same scheme, host, port and path but for a
 * slash at its end, and each parameter of `wanted` once it is decoded, in any order. */
int hy_url_holds(const char *url, const char *wanted);

/* ---- jwt.c: what can be read of a JSON Web Token ---------------------------------------------- */

/* base64url or base64, padding optional; 0, or -1 when it is neither. */
int hy_base64_decode(hy_buf *out, const char *text, size_t length);
void hy_base64_encode(hy_buf *out, const void *bytes, size_t length);
/* 1 when the text is three non-empty base64url segments between two dots. */
int hy_jwt_like(const char *text);
/* Every distinct 24-hex-digit string in the payload, in order of appearance, NUL-terminated one after the
 * other in `out`; the count, or -1 when the payload cannot be read.  Claim names are unconfirmed, so all count. */
int hy_jwt_ids(hy_buf *out, const char *jwt);

/* ---- consent.c: the page on which the account owner would press Allow -------------------------- */

typedef struct hy_resource {
  char *id;    /* of resource.homey.<id> */
  char *label; /* text beside the input, trimmed and unescaped, or NULL */
} hy_resource;

typedef struct hy_consent {
  char *csrf;   /* value of the input named _csrf, entities decoded; NULL when there is none */
  char *action; /* as written in the form, entities decoded; NULL when missing or empty */
  hy_resource *resources;
  size_t count;
} hy_consent;

/* Reads a page; 0, -HOMEY_PROTOCOL when it holds no form with a _csrf field, -HOMEY_MEMORY. */
int hy_consent_parse(hy_consent *consent, const char *html, size_t length);
void hy_consent_free(hy_consent *consent); /* leaves zeroes */

/* ---- store.c: the default store, a file an account in a folder --------------------------------- */

/* A homey_store over `state_dir`, which is made (0700) when it is missing; NULL when memory is short. */
homey_store *hy_file_store_new(const char *state_dir);
homey_store *hy_file_store_free(homey_store *store); /* releases its lock; takes NULL, answers NULL */

/* Its account "" is the account last made current; where there is none, the only login in the folder; else none.
 * A save without the lock takes it for that moment, and answers HOMEY_UNAVAILABLE where another holds it. */

/* The path of the file that holds `account`, for a sentence; nothing where that cannot be told. */
void hy_file_store_name(const homey_store *store, const char *account, char *out, size_t size);

/* Makes `account` the one that "" stands for: to be called after a login.  0, or a negative kind (of another
 * process doing the same: -HOMEY_UNAVAILABLE), and then `message` holds a sentence for people. */
int hy_file_store_set_current(homey_store *store, const char *account, char *message, size_t size);

#endif
