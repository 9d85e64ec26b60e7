/* libcurl multi handle, driven by the loop. */
#ifndef HY_MULTI_H
#define HY_MULTI_H

#include <curl/curl.h>

#define HY_CURL_VERSION 0x075800 /* 7.88, the oldest supported version */

#if LIBCURL_VERSION_NUM < HY_CURL_VERSION
#error "homey needs libcurl 7.88 or later, and its headers"
#endif

#include "homey.h"

/* A transfer of libcurl. CURLOPT_PRIVATE points to its owner, whose first member this is. */
typedef struct hy_transfer {
  void (*finished)(struct hy_transfer *transfer, CURLcode result);
  struct hy_transfer *next; /* in the list of refused transfers */
  int refused;              /* the poller refused its descriptor: it would get no events */
} hy_transfer;

/* Adds a handle whose CURLOPT_PRIVATE is its hy_transfer. Returns 0 or -HOMEY_MEMORY. */
int hy_multi_add(homey_loop *loop, CURL *easy);
/* Removes a handle from libcurl, whether its transfer has finished or not. */
void hy_multi_remove(homey_loop *loop, CURL *easy, hy_transfer *transfer);
/* Lets the loop know which sockets a handle opens and closes. */
void hy_multi_own_sockets(homey_loop *loop, CURL *easy);

/* Functions that only loop.c calls. */
int hy_multi_open(homey_loop *loop); /* 0 or -1 */
void hy_multi_close(homey_loop *loop);
void hy_multi_ready(homey_loop *loop, int fd, int events);
void hy_multi_collect(homey_loop *loop);

#endif
