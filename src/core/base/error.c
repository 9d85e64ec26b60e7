/*
 * Error values: one sentence that says what happened, and one that says what to do.
 *
 * A text that ends in "." or "?" is a sentence and stays unchanged. To any other text the advice of
 * its kind is added.
 */
#include "base/error.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* clang-format off */
static const struct {
  const char *name, *advice;
} kinds[] = {
  [HOMEY_OK]           = { "ok", "" },
  [HOMEY_CREDENTIALS]  = { "credentials", "Check the credentials." },
  [HOMEY_EXPIRED]      = { "expired", "Log in again." },
  [HOMEY_UNAUTHORIZED] = { "unauthorized", "Log in again, or make a new API key." },
  [HOMEY_FORBIDDEN]    = { "forbidden", "Log in with an account that has this right." },
  [HOMEY_NOT_FOUND]    = { "not_found", "Check the name or id." },
  [HOMEY_AMBIGUOUS]    = { "ambiguous", "Say which one." },
  [HOMEY_INVALID]      = { "invalid", "Correct what was given." },
  [HOMEY_UNAVAILABLE]  = { "unavailable", "Try again later." },
  [HOMEY_RATE_LIMITED] = { "rate_limited", "Try again later, and less often." },
  [HOMEY_HUB]          = { "hub", "Try again, or check it in the Homey app." },
  [HOMEY_OFFLINE]      = { "offline", "Check that the hub is on and connected to the network." },
  [HOMEY_TIMEOUT]      = { "timeout", "Try again, or raise the timeout." },
  [HOMEY_TLS]          = { "tls", "Check the clock, the address and the CA file." },
  [HOMEY_NETWORK]      = { "network", "Check the network connection." },
  [HOMEY_PROTOCOL]     = { "protocol", "Check whether something else answers at this address." },
  [HOMEY_CANCELLED]    = { "cancelled", "" },
  [HOMEY_MEMORY]       = { "memory", "Free some memory." },
};
/* clang-format on */

const char *homey_version(void)
{
  return HOMEY_VERSION;
}

const char *homey_kind_name(homey_kind kind)
{
  return kind >= HOMEY_OK && kind < sizeof kinds / sizeof *kinds ? kinds[kind].name : "unknown";
}

/* Ends a text that was cut at `size` before the UTF-8 character that may be incomplete. */
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
  return error->kind == HOMEY_EXPIRED || error->kind == HOMEY_CREDENTIALS ||
         error->kind == HOMEY_UNAUTHORIZED;
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
  hy_visible(error->message, size, said); /* the message may quote a hub or a cloud */
  used = strlen(error->message);
  if (used == 0 || hy_error_is_whole(error->message) || used + 3 >= size)
    return;
  n = snprintf(error->message + used, size - used, ". %s", kinds[kind].advice);
  cut(error->message + used, size - used, n < 0 ? 0 : (size_t)n);
}

void hy_error_step(homey_error *error, const char *step)
{
  snprintf(error->step, sizeof error->step, "%s", step);
}

void hy_error_keep(homey_error **kept, const homey_error *error)
{
  if (!*kept)
    *kept = malloc(sizeof **kept);
  if (*kept)
    **kept = *error;
}

/* Not a constant, since that would be 800 bytes of the library. */
static homey_error no_memory;

static void fill_no_memory(void)
{
  hy_error_set(&no_memory, HOMEY_MEMORY, "out of memory after a failure");
}

const homey_error *hy_error_kept(const homey_error *kept)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  if (kept)
    return kept;
  pthread_once(&once, fill_no_memory);
  return &no_memory;
}
