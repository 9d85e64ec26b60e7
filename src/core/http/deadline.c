/* Deadlines of exchanges: for the lookup of a name, for silence, for the whole. */
#include <curl/curl.h>
#include <stddef.h>

#include "http/exchange.h"
#include "loop/run_queue.h"
#include "loop/timer.h"

/* The timeout is for silence, from the moment of dialling: a long reply over a slow line arrives. A name that is looked
 * up has its own: glibc alone pauses for 5 s where the first name server is dead. */
#define NAME_MS 15000
#define NAME_TIMES 5 /* of the timeout, where that is a short one */
#define ALL_TIMES 3  /* of the timeout for the whole exchange, and more for what comes: */
#define SLOWEST 8    /* bytes in a millisecond */

static int64_t name_due(const hy_exchange *x)
{
  int64_t ms = x->timeout_ms < NAME_MS / NAME_TIMES ? NAME_TIMES * (int64_t)x->timeout_ms : NAME_MS;

  return x->started + (x->name_ms && x->name_ms < ms ? x->name_ms : ms);
}

static int64_t due(const hy_exchange *x)
{
  int64_t silent = x->alive + x->timeout_ms;
  int64_t slow = x->dialled + ALL_TIMES * (int64_t)x->timeout_ms + x->received / SLOWEST;

  if (!x->dialled)
    return name_due(x);
  return slow < silent ? slow : silent;
}

static void end_late(hy_exchange *x, int64_t now)
{
  x->late = !x->dialled ? HY_NAME_LATE : now >= x->alive + x->timeout_ms ? HY_SILENT : HY_TOO_SLOW;
  hy_exchange_finish(x, CURLE_OPERATION_TIMEDOUT);
}

static void note_upload(hy_exchange *x, int64_t now)
{
  curl_off_t sent = 0;

  curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  if (sent == x->sent)
    return;
  x->received += sent - x->sent;
  x->sent = sent;
  x->alive = now;
}

/* While a name is looked up libcurl's own limit for connecting is put off again and again: it shall have all of it. */
static void look_at_time(hy_timer *timer)
{
  hy_exchange *x = (hy_exchange *)((char *)timer - offsetof(hy_exchange, timer));
  int64_t now = hy_clock(), next;

  note_upload(x, now);
  next = due(x);
  if (next <= now) {
    end_late(x, now);
    return;
  }
  if (!x->dialled) {
    curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(now - x->started) + x->timeout_ms);
    next = now + x->timeout_ms / 2 < next ? now + x->timeout_ms / 2 : next;
  }
  hy_timer_set(x->loop, &x->timer, next > now ? next : now + 1);
}

void hy_exchange_set_deadline(hy_exchange *x)
{
  x->timer.fire = look_at_time;
  hy_timer_set(x->loop, &x->timer, x->name_ms ? name_due(x) : x->started + x->timeout_ms / 2);
}

#define ANSWERED_MS 6000 /* glibc asks the second name server after 5 s */

int hy_exchange_met_silence(const hy_exchange *x)
{
  if (x->name_ms) /* that was not time enough to tell */
    return 0;
  return x->late == HY_NAME_LATE ||
         (x->result == CURLE_COULDNT_RESOLVE_HOST && hy_clock() - x->started >= ANSWERED_MS);
}
