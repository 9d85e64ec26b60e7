/*
 * Waits of half a minute and more, with a fake clock: a store without an answer, a lock of another
 * process, a repeated save, a search for a stored login, homes that have lost their hub. Linked
 * with libhomey.a, cmocka, and hy_clock and time wrapped; the servers are cloud.h and crowd_hub.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/cloud.h"
#include "support/crowd_hub.h"
#include "homey.h"
#include "http/exchange.h"
#include "http/failure.h"
#include "loop/loop.h"
#include "realtime/realtime_parts.h"

int64_t __real_hy_clock(void);
int64_t __wrap_hy_clock(void);
time_t __real_time(time_t *out);
time_t __wrap_time(time_t *out);

static int64_t ahead; /* of the fake monotonic clock, in ms */
static int64_t still; /* when the clock stands still, its time */
static time_t today;  /* the fake date; 0 = the real one */

int64_t __wrap_hy_clock(void)
{
  return still ? still : __real_hy_clock() + ahead;
}

time_t __wrap_time(time_t *out)
{
  return today ? today : __real_time(out);
}

/* ---- a store ---- */

typedef struct shelf {
  char text[8192];
  int there, loads, saves, locks, unlocks, held;
  int is_silent; /* does not answer lock requests */
  int is_busy;   /* another process holds the lock */
  int is_full;
  homey_store_op *unanswered;
  int warnings;
  char warning[700];
} shelf;

static void load(void *data, const char *account, homey_store_op *op)
{
  shelf *s = data;

  (void)account;
  s->loads++;
  homey_store_op_answer(op, HOMEY_OK, s->there ? s->text : NULL, s->there ? strlen(s->text) : 0);
}

static void save(void *data, const char *account, const char *text, size_t length,
                 homey_store_op *op)
{
  shelf *s = data;

  (void)account;
  s->saves++;
  if (s->is_full) {
    homey_store_op_answer(op, HOMEY_INVALID, "the shelf is full.", 18);
    return;
  }
  s->there = text != NULL;
  if (text)
    memcpy(s->text, text, length + 1);
  homey_store_op_answer(op, HOMEY_OK, NULL, 0);
}

static void lock(void *data, const char *account, int take, homey_store_op *op)
{
  shelf *s = data;

  (void)account;
  s->locks += take;
  s->unlocks += !take;
  if (take)
    s->held = !s->is_busy;
  else
    s->held = 0;
  if (take && s->is_silent)
    s->unanswered = op;
  else if (take)
    homey_store_op_answer(op, s->is_busy ? HOMEY_UNAVAILABLE : HOMEY_OK, NULL, 0);
}

static void warn(void *data, const char *sentence)
{
  shelf *s = data;

  s->warnings++;
  snprintf(s->warning, sizeof s->warning, "%s", sentence);
}

/* ---- a client ---- */

typedef struct outcome {
  int done;
  homey_error error;
} outcome;

static void note(void *data, homey_reply *reply)
{
  outcome *o = data;

  o->done++;
  if (reply->err)
    o->error = *reply->err;
  homey_reply_free(reply);
}

static homey_client *client_of(homey_loop *loop, shelf *s, const char *password)
{
  homey_store store = { load, save, lock, s };
  homey_options o = {
    .email = "a@b.c", .client_id = "id", .client_secret = "s", .redirect_uri = "http://localhost"
  };
  homey_client *c;

  o.password = password;
  o.accounts_url = o.api_url = cloud_url;
  o.store = &store;
  o.warn = warn;
  o.warn_data = s;
  c = homey_client_new(loop, &o, NULL);
  assert_non_null(c);
  return c;
}

static void settle(homey_loop *loop)
{
  for (int i = 0; i < 5; i++)
    homey_loop_wait(loop, 5);
}

static void pass(homey_loop *loop, int seconds)
{
  ahead += (int64_t)seconds * 1000;
  settle(loop);
}

static void wait_for(homey_loop *loop, const outcome *o, int count)
{
  for (int turns = 0; o->done < count && turns < 500; turns++)
    homey_loop_wait(loop, 20);
  assert_int_equal(o->done, count);
}

static void request(homey_client *c, outcome *o)
{
  static const homey_request get = { .method = "GET", .path = "/api/manager/devices/device/d" };

  assert_true(homey_client_request(c, &get, note, o) > 0);
}

/* ---- the tests ---- */

static shelf kept; /* a valid login */

static void a_failed_save_is_repeated_with_backoff(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { .is_full = 1 };
  homey_client *c = client_of(loop, &s, "sesame");
  outcome o = { 0 };

  (void)state;
  assert_true(homey_client_login(c, note, &o) > 0);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_OK);
  assert_int_equal(s.warnings, 1);
  assert_string_equal(s.warning,
                      "the login cannot be saved yet, and is kept in memory: the shelf is full.");
  settle(loop);
  assert_int_equal(s.saves, 1);
  for (int pause = 30; pause <= 480; pause *= 2) {
    int before = s.saves;
    pass(loop, pause - 2);
    assert_int_equal(s.saves, before);
    pass(loop, 3);
    assert_int_equal(s.saves, before + 1);
    assert_false(s.held);
  }
  request(c, &o); /* requests continue, and the store is not asked */
  wait_for(loop, &o, 2);
  assert_int_equal(o.error.kind, HOMEY_OK);
  assert_int_equal(s.saves, 6);
  s.is_full = 0;
  pass(loop, 961);
  assert_int_equal(s.saves, 7);
  assert_non_null(strstr(s.text, "\"refresh_token\":"));
  assert_int_equal(s.warnings, 1);
  pass(loop, 4000);
  assert_int_equal(s.saves, 7);
  assert_false(s.held);
  kept = s;
  homey_loop_free(loop);
}

static void a_lock_that_is_held_for_a_minute_is_an_error(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { .is_busy = 1 };
  homey_client *c = client_of(loop, &s, "sesame");
  outcome o = { 0 };

  (void)state;
  assert_true(homey_client_login(c, note, &o) > 0);
  settle(loop);
  pass(loop, 58);
  assert_int_equal(o.done, 0);
  assert_true(s.locks >= 2 && s.locks < 10);
  pass(loop, 3);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_TIMEOUT);
  assert_string_equal(o.error.step, "store");
  assert_non_null(
      strstr(o.error.message, "another program has been renewing this login for a minute"));
  s.is_busy = 0;
  memset(&o, 0, sizeof o);
  assert_true(homey_client_login(c, note, &o) > 0);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_OK);
  assert_int_equal(s.warnings, 0);
  homey_loop_free(loop);
}

static void a_store_without_an_answer_for_30_s_is_an_error(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { .is_silent = 1 };
  homey_client *c = client_of(loop, &s, "sesame");
  outcome o = { 0 };

  (void)state;
  assert_true(homey_client_login(c, note, &o) > 0);
  settle(loop);
  pass(loop, 29);
  assert_int_equal(o.done, 0);
  pass(loop, 2);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_TIMEOUT);
  assert_string_equal(o.error.step, "store");
  assert_non_null(strstr(o.error.message, "has not answered for 30 s"));
  assert_int_equal(s.unlocks, 1); /* it may hold the lock without having answered */
  homey_store_op_answer(s.unanswered, HOMEY_OK, NULL, 0);
  s.is_silent = 0;
  memset(&o, 0, sizeof o);
  assert_true(homey_client_login(c, note, &o) > 0);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_OK);
  homey_loop_free(loop);
}

static void a_store_without_an_answer_does_not_stop_requests(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { .is_silent = 1 };
  homey_store store = { load, save, lock, &s };
  homey_options options = { .token = "api-key" };
  homey_client *c;
  outcome o = { 0 };

  (void)state;
  options.address = cloud_url;
  options.store = &store;
  options.warn = warn;
  options.warn_data = &s;
  c = homey_client_new(loop, &options, NULL);
  assert_non_null(c);
  request(c, &o);
  for (int i = 0; i < 500 && !s.unanswered; i++)
    homey_loop_wait(loop, 20);
  pass(loop, 31);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_OK);
  assert_int_equal(s.warnings, 1);
  homey_store_op_answer(s.unanswered, HOMEY_OK, NULL, 0);
  homey_loop_free(loop);
}

static void a_newly_stored_login_is_found_within_a_minute(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = { 0 };
  homey_client *c = client_of(loop, &s, NULL);
  outcome o = { 0 };
  int loads;

  (void)state;
  request(c, &o);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_CREDENTIALS);
  settle(loop);
  loads = s.loads;
  pass(loop, 300);
  /* a client that does not stay looks only when it gets a request */
  assert_int_equal(s.loads, loads);
  homey_client_stay(c, 1);
  settle(loop);
  assert_int_equal(s.loads, loads + 1);
  pass(loop, 58);
  assert_int_equal(s.loads, loads + 1);
  pass(loop, 3);
  assert_int_equal(s.loads, loads + 2);
  memcpy(s.text, kept.text, sizeof s.text);
  s.there = 1;
  pass(loop, 61);
  assert_int_equal(s.loads, loads + 3);
  memset(&o, 0, sizeof o);
  request(c, &o);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_OK);
  assert_int_equal(s.loads, loads + 3);
  homey_loop_free(loop);
}

static void a_wrong_clock_is_named_with_a_certificate_error(void **state)
{
  static const char early[] = "SSL certificate problem: certificate is not yet valid";
  homey_error error;

  (void)state;
  today = 86400 * 11;
  hy_curl_error(CURLE_PEER_FAILED_VERIFICATION, early, "the Athom cloud", HOMEY_NETWORK, &error);
  assert_int_equal(error.kind, HOMEY_TLS);
  assert_string_equal(error.message,
                      "the Athom cloud showed a certificate that cannot be trusted (SSL "
                      "certificate problem: certificate "
                      "is not yet valid). The clock of this machine says 1970-01-12. Set it.");
  today = 2000000000;
  hy_curl_error(CURLE_PEER_FAILED_VERIFICATION, "certificate has expired", "the hub", HOMEY_NETWORK,
                &error);
  assert_non_null(strstr(error.message,
                         ". The clock of this machine says 2033-05-18. Check that this is right."));
  hy_curl_error(CURLE_PEER_FAILED_VERIFICATION, "self-signed certificate", "the hub", HOMEY_NETWORK,
                &error);
  assert_null(strstr(error.message, "2033"));
  assert_string_equal(
      error.message,
      "the hub showed a certificate that cannot be trusted (self-signed certificate). "
      "Check for the login page of this network, or another device at this address. "
      "Give the file of a CA of your own as `cafile`.");
  hy_curl_error(CURLE_COULDNT_CONNECT, early, "the hub", HOMEY_NETWORK, &error);
  assert_null(strstr(error.message, "clock"));
  today = 0;
}

/* A login that was issued in 1970 or two days ahead is kept, and renewed if needed. */
static void a_login_survives_a_clock_change(void **state)
{
  /* first 1970; 0: the real date; 1, 3: days ahead */
  static const time_t days[] = { 86400, 1, 0, 3, 0 };

  (void)state;
  for (size_t i = 0; i + 1 < sizeof days / sizeof *days; i++) {
    shelf s = { 0 };
    for (int run = 0; run < 2; run++) {
      homey_loop *loop = homey_loop_new();
      time_t day = days[i + (size_t)run];
      homey_client *c;
      outcome o = { 0 };
      today = day == 86400 ? day : day ? __real_time(NULL) + day * 86400 : 0;
      c = client_of(loop, &s, run ? NULL : "sesame"); /* the second time without a password */
      if (run == 0 && !s.there)
        assert_true(homey_client_login(c, note, &o) > 0);
      else
        request(c, &o);
      wait_for(loop, &o, 1);
      assert_int_equal(o.error.kind, HOMEY_OK);
      assert_int_equal(s.warnings, 0);
      assert_non_null(strstr(s.text, "\"refresh_token\":"));
      homey_loop_free(loop);
    }
  }
  today = 0;
}

/* The holder of the lock may be using the refresh token. Until it ends, a bearer that seems to have
 * expired is used. */
static void a_token_is_not_used_while_another_holds_the_lock(void **state)
{
  homey_loop *loop = homey_loop_new();
  shelf s = kept;
  homey_client *c;
  outcome o = { 0 };

  (void)state;
  s.saves = s.warnings = s.is_full = 0;
  s.is_busy = 1;
  today = __real_time(NULL) + 2 * 86400;
  c = client_of(loop, &s, NULL);
  homey_client_stay(c, 1);
  request(c, &o);
  settle(loop);
  pass(loop, 58);
  assert_int_equal(o.done, 0);
  pass(loop, 3);
  wait_for(loop, &o, 1);
  assert_int_equal(o.error.kind, HOMEY_OK);
  assert_string_equal(s.text, kept.text);
  assert_int_equal(s.saves, 0);
  s.is_busy = 0;
  pass(loop, 61);
  request(c, &o);
  wait_for(loop, &o, 2);
  assert_int_equal(o.error.kind, HOMEY_OK);
  assert_true(s.saves > 0);
  homey_loop_free(loop);
  today = 0;
}

/* Frees the client while the refresh token is exchanged. The loop continues until the new one is
 * saved, or ends at once. */
static void changes_its_token_yet(int at_once)
{
  char folder[] = "/tmp/homey-renewal-XXXXXX", command[200];
  homey_loop *loop = homey_loop_new();
  homey_options options = { .email = "a@b.c", .refresh_token = "given", .fresh = 1 };
  homey_client *c;
  outcome o = { 0 };

  assert_non_null(mkdtemp(folder));
  options.accounts_url = options.api_url = cloud_url;
  options.state_dir = folder;
  c = homey_client_new(loop, &options, NULL);
  assert_true(homey_client_login(c, note, &o) > 0);
  assert_false(homey_client_is_renewing(c));
  for (int i = 0; i < 500 && !homey_client_is_renewing(c); i++)
    homey_loop_wait(loop, 1);
  assert_true(homey_client_is_renewing(c));
  homey_client_free(c);
  snprintf(command, sizeof command, "grep -q '%s' %s/login-*.json 2>/dev/null", CLOUD_REFRESH,
           folder);
  for (int i = 0; !at_once && i < 200 && system(command); i++)
    homey_loop_wait(loop, 20);
  homey_loop_free(loop);
  assert_int_equal(o.done, 1);
  assert_int_equal(o.error.kind, HOMEY_CANCELLED);
  assert_int_equal(system(command), 0);
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

static void a_refreshed_token_is_saved_after_the_client_is_freed(void **state)
{
  (void)state;
  changes_its_token_yet(0);
}

static void a_refreshed_token_is_saved_before_the_loop_is_freed(void **state)
{
  (void)state;
  changes_its_token_yet(1);
}

/* Ends also when nothing answers. */
static void a_freed_client_does_not_wait_long_for_an_answer(void **state)
{
  char folder[] = "/tmp/homey-renewal-XXXXXX", command[200], url[60];
  homey_loop *loop = homey_loop_new();
  homey_options options = { .email = "a@b.c", .refresh_token = "given", .fresh = 1 };
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  int deaf = socket(AF_INET, SOCK_STREAM, 0);
  homey_client *c;
  outcome o = { 0 };

  (void)state;
  assert_int_equal(bind(deaf, (struct sockaddr *)&at, size) | listen(deaf, 5) |
                       getsockname(deaf, (struct sockaddr *)&at, &size),
                   0);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(at.sin_port));
  assert_non_null(mkdtemp(folder));
  options.accounts_url = options.api_url = url;
  options.state_dir = folder;
  options.timeout_ms = 3600000;
  c = homey_client_new(loop, &options, NULL);
  assert_true(homey_client_login(c, note, &o) > 0);
  for (int i = 0; i < 500 && !homey_client_is_renewing(c); i++)
    homey_loop_wait(loop, 1);
  homey_client_free(c);
  settle(loop);
  pass(loop, 11); /* it is freed: a sanitizer would report a leak */
  homey_loop_free(loop);
  close(deaf);
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

/* ---- many homes ---- */

#define HOMES 200
#define BACK_S 90          /* when the hub is there again, all are back after at most so long */
#define PER_SECOND_MOST 55 /* homes that try to connect */

typedef struct crowd {
  homey_loop *loop;
  crowd_hub hub;
  int is_up[HOMES];
} crowd;

static void note_up(void *data, homey_reply *reply)
{
  if (strstr(reply->body, "\"state\":\"connected\""))
    *(int *)data = 1;
  else if (strstr(reply->body, "\"state\":\"disconnected\""))
    *(int *)data = 0;
  homey_reply_free(reply);
}

static int count_up(const crowd *c)
{
  int count = 0;

  for (int i = 0; i < HOMES; i++)
    count += c->is_up[i];
  return count;
}

/* Whether a home waits for the hub, and not for the clock. */
static int is_busy(const homey_loop *loop)
{
  const homey_client *client = loop->clients;

  if (loop->exchanges || loop->work || loop->ready)
    return 1;
  for (; client; client = client->next)
    if (client->realtime->state >= OPENING && client->realtime->state <= JOINING)
      return 1;
  return 0;
}

/* The clock goes on when nothing is under way, so no load of the machine affects the test. */
static void tick(crowd *c)
{
  int turns = 0;

  still += 10;
  do {
    homey_loop_wait(c->loop, turns ? 1 : 0);
    while (crowd_hub_turn(&c->hub))
      ;
  } while (is_busy(c->loop) && ++turns < 10000);
  assert_true(turns < 10000);
}

/* Returns the new connections of this second. */
static int second(crowd *c)
{
  int before = c->hub.accepted;

  for (int i = 0; i < 100; i++)
    tick(c);
  return c->hub.accepted - before;
}

static void lose_hub(crowd *c)
{
  crowd_hub_down(&c->hub);
  for (int i = 0; i < 100 && count_up(c) > 0; i++)
    tick(c);
  assert_int_equal(count_up(c), 0);
}

static void come_back(crowd *c)
{
  int seconds = 0;

  c->hub.is_down = 0;
  /* A home makes one connection to ask the hub for its id, and one to stay. */
  for (; count_up(c) < HOMES && seconds <= BACK_S; seconds++)
    assert_true(second(c) <= 2 * PER_SECOND_MOST);
  assert_true(seconds <= BACK_S);
}

static void homes_that_lose_their_hub_return_in_turn(void **state)
{
  static crowd c;
  homey_options options = { .token = "api-key", .address = c.hub.url };
  int tries = 0;

  (void)state;
  still = __real_hy_clock();
  c.loop = homey_loop_new();
  crowd_hub_open(&c.hub);
  for (int i = 0; i < HOMES; i++) {
    homey_client *client = homey_client_new(c.loop, &options, NULL);
    assert_true(homey_client_subscribe(client, HOMEY_CONNECTION, note_up, &c.is_up[i]) > 0);
  }
  for (int i = 0; i < 10 && count_up(&c) < HOMES; i++)
    second(&c);
  assert_int_equal(count_up(&c), HOMES);
  lose_hub(&c);
  come_back(&c); /* it was away for a moment */
  for (int i = 0; i < 6; i++)
    second(&c); /* the connections prove themselves, so the pauses begin anew */
  lose_hub(&c);
  for (int i = 0; i < 120; i++) {
    int accepted = second(&c);
    assert_true(accepted <= PER_SECOND_MOST);
    tries += accepted;
  }
  assert_true(tries >= 2 * HOMES);
  assert_int_equal(count_up(&c), 0);
  come_back(&c);
  homey_loop_free(c.loop);
  crowd_hub_close(&c.hub);
  still = 0;
}

/* ---- many logins ---- */

#define LOGINS 40
#define AT_ONCE 32

typedef struct crush {
  homey_loop *loop;
  crowd_hub cloud;
  outcome ends[LOGINS];
} crush;

static void pass_by(crush *c, int64_t ms)
{
  still += ms;
  for (int i = 0; i < 100; i++) {
    homey_loop_wait(c->loop, 1);
    while (crowd_hub_turn(&c->cloud))
      ;
  }
}

static void log_all_in(crush *c, long timeout_ms)
{
  homey_options options = { .email = "a@b.c", .password = "sesame", .timeout_ms = timeout_ms };

  memset(c, 0, sizeof *c);
  still = __real_hy_clock();
  c->loop = homey_loop_new();
  crowd_hub_open(&c->cloud);
  c->cloud.is_silent = 1;
  options.accounts_url = options.api_url = c->cloud.url;
  for (int i = 0; i < LOGINS; i++)
    assert_true(homey_client_login(homey_client_new(c->loop, &options, NULL), note, &c->ends[i]) >
                0);
  pass_by(c, 1);
  assert_int_equal(c->cloud.accepted, AT_ONCE);
}

static void end_crush(crush *c)
{
  homey_loop_free(c->loop);
  crowd_hub_close(&c->cloud);
  still = 0;
}

/* The limit of silence begins when they are sent; it is checked after its first half. */
static void logins_at_once_get_their_turns_in_order(void **state)
{
  static crush c;

  (void)state;
  log_all_in(&c, 10000);
  pass_by(&c, 5001);
  pass_by(&c, 10001);
  assert_int_equal(c.cloud.accepted, LOGINS);
  for (int i = 0; i < LOGINS; i++)
    assert_int_equal(c.ends[i].done, i < AT_ONCE);
  pass_by(&c, 5001);
  pass_by(&c, 4000);
  for (int i = AT_ONCE; i < LOGINS; i++)
    assert_int_equal(c.ends[i].done, 0);
  pass_by(&c, 6001);
  for (int i = 0; i < LOGINS; i++)
    assert_int_equal(c.ends[i].error.kind, HOMEY_TIMEOUT);
  end_crush(&c);
}

static void a_login_waits_half_a_minute_for_its_turn(void **state)
{
  static crush c;

  (void)state;
  log_all_in(&c, 3600000);
  pass_by(&c, 29900);
  for (int i = 0; i < LOGINS; i++)
    assert_int_equal(c.ends[i].done, 0);
  pass_by(&c, 101);
  for (int i = 0; i < LOGINS; i++)
    assert_int_equal(c.ends[i].done, i >= AT_ONCE);
  assert_int_equal(c.ends[AT_ONCE].error.kind, HOMEY_TIMEOUT);
  assert_string_equal(c.ends[AT_ONCE].error.message,
                      "the Athom cloud was not asked in time: the requests of this program before "
                      "it took half a minute. Try again later.");
  assert_int_equal(c.cloud.accepted, AT_ONCE);
  end_crush(&c);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_failed_save_is_repeated_with_backoff),
    cmocka_unit_test(a_lock_that_is_held_for_a_minute_is_an_error),
    cmocka_unit_test(a_store_without_an_answer_for_30_s_is_an_error),
    cmocka_unit_test(a_store_without_an_answer_does_not_stop_requests),
    cmocka_unit_test(a_newly_stored_login_is_found_within_a_minute),
    cmocka_unit_test(a_wrong_clock_is_named_with_a_certificate_error),
    cmocka_unit_test(a_login_survives_a_clock_change),
    cmocka_unit_test(a_token_is_not_used_while_another_holds_the_lock),
    cmocka_unit_test(a_refreshed_token_is_saved_after_the_client_is_freed),
    cmocka_unit_test(a_refreshed_token_is_saved_before_the_loop_is_freed),
    cmocka_unit_test(a_freed_client_does_not_wait_long_for_an_answer),
    cmocka_unit_test(homes_that_lose_their_hub_return_in_turn),
    cmocka_unit_test(logins_at_once_get_their_turns_in_order),
    cmocka_unit_test(a_login_waits_half_a_minute_for_its_turn),
  };
  int failures;

  cloud_start();
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  cloud_stop();
  return failures;
}
