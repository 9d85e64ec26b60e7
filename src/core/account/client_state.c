/* State of a client, shared by all layers. */
#include "account/client_state.h"

#include <curl/curl.h>
#include <time.h>

#include "account/account.h"
#include "http/exchange.h"
#include "loop/loop.h"
#include "loop/run_queue.h"

int hy_client_stays(const homey_client *c)
{
  return c->stays || c->listens;
}

#define V2_TIMEOUT_MS 30000

int hy_client_is_local(const homey_client *c)
{
  return c->account.token || c->account.fixed || c->options.username;
}

long hy_client_timeout(const homey_client *c)
{
  const hy_hub *hub = hy_account_hub((hy_account *)&c->account);

  return !c->options.pinned_timeout && hub && hub->api_version == 2 ? V2_TIMEOUT_MS
                                                                    : c->options.timeout_ms;
}

#define NAME_MS 1000   /* enough for a name that a working name server has cached */
#define SILENT_MS 5000 /* for so long after a failed lookup, lookups get NAME_MS */

void hy_client_note_names(homey_client *c, const hy_exchange *x)
{
  if (hy_exchange_met_silence(x))
    c->names_silent_at = hy_clock();
}

long hy_client_name_ms(const homey_client *c)
{
  return c->names_silent_at && hy_clock() - c->names_silent_at < SILENT_MS ? NAME_MS : 0;
}

/* ---- the hub's clock ---- */

#define CLOCK_MS 60000 /* between two readings of the Date header: parsing takes time */

void hy_client_note_date(homey_client *c, const hy_exchange *x)
{
  const char *date;
  struct timespec now;
  time_t then;

  if (c->clock_at && c->loop->now - c->clock_at < CLOCK_MS)
    return;
  date = hy_exchange_header(x, "Date", NULL);
  then = date ? curl_getdate(date, NULL) : -1;
  if (then <= 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
    return;
  /* The header has no fraction: assumes half a second. */
  c->clock_ahead = (int64_t)then * 1000 + 500 -
                   ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  c->clock_at = c->loop->now;
}
