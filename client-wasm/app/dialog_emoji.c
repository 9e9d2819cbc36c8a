/* See dialog_emoji.h. about: the message's key to react to, 0: for the composer. */
#include "dialog_emoji.h"

#include "dialog_kinds.h"
#include "text.h"
#include "upd_composer.h"
#include "upd_emoji.h"
#include <string.h>

static const struct slice COMMON[] = {
    SL("\xF0\x9F\x91\x8D"), SL("\xE2\x9D\xA4\xEF\xB8\x8F"), SL("\xF0\x9F\x98\x82"),
    SL("\xF0\x9F\x8E\x89"), SL("\xF0\x9F\x98\xAE"),         SL("\xF0\x9F\x98\xA2"),
};
#define COMMON_N (sizeof COMMON / sizeof *COMMON)

static void set_glyph(struct emoji_glyph *glyph, struct slice text)
{
    glyph->n = text.n < sizeof glyph->p ? text.n : 0;
    memcpy(glyph->p, text.p, glyph->n);
}

/* The common ones, then one's own last ones; n counts the latter when they are among the former, too. */
static bool recent_at(const struct model *m, uint32_t n, struct emoji_glyph *glyph)
{
    if (n < COMMON_N)
        set_glyph(glyph, COMMON[n]);
    else if (n - COMMON_N < m->emoji.recent.n)
        *glyph = m->emoji.recent.at[n - COMMON_N];
    else
        return false;
    return true;
}

static bool is_common(const struct emoji_glyph *glyph)
{
    for (size_t i = 0; i < COMMON_N; i++) {
        if (slice_eq(COMMON[i], emoji_slice(glyph)))
            return true;
    }
    return false;
}

bool dialog_emoji_at(const struct model *m, uint32_t n, struct emoji_glyph *glyph,
                     struct slice *name)
{
    const struct picker *p = &m->emoji.picker;
    *name = SL("");
    if (n >= p->n || (p->recent && !recent_at(m, p->cells[n], glyph)))
        return false;
    if (m->emoji.loading != EMOJI_HERE)
        return p->recent;
    if (!p->recent)
        upd_emoji_glyph(m, p->cells[n], glyph);
    uint32_t row = p->recent ? emoji_find_glyph(&m->emoji.table, emoji_slice(glyph)) : p->cells[n];
    if (row != EMOJI_NONE) {
        struct emoji emoji = emoji_at(&m->emoji.table, row);
        *name = emoji_code(&emoji);
    }
    return true;
}

static void add(struct picker *p, uint32_t cell)
{
    if (p->n < PICKER_CELLS_MAX)
        p->cells[p->n++] = (uint16_t)cell;
}

/* choices[0]: the group, 0: the recent ones. */
void dialog_emoji_refresh(struct model *m)
{
    struct picker *p = &m->emoji.picker;
    const struct emojis *table = &m->emoji.table;
    struct emoji_hit hits[EMOJI_HITS_MAX];
    struct emoji_glyph glyph;
    struct slice query = text_trim(dialog_text(&m->dialog, DOM_FIELD_EMOJI));
    uint32_t group = m->dialog.choices[0];
    *p = (struct picker){.recent = query.n == 0 && (group == 0 || group > table->groups_n)};
    if (query.n) {
        size_t n = emoji_search(table, query, hits, EMOJI_HITS_MAX);
        for (size_t i = 0; i < n; i++)
            add(p, hits[i].row);
    } else if (p->recent) {
        for (uint32_t i = 0; recent_at(m, i, &glyph); i++) {
            if (i < COMMON_N || !is_common(&glyph))
                add(p, i);
        }
    } else {
        for (uint32_t i = 0; i < table->groups[group - 1].n; i++)
            add(p, table->groups[group - 1].first + i);
    }
}

static void open(struct model *m, struct effects *fx)
{
    upd_emoji_want(m, fx);
    dialog_emoji_refresh(m);
}

static void chosen(struct model *m, unsigned group, struct effects *fx)
{
    if (group == 0)
        dialog_emoji_refresh(m);
    else
        upd_emoji_tone(m, (enum emoji_tone)m->dialog.choices[group], fx);
}

static void insert(struct model *m, struct slice glyph, struct effects *fx)
{
    struct room *room = model_open(m);
    struct buf text = {.max = 1u << 20};
    struct slice draft = room ? buf_peek(&room->draft.text) : SL("");
    size_t caret = m->composer.caret < draft.n ? m->composer.caret : draft.n;
    if (room && buf_put(&text, (struct slice){draft.p, caret}) == ERR_OK &&
        buf_put(&text, glyph) == ERR_OK && buf_put(&text, slice_from(draft, caret)) == ERR_OK)
        upd_composer_set(m, buf_peek(&text), (uint32_t)(caret + glyph.n), fx);
    buf_fini(&text);
}

static void take(struct model *m, uint32_t n, struct effects *fx)
{
    struct emoji_glyph glyph;
    struct slice name;
    const struct message *msg = model_message(m, (uint64_t)m->dialog.about);
    if (!dialog_emoji_at(m, n, &glyph, &name))
        return;
    upd_dialog_close(m);
    upd_emoji_used(m, emoji_slice(&glyph), fx);
    if (!msg) {
        insert(m, emoji_slice(&glyph), fx);
        effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = DOM_NODE_INPUT});
        return;
    }
    upd_composer_react(msg, effects_text(fx, emoji_slice(&glyph)), fx);
}

static void submit(struct model *m, struct effects *fx)
{
    take(m, m->emoji.picker.at, fx);
}

static bool click(struct model *m, const struct action *a, struct effects *fx)
{
    if (a->click.act != DOM_ACT_EMOJI_PICK || a->click.key == 0)
        return false;
    take(m, (uint32_t)a->click.key - 1, fx);
    return true;
}

static void input(struct model *m, enum dom_field field, struct effects *fx)
{
    (void)field;
    upd_emoji_want(m, fx);
    dialog_emoji_refresh(m);
}

/* Up and down always go through the grid; left and right as long as there is no text to go through. */
static bool key(struct model *m, const struct action_key *k, struct effects *fx)
{
    struct picker *p = &m->emoji.picker;
    bool across = p->walking || (k->flags & DOM_FLAG_EMPTY);
    uint32_t at = p->at;
    (void)fx;
    if (!(k->flags & DOM_FLAG_FIELD) || p->n == 0)
        return false;
    if (k->key == DOM_KEY_DOWN)
        at = at + PICKER_COLUMNS < p->n ? at + PICKER_COLUMNS : p->n - 1;
    else if (k->key == DOM_KEY_UP)
        at = at >= PICKER_COLUMNS ? at - PICKER_COLUMNS : 0;
    else if (k->key == DOM_KEY_RIGHT && across)
        at = at + 1 < p->n ? at + 1 : at;
    else if (k->key == DOM_KEY_LEFT && across)
        at = at ? at - 1 : 0;
    else
        return false;
    p->at = at;
    p->walking = true;
    return true;
}

const struct dialog_how dialog_emoji = {
    .open = open, .input = input, .chosen = chosen, .submit = submit, .click = click, .key = key};
