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

/* Nothing was typed: the common ones, the recent ones, then the table from its beginning. */
static bool at_of_all(const struct model *m, uint32_t n, struct emoji_glyph *glyph)
{
    const struct emoji_recent *recent = &m->emoji.recent;
    if (n < COMMON_N) {
        set_glyph(glyph, COMMON[n]);
        return true;
    }
    n -= COMMON_N;
    if (n < recent->n) {
        *glyph = recent->at[n];
        return true;
    }
    n -= (uint32_t)recent->n;
    if (m->emoji.loading != EMOJI_HERE || n >= m->emoji.table.rows_n)
        return false;
    upd_emoji_glyph(m, n, glyph);
    return true;
}

bool dialog_emoji_at(const struct model *m, uint32_t n, struct emoji_glyph *glyph,
                     struct slice *name)
{
    struct emoji_hit hits[DIALOG_EMOJI_SHOWN_MAX];
    struct slice query = text_trim(dialog_text(&m->dialog, DOM_FIELD_EMOJI));
    *name = SL("");
    if (n >= DIALOG_EMOJI_SHOWN_MAX)
        return false;
    if (query.n == 0)
        return at_of_all(m, n, glyph);
    if (m->emoji.loading != EMOJI_HERE ||
        n >= emoji_search(&m->emoji.table, query, hits, DIALOG_EMOJI_SHOWN_MAX))
        return false;
    upd_emoji_glyph(m, hits[n].row, glyph);
    *name = hits[n].code;
    return true;
}

static void open(struct model *m, struct effects *fx)
{
    upd_emoji_want(m, fx);
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
    take(m, 0, fx);
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
}

const struct dialog_how dialog_emoji = {
    .open = open, .input = input, .submit = submit, .click = click};
