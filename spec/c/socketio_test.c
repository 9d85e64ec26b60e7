/*
 * Packets of Engine.IO and Socket.IO, as tables of bytes.
 *
 * Linked with libhomey.a and cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "homey.h"
#include "realtime/socketio.h"
#include "base/buf.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void expect_span(const char *row, hy_span span, const char *text)
{
  if (span.length != strlen(text) || memcmp(span.at, text, span.length))
    fail_msg("%s: \"%.*s\" instead of \"%s\"", row, (int)span.length, span.at, text);
}

static void packets_are_read(void **state)
{
  static const struct {
    const char *text;
    hy_engineio_type engine;
    hy_socketio_type type;
    const char *nsp;
    long id;
    const char *data;
  } rows[] = {
    { "0{\"sid\":\"a\"}", HY_ENGINEIO_OPEN, HY_SOCKETIO_UNKNOWN, NULL, -1, "{\"sid\":\"a\"}" },
    { "1", HY_ENGINEIO_CLOSE, HY_SOCKETIO_UNKNOWN, NULL, -1, "" },
    { "2", HY_ENGINEIO_PING, HY_SOCKETIO_UNKNOWN, NULL, -1, "" },
    { "2probe", HY_ENGINEIO_PING, HY_SOCKETIO_UNKNOWN, NULL, -1, "probe" },
    { "3", HY_ENGINEIO_PONG, HY_SOCKETIO_UNKNOWN, NULL, -1, "" },
    { "5", HY_ENGINEIO_UPGRADE, HY_SOCKETIO_UNKNOWN, NULL, -1, "" },
    { "6", HY_ENGINEIO_NOOP, HY_SOCKETIO_UNKNOWN, NULL, -1, "" },
    { "7later", HY_ENGINEIO_UNKNOWN, HY_SOCKETIO_UNKNOWN, NULL, -1, "later" },
    { "x", HY_ENGINEIO_UNKNOWN, HY_SOCKETIO_UNKNOWN, NULL, -1, "" },
    { "40", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_CONNECT, "/", -1, "" },
    { "40{\"sid\":\"a\"}", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_CONNECT, "/", -1, "{\"sid\":\"a\"}" },
    { "40/api,", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_CONNECT, "/api", -1, "" },
    { "40/api", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_CONNECT, "/api", -1, "" },
    { "40/api?token=1,", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_CONNECT, "/api", -1, "" },
    { "41/api,", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_DISCONNECT, "/api", -1, "" },
    { "41", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_DISCONNECT, "/", -1, "" },
    { "42/api,[\"on\",1]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_EVENT, "/api", -1, "[\"on\",1]" },
    { "42[\"a\"]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_EVENT, "/", -1, "[\"a\"]" },
    { "42/api,17[\"a\"]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_EVENT, "/api", 17, "[\"a\"]" },
    { "430[null]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_ACK, "/", 0, "[null]" },
    { "43/api,1999999999[]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_ACK, "/api", 1999999999, "[]" },
    { "43/api,1 [null]\n", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_ACK, "/api", 1, "[null]" },
    { "44\"Unauthorized\"", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_ERROR, "/", -1, "\"Unauthorized\"" },
    { "44/api,{\"code\":401}", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_ERROR, "/api", -1,
      "{\"code\":401}" },
    { "451-/api,[\"a\",{\"_placeholder\":true}]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_BINARY_EVENT,
      "/", -1, "1-/api,[\"a\",{\"_placeholder\":true}]" },
    { "461-/api,3[{}]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_BINARY_ACK, "/", -1, "1-/api,3[{}]" },
    { "47", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_UNKNOWN, "/", -1, "" },
    { "4z[]", HY_ENGINEIO_MESSAGE, HY_SOCKETIO_UNKNOWN, "/", -1, "[]" },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    hy_socketio_packet p;
    if (hy_socketio_packet_read(&p, rows[i].text, strlen(rows[i].text)) != 0)
      fail_msg("%s was refused", rows[i].text);
    assert_int_equal(p.engine, rows[i].engine);
    assert_int_equal(p.type, rows[i].type);
    assert_int_equal(p.id, rows[i].id);
    expect_span(rows[i].text, p.data, rows[i].data);
    if (rows[i].nsp)
      expect_span(rows[i].text, p.nsp, rows[i].nsp);
  }
}

static void ambiguous_packets_are_refused(void **state)
{
  static const char *const rows[] = { "",           "4",
                                      "42",         "42/api,",
                                      "42/api,7",   "42{\"a\":1}",
                                      "42[",        "42]",
                                      "43[1]",      "43/api,[null]",
                                      "43/api,7",   "43/api,7{}",
                                      "43/api",     "42/api[\"a\"",
                                      "42\"a\"",    "4399999999999[1]",
                                      "42-1[\"a\"]" };

  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    hy_socketio_packet p;
    if (hy_socketio_packet_read(&p, rows[i], strlen(rows[i])) != -HOMEY_PROTOCOL)
      fail_msg("%s was accepted", rows[i]);
  }
}

static void truncated_packets_are_read_within_their_end(void **state)
{
  static const char text[] =
      "42/api?q=1,12[\"homey:device:1\",\"capability\",{\"value\":\"\\\"]\"}]";
  hy_socketio_packet p;
  hy_span items[3];

  (void)state;
  for (size_t n = 0; n < sizeof text; n++) {
    /* Of the exact size, so that a sanitizer detects a read past the end. */
    char *copy = malloc(n + 1);
    memcpy(copy, text, n);
    if (hy_socketio_packet_read(&p, copy, n) == 0 && p.type == HY_SOCKETIO_EVENT) {
      int count = hy_socketio_items(p.data, items, 3);
      for (int i = 0; i < count && i < 3; i++)
        assert_true(items[i].at >= copy && items[i].at + items[i].length <= copy + n);
    }
    free(copy);
  }
}

static void arrays_are_cut_into_items(void **state)
{
  static const struct {
    const char *text;
    int count;
    const char *first, *second;
  } rows[] = {
    { "[]", 0, NULL, NULL },
    { "[ ]", 0, NULL, NULL },
    { "[null]", 1, "null", NULL },
    { "[null,{\"a\":[1,2]}]", 2, "null", "{\"a\":[1,2]}" },
    { "[ \"a,]\" , \"\\\"\" ]", 2, "\"a,]\"", "\"\\\"\"" },
    { "[\"\\\\\",1,2,3]", 4, "\"\\\\\"", "1" },
    { "[[],{}]", 2, "[]", "{}" },
    { "[,]", -1, NULL, NULL },
    { "[1,]", -1, NULL, NULL },
    { "[1]]", -1, NULL, NULL },
    { "[1][2]", -1, NULL, NULL },
    { "[\"a]", -1, NULL, NULL },
    { "[\"a\\\"]", -1, NULL, NULL },
    { "[{]", -1, NULL, NULL },
    { "[}]", -1, NULL, NULL },
    { "{}", -1, NULL, NULL },
    { "[", -1, NULL, NULL },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    hy_span items[2], array = { rows[i].text, strlen(rows[i].text) };
    int count = hy_socketio_items(array, items, 2);
    if (rows[i].count < 0 ? count >= 0 : count != rows[i].count)
      fail_msg("%s: %d", rows[i].text, count);
    if (rows[i].first)
      expect_span(rows[i].text, items[0], rows[i].first);
    if (rows[i].second)
      expect_span(rows[i].text, items[1], rows[i].second);
  }
}

static void strings_are_decoded(void **state)
{
  static const struct {
    const char *text, *meant;
  } rows[] = {
    { "\"\"", "" },
    { "\"homey:device:1\"", "homey:device:1" },
    { "\"a\\/b\\n\\u00e9\\\"\"", "a/b\n\xC3\xA9\"" },
    { "\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80" },
    { "\"\\\\u0000\"", "\\u0000" },
    { "\"a\\u0000b\"", NULL },
    { "\"a", NULL },
    { "\"", NULL },
    { "1", NULL },
    { "\"a\"b\"", NULL },
    { "\"\\q\"", NULL },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    hy_buf out = { 0 };
    int result = hy_socketio_unquote((hy_span){ rows[i].text, strlen(rows[i].text) }, &out);
    if (rows[i].meant)
      assert_string_equal(out.data, rows[i].meant);
    assert_int_equal(result, rows[i].meant ? 0 : -HOMEY_PROTOCOL);
    hy_buf_free(&out);
  }
}

static void encoded_strings_can_be_decoded(void **state)
{
  static const char text[] = "a\"b\\c\n\x01\xC3\xA9/";
  hy_buf quoted = { 0 }, back = { 0 };

  (void)state;
  hy_socketio_quote(&quoted, text);
  assert_string_equal(quoted.data, "\"a\\\"b\\\\c\\u000a\\u0001\xC3\xA9/\"");
  assert_int_equal(hy_socketio_unquote((hy_span){ quoted.data, quoted.length }, &back), 0);
  assert_string_equal(back.data, text);
  hy_buf_free(&quoted);
  hy_buf_free(&back);
}

static void packet_heads_are_written(void **state)
{
  static const struct {
    hy_socketio_type type;
    const char *nsp;
    long id;
    const char *text;
  } rows[] = {
    { HY_SOCKETIO_CONNECT, "/api", -1, "40/api," },   { HY_SOCKETIO_EVENT, "/", 0, "420" },
    { HY_SOCKETIO_EVENT, "/api", 12, "42/api,12" },   { HY_SOCKETIO_EVENT, "/api", -1, "42/api," },
    { HY_SOCKETIO_ACK, "/api", 3, "43/api,3" },       { HY_SOCKETIO_DISCONNECT, "/", -1, "41" },
    { HY_SOCKETIO_EVENT, "/", 1000000, "421000000" },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    hy_buf b = { 0 };
    hy_socketio_begin(&b, rows[i].type, rows[i].nsp, rows[i].id);
    assert_string_equal(b.data, rows[i].text);
    hy_buf_free(&b);
  }
}

static void the_open_packet_has_the_ping_interval(void **state)
{
  static const struct {
    const char *text;
    long interval, timeout;
  } rows[] = {
    { "{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":5000,\"pingTimeout\":8000}", 5000, 8000 },
    { "{}", 25000, 5000 },
    { "{\"pingInterval\":\"x\",\"pingTimeout\":-1}", 25000, 5000 },
    { "{\"pingInterval\":1,\"pingTimeout\":1e99}", 20, 3600000 },
    { "[]", 0, 0 },
    { "", 0, 0 },
    { "{", 0, 0 },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    long interval = 0, timeout = 0;
    int result = hy_socketio_read_open((hy_span){ rows[i].text, strlen(rows[i].text) }, &interval,
                                       &timeout);
    assert_int_equal(result, rows[i].interval ? 0 : -HOMEY_PROTOCOL);
    assert_int_equal(interval, rows[i].interval);
    assert_int_equal(timeout, rows[i].timeout);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(packets_are_read),
    cmocka_unit_test(ambiguous_packets_are_refused),
    cmocka_unit_test(truncated_packets_are_read_within_their_end),
    cmocka_unit_test(arrays_are_cut_into_items),
    cmocka_unit_test(strings_are_decoded),
    cmocka_unit_test(encoded_strings_can_be_decoded),
    cmocka_unit_test(packet_heads_are_written),
    cmocka_unit_test(the_open_packet_has_the_ping_interval),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
