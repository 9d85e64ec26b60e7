/* Every failure is one sentence that says what happened and what to do.  A text that ends as a sentence does, with "." or
 * "?", has its own advice; to any other is added what its kind advises, from the rows of HOMEY_KINDS. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
  const char *name, *advice;
} kinds[] = { { "ok", "" },
#define X(constant, name, advice) { name, advice },
              HOMEY_KINDS(X)
#undef X
};

const char *homey_version(void)
{
  return HOMEY_VERSION;
}

const char *homey_kind_name(homey_kind kind)
{
  return kind >= HOMEY_OK && kind < HOMEY_KINDS_END ? kinds[kind].name : "unknown";
}

/* What was cut before `size` ends before the UTF-8 character that the cut may have gone through. */
static void cut(char *text, size_t size, size_t wanted)
{
  size_t end = wanted < size ? wanted : size - 1;

  if (wanted >= size) {
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
      end--;
    end -= end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0xC0;
  }
  text[end] = '\0';
}

int hy_error_is_whole(const char *message)
{
  size_t length = strlen(message);

  return length > 0 && (message[length - 1] == '.' || message[length - 1] == '?');
}

int hy_error_ends_login(const homey_error *error)
{
  return error->kind == HOMEY_EXPIRED || error->kind == HOMEY_CREDENTIALS || error->kind == HOMEY_UNAUTHORIZED;
}

void hy_error_set(homey_error *error, homey_kind kind, const char *format, ...)
{
  char said[sizeof error->message];
  size_t size = sizeof error->message, used;
  va_list arguments;
  int n;

  error->kind = kind;
  error->status = 0;
  error->retry_after = 0;
  error->step[0] = '\0';
  va_start(arguments, format);
  n = vsnprintf(said, size, format, arguments);
  va_end(arguments);
  cut(said, size, n < 0 ? 0 : (size_t)n);
  hy_visible(error->message, size, said); /* it may quote a hub or a cloud */
  used = strlen(error->message);
  if (used == 0 || hy_error_is_whole(error->message) || used + 3 >= size)
    return;
  n = snprintf(error->message + used, size - used, ": %s", kinds[kind].advice);
  cut(error->message + used, size - used, n < 0 ? 0 : (size_t)n);
}

void hy_error_step(homey_error *error, const char *step)
{
  snprintf(error->step, sizeof error->step, "%s", step);
}
