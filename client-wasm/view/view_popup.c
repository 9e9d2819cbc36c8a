/* See view_popup.h. */
#include "view_popup.h"

#include "view_text.h"

#define OPTION SL("option-")

static void person_option(const struct model *m, struct vtree *t, struct vnode *n, int64_t id)
{
    const struct person *p = people_find(&m->people, id);
    if (id < 0) {
        vtree_text(t, n, DOM_SLOT_AVATAR, SL("@"));
        vtree_text(t, n, DOM_SLOT_LABEL, id == POPUP_ALL_ROOM ? SL("@room") : SL("@here"));
        vtree_text(t, n, DOM_SLOT_MORE, words_get(&m->words, WORD_ALL_ROOM));
        return;
    }
    if (!p)
        return;
    view_avatar(t, n, DOM_SLOT_AVATAR, p);
    vtree_text(t, n, DOM_SLOT_LABEL, person_shown(p));
    view_pair(t, n, DOM_SLOT_MORE, SL("@"), p->name);
}

static void option(const struct model *m, struct vtree *t, struct vnode *list, uint32_t i)
{
    const struct popup *p = &m->popup;
    struct vnode *n =
        vtree_row(t, list, DOM_TEMPLATE_OPTION, (uint64_t)p->kind << 56 | (uint64_t)p->options[i]);
    view_id(t, n, DOM_SLOT_SELF, DOM_ATTR_ID, OPTION, i);
    view_number_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_KEY, i);
    view_bool_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_SELECTED, i == p->at);
    if (p->kind == COMPLETE_USER) {
        person_option(m, t, n, p->options[i]);
    } else if (p->kind == COMPLETE_ROOM) {
        const struct room *room = rooms_find(&m->rooms, p->options[i]);
        vtree_text(t, n, DOM_SLOT_AVATAR, SL("#"));
        vtree_text(t, n, DOM_SLOT_LABEL, room ? room->r.name : SL(""));
        vtree_text(t, n, DOM_SLOT_MORE, room ? room->r.topic : SL(""));
    } else {
        struct emoji emoji = emoji_at(&m->emoji.table, (uint32_t)p->options[i]);
        struct emoji_glyph glyph;
        emoji_toned(&emoji, m->emoji.tone, &glyph);
        vtree_text(t, n, DOM_SLOT_AVATAR, emoji_slice(&glyph));
        vtree_text(t, n, DOM_SLOT_LABEL, emoji_code(&emoji));
    }
}

void view_popup(const struct model *m, struct vtree *t, struct vnode *parent)
{
    static const enum word labels[] = {[COMPLETE_USER] = WORD_POPUP_PEOPLE,
                                       [COMPLETE_ROOM] = WORD_ROOMS,
                                       [COMPLETE_EMOJI] = WORD_POPUP_EMOJI};
    struct vnode *list = vtree_fixed(t, parent, DOM_NODE_POPUP);
    vtree_flag(t, list, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !m->popup.n);
    if (m->popup.n)
        vtree_attr(t, list, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL,
                   words_get(&m->words, labels[m->popup.kind]));
    for (uint32_t i = 0; i < m->popup.n; i++)
        option(m, t, list, i);
}

void view_popup_field(const struct model *m, struct vtree *t, struct vnode *input)
{
    if (m->popup.n)
        view_id(t, input, DOM_SLOT_SELF, DOM_ATTR_ARIA_ACTIVE, OPTION, m->popup.at);
}
