/*
 * Consent page: finds the form that we would send, the Homeys that it offers, and their labels.
 *
 * Invariant: the scan notes positions in the page (spans) and allocates nothing; its records have a
 * fixed size. Only the results are copied.
 */
#include "login/consent.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "homey.h"
#include "login/html.h"

#define RESOURCES_MAX 64
#define LABELS_MAX 128
#define LABEL_SPAN 4096 /* bytes of the page that a label may cover, with markup */
#define LABEL_TEXT 120  /* bytes of a label's text that are kept */
#define ID_DIGITS 24

typedef struct resource {
  char id[ID_DIGITS + 1];
  hy_span dom_id, wrapping, content; /* where its label may be */
} resource;

typedef struct form {
  hy_span csrf, action;
  int allow; /* it has the button that we would press */
  resource resources[RESOURCES_MAX];
  size_t count;
} form;

typedef struct label {
  hy_span owner, text;
} label;

typedef struct page {
  hy_html in;
  form now, best; /* the form being read, and the likeliest one so far */
  int in_form, other_select;
  hy_span wrapping; /* the label being read, or the last one */
  label labels[LABELS_MAX];
  size_t count;
} page;

/* ---- labels ---- */

static int ends(hy_span name, const char *what)
{
  if (*what == 'o') /* an option needs no end tag */
    return hy_html_is_word(name, "option") || hy_html_is_word(name, "optgroup") ||
           hy_html_is_word(name, "select");
  return hy_html_is_word(name, what);
}

/* Returns the page from here to the next end tag of `what`, up to LABEL_SPAN. */
static hy_span content(const hy_html *in, const char *what)
{
  hy_html ahead = *in;
  const char *start = in->at, *stop = in->at;
  hy_html_token t;
  hy_html_kind kind;

  if (ahead.end - start > LABEL_SPAN)
    ahead.end = start + LABEL_SPAN;
  while ((kind = hy_html_next(&ahead, &t)) != HY_HTML_END) {
    if (kind != HY_HTML_TEXT && (!what || ends(t.text, what)))
      break;
    stop = ahead.at;
  }
  return (hy_span){ start, (size_t)(stop - start) };
}

static void note_label(page *p, const hy_html_token *t)
{
  hy_span text;

  if (p->count == LABELS_MAX)
    return;
  text = content(&p->in, "label");
  p->wrapping = text;
  p->labels[p->count++] = (label){ t->attribute[HY_HTML_FOR], text };
}

/* White space, controls and the no-break space, as next_character() returns them. */
static int is_blank(const char *bytes, size_t n)
{
  unsigned char first = (unsigned char)bytes[0];

  return n == 1 ? first <= ' ' || first == 0x7F : first == 0xC2 && (unsigned char)bytes[1] <= 0xA0;
}

/* Appends text as one line: each run of white space becomes a single space, none at the start. */
static void add_text(hy_buf *out, hy_span s, int *space)
{
  char bytes[4];

  while (s.length && out->length <= LABEL_TEXT) {
    size_t n = hy_html_character(&s, bytes);
    /* Raw bytes are read singly: check two of them. */
    if (n == 1 && bytes[0] == '\xC2' && s.length) {
      bytes[n++] = *s.at++;
      s.length--;
    }
    if (is_blank(bytes, n)) {
      *space = 1;
      continue;
    }
    if (*space && out->length)
      hy_buf_add(out, " ", 1);
    *space = 0;
    hy_buf_add(out, bytes, n);
  }
}

/* Shortens a long text between two characters. */
static void shorten(hy_buf *b)
{
  if (b->length <= LABEL_TEXT)
    return;
  b->length = LABEL_TEXT;
  while (b->length && ((unsigned char)b->data[b->length] & 0xC0) == 0x80)
    b->length--;
  b->data[b->length] = '\0';
}

/* Returns the text in a part of the page, to be freed; NULL when there is none, or when memory
 * is short (*failed is set). */
static char *text_of(hy_span s, int *failed)
{
  hy_html in = { s.at, s.at + s.length, { 0 } };
  hy_buf text = { 0 };
  hy_html_kind kind = HY_HTML_TEXT;
  int space = 0;
  hy_html_token t;

  while (kind != HY_HTML_END && text.length <= LABEL_TEXT) {
    kind = hy_html_next(&in, &t);
    if (kind == HY_HTML_TEXT)
      add_text(&text, t.text, &space);
    else
      space = 1; /* the texts of two elements are separate words */
  }
  shorten(&text);
  *failed |= text.failed;
  if (text.length && !text.failed && hy_is_utf8(text.data, text.length))
    return hy_buf_take(&text);
  hy_buf_free(&text);
  return NULL;
}

static int is_value(hy_span s, const char *text)
{
  char value[16];

  return s.at && hy_html_decode_short(s, value, sizeof value) && !strcmp(value, text);
}

/* ---- the scan ---- */

static int is_id(const char *id)
{
  return strlen(id) == ID_DIGITS && strspn(id, "0123456789abcdefABCDEF") == ID_DIGITS;
}

/* Notes the Homey that a tag offers, when the tag is a choice. */
static void note_resource(page *p, const hy_html_token *t)
{
  static const char prefix[] = "resource.homey.";
  char value[sizeof prefix + ID_DIGITS];
  const char *id = value + sizeof prefix - 1, *at = p->in.at;
  form *f = &p->now;
  resource *r = &f->resources[f->count];

  if (f->count == RESOURCES_MAX || t->attribute[HY_HTML_DISABLED].at ||
      !t->attribute[HY_HTML_VALUE].at ||
      !hy_html_decode_short(t->attribute[HY_HTML_VALUE], value, sizeof value) ||
      strncmp(value, prefix, sizeof prefix - 1) != 0 || !is_id(id))
    return;
  for (size_t i = 0; i < f->count; i++)
    if (!strcmp(f->resources[i].id, id))
      return;
  *r = (resource){ .dom_id = t->attribute[HY_HTML_ID] };
  memcpy(r->id, id, sizeof r->id);
  if (p->wrapping.at && at <= p->wrapping.at + p->wrapping.length)
    r->wrapping = p->wrapping;
  if (hy_html_is_word(t->text, "option"))
    r->content = content(&p->in, "option");
  else
    r->content = content(&p->in, hy_html_is_word(t->text, "button") ? "button" : NULL);
  f->count++;
}

/* Several forms may have a _csrf field, such as a log-out button: ours has Homeys and `allow`. */
static int likelihood(const form *f)
{
  return f->csrf.at ? 1 + 2 * (f->count > 0) + f->allow : 0;
}

static void close_form(page *p)
{
  if (p->in_form && likelihood(&p->now) > likelihood(&p->best))
    p->best = p->now;
  p->in_form = 0;
}

static void open_form(page *p, const hy_html_token *t)
{
  close_form(p);
  p->now.csrf = (hy_span){ 0 };
  p->now.action = t->attribute[HY_HTML_ACTION];
  p->now.allow = 0;
  p->now.count = 0;
  p->in_form = 1;
  p->other_select = 0;
}

static void note_field(page *p, const hy_html_token *t)
{
  hy_span name = t->attribute[HY_HTML_NAME], value = t->attribute[HY_HTML_VALUE];

  if (hy_html_is_word(t->text, "select"))
    p->other_select = !is_value(name, "resource");
  else if (hy_html_is_word(t->text, "option") && !p->other_select)
    note_resource(p, t);
  if (!hy_html_is_word(t->text, "input") && !hy_html_is_word(t->text, "button"))
    return;
  if (is_value(name, "_csrf") && !p->now.csrf.at)
    p->now.csrf = value.at ? value : (hy_span){ "", 0 };
  else if (is_value(name, "allow"))
    p->now.allow = 1;
  else if (is_value(name, "resource"))
    note_resource(p, t);
}

static void scan(page *p)
{
  hy_html_kind kind;
  hy_html_token t;

  while ((kind = hy_html_next(&p->in, &t)) != HY_HTML_END) {
    if (kind != HY_HTML_TEXT && hy_html_is_word(t.text, "form"))
      close_form(p);
    if (kind != HY_HTML_OPEN)
      continue;
    if (hy_html_is_word(t.text, "form"))
      open_form(p, &t);
    else if (hy_html_is_word(t.text, "label"))
      note_label(p, &t);
    else if (p->in_form)
      note_field(p, &t);
  }
  close_form(p);
}

/* ---- results ---- */

/* Prefers the label that names the input, then the one around this input only, then the text
 * beside it. */
static char *label_of(const page *p, const resource *r, int *failed)
{
  char *text = NULL;
  int sharing = 0;

  for (size_t i = 0; !text && r->dom_id.length && i < p->count; i++) {
    hy_span owner = p->labels[i].owner;
    if (owner.at && owner.length == r->dom_id.length &&
        !memcmp(owner.at, r->dom_id.at, owner.length))
      text = text_of(p->labels[i].text, failed);
  }
  for (size_t i = 0; i < p->best.count; i++)
    sharing += p->best.resources[i].wrapping.at == r->wrapping.at;
  if (!text && r->wrapping.at && sharing == 1)
    text = text_of(r->wrapping, failed);
  return text ? text : text_of(r->content, failed);
}

static hy_span trim(hy_span s)
{
  while (s.length && hy_html_is_space(s.at[0]))
    s.at++, s.length--;
  while (s.length && hy_html_is_space(s.at[s.length - 1]))
    s.length--;
  return s;
}

static char *copy_of(hy_span s, int *failed)
{
  hy_buf b = { 0 };
  char *text;

  hy_html_decode(&b, s);
  text = hy_buf_take(&b);
  *failed |= !text;
  return text;
}

/* Returns 0, or 1 when memory is short. */
static int hand_out(hy_consent *consent, const page *p)
{
  const form *f = &p->best;
  hy_span action = trim(f->action);
  int failed = 0;

  consent->csrf = copy_of(f->csrf, &failed);
  if (action.length)
    consent->action = copy_of(action, &failed);
  if (f->count)
    consent->resources = calloc(f->count, sizeof *consent->resources);
  if (f->count && !consent->resources)
    return 1;
  for (consent->count = 0; consent->count < f->count && !failed; consent->count++) {
    const resource *r = &f->resources[consent->count];
    consent->resources[consent->count].id = hy_strdup(r->id);
    failed |= !consent->resources[consent->count].id;
    consent->resources[consent->count].label = label_of(p, r, &failed);
  }
  return failed;
}

int hy_consent_parse(hy_consent *consent, const char *html, size_t length)
{
  page *p = calloc(1, sizeof *p); /* about 15 KB: too much for a small stack */
  int answer = 0;

  *consent = (hy_consent){ 0 };
  if (!p)
    return -HOMEY_MEMORY;
  p->in.at = length ? html : "";
  p->in.end = p->in.at + length;
  scan(p);
  if (!p->best.csrf.at)
    answer = -HOMEY_PROTOCOL;
  else if (hand_out(consent, p))
    answer = -HOMEY_MEMORY;
  if (answer)
    hy_consent_free(consent);
  free(p);
  return answer;
}

void hy_consent_free(hy_consent *consent)
{
  for (size_t i = 0; i < consent->count; i++) {
    free(consent->resources[i].id);
    free(consent->resources[i].label);
  }
  free(consent->resources);
  hy_wipe(consent->csrf);
  free(consent->action);
  *consent = (hy_consent){ 0 };
}
