/* The emojis to choose from: a grid in which the field's arrow keys choose, groups of them, and the skin's tone. */
#include "dialog_emoji.h"
#include "upd_emoji.h"
#include "view_dialog_kinds.h"
#include "view_text.h"

enum { KEY_GRID = 900, KEY_GROUPS, KEY_TONES };

#define CLOCK SL("\xF0\x9F\x95\x98")
#define HAND  SL("\xE2\x9C\x8B")
#define CELL  SL("emoji-")

/* One of a line of which one is chosen. */
static void choice(const struct dialog_view *v, struct vnode *line, unsigned group, unsigned i,
                   struct slice glyph, enum word names)
{
    bool on = group ? v->m->emoji.tone == i : v->d->choices[0] == i;
    struct vnode *n = vtree_row(v->t, line, DOM_TEMPLATE_EMOJI, i);
    struct slice name = words_nth(&v->m->words, names, i);
    vtree_text(v->t, n, DOM_SLOT_BUTTON, glyph);
    vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ACT, SL("choice"));
    view_number_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, group << 8 | i);
    view_bool_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_PRESSED, on);
    vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL, name);
    vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_TITLE, name);
}

static struct vnode *line(const struct dialog_view *v, uint64_t key, struct slice kind,
                          struct slice test_id)
{
    struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_EMOJIS, key);
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_KIND, kind);
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, test_id);
    return n;
}

static void groups(const struct dialog_view *v)
{
    const struct emojis *table = &v->m->emoji.table;
    struct vnode *n = line(v, KEY_GROUPS, SL("groups"), SL("emoji-groups"));
    choice(v, n, 0, 0, CLOCK, WORD_EMOJI_GROUPS);
    for (uint32_t i = 0; i < table->groups_n; i++) {
        struct emoji emoji = emoji_at(table, table->groups[i].first);
        choice(v, n, 0, i + 1, emoji.glyph, WORD_EMOJI_GROUPS);
    }
}

static void tones(const struct dialog_view *v)
{
    struct vnode *n = line(v, KEY_TONES, SL("tones"), SL("emoji-tones"));
    const struct emoji hand = {.glyph = HAND, .tones = 1};
    for (unsigned i = 0; i < EMOJI_TONES_N; i++) {
        struct emoji_glyph glyph;
        emoji_toned(&hand, (enum emoji_tone)i, &glyph);
        choice(v, n, 1, i, emoji_slice(&glyph), WORD_EMOJI_TONES);
    }
}

static void cell(const struct dialog_view *v, struct vnode *grid, uint32_t i,
                 const struct emoji_glyph *glyph, struct slice name)
{
    const struct picker *p = &v->m->emoji.picker;
    struct vnode *n = vtree_row(v->t, grid, DOM_TEMPLATE_EMOJI, i + 1);
    vtree_text(v->t, n, DOM_SLOT_BUTTON, emoji_slice(glyph));
    view_number_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, i + 1);
    view_id(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ID, CELL, i);
    vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ROLE, SL("option"));
    vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_TAB_INDEX, SL("-1"));
    view_bool_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_SELECTED, i == p->at);
    if (name.n) {
        vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL, name);
        vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_TITLE, name);
    }
    if (i == p->at && p->walking)
        vtree_do(v->t, n, DOM_SLOT_BUTTON, 1 + i,
                 &(struct dom_deed){.op = DOM_OP_SCROLL_TO, .numbers = {2}});
}

void view_dialog_emoji(const struct dialog_view *v)
{
    const struct emoji_state *e = &v->m->emoji;
    struct emoji_glyph glyph;
    struct slice name;
    struct vnode *field = view_dialog_field(
        v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_EMOJI, WORD_SEARCH, WORDS_N,
                                       SL("emoji"), EMOJI_QUERY_BYTES_MAX, false});
    vtree_attr(v->t, field, DOM_SLOT_FIELD, DOM_ATTR_ROLE, SL("combobox"));
    view_bool_attr(v->t, field, DOM_SLOT_FIELD, DOM_ATTR_ARIA_EXPANDED, e->picker.n > 0);
    vtree_attr(v->t, field, DOM_SLOT_FIELD, DOM_ATTR_ARIA_CONTROLS, SL("emojis"));
    if (e->picker.n)
        view_id(v->t, field, DOM_SLOT_FIELD, DOM_ATTR_ARIA_ACTIVE, CELL, e->picker.at);
    if (e->loading == EMOJI_HERE)
        groups(v);
    struct vnode *grid = vtree_row(v->t, v->body, DOM_TEMPLATE_EMOJIS, KEY_GRID);
    vtree_attr(v->t, grid, DOM_SLOT_SELF, DOM_ATTR_ROLE, SL("listbox"));
    vtree_attr(v->t, grid, DOM_SLOT_SELF, DOM_ATTR_ID, SL("emojis"));
    for (uint32_t i = 0; dialog_emoji_at(v->m, i, &glyph, &name); i++)
        cell(v, grid, i, &glyph, name);
    if (e->loading == EMOJI_LOADING)
        view_dialog_text(v, WORD_LIST_LOADING);
    else if (e->picker.n == 0)
        view_dialog_text(v, WORD_EMOJI_NONE);
    if (e->loading == EMOJI_HERE)
        tones(v);
}
