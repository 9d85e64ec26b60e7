/* Subscriptions: tables by uri and by ack. */
#include "realtime/subscriptions.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "loop/pending.h"

static uint32_t hash_of(const char *uri, size_t length)
{
  return (uint32_t)hy_hash(HY_HASH_START, uri, length);
}

hy_subscription *hy_subscriptions_find(const hy_subscriptions *subscriptions, const char *uri,
                                       size_t length)
{
  uint32_t hash = hash_of(uri, length);
  hy_subscription *subscription = subscriptions->size
                                      ? subscriptions->buckets[hash & (subscriptions->size - 1)]
                                      : NULL;

  while (subscription && (subscription->hash != hash || subscription->length != length ||
                          memcmp(subscription->uri, uri, length)))
    subscription = subscription->next;
  return subscription;
}

static void put(hy_subscriptions *subscriptions, hy_subscription *subscription)
{
  hy_subscription **bucket =
      &subscriptions->buckets[subscription->hash & (subscriptions->size - 1)];

  subscription->next = *bucket;
  *bucket = subscription;
}

static hy_subscription **ack_bucket(const hy_subscriptions *subscriptions, long ack)
{
  return &subscriptions->acks[(size_t)ack & (subscriptions->size - 1)];
}

static void put_ack(const hy_subscriptions *subscriptions, hy_subscription *subscription)
{
  hy_subscription **bucket = ack_bucket(subscriptions, subscription->ack);

  subscription->next_ack = *bucket;
  *bucket = subscription;
}

void hy_subscriptions_set_ack(hy_subscriptions *subscriptions, hy_subscription *subscription,
                              long ack)
{
  if (subscription->ack >= 0) {
    hy_subscription **at = ack_bucket(subscriptions, subscription->ack);
    while (*at != subscription)
      at = &(*at)->next_ack;
    *at = subscription->next_ack;
  }
  subscription->ack = ack;
  if (ack >= 0)
    put_ack(subscriptions, subscription);
}

hy_subscription *hy_subscriptions_by_ack(const hy_subscriptions *subscriptions, long ack)
{
  hy_subscription *subscription = subscriptions->size && ack >= 0 ? *ack_bucket(subscriptions, ack)
                                                                  : NULL;

  while (subscription && subscription->ack != ack)
    subscription = subscription->next_ack;
  return subscription;
}

static int grow(hy_subscriptions *subscriptions)
{
  hy_subscriptions larger = *subscriptions;
  hy_subscription *subscription;

  larger.size = subscriptions->size ? subscriptions->size * 2 : 8;
  larger.buckets = calloc(larger.size, sizeof(hy_subscription *));
  larger.acks = calloc(larger.size, sizeof(hy_subscription *));
  if (!larger.buckets || !larger.acks) {
    free(larger.buckets);
    free(larger.acks);
    return -1;
  }
  for (subscription = subscriptions->first; subscription; subscription = subscription->after) {
    put(&larger, subscription);
    if (subscription->ack >= 0)
      put_ack(&larger, subscription);
  }
  free(subscriptions->buckets);
  free(subscriptions->acks);
  *subscriptions = larger;
  return 0;
}

hy_subscription *hy_subscriptions_get(hy_subscriptions *subscriptions, const char *uri)
{
  size_t length = strlen(uri);
  hy_subscription *subscription = hy_subscriptions_find(subscriptions, uri, length);

  if (subscription)
    return subscription;
  if (subscriptions->count == subscriptions->size && grow(subscriptions) < 0)
    return NULL;
  subscription = calloc(1, sizeof *subscription + length + 1);
  if (!subscription)
    return NULL;
  memcpy(subscription->uri, uri, length);
  subscription->length = length;
  subscription->hash = hash_of(uri, length);
  subscription->ack = -1;
  put(subscriptions, subscription);
  subscription->before = subscriptions->last;
  *(subscriptions->last ? &subscriptions->last->after : &subscriptions->first) = subscription;
  subscriptions->last = subscription;
  subscriptions->count++;
  return subscription;
}

void hy_subscriptions_remove(hy_subscriptions *subscriptions, hy_subscription *subscription)
{
  hy_subscription **at = &subscriptions->buckets[subscription->hash & (subscriptions->size - 1)];

  hy_subscriptions_set_ack(subscriptions, subscription, -1);
  while (*at != subscription)
    at = &(*at)->next;
  *at = subscription->next;
  *(subscription->before ? &subscription->before->after
                         : &subscriptions->first) = subscription->after;
  *(subscription->after ? &subscription->after->before
                        : &subscriptions->last) = subscription->before;
  subscriptions->count--;
  free(subscription);
}

hy_subscription *hy_subscriptions_next(const hy_subscriptions *subscriptions,
                                       const hy_subscription *subscription)
{
  return subscription ? subscription->after : subscriptions->first;
}

void hy_subscriptions_free(hy_subscriptions *subscriptions)
{
  free(subscriptions->buckets);
  free(subscriptions->acks);
  *subscriptions = (hy_subscriptions){ 0 };
}

/* ---- listeners ---- */

hy_listener *hy_subscription_listen(hy_subscription *subscription, homey_loop *loop,
                                    homey_reply_fn *done, void *data)
{
  hy_listener *listener = calloc(1, sizeof *listener);

  if (!listener)
    return NULL;
  listener->answer = hy_pending_new(loop, done, data);
  if (!listener->answer) {
    free(listener);
    return NULL;
  }
  listener->subscription = subscription;
  listener->answer->owner = listener;
  listener->prev = subscription->newest;
  *(subscription->newest ? &subscription->newest->next : &subscription->listeners) = listener;
  subscription->newest = listener;
  return listener;
}

void hy_subscription_leave(hy_listener *listener)
{
  hy_subscription *subscription = listener->subscription;

  *(listener->prev ? &listener->prev->next : &subscription->listeners) = listener->next;
  *(listener->next ? &listener->next->prev : &subscription->newest) = listener->prev;
  free(listener);
}

int hy_listener_tell(const hy_listener *listener, const char *json, size_t length)
{
  hy_pending *event = hy_pending_add_event(listener->answer);

  if (!event)
    return -HOMEY_MEMORY;
  hy_buf_add(&event->body, json, length);
  if (event->body.failed) {
    homey_reply_free(&event->reply);
    return -HOMEY_MEMORY;
  }
  event->reply.is_json = 1;
  hy_pending_post(event);
  return 0;
}

int hy_subscription_tell(const hy_subscription *subscription, const char *json, size_t length)
{
  const hy_listener *listener = subscription->listeners;
  int result = 0;

  for (; listener && result == 0; listener = listener->next)
    result = hy_listener_tell(listener, json, length);
  return result;
}

int hy_subscription_fail(const hy_subscription *subscription, const homey_error *error)
{
  const hy_listener *listener;

  for (listener = subscription->listeners; listener; listener = listener->next) {
    hy_pending *event = hy_pending_add_event(listener->answer);
    if (!event)
      return -HOMEY_MEMORY;
    hy_pending_set_error(event, error);
    hy_pending_post(event);
  }
  return 0;
}
