/*
 * Fuzz target of packets: spans lie inside the text, and quoted text is read back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "realtime/socketio.h"
#include "base/buf.h"
#include "base/text.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define MOST 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(hy_span span, hy_span whole)
{
  CHECK(span.at >= whole.at && span.at + span.length <= whole.at + whole.length);
}

static void check_items(hy_span array)
{
  hy_span items[MOST];
  hy_buf text = { 0 };
  int count = hy_socketio_items(array, items, MOST);

  for (int i = 0; i < count && i < MOST; i++) {
    check_inside(items[i], array);
    CHECK(items[i].length > 0);
    hy_buf_clear(&text);
    hy_socketio_unquote(items[i], &text);
  }
  hy_buf_free(&text);
}

static void check_quote(const char *text)
{
  hy_buf quoted = { 0 }, back = { 0 };

  hy_socketio_quote(&quoted, text);
  CHECK(hy_socketio_unquote((hy_span){ quoted.data, quoted.length }, &back) == 0);
  CHECK(!strcmp(back.data ? back.data : "", text));
  hy_buf_free(&quoted);
  hy_buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = malloc(size ? size : 1), *terminated = hy_strndup((const char *)data, size);
  hy_span whole = { text, size };
  hy_socketio_packet packet;
  long interval, timeout;

  memcpy(text, data, size);
  if (hy_socketio_packet_read(&packet, text, size) == 0) {
    check_inside(packet.data, whole);
    if (packet.engine == HY_ENGINEIO_OPEN &&
        hy_socketio_read_open(packet.data, &interval, &timeout) == 0)
      CHECK(interval >= 20 && timeout >= 20);
    if (packet.type == HY_SOCKETIO_EVENT || packet.type == HY_SOCKETIO_ACK)
      check_items(packet.data);
  }
  check_items(whole);
  if (hy_is_utf8(terminated, strlen(terminated)))
    check_quote(terminated);
  free(text);
  free(terminated);
  return 0;
}
