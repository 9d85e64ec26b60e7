/* OAuth clients: the presets, and the caller's own. */
#include "account/account.h"
#include "account/client_state.h"

const homey_preset homey_presets[] = {
  { "developer", "598d85a330e1bb0c0d75b8eb", "ba93fc861b204732607169fb29c2708f1da7e17f",
    "https://developer.athom.com" },
  { "localhost", "5a8d4ca6eb9f7a2c9d6ccf6d", "e3ace394af9f615857ceaa61b053f966ddcfb12a",
    "http://localhost" },
  { NULL, NULL, NULL, NULL }
};

#define OWN_REDIRECT "http://localhost"

int hy_client_preset(homey_client *c, int index)
{
  const homey_preset *preset = &homey_presets[index];
  hy_account *a = &c->account;

  return preset->name && hy_account_set(&a->client_id, preset->client_id) == 0 &&
         hy_account_set(&a->client_secret, preset->client_secret) == 0 &&
         hy_account_set(&a->redirect_uri, preset->redirect_uri) == 0;
}

int hy_client_has_own(const homey_client *c)
{
  return c->options.client_id || c->options.redirect_uri;
}

/* A caller that gives only an id has registered a project, whose redirect_uri is on localhost; a
 * caller that gives only a redirect_uri corrects that of the preset. */
int hy_client_take_own(homey_client *c)
{
  hy_account *a = &c->account;
  const homey_preset *preset = &homey_presets[0];

  if (!hy_client_has_own(c))
    return 0;
  return hy_account_set(&a->client_id,
                        c->options.client_id ? c->options.client_id : preset->client_id) == 0 &&
                 hy_account_set(&a->client_secret, c->options.client_id
                                                       ? c->options.client_secret
                                                       : preset->client_secret) == 0 &&
                 hy_account_set(&a->redirect_uri, c->options.redirect_uri ? c->options.redirect_uri
                                                                          : OWN_REDIRECT) == 0
             ? 0
             : -HOMEY_MEMORY;
}
