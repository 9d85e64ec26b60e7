/* Contexts of wslay. One takes 9 KiB, as much as all else of an idle connection, and holds nothing
 * between two messages. So a websocket has one only while it reads or writes, and the loop keeps
 * one for the next that needs it. */
#include <stdlib.h>

#include "loop/loop.h"
#include "realtime/websocket_parts.h"

static hy_context *context_new(void)
{
  hy_context *context = calloc(1, sizeof *context);

  if (!context)
    return NULL;
  if (wslay_event_context_client_init(&context->frames, &hy_websocket_callbacks, context) < 0) {
    free(context);
    return NULL;
  }
  /* Text is collected in a buffer that can be given away. */
  wslay_event_config_set_no_buffering(context->frames, 1);
  return context;
}

int hy_context_take(hy_websocket *ws)
{
  if (ws->context)
    return 0;
  ws->context = ws->loop->idle_context ? ws->loop->idle_context : context_new();
  ws->loop->idle_context = NULL;
  if (!ws->context)
    return -1;
  ws->context->user = ws;
  ws->frames = ws->context->frames;
  wslay_event_config_set_max_recv_msg_length(ws->frames, ws->max);
  return 0;
}

/* Once closing has begun, the context is part of the connection's state. */
static int is_at_rest(const hy_websocket *ws)
{
  return ws->state == HY_WEBSOCKET_OPEN && !ws->unparsed && !ws->in_message &&
         !wslay_event_want_write(ws->frames) && wslay_event_get_read_enabled(ws->frames) &&
         wslay_event_get_write_enabled(ws->frames) && !wslay_event_get_close_sent(ws->frames) &&
         !wslay_event_get_close_received(ws->frames);
}

void hy_context_rest(hy_websocket *ws)
{
  if (!ws->context || !is_at_rest(ws))
    return;
  if (ws->loop->idle_context)
    hy_context_free(ws->context);
  else
    ws->loop->idle_context = ws->context;
  ws->context = NULL;
  ws->frames = NULL;
}

void hy_context_free(hy_context *context)
{
  if (!context)
    return;
  wslay_event_context_free(context->frames);
  free(context);
}
