/* See view_bans.h. */
#include "view_bans.h"

#include "view_text.h"

void view_bans(const struct dialog_view *v, bool may_lift)
{
    view_dialog_list_state(v, WORD_BANS_NONE);
    for (uint32_t i = 0; i < v->d->rows_n; i++) {
        const struct dialog_row *r = &v->d->rows[i];
        enum word lift = r->on ? WORD_LIFT_MUTE : WORD_LIFT_BAN;
        struct vnode *line = view_dialog_line(v, i, r->label, r->more);
        vtree_attr(v->t, line, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, SL("ban"));
        if (!may_lift)
            continue;
        struct vnode *n = view_dialog_button(
            v, line, r->on ? DOM_ACT_ROOM_MUTE : DOM_ACT_ROOM_UNBAN, (uint64_t)r->id, lift, false);
        view_words_attr(v->m, v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL, WORD_DEED_OF,
                        view_dialog_word(v, lift), r->label);
    }
}
