/* Options of a client: checked, copied, with their defaults. */
#ifndef HY_OPTIONS_H
#define HY_OPTIONS_H

#include "homey.h"

typedef struct hy_options {
  char *email, *password, *otp, *hub, *address, *token, *username, *code, *refresh_token;
  char *client_id, *client_secret, *redirect_uri; /* the caller's OAuth client; NULL = not given */
  char *accounts_url, *api_url, *energy_url, *weather_url, *user_agent;
  char **headers, **connect_to; /* NULL-terminated, or NULL */
  long timeout_ms, patience_ms, stale_ms;
  int pinned_timeout; /* the caller has set timeout_ms */
  homey_refresh refresh;
  int password_grant;
  homey_plain_http plain_http;
  homey_store *file_store; /* the store created for state_dir, or NULL */
  homey_store store;
  int has_store;
  homey_trace_fn *trace;
  void *trace_data;
  homey_warn_fn *warn;
  void *warn_data;
} hy_options;

/* Checks the options and copies them into a client. Returns 0, or a negative kind with *error
 * filled. */
int hy_client_configure(homey_client *c, const homey_options *options, homey_error *error);
void hy_client_forget_options(homey_client *c);

#endif
