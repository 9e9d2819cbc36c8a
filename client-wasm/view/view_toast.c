/* See view_toast.h. */
#include "view_toast.h"

#include "view_text.h"

void view_toasts(const struct model *m, struct vtree *t, struct vnode *parent)
{
    struct vnode *place = vtree_fixed(t, parent, DOM_NODE_TOASTS);
    for (uint32_t i = 0; i < TOASTS_MAX && m->toasts.at[i].id; i++) {
        const struct toast *toast = &m->toasts.at[i];
        struct vnode *n = vtree_row(t, place, DOM_TEMPLATE_TOAST, toast->id);
        vtree_text(t, n, DOM_SLOT_LABEL, buf_peek(&toast->text));
        vtree_flag(t, n, DOM_SLOT_BUTTON, DOM_ATTR_HIDDEN, toast->kind == TOAST_NEWS);
        if (toast->kind == TOAST_NEWS)
            continue;
        vtree_text(t, n, DOM_SLOT_BUTTON, words_get(&m->words, WORD_UNDO));
        vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ACT, SL("toast"));
        vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TEST_ID, SL("toast-undo"));
        view_number_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, toast->id);
    }
}
