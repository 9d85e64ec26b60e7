/* Deadlines of exchanges: for the name lookup, for silence, and for the whole exchange. */
#include <curl/curl.h>
#include <stddef.h>

#include "http/exchange.h"
#include "loop/run_queue.h"
#include "loop/timer.h"

/* timeout_ms limits silence, counted from dialling, so a long reply over a slow line can finish.
 * A name lookup has its own limit: glibc alone waits 5 s when the first name server is dead. */
#define NAME_MS 15000
#define NAME_TIMES 5 /* times timeout_ms, when that is less than NAME_MS */
/* timeout_ms times this for the whole exchange, plus the time for the bytes that move: */
#define ALL_TIMES 3
#define SLOWEST 8 /* bytes per millisecond */

static int64_t name_due(const hy_exchange *x)
{
  int64_t ms = x->timeout_ms < NAME_MS / NAME_TIMES ? NAME_TIMES * (int64_t)x->timeout_ms : NAME_MS;

  return x->started + (x->name_ms && x->name_ms < ms ? x->name_ms : ms);
}

static int64_t due(const hy_exchange *x)
{
  int64_t silent = x->alive + x->timeout_ms;
  int64_t slow = x->dialled + ALL_TIMES * (int64_t)x->timeout_ms + x->received / SLOWEST;

  if (x->settings->is_fetch)
    return x->started + x->timeout_ms;
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

/* libcurl's own connect timeout also counts the name lookup. Until dialling, it is extended
 * again and again, so that connecting gets the full timeout afterwards. */
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
    x->connect_ms = (long)(now - x->started) + x->timeout_ms;
    curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, x->connect_ms);
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
  if (x->name_ms) /* the limit was too short to tell */
    return 0;
  return x->late == HY_NAME_LATE ||
         (x->result == CURLE_COULDNT_RESOLVE_HOST && hy_clock() - x->started >= ANSWERED_MS);
}
