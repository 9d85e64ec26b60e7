/* Log in with e-mail and password (the first time), then switch a device: libhomey alone, no Lua.
 *   HOMEY_EMAIL=me@example.com HOMEY_PASSWORD=... switch DEVICE-ID on|off */
#include <homey.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed, answered;

static void print_answer(void *data, homey_reply *reply)
{
  printf("%s: %s\n", (const char *)data, reply->err ? reply->err->message : reply->body);
  failed |= reply->err != NULL;
  answered++;
  homey_reply_free(reply);
}

/* HOMEY_CONNECT_TO=HOST:PORT:TO-HOST:TO-PORT,... as the Lua module reads it. */
static void split(char *text, const char **list, int most)
{
  for (text = text ? strtok(text, ",") : NULL; text && most-- > 1; text = strtok(NULL, ","))
    *list++ = text;
  *list = NULL;
}

int main(int count, char **words)
{
  const char *connect_to[8];
  homey_options options = { .email = getenv("HOMEY_EMAIL"),
                            .password = getenv("HOMEY_PASSWORD"),
                            .cafile = getenv("HOMEY_CAFILE"),
                            .state_dir = getenv("HOMEY_STATE_DIR"),
                            .connect_to = connect_to };
  homey_request set = { .method = "PUT", .body = "{\"value\":true}", .length = 14 };
  homey_error error;
  char path[200];
  homey_loop *loop = homey_loop_new();
  homey_client *home;

  split(getenv("HOMEY_CONNECT_TO"), connect_to, 8);
  home = loop ? homey_client_new(loop, &options, &error) : NULL;
  if (!home || count != 3)
    return fprintf(stderr, "%s\n",
                   home   ? "usage: switch DEVICE-ID on|off"
                   : loop ? error.message
                          : "no loop"),
           2;
  if (strcmp(words[2], "off") == 0)
    set.body = "{\"value\":false}", set.length = 15;
  snprintf(path, sizeof path, "/api/manager/devices/device/%s/capability/onoff", words[1]);
  set.path = path;
  if (homey_client_login(home, print_answer, "login") < 0 ||
      homey_client_request(home, &set, print_answer, "switch") < 0)
    return fprintf(stderr, "the device id cannot be sent\n"), 2;
  while (answered < 2)
    homey_loop_wait(loop, -1);
  homey_loop_free(loop);
  return failed;
}
