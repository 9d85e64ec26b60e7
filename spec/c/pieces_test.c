/*
 * Parsers and buffers without I/O: buffers, forms, tokens, the consent page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "account/account.h"
#include "base/buf.h"
#include "homey.h"
#include "base/text.h"
#include "base/form.h"
#include "base/base64.h"
#include "login/jwt.h"
#include "login/consent.h"
#include "base/json_text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- buf ------------------------------------------------------------------------------------- */

static void buffer_holds_what_was_added(void **state)
{
  hy_buf b = { 0 };
  char *text;

  (void)state;
  hy_buf_adds(&b, "one");
  hy_buf_addf(&b, " %d %s", 2, "three");
  hy_buf_add(&b, "\0four", 5);
  assert_int_equal(b.length, 16);
  assert_memory_equal(b.data, "one 2 three\0four", 17);
  text = hy_buf_take(&b);
  assert_null(b.data);
  assert_string_equal(text, "one 2 three");
  free(text);
}

static void buffer_grows_past_any_size(void **state)
{
  hy_buf b = { 0 };

  (void)state;
  for (int i = 0; i < 60000; i++)
    hy_buf_addf(&b, "%05d", i);
  assert_false(b.failed);
  assert_int_equal(b.length, 300000);
  assert_int_equal(strlen(b.data), 300000);
  for (int i = 0; i < 60000; i++)
    assert_int_equal(strtol((char[]){ b.data[5 * i], b.data[5 * i + 1], b.data[5 * i + 2],
                                      b.data[5 * i + 3], b.data[5 * i + 4], 0 },
                            NULL, 10),
                     i);
  hy_buf_wipe(&b);
  assert_null(b.data);
}

static void buffer_refuses_impossible_sizes(void **state)
{
  hy_buf b = { 0 };

  (void)state;
  hy_buf_adds(&b, "x");
  hy_buf_add(&b, "x", SIZE_MAX - 1);
  assert_true(b.failed);
  assert_string_equal(b.data, "x");
  hy_buf_adds(&b, "y");
  assert_string_equal(b.data, "x");
  assert_null(hy_buf_take(&b));
  assert_null(b.data);
}

static void empty_buffer_is_taken_as_empty_text(void **state)
{
  hy_buf b = { 0 };
  char *text = hy_buf_take(&b);

  (void)state;
  assert_string_equal(text, "");
  free(text);
}

static void cleared_buffer_starts_over(void **state)
{
  hy_buf b = { 0 };

  (void)state;
  hy_buf_clear(&b);
  hy_buf_adds(&b, "old");
  hy_buf_clear(&b);
  assert_string_equal(b.data, "");
  hy_buf_adds(&b, "new");
  assert_string_equal(b.data, "new");
  hy_buf_free(&b);
  hy_buf_free(&b);
}

static void null_is_copied_as_null(void **state)
{
  char *text = hy_strndup("abc", 2);

  (void)state;
  assert_null(hy_strdup(NULL));
  assert_null(hy_strndup(NULL, 0));
  assert_string_equal(text, "ab");
  hy_wipe(text);
  hy_wipe(NULL);
}

static void invalid_utf8_is_refused(void **state)
{
  static const struct {
    const char *text;
    int valid;
  } cases[] = { { "", 1 },
                { "plain", 1 },
                { "\xC3\xA9", 1 },
                { "\xE2\x82\xAC", 1 },
                { "\xF0\x9F\x8F\xA0", 1 },
                { "\xF4\x8F\xBF\xBF", 1 },
                { "\xED\x9F\xBF\xEE\x80\x80", 1 },
                { "\x80", 0 },
                { "\xC3", 0 },
                { "a\xE2\x82", 0 },
                { "\xC0\x80", 0 },
                { "\xC1\xBF", 0 },
                { "\xE0\x9F\xBF", 0 },
                { "\xF0\x8F\xBF\xBF", 0 },
                { "\xED\xA0\x80", 0 },
                { "\xF4\x90\x80\x80", 0 },
                { "\xF5\x80\x80\x80", 0 },
                { "\xFF", 0 },
                { "\xC3\x28", 0 } };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_int_equal(hy_is_utf8(cases[i].text, strlen(cases[i].text)), cases[i].valid);
  assert_true(hy_is_utf8("a\0b", 3));
}

/* ---- form ------------------------------------------------------------------------------------ */

/* Reads the text as a document, and as the start of a longer one whose next byte is invalid. */
static void assert_reads_as(const char *text, const char *value)
{
  size_t length = strlen(text);
  char *part = malloc(length ? length : 1);
  cJSON *json = hy_json_parse(text, length), *same;

  assert_non_null(part);
  memcpy(part, text, length);
  same = hy_json_parse_span((hy_span){ part, length });
  if (value) {
    assert_string_equal(cJSON_GetStringValue(json), value);
    assert_string_equal(cJSON_GetStringValue(same), value);
  } else {
    assert_null(json);
    assert_null(same);
  }
  cJSON_Delete(json);
  cJSON_Delete(same);
  free(part);
}

static void json_keeps_text_around_half_a_surrogate_pair(void **state)
{
#define HALF "\xEF\xBF\xBD"
  static const char *cases[][2] = {
    { "\"plain\"", "plain" },
    { "\"\\ud83d\"", HALF },
    { "\"Lamp \\ud83d\"", "Lamp " HALF },
    { "\"\\uDCA1 Lamp\"", HALF " Lamp" },
    { "\"\\uD83D\\n\"", HALF "\n" },
    { "\"\\uD83D\\u0041\"", HALF "A" },
    { "\"\\uD83D\\uD83D\\uDCA1\"", HALF "\xF0\x9F\x92\xA1" },
    { "\"\\uD83D\\uDCA1\\uDCA1\\uD83D\\uDCA1\"", "\xF0\x9F\x92\xA1" HALF "\xF0\x9F\x92\xA1" },
    { "\"\\\\ud83d\"", "\\ud83d" },
    { "\"\\\\\\ud83d\"", "\\" HALF },
  };
#undef HALF

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_reads_as(cases[i][0], cases[i][1]);
}

static void json_with_bad_escapes_is_refused(void **state)
{
  static const char *cases[] = {
    "", "\\ud83d", "\"\\ud83d", "\"\\ud83d\\u\"", "\"\\ud83d\\", "\"\\ud8\"", "[\"\\ud83d\""
  };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_reads_as(cases[i], NULL);
  assert_null(hy_json_parse("\"\\ud83d\" x", 10));
}

static void form_values_are_encoded(void **state)
{
  static const struct {
    const char *before, *name, *value, *after;
  } cases[] = { { "", "a", "b", "a=b" },
                { "", "a", "", "a=" },
                { "x=1", "a", "b", "x=1&a=b" },
                { "/p?", "a", "b", "/p?a=b" },
                { "/p?x=1&", "a", "b", "/p?x=1&a=b" },
                { "x=1", "a", NULL, "x=1" },
                { "", "a", NULL, "" },
                { "", "p w", "& = + % \" \\ ;", "p%20w=%26%20%3D%20%2B%20%25%20%22%20%5C%20%3B" },
                { "", "k", "\xC3\xA9-._~\x7F\n", "k=%C3%A9-._~%7F%0A" },
                { "", "u", "http://localhost:80/x?y#z",
                  "u=http%3A%2F%2Flocalhost%3A80%2Fx%3Fy%23z" } };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    hy_buf b = { 0 };
    hy_buf_adds(&b, cases[i].before);
    hy_form_add(&b, cases[i].name, cases[i].value);
    assert_string_equal(b.data, cases[i].after);
    hy_buf_free(&b);
  }
}

#define CALLBACK "https://tools.example.com/cb?site=a&lang=nl%20nl"

static void equal_urls_match_in_any_spelling(void **state)
{
  static const char *cases[][2] = {
    { CALLBACK "&code=1", CALLBACK },
    { "https://tools.example.com/cb?site=a&lang=nl+nl&code=1", CALLBACK },
    { "https://tools.example.com/cb?code=1&lang=nl%20nl&site=%61", CALLBACK },
    { "HTTPS://Tools.Example.com:443/cb/?lang=nl+nl&site=a", CALLBACK },
    { "https://tools.example.com/c%62?site=a&lang=nl+nl#end", CALLBACK },
    { "http://localhost?code=1", "http://localhost" },
    { "http://localhost/?code=1", "http://localhost" },
    { "http://localhost:80/?code=1", "http://localhost/" },
    { "http://localhost:8123?code=1", "http://localhost:8123/" },
    { "http://[::1]:8123/a?code=1", "http://[::1]:8123/a" },
    { "http://localhost/?a&b=&code=1", "http://localhost/?b&a=" },
    { "my.app:/cb?code=1", "my.app:/cb" },
    { "my.app://cb?code=1", "my.app://cb" },
    { "https://a.example/cb?x=%C3%BC%26&x=2", "https://a.example/cb?x=2&&x=\xC3\xBC%26" },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++)
    if (!hy_url_holds(cases[i][0], cases[i][1]))
      fail_msg("%s is not %s", cases[i][0], cases[i][1]);
}

static void other_urls_do_not_match(void **state)
{
  static const char *cases[][2] = {
    { "https://tools.example.com/cb?site=a&code=1", CALLBACK },
    { "https://tools.example.com/cb?site=b&lang=nl+nl&code=1", CALLBACK },
    { "https://tools.example.com/cb?site=a&lang=nl%2Bnl&code=1", CALLBACK },
    { "https://tools.example.com/cb?site=a&Lang=nl+nl", CALLBACK },
    { "https://tools.example.com/CB?site=a&lang=nl+nl", CALLBACK },
    { "https://tools.example.com/?site=a&lang=nl+nl", CALLBACK },
    { "https://tools.example.com:444/cb?site=a&lang=nl+nl", CALLBACK },
    { "http://tools.example.com/cb?site=a&lang=nl+nl", CALLBACK },
    { "https://tools.example.com.evil/cb?site=a&lang=nl+nl", CALLBACK },
    { "https://evil@tools.example.com/cb?site=a&lang=nl+nl", CALLBACK },
    { "https://evil/#https://tools.example.com/cb?site=a&lang=nl+nl", CALLBACK },
    { "/cb?site=a&lang=nl+nl", CALLBACK },
    { "//tools.example.com/cb?site=a&lang=nl+nl", CALLBACK },
    { "https://tools.example.com/cb#?site=a&lang=nl+nl", CALLBACK },
    { "https:80/?code=1", "http://localhost" },
    { "http://localhost:443/?code=1", "http://localhost" },
    { "", "http://localhost" },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++)
    if (hy_url_holds(cases[i][0], cases[i][1]))
      fail_msg("%s is taken for %s", cases[i][0], cases[i][1]);
}

static void query_values_are_found_and_decoded(void **state)
{
  static const struct {
    const char *url, *value;
  } cases[] = { { "http://localhost?code=abc", "abc" },
                { "http://localhost/cb?state=1&code=abc&x=2", "abc" },
                { "http://localhost/cb?code=a%2Bb+c%20d", "a+b c d" },
                { "?co%64e=x", "x" },
                { "?code=", "" },
                { "?code", "" },
                { "?code=first&code=second", "first" },
                { "?code=a=b", "a=b" },
                { "?code=a?b", "a?b" },
                { "?code=%", "%" },
                { "?code=%4", "%4" },
                { "?code=%zz%4a%4A", "%zzJJ" },
                { "?code=a%00b", "a%00b" },
                { "?code=x#code=y", "x" },
                { "/#?code=x", NULL },
                { "/code=x", NULL },
                { "?barcode=x&codes=y&Code=z", NULL },
                { "?x=code=1", NULL },
                { "?", NULL },
                { "?&&", NULL },
                { "", NULL } };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    char *value = hy_query_get(cases[i].url, "code");
    if (cases[i].value)
      assert_string_equal(value, cases[i].value);
    else
      assert_null(value);
    free(value);
  }
}

static void any_value_survives_the_round_trip(void **state)
{
  (void)state;
  for (int first = 1; first < 256; first++) {
    char text[3] = { (char)first, (char)(255 - first), 0 };
    hy_buf url = { 0 };
    char *back;
    hy_buf_adds(&url, "https://x/?");
    hy_form_add(&url, text, "other");
    hy_form_add(&url, "v", text);
    back = hy_query_get(url.data, "v");
    assert_string_equal(back, text);
    free(back);
    hy_buf_free(&url);
  }
}

/* ---- jwt ------------------------------------------------------------------------------------- */

static void both_alphabets_of_base64_are_decoded(void **state)
{
  static const struct {
    const char *text, *bytes; /* NULL = refused */
  } cases[] = { { "", "" },
                { "TQ", "M" },
                { "TQ==", "M" },
                { "TWE", "Ma" },
                { "TWE=", "Ma" },
                { "TWFu", "Man" },
                { "TWFuTQ", "ManM" },
                { "-_-_", "\xFB\xFF\xBF" },
                { "+/+/", "\xFB\xFF\xBF" },
                { "-/-/", NULL },
                { "T", NULL },
                { "TWFuT", NULL },
                { "TQ=", NULL },
                { "TQ===", NULL },
                { "====", NULL },
                { "=", NULL },
                { "T=Q=", NULL },
                { "TQ==TQ==", NULL },
                { "TW Fu", NULL },
                { "TWF\n", NULL },
                { "TW\xC3\xA9", NULL } };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    hy_buf b = { 0 };
    hy_buf_adds(&b, "kept");
    assert_int_equal(hy_base64_decode(&b, cases[i].text, strlen(cases[i].text)),
                     cases[i].bytes ? 0 : -1);
    assert_memory_equal(b.data, "kept", 4);
    assert_string_equal(b.data + 4, cases[i].bytes ? cases[i].bytes : "");
    hy_buf_free(&b);
  }
}

static void base64_is_written_with_padding(void **state)
{
  static const char *const cases[][2] = { { "", "" },
                                          { "M", "TQ==" },
                                          { "Ma", "TWE=" },
                                          { "Man", "TWFu" },
                                          { "id:secret", "aWQ6c2VjcmV0" },
                                          { "\xFB\xFF\xBF", "+/+/" } };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    hy_buf b = { 0 };
    hy_base64_encode(&b, cases[i][0], strlen(cases[i][0]));
    assert_string_equal(b.data ? b.data : "", cases[i][1]);
    hy_buf_free(&b);
  }
}

static void bytes_of_any_length_survive_base64(void **state)
{
  unsigned char bytes[256];

  (void)state;
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (unsigned char)(i * 167 + 13);
  for (size_t n = 0; n <= sizeof bytes; n++) {
    hy_buf text = { 0 }, back = { 0 };
    hy_base64_encode(&text, bytes, n);
    assert_int_equal(hy_base64_decode(&back, text.data ? text.data : "", text.length), 0);
    assert_int_equal(back.length, n);
    if (n)
      assert_memory_equal(back.data, bytes, n);
    hy_buf_free(&text);
    hy_buf_free(&back);
  }
}

static void a_token_is_three_segments(void **state)
{
  static const char *const yes[] = { "a.b.c", "eyJ-_.eyJ9.Sig0" };
  static const char *const no[] = { "",     "a",       "a.b",    "a.b.",   ".b.c",
                                    "a..c", "a.b.c.d", "a.b.c ", "a.b=.c", "a.b.c\n" };

  (void)state;
  assert_false(hy_jwt_like(NULL));
  for (size_t i = 0; i < COUNT(yes); i++)
    assert_true(hy_jwt_like(yes[i]));
  for (size_t i = 0; i < COUNT(no); i++)
    assert_false(hy_jwt_like(no[i]));
}

#define A "5a8d4ca6eb9f7a2c9d6ccf6d"
#define B "598d85a330e1bb0c0d75b8eb"

/* Writes the ids joined by commas; "!" for an invalid token. */
static char *ids_of(const char *payload)
{
  hy_buf jwt = { 0 }, ids = { 0 }, joined = { 0 };
  int count;

  hy_buf_adds(&jwt, "eyJhbGciOiJSUzUxMiJ9.");
  hy_base64_encode(&jwt, payload, strlen(payload));
  while (jwt.data[jwt.length - 1] == '=')
    jwt.data[--jwt.length] = '\0';
  hy_buf_adds(&jwt, ".c2ln");
  count = hy_jwt_ids(&ids, jwt.data);
  if (count < 0)
    hy_buf_adds(&joined, "!");
  for (int i = 0; i < count; i++)
    hy_buf_addf(&joined, "%s%s", i ? "," : "", ids.data + 25 * i);
  hy_buf_free(&ids);
  hy_buf_free(&jwt);
  return hy_buf_take(&joined);
}

static void ids_are_found_in_any_member(void **state)
{
  static const char *const cases[][2] = {
    { "{}", "" },
    { "{\"sub\":\"" A "\"}", A },
    { "{\"a\":\"" B "\",\"b\":[{\"c\":\"" A "\"}],\"d\":\"" B "\"}", B "," A },
    { "{\"homeys\":{\"" A "\":true}}", A },
    { "{\"r\":\"resource.homey." A "\",\"s\":\"homey." B "\"}", A "," B },
    { "{\"a\":\"5a8d4ca6eb9f7a2c9d6ccf6\",\"b\":\"" A "0\",\"c\":\"zz8d4ca6eb9f7a2c9d6ccf6d\"}",
      "" },
    { "{\"n\":123456789012345678901234}", "" },
    { "[\"" A "\"]", "!" },
    { "\"" A "\"", "!" },
    { "{\"a\":\"" A "\"", "!" },
    { "{\"a\":\"" A "\"} tail", "!" },
    { "{\"a\":\"\xFF\"}", "!" },
    { "", "!" },
  };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    char *ids = ids_of(cases[i][0]);
    assert_string_equal(ids, cases[i][1]);
    free(ids);
  }
}

static void broken_tokens_have_no_ids(void **state)
{
  static const char *const cases[] = {
    "", "a", "a.", "a.b", "a.!!.c", "..", "a.e30\n.c", "no dots"
  };

  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    hy_buf out = { 0 };
    assert_int_equal(hy_jwt_ids(&out, cases[i]), -1);
    assert_int_equal(out.length, 0);
    hy_buf_free(&out);
  }
  assert_int_equal(hy_jwt_ids(&(hy_buf){ 0 }, NULL), -1);
  assert_int_equal(hy_jwt_ids(&(hy_buf){ 0 }, "a.e30.c"), 0);
  assert_int_equal(hy_jwt_ids(&(hy_buf){ 0 }, "a.e30=="), -1); /* wrong padding */
}

static void a_hostile_token_is_bounded(void **state)
{
  hy_buf payload = { 0 };
  char *ids;

  (void)state;
  hy_buf_adds(&payload, "{\"a\":[\"x\"");
  for (int i = 0; i < 100000; i++)
    hy_buf_addf(&payload, ",\"%024x\"", i);
  hy_buf_adds(&payload, "]}");
  ids = ids_of(payload.data);
  assert_int_equal(strlen(ids), 64 * 25 - 1);
  free(ids);
  hy_buf_clear(&payload);
  for (int i = 0; i < 200000; i++)
    hy_buf_adds(&payload, "{\"a\":");
  ids = ids_of(payload.data);
  assert_string_equal(ids, "!");
  free(ids);
  hy_buf_free(&payload);
}

/* ---- consent --------------------------------------------------------------------------------- */

/* Writes "csrf|action|id=label|..." with "-" for NULL; "!" for a failure. The page is copied to
 * memory of its exact length, so that a sanitizer detects a read past its end. */
static char *read_page(const char *html, size_t length)
{
  char *exact = malloc(length ? length : 1);
  hy_buf out = { 0 };
  hy_consent c;
  int result;

  memcpy(exact, html, length);
  result = hy_consent_parse(&c, exact, length);
  if (result)
    hy_buf_adds(&out, result == -HOMEY_PROTOCOL ? "!protocol" : "!");
  else
    hy_buf_addf(&out, "%s|%s", c.csrf ? c.csrf : "-", c.action ? c.action : "-");
  for (size_t i = 0; i < c.count; i++)
    hy_buf_addf(&out, "|%s=%s", c.resources[i].id,
                c.resources[i].label ? c.resources[i].label : "-");
  hy_consent_free(&c);
  hy_consent_free(&c);
  free(exact);
  return hy_buf_take(&out);
}

#define RA "resource.homey." A
#define RB "resource.homey." B
#define CSRF "<input name=_csrf value=t>"

static const struct {
  const char *promise, *html, *outcome;
} pages[] = {
  { "a plain page",
    "<form action=\"/authorise?x=1\" method=\"post\"><input type=\"hidden\" name=\"_csrf\" "
    "value=\"Ab-9_\">"
    "<input type=\"hidden\" name=\"resource\" value=\"" RA "\">"
    "<button name=\"allow\" value=\"Allow\">Allow</button>"
    "</form>",
    "Ab-9_|/authorise?x=1|" A "=-" },
  { "attributes in any order and quotes", "<form><input value='q' type=hidden name=_csrf></form>",
    "q|-" },
  { "no quotes", "<form><input value=q/r name=_csrf/></form>", "!protocol" },
  { "no quotes, self-closed", "<form><input value=q name=_csrf /></form>", "q|-" },
  { "upper case and line breaks",
    "<FORM ACTION='x'\n><INPUT\nNAME = \"_csrf\"\n\tVALUE = 'q'\n></FORM>", "q|x" },
  { "entities",
    "<form action='/a?b=1&amp;c=2&lt;'><input name='&#95;csrf' "
    "value='&quot;&apos;&#x41;&#66;&gt;&nbsp;&bogus;&'></form>",
    "\"'AB>\xC2\xA0&bogus;&|/a?b=1&c=2<" },
  { "numeric entities of no character",
    "<form><input name=_csrf value='&#0;&#xD800;&#x110000;&#99999999999;&#;&#x;'>",
    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD&#;&#x;|-" },
  { "the field by its name, not the last match",
    "<form>" CSRF "<input name=x value=_csrf><input name=not_csrf value=no>"
    "<input name=_csrf value=later></form>",
    "t|-" },
  { "the form that holds the field",
    "<form action=/search><input name=q></form><form action=/ok>" CSRF "</form>"
    "<form action=/z><input></form>",
    "t|/ok" },
  { "the form that offers Homeys, of several with the field",
    "<form action=/logout><input name=_csrf value=no></form><form action=/ok>" CSRF
    "<input type=radio name=resource value=" RA "></form>"
    "<form action=/also><input name=_csrf value=no></form>",
    "t|/ok|" A "=-" },
  { "a form left open", "<form action=/a><input name=q><form action=/b>" CSRF, "t|/b" },
  { "comments", "<form><!-- <input name=_csrf value=no> > --><!--><!---->" CSRF "</form>", "t|-" },
  { "scripts and styles",
    "<form><script>x='<input name=_csrf value=no>';a</scripty</script >"
    "<style><input name=_csrf value=n></style>" CSRF,
    "t|-" },
  { "text areas and titles",
    "<title><form><input name=_csrf value=no></title>"
    "<form><TEXTAREA></b><input name=_csrf value=no></textarea>" CSRF,
    "t|-" },
  { "doubled attributes", "<form action=/a action=/b><input name=_csrf name=x value=t value=u>",
    "t|/a" },
  { "no value", "<form><input name=_csrf></form>", "|-" },
  { "no action", "<form action=''>" CSRF, "t|-" },
  { "a blank action", "<form action=' \n'>" CSRF, "t|-" },
  { "an absolute action", "<form action=' https://x/y '>" CSRF, "t|https://x/y" },
  { "a quoted > and <", "<form action='a>b<c'>" CSRF, "t|a>b<c" },
  { "a label that names the input",
    "<form>" CSRF
    "<label for=h1> My\n <b>Home</b> &amp; co&nbsp;</label><input id=h1 name=resource value=" RA
    "> not this <input id=h2 name=resource value=" RB "><label for='h2'>Cabin</label></form>",
    "t|-|" A "=My Home & co|" B "=Cabin" },
  { "a label around the input",
    "<form>" CSRF "<label><input type=radio name=resource value=" RA
    "><span>Home</span> <i>Pro</i></label>"
    "<label>Cabin <input type=radio name=resource value=" RB "></label></form>",
    "t|-|" A "=Home Pro|" B "=Cabin" },
  { "text beside the input",
    "<form>" CSRF "<input name=resource type=checkbox value=" RA
    "> Home<br><input name=resource value=" RB ">\nCabin</form>",
    "t|-|" A "=Home|" B "=Cabin" },
  { "a label around several inputs",
    "<form>" CSRF "<label>Choose <input name=resource value=" RA
    "> Home <input name=resource value=" RB "> Cabin</label>",
    "t|-|" A "=Home|" B "=Cabin" },
  { "options",
    "<form>" CSRF "<select name=resource><option value=" RA ">Home<option value='" RB
    "'>Cabin</option></select></form>",
    "t|-|" A "=Home|" B "=Cabin" },
  { "no options of another list",
    "<form>" CSRF "<select name=other><option value=" RA ">Home</select></form>", "t|-" },
  { "buttons", "<form>" CSRF "<button name=resource value=" RA "><i></i>Home <b>Pro</b></button>",
    "t|-|" A "=Home Pro" },
  { "the same Homey twice",
    "<form>" CSRF "<input name=resource value=" RA "><input name=resource value=" RA ">",
    "t|-|" A "=-" },
  { "no Homey that cannot be chosen", "<form>" CSRF "<input disabled name=resource value=" RA ">",
    "t|-" },
  { "no resource of another kind",
    "<form>" CSRF "<input name=resource value=resource.homey.12><input name=resource value=x" RA
    "><input name=resource value=" RA "0><input name=resource value=resource.flow." A
    "><input name=r value=" RA ">",
    "t|-" },
  { "a resource spelled in entities",
    "<form>" CSRF "<input name=resource value='resource&#x2E;homey&#46;" A "'>", "t|-|" A "=-" },
  { "no control characters in labels",
    "<form>" CSRF "<input name=resource value=" RA ">a\x1B[31mb&#27;c&#x9b;d\x7F",
    "t|-|" A "=a [31mb\xEF\xBF\xBD"
    "c\xEF\xBF\xBD"
    "d" },
  { "no label that is not UTF-8", "<form>" CSRF "<input name=resource value=" RA ">\xFFHome",
    "t|-|" A "=-" },
  { "a stray < as text", "<form>" CSRF "<input name=resource value=" RA "> a &lt; b",
    "t|-|" A "=a < b" },
  { "no field at all", "<html><body><h1>Sorry</h1></body></html>", "!protocol" },
  { "no field outside a form", CSRF "<form></form>" CSRF, "!protocol" },
  { "a field cut off", "<form><input name=_csrf value='t", "!protocol" },
  { "nothing", "", "!protocol" },
};

static void the_consent_page_is_read(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(pages); i++) {
    char *outcome = read_page(pages[i].html, strlen(pages[i].html));
    if (strcmp(outcome, pages[i].outcome))
      print_error("a page with %s:\n", pages[i].promise);
    assert_string_equal(outcome, pages[i].outcome);
    free(outcome);
  }
}

static void a_page_may_end_anywhere(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(pages); i++)
    for (size_t length = 0; length < strlen(pages[i].html); length++)
      free(read_page(pages[i].html, length));
}

static void a_nul_byte_does_not_end_the_page(void **state)
{
  static const char html[] =
      "<form action='/a\0b'><input\0 x name=_csrf value='t\0u'><input name=_csrf value='t\0v'>";
  char *outcome = read_page(html, sizeof html - 1);

  (void)state;
  assert_string_equal(outcome, "t\xEF\xBF\xBDv|/a\xEF\xBF\xBD"
                               "b");
  free(outcome);
}

static void a_page_of_many_homeys_is_bounded(void **state)
{
  hy_buf html = { 0 };
  hy_consent c;

  (void)state;
  hy_buf_adds(&html, "<form>" CSRF);
  for (int i = 0; i < 5000; i++)
    hy_buf_addf(
        &html,
        "<label for=h%d>Home %d</label><input id=h%d name=resource value=resource.homey.%024x>", i,
        i, i, i);
  assert_int_equal(hy_consent_parse(&c, html.data, html.length), 0);
  assert_int_equal(c.count, 64);
  assert_string_equal(c.resources[63].label, "Home 63");
  hy_consent_free(&c);
  hy_buf_free(&html);
}

static void a_long_label_is_cut_between_characters(void **state)
{
  hy_buf html = { 0 };
  hy_consent c;

  (void)state;
  hy_buf_adds(&html, "<form>" CSRF "<input name=resource value=" RA ">x");
  for (int i = 0; i < 1000; i++)
    hy_buf_adds(&html, "\xE2\x82\xAC");
  assert_int_equal(hy_consent_parse(&c, html.data, html.length), 0);
  assert_int_equal(strlen(c.resources[0].label), 118);
  hy_consent_free(&c);
  hy_buf_free(&html);
}

/* A quadratic parser would take minutes instead of milliseconds. */
static void a_hostile_page_takes_linear_time(void **state)
{
  static const char *const parts[] = { "<",
                                       "<a",
                                       "<!--",
                                       "<!-",
                                       "<script>",
                                       "</script",
                                       "<a b='",
                                       "<label>",
                                       "&#",
                                       "&#x1",
                                       "<form>",
                                       "<a =",
                                       "<input ",
                                       "\"'",
                                       "</",
                                       "<label for=x>",
                                       "<!--><",
                                       "<form><input name=_csrf value=a>",
                                       "<input name=resource value=" RA ">" };

  (void)state;
  for (size_t i = 0; i < COUNT(parts); i++) {
    hy_buf html = { 0 };
    clock_t start;
    hy_consent c;
    hy_buf_adds(&html, "<form>" CSRF "<label>");
    while (html.length < 2000000)
      hy_buf_adds(&html, parts[i]);
    start = clock();
    hy_consent_parse(&c, html.data, html.length);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
    hy_consent_free(&c);
    hy_buf_free(&html);
  }
}

/* ---- the stored choice of the hub ------------------------------------------------------------ */

static const char two_hubs[] =
    "{\"version\":1,\"account\":\"a@b\",\"hub\":\"h1\",\"sessions\":{},"
    "\"hubs\":{\"h1\":{\"name\":\"House\"},\"h2\":{\"name\":\"Cabin\"}}}";

/* Saves a login that uses another hub than the stored one, and loads it again. */
static void assert_saved_hub(int rechosen, int is_listed, const char *expected)
{
  hy_account a = { 0 }, again = { 0 };
  const char *why = NULL;
  char *text;

  assert_int_equal(hy_account_load(&a, two_hubs, sizeof two_hubs - 1, &why), 0);
  assert_string_equal(a.hub_id, "h1");
  assert_int_equal(hy_account_set(&a.hub_id, "h2"), 0);
  if (!is_listed) {
    assert_int_equal(hy_account_set(&a.hubs[0].id, "h3"), 0);
    assert_int_equal(hy_account_set(&a.hubs[1].id, "h2"), 0);
  }
  a.rechosen = rechosen;
  text = hy_account_save(&a);
  assert_non_null(text);
  assert_int_equal(hy_account_load(&again, text, strlen(text), &why), 0);
  assert_string_equal(again.hub_id, expected);
  hy_wipe(text);
  hy_account_clear(&a);
  hy_account_clear(&again);
}

static void the_stored_hub_outlives_the_use_of_another(void **state)
{
  (void)state;
  assert_saved_hub(0, 1, "h1");
}

static void a_fresh_login_chooses_the_stored_hub_anew(void **state)
{
  (void)state;
  assert_saved_hub(1, 1, "h2");
}

static void a_hub_that_has_left_the_account_is_replaced(void **state)
{
  (void)state;
  assert_saved_hub(0, 0, "h2");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(buffer_holds_what_was_added),
    cmocka_unit_test(buffer_grows_past_any_size),
    cmocka_unit_test(buffer_refuses_impossible_sizes),
    cmocka_unit_test(empty_buffer_is_taken_as_empty_text),
    cmocka_unit_test(cleared_buffer_starts_over),
    cmocka_unit_test(null_is_copied_as_null),
    cmocka_unit_test(invalid_utf8_is_refused),
    cmocka_unit_test(json_keeps_text_around_half_a_surrogate_pair),
    cmocka_unit_test(json_with_bad_escapes_is_refused),
    cmocka_unit_test(form_values_are_encoded),
    cmocka_unit_test(query_values_are_found_and_decoded),
    cmocka_unit_test(equal_urls_match_in_any_spelling),
    cmocka_unit_test(other_urls_do_not_match),
    cmocka_unit_test(any_value_survives_the_round_trip),
    cmocka_unit_test(both_alphabets_of_base64_are_decoded),
    cmocka_unit_test(base64_is_written_with_padding),
    cmocka_unit_test(bytes_of_any_length_survive_base64),
    cmocka_unit_test(a_token_is_three_segments),
    cmocka_unit_test(ids_are_found_in_any_member),
    cmocka_unit_test(broken_tokens_have_no_ids),
    cmocka_unit_test(a_hostile_token_is_bounded),
    cmocka_unit_test(the_consent_page_is_read),
    cmocka_unit_test(a_page_may_end_anywhere),
    cmocka_unit_test(a_nul_byte_does_not_end_the_page),
    cmocka_unit_test(a_page_of_many_homeys_is_bounded),
    cmocka_unit_test(a_long_label_is_cut_between_characters),
    cmocka_unit_test(a_hostile_page_takes_linear_time),
    cmocka_unit_test(the_stored_hub_outlives_the_use_of_another),
    cmocka_unit_test(a_fresh_login_chooses_the_stored_hub_anew),
    cmocka_unit_test(a_hub_that_has_left_the_account_is_replaced),
  };

  return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
