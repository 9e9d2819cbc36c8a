/* See view_devices.h. */
#include "view_devices.h"

#include "view_text.h"

void view_devices(const struct dialog_view *v)
{
    view_dialog_heading(v, WORD_DEVICES);
    view_dialog_list_state(v, WORD_DEVICES_NONE);
    for (uint32_t i = 0; i < v->d->rows_n; i++) {
        const struct dialog_row *r = &v->d->rows[i];
        struct vnode *line = view_dialog_line(v, (uint64_t)r->id, r->label, r->more);
        vtree_attr(v->t, line, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, SL("settings-device"));
        if (r->on)
            continue;
        struct vnode *n = view_dialog_button(v, line, DOM_ACT_SIGN_OUT_DEVICE, (uint64_t)r->id,
                                             WORD_SIGN_OUT, false);
        view_words_attr(v->m, v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL, WORD_SIGN_OUT_DEVICE,
                        r->label, SL(""));
    }
}
