/* Connection caches of websockets. libcurl searches the whole connection cache for every piece that
 * is sent or received: with a thousand connections in one cache each piece would cost a thousand
 * times as much. So a few websockets at a time share a cache of their own. */
#include <curl/curl.h>
#include <stdlib.h>

#include "loop/loop.h"
#include "realtime/websocket_parts.h"

/* Websockets per cache: more cost time, fewer cost memory, as a cache takes about 9 KiB. */
#define MOST 16

static hy_websocket_cache *cache_new(void)
{
  hy_websocket_cache *cache = calloc(1, sizeof *cache);

  if (!cache)
    return NULL;
  cache->share = curl_share_init();
  if (cache->share &&
      curl_share_setopt(cache->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK)
    return cache;
  curl_share_cleanup(cache->share);
  free(cache);
  return NULL;
}

int hy_websocket_cache_join(homey_loop *loop, CURL *easy, hy_websocket_cache **joined)
{
  hy_websocket_cache *cache = loop->websocket_caches;

  *joined = NULL;
  while (cache && cache->used == MOST)
    cache = cache->next;
  if (!cache) {
    cache = cache_new();
    if (!cache)
      return -1;
    cache->next = loop->websocket_caches;
    loop->websocket_caches = cache;
  }
  curl_easy_setopt(easy, CURLOPT_SHARE, cache->share);
  cache->used++;
  *joined = cache;
  return 0;
}

void hy_websocket_cache_leave(homey_loop *loop, hy_websocket_cache *cache)
{
  hy_websocket_cache **at = &loop->websocket_caches;

  if (!cache || --cache->used > 0)
    return;
  while (*at != cache)
    at = &(*at)->next;
  *at = cache->next;
  curl_share_cleanup(cache->share);
  free(cache);
  if (loop->websocket_caches)
    return;
  hy_context_free(loop->idle_context); /* that was the last websocket */
  loop->idle_context = NULL;
}
