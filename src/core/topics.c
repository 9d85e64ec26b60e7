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

static int grow(hy_topics *topics)
{
  hy_topics larger = { NULL, topics->size ? topics->size * 2 : 8, topics->count };
  hy_topic *topic, *next;

  larger.buckets = calloc(larger.size, sizeof(hy_topic *));
  if (!larger.buckets)
    return -1;
  for (topic = hy_topics_next(topics, NULL); topic; topic = next) {
    next = hy_topics_next(topics, topic);
    put(&larger, topic);
  }
  free(topics->buckets);
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
  topic->last = &topic->listeners;
  topic->ack = -1;
  put(topics, topic);
  topics->count++;
  return topic;
}

void hy_topics_remove(hy_topics *topics, hy_topic *topic)
{
  hy_topic **at = &topics->buckets[topic->hash & (topics->size - 1)];

  while (*at != topic)
    at = &(*at)->next;
  *at = topic->next;
  topics->count--;
  free(topic);
}

hy_topic *hy_topics_next(const hy_topics *topics, const hy_topic *topic)
{
  size_t i = topic ? (topic->hash & (topics->size - 1)) + 1 : 0;

  if (topic && topic->next)
    return topic->next;
  while (i < topics->size && !topics->buckets[i])
    i++;
  return i < topics->size ? topics->buckets[i] : NULL;
}

void hy_topics_free(hy_topics *topics)
{
  free(topics->buckets);
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
  *topic->last = listener;
  topic->last = &listener->next;
  return listener;
}

void hy_topic_leave(hy_listener *listener)
{
  hy_topic *topic = listener->topic;
  hy_listener **at = &topic->listeners;

  while (*at != listener)
    at = &(*at)->next;
  *at = listener->next;
  if (!*at)
    topic->last = at;
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
