/* Account fields: setting, clearing, forgetting. */
#include "account/account.h"

#include <stddef.h>
#include <time.h>

#include "base/json_tree.h"
#include "base/text.h"

const char *const hy_route_names[HY_ROUTES] = { "fixed", "localSecure",     "local",
                                                "mdns",  "remoteForwarded", "cloud" };

int hy_account_set(char **field, const char *value)
{
  char *copy = hy_strdup(value);

  if (value && !copy)
    return -HOMEY_MEMORY;
  hy_wipe(*field);
  *field = copy;
  return 0;
}

void hy_account_new_bearer(hy_account *a)
{
  a->bearer_serial++;
}

void hy_account_clear_session(hy_account *a)
{
  hy_wipe(a->bearer);
  hy_wipe(a->session_id);
  a->bearer = a->session_id = NULL;
  a->bearer_issued = a->bearer_expires = 0;
}

void hy_account_clear_tokens(hy_account *a)
{
  hy_account_set(&a->access, NULL);
  hy_account_set(&a->refresh, NULL);
  hy_account_set(&a->token, NULL);
  hy_account_set(&a->username, NULL);
  hy_account_set(&a->fixed, NULL);
  hy_account_clear_session(a);
}

void hy_account_forget_hub(hy_account *a)
{
  hy_account_set(&a->hub_id, NULL);
  hy_account_set(&a->route, NULL);
  hy_account_clear_session(a);
}

void hy_account_drop_doc(hy_account *a)
{
  hy_json_tree_free(a->doc);
  a->doc = NULL;
}

void hy_account_clear(hy_account *a)
{
  char **fields[] = { &a->key,          &a->email,  &a->user,     &a->client_id, &a->client_secret,
                      &a->redirect_uri, &a->access, &a->refresh,  &a->hub_id,    &a->route,
                      &a->fixed,        &a->token,  &a->username, &a->tls_hub };
  size_t i;

  for (i = 0; i < sizeof fields / sizeof *fields; i++) {
    hy_wipe(*fields[i]);
    *fields[i] = NULL;
  }
  hy_account_clear_session(a);
  hy_account_clear_hubs(a);
  hy_account_drop_doc(a);
}

void hy_account_forget(hy_account *a)
{
  char **fields[] = { &a->access, &a->refresh, &a->hub_id, &a->route, &a->token, &a->username };
  size_t i;

  for (i = 0; i < sizeof fields / sizeof *fields; i++) {
    hy_wipe(*fields[i]);
    *fields[i] = NULL;
  }
  hy_account_clear_session(a);
  hy_account_drop_doc(a);
}

int hy_still_good(int64_t issued, int64_t expires, int64_t margin)
{
  int64_t now = (int64_t)time(NULL), tenth = (expires - issued) / 10;

  if (!expires || now < issued - 60)
    return 1;
  if (issued && margin > tenth)
    margin = tenth;
  return now < expires - margin;
}
