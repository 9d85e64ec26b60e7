/* Survey: what came of asking each address, as the reply to homey_client_survey(). */
#include <cjson/cJSON.h>

#include "address/address.h"
#include "base/error.h"
#include "base/json_tree.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "loop/loop.h"
#include "loop/pending.h"

static int add_failure(cJSON *item, const hy_candidate *k)
{
  homey_error error;

  if (k->answered)
    hy_error_set(&error, k->failed, "%s%s%s", k->what, k->advice ? ". " : "",
                 k->advice ? k->advice : "");
  else
    hy_error_set(&error, HOMEY_TIMEOUT, "%s has not answered yet", k->base);
  return cJSON_AddStringToObject(item, "error", homey_kind_name(error.kind)) &&
         cJSON_AddStringToObject(item, "message", error.message);
}

static int add(cJSON *list, const hy_candidate *k)
{
  cJSON *item = cJSON_CreateObject();
  const char *step = k->step ? k->step : k->x ? hy_exchange_phase(k->x) : "name";

  if (!item || !cJSON_AddItemToArray(list, item)) {
    hy_json_tree_free(item);
    return 0;
  }
  return cJSON_AddStringToObject(item, "kind", hy_route_names[k->kind]) &&
         cJSON_AddStringToObject(item, "url", k->base) &&
         cJSON_AddBoolToObject(item, "good", k->good) &&
         cJSON_AddNumberToObject(item, "ms", (double)k->ms) &&
         cJSON_AddStringToObject(item, "step", step) && (k->good || add_failure(item, k));
}

void hy_survey_tell(homey_client *c)
{
  hy_race *race = c->race;
  hy_pending *answer = race->survey;
  cJSON *list = cJSON_CreateArray();
  homey_error error;
  int i, whole = list && race->list;

  for (i = 0; whole && i < race->count; i++)
    whole = add(list, &race->list[i]);
  if (whole)
    hy_json_tree_print(list, 0, &answer->body);
  hy_json_tree_free(list);
  race->survey = NULL;
  hy_race_stop(c);
  if (!whole || answer->body.failed) {
    hy_error_set(&error, HOMEY_MEMORY, "the addresses could not be listed");
    hy_pending_fail(answer, &error);
    return;
  }
  answer->reply.is_json = 1;
  hy_pending_ready(answer);
}

static void on_cancel(hy_pending *answer)
{
  hy_race_stop(answer->owner);
}

int homey_client_survey(homey_client *c, int64_t ms, homey_reply_fn *done, void *data)
{
  hy_pending *answer;

  if (c->loop->closing)
    return -HOMEY_CANCELLED;
  if (c->race->running > 0 || c->race->survey)
    return -HOMEY_UNAVAILABLE;
  answer = hy_pending_new(c->loop, done, data);
  if (!answer)
    return -HOMEY_MEMORY;
  answer->owner = c;
  answer->cancel = on_cancel;
  hy_race_survey(c, answer, ms);
  return answer->reply.id;
}
