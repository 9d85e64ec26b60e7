/*
 * Lower bound for the cost of a switch: one libcurl easy handle that repeats the same PUT over an
 * open connection, with the headers of homey.
 *   floor URL CAFILE HEADER...   reads lines "set N"; answers each with the CPU
 *                                and wall microseconds of N PUTs.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char reply[4096];
static size_t length;

static size_t on_body(char *bytes, size_t size, size_t n, void *data)
{
  (void)data;
  n *= size;
  if (length + n >= sizeof reply)
    return 0;
  memcpy(reply + length, bytes, n);
  length += n;
  return n;
}

static double microseconds(clockid_t clock)
{
  struct timespec t;

  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void check(CURL *easy, CURLcode result)
{
  long status = 0;

  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (result == CURLE_OK && status == 200)
    return;
  fprintf(stderr, "floor: status %ld, %s\n", status, curl_easy_strerror(result));
  exit(1);
}

static CURL *set_up(char **arg)
{
  struct curl_slist *headers = NULL;
  CURL *easy = curl_easy_init();
  char **header;

  for (header = arg + 3; *header; header++)
    headers = curl_slist_append(headers, *header);
  curl_easy_setopt(easy, CURLOPT_URL, arg[1]);
  curl_easy_setopt(easy, CURLOPT_CAINFO, arg[2]);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "Anyname/1.0");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{\"value\":true}");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  return easy;
}

int main(int argc, char **arg)
{
  char line[64];
  CURL *easy;

  if (argc < 3)
    return 2;
  easy = set_up(arg);
  while (fgets(line, sizeof line, stdin)) {
    long n = strtol(line + strcspn(line, " "), NULL, 10);
    double cpu = microseconds(CLOCK_PROCESS_CPUTIME_ID), wall = microseconds(CLOCK_MONOTONIC);
    for (; n > 0; n--) {
      length = 0;
      check(easy, curl_easy_perform(easy));
    }
    printf("%.0f %.0f\n", microseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
           microseconds(CLOCK_MONOTONIC) - wall);
    fflush(stdout);
  }
  curl_easy_cleanup(easy);
  return 0;
}
