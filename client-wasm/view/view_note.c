/* See view_note.h. */
#include "view_note.h"

#include "upd_notify.h"

void view_note(const struct model *m, struct vtree *t, struct vnode *parent)
{
    static const struct {
        enum word text, button;
        const char *act;
    } rows[] = {
        [NOTIFY_ROW_NONE] = {WORD_NOTE_ASK, WORD_NOTE_ALLOW, "notify-allow"},
        [NOTIFY_ROW_ASK] = {WORD_NOTE_ASK, WORD_NOTE_ALLOW, "notify-allow"},
        [NOTIFY_ROW_UPDATED] = {WORD_NOTE_UPDATED, WORD_RELOAD, "reload"},
    };
    enum notify_row row = upd_notify_row(m);
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_NOTE);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, row == NOTIFY_ROW_NONE);
    n = vtree_fixed(t, parent, DOM_NODE_NOTE_TEXT);
    vtree_text(t, n, DOM_SLOT_SELF,
               row == NOTIFY_ROW_NONE ? SL("") : words_get(&m->words, rows[row].text));
    n = vtree_fixed(t, parent, DOM_NODE_NOTE_BUTTON);
    vtree_text(t, n, DOM_SLOT_SELF, words_get(&m->words, rows[row].button));
    vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_ACT, slice_str(rows[row].act));
}
