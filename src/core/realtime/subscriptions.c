/* See topics.h. */
#include "topics.h"

/* FNV-1a. */
static uint32_t hash_of(const char *uri, size_t length)
{
  uint32_t hash = 2166136261U;

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)uri[i]) * 16777619U;
  return hash;
}

hy_topic *hy_topics_find(const hy_topics *topics, const char *uri, size_t length)
{
  uint32_t hash = hash_of(uri, length);
  hy_topic *topic = topics->size ? topics->buckets[hash & (topics->size - 1)] : NULL;

  while (topic && (topic->hash != hash || topic->length != length || memcmp(topic->uri, uri, length)))
    topic = topic->next;
  return topic;
}

static void put(hy_topics *topics, hy_topic *topic)
{
  hy_topic **bucket = &topics->buckets[topic->hash & (topics->size - 1)];

  topic->next = *bucket;
  *bucket = topic;
}

static hy_topic **ack_bucket(const hy_topics *topics, long ack)
{
  return &topics->acks[(size_t)ack & (topics->size - 1)];
}

static void put_ack(const hy_topics *topics, hy_topic *topic)
{
  hy_topic **bucket = ack_bucket(topics, topic->ack);

  topic->next_ack = *bucket;
  *bucket = topic;
}

void hy_topics_set_ack(hy_topics *topics, hy_topic *topic, long ack)
{
  if (topic->ack >= 0) {
    hy_topic **at = ack_bucket(topics, topic->ack);
    while (*at != topic)
      at = &(*at)->next_ack;
    *at = topic->next_ack;
  }
  topic->ack = ack;
  if (ack >= 0)
    put_ack(topics, topic);
}

hy_topic *hy_topics_by_ack(const hy_topics *topics, long ack)
{
  hy_topic *topic = topics->size && ack >= 0 ? *ack_bucket(topics, ack) : NULL;

  while (topic && topic->ack != ack)
    topic = topic->next_ack;
  return topic;
}

static int grow(hy_topics *topics)
{
  hy_topics larger = *topics;
  hy_topic *topic;

  larger.size = topics->size ? topics->size * 2 : 8;
  larger.buckets = calloc(larger.size, sizeof(hy_topic *));
  larger.acks = calloc(larger.size, sizeof(hy_topic *));
  if (!larger.buckets || !larger.acks) {
    free(larger.buckets);
    free(larger.acks);
    return -1;
  }
  for (topic = topics->first; topic; topic = topic->after) {
    put(&larger, topic);
    if (topic->ack >= 0)
      put_ack(&larger, topic);
  }
  free(topics->buckets);
  free(topics->acks);
  *topics = larger;
  return 0;
}

hy_topic *hy_topics_get(hy_topics *topics, const char *uri)
{
  size_t length = strlen(uri);
  hy_topic *topic = hy_topics_find(topics, uri, length);

  if (topic)
    return topic;
  if (topics->count == topics->size && grow(topics) < 0)
    return NULL;
  topic = calloc(1, sizeof *topic + length + 1);
  if (!topic)
    return NULL;
  memcpy(topic->uri, uri, length);
  topic->length = length;
  topic->hash = hash_of(uri, length);
  topic->ack = -1;
  put(topics, topic);
  topic->before = topics->last;
  *(topics->last ? &topics->last->after : &topics->first) = topic;
  topics->last = topic;
  topics->count++;
  return topic;
}

void hy_topics_remove(hy_topics *topics, hy_topic *topic)
{
  hy_topic **at = &topics->buckets[topic->hash & (topics->size - 1)];

  hy_topics_set_ack(topics, topic, -1);
  while (*at != topic)
    at = &(*at)->next;
  *at = topic->next;
  *(topic->before ? &topic->before->after : &topics->first) = topic->after;
  *(topic->after ? &topic->after->before : &topics->last) = topic->before;
  topics->count--;
  free(topic);
}

hy_topic *hy_topics_next(const hy_topics *topics, const hy_topic *topic)
{
  return topic ? topic->after : topics->first;
}

void hy_topics_free(hy_topics *topics)
{
  free(topics->buckets);
  free(topics->acks);
  *topics = (hy_topics){ 0 };
}

/* ---- listeners ---- */

hy_listener *hy_topic_listen(hy_topic *topic, homey_loop *loop, homey_reply_fn *done, void *data)
{
  hy_listener *listener = calloc(1, sizeof *listener);

  if (!listener)
    return NULL;
  listener->answer = hy_answer_new(loop, done, data);
  if (!listener->answer) {
    free(listener);
    return NULL;
  }
  listener->topic = topic;
  listener->answer->owner = listener;
  listener->prev = topic->newest;
  *(topic->newest ? &topic->newest->next : &topic->listeners) = listener;
  topic->newest = listener;
  return listener;
}

void hy_topic_leave(hy_listener *listener)
{
  hy_topic *topic = listener->topic;

  *(listener->prev ? &listener->prev->next : &topic->listeners) = listener->next;
  *(listener->next ? &listener->next->prev : &topic->newest) = listener->prev;
  free(listener);
}

int hy_listener_tell(const hy_listener *listener, const char *json, size_t length)
{
  hy_answer *event = hy_answer_more(listener->answer);

  if (!event)
    return -HOMEY_MEMORY;
  hy_buf_add(&event->body, json, length);
  if (event->body.failed) {
    homey_reply_free(&event->reply);
    return -HOMEY_MEMORY;
  }
  event->reply.is_json = 1;
  hy_answer_post(event);
  return 0;
}

int hy_topic_tell(const hy_topic *topic, const char *json, size_t length)
{
  const hy_listener *listener = topic->listeners;
  int result = 0;

  for (; listener && result == 0; listener = listener->next)
    result = hy_listener_tell(listener, json, length);
  return result;
}

int hy_topic_fail(const hy_topic *topic, const homey_error *error)
{
  const hy_listener *listener;

  for (listener = topic->listeners; listener; listener = listener->next) {
    hy_answer *event = hy_answer_more(listener->answer);
    if (!event)
      return -HOMEY_MEMORY;
    event->error = *error;
    event->reply.err = &event->error;
    event->reply.status = error->status;
    hy_answer_post(event);
  }
  return 0;
}
