/* Trace lines, warnings and store operations of a client: parked until Lua takes them. */
#include <stdlib.h>
#include <string.h>

#include "client_parts.h"

static hy_note *add_note(hy_lua_client *k, int id, const char *account, const char *text)
{
  hy_note *note = calloc(1, sizeof *note);

  if (!note)
    return NULL;
  note->id = id;
  note->account = account ? strdup(account) : NULL;
  note->text = text ? strdup(text) : NULL;
  if ((account && !note->account) || (text && !note->text)) {
    if (note->text)
      memset(note->text, 0, strlen(note->text)); /* it may contain a login */
    free(note->account);
    free(note->text);
    free(note);
    return NULL;
  }
  hy_park_note(k->loop, note);
  return note;
}

static void on_trace(void *data, const char *line)
{
  hy_lua_client *k = data;

  add_note(k, k->trace_id, NULL, line);
}

static void on_warn(void *data, const char *sentence)
{
  hy_lua_client *k = data;

  add_note(k, k->warn_id, NULL, sentence);
}

static void ask_store(hy_lua_client *k, const char *verb, const char *account, const char *text,
                      homey_store_op *op)
{
  hy_note *note = add_note(k, k->store_id, account, text);

  if (!note) {
    if (op)
      homey_store_op_answer(op, HOMEY_MEMORY, NULL, 0);
    return;
  }
  note->verb = verb;
  note->op = op ? ++k->last_op : 0;
  if (!op)
    return;
  if (k->op) /* abandoned: nobody waits for it any more */
    homey_store_op_answer(k->op, HOMEY_CANCELLED, NULL, 0);
  k->op = op;
}

static void on_load(void *data, const char *account, homey_store_op *op)
{
  ask_store(data, "load", account, NULL, op);
}

static void on_save(void *data, const char *account, const char *text, size_t length,
                    homey_store_op *op)
{
  (void)length;
  ask_store(data, "save", account, text, op);
}

static void on_lock(void *data, const char *account, int take, homey_store_op *op)
{
  ask_store(data, take ? "lock" : "unlock", account, NULL, op);
}

void hy_set_listeners(lua_State *L, hy_lua_client *k, homey_options *o, homey_store *store)
{
  *store = (homey_store){ on_load, on_save, on_lock, k };
  o->store = hy_option_is_set(L, "store") ? store : NULL;
  o->trace = hy_option_is_set(L, "trace") ? on_trace : NULL;
  o->trace_data = k;
  o->warn = hy_option_is_set(L, "warn") ? on_warn : NULL;
  o->warn_data = k;
}

void hy_tell_end(hy_lua_client *k)
{
  if (k->has_trace)
    add_note(k, k->trace_id, NULL, NULL);
  if (k->has_warn)
    add_note(k, k->warn_id, NULL, NULL);
  if (k->has_store)
    add_note(k, k->store_id, NULL, NULL);
}
