/*
 * Failing allocations: the Nth allocation fails, for each N until none fails.
 *
 * Invariant: while armed, exactly one allocation of the program returns NULL; nothing else changes.
 * Included by one file of a program, which is linked with OOM_WRAP:
 *
 *   OOM_WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
 *
 * Only calls from statically linked files are counted, not those inside a shared library. (Pass
 * oom_malloc and the others to the hooks of a library such as cJSON or libcurl to count these.)
 *
 *   for (long nth = 1; oom_fail(nth), result = work(), oom_happened(); nth++)
 *     assert(result is a correct failure, and nothing leaks);
 *   assert(result is right);   the loop ends with the first run in which nothing failed
 */
#ifndef OOM_H
#define OOM_H

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);

static long oom_left; /* allocations until the failing one; 0 = none */
static int oom_failed;

/* Makes the nth allocation from now on fail, counted from 1. */
static inline void oom_fail(long nth)
{
  oom_left = nth;
  oom_failed = 0;
}

/* Disarms. Returns 1 when an allocation failed. */
static inline int oom_happened(void)
{
  oom_left = 0;
  return oom_failed;
}

static int oom_now(void)
{
  if (!oom_left || --oom_left)
    return 0;
  return oom_failed = 1;
}

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
  return oom_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
  return oom_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
  return oom_now() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
  return oom_now() ? NULL : __real_strdup(text);
}

/* For a library's own hooks. */
#define oom_malloc __wrap_malloc
#define oom_calloc __wrap_calloc
#define oom_realloc __wrap_realloc
#define oom_strdup __wrap_strdup

#endif
