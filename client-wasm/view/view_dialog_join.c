/* An invitation. */
#include "view_dialog_kinds.h"

#include "view_text.h"

void view_dialog_join(const struct dialog_view *v)
{
    const struct invite *i = &v->m->invite;
    struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_TEXT, 1);
    struct vnode *line = view_dialog_buttons(v);
    bool room = i->state == INVITE_KNOWN && i->room.n;
    struct slice by = i->by.n ? buf_peek(&i->by) : view_dialog_word(v, WORD_SOMEONE);
    if (room)
        view_words(v->m, v->t, n, DOM_SLOT_SELF, WORD_JOIN_ASKED, by, buf_peek(&i->room));
    else
        vtree_text(v->t, n, DOM_SLOT_SELF,
                   i->state == INVITE_REFUSED ? buf_peek(&i->error)
                   : i->state == INVITE_KNOWN ? view_dialog_word(v, WORD_JOIN_USED)
                                              : view_dialog_word(v, WORD_LIST_LOADING));
    view_dialog_button(v, line, DOM_ACT_DIALOG_CLOSE, 0, WORD_CANCEL, false);
    if (room)
        view_dialog_submit(v, line, WORD_JOIN);
}
