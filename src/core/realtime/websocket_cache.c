/* Where libcurl keeps the connections of websockets.  For every piece that is sent or received it looks through the whole
 * cache in which the connection is: with a thousand in one, each would cost a thousand times as much as alone.  So a few
 * at a time have a cache of their own.  See ws_parts.h. */
#include "ws_parts.h"

#define MOST 16 /* in one: more costs time, less costs memory, as a cache takes some 9 KiB */

struct hy_ws_cache {
  CURLSH *share;
  int used;
  hy_ws_cache *next;
};

static hy_ws_cache *cache_new(void)
{
  hy_ws_cache *cache = calloc(1, sizeof *cache);

  if (!cache)
    return NULL;
  cache->share = curl_share_init();
  if (cache->share && curl_share_setopt(cache->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK)
    return cache;
  curl_share_cleanup(cache->share);
  free(cache);
  return NULL;
}

/* Before 7.83 libcurl looks for the connection of a handle in the cache of its multi, though it is in a shared one, and may
 * find one of another there, with the same number. */
static int is_of_use(void)
{
  return curl_version_info(CURLVERSION_NOW)->version_num >= 0x075300;
}

int hy_ws_cache_join(homey_loop *loop, CURL *easy, hy_ws_cache **joined)
{
  hy_ws_cache *cache = loop->ws_caches;

  *joined = NULL;
  if (!is_of_use())
    return 0;
  while (cache && cache->used == MOST)
    cache = cache->next;
  if (!cache) {
    cache = cache_new();
    if (!cache)
      return -1;
    cache->next = loop->ws_caches;
    loop->ws_caches = cache;
  }
  curl_easy_setopt(easy, CURLOPT_SHARE, cache->share);
  cache->used++;
  *joined = cache;
  return 0;
}

void hy_ws_cache_leave(homey_loop *loop, hy_ws_cache *cache)
{
  hy_ws_cache **at = &loop->ws_caches;

  if (!cache || --cache->used > 0)
    return;
  while (*at != cache)
    at = &(*at)->next;
  *at = cache->next;
  curl_share_cleanup(cache->share);
  free(cache);
}
