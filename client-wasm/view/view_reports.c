/* See view_reports.h. */
#include "view_reports.h"

#include "view_dialog_kinds.h"
#include "view_text.h"

#define SHOWN_CHARS 200

static void tool(const struct dialog_view *v, struct vnode *line, const struct dialog_row *r,
                 enum dom_act act, enum word word)
{
    struct vnode *n =
        view_dialog_button(v, line, act, (uint64_t)r->id, word, act == DOM_ACT_REPORT_DELETE);
    view_words_attr(v->m, v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL, WORD_DEED_OF,
                    view_dialog_word(v, word), r->label);
}

void view_reports(const struct dialog_view *v, bool may_delete)
{
    view_dialog_list_state(v, WORD_REPORTS_NONE);
    for (uint32_t i = 0; i < v->d->rows_n; i++) {
        const struct dialog_row *r = &v->d->rows[i];
        struct vnode *line = view_dialog_line(v, (uint64_t)r->id, r->label, r->more);
        vtree_attr(v->t, line, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, SL("report"));
        vtree_attr(v->t, line, DOM_SLOT_SELF, DOM_ATTR_KIND, SL("report"));
        tool(v, line, r, DOM_ACT_REPORT_SHOW, WORD_REPORT_SHOW);
        if (may_delete)
            tool(v, line, r, DOM_ACT_REPORT_DELETE, WORD_DELETE);
        tool(v, line, r, DOM_ACT_REPORT_DISMISS, WORD_REPORT_DISMISS);
    }
}

void view_dialog_report(const struct dialog_view *v)
{
    const struct message *msg = model_message(v->m, (uint64_t)v->d->about);
    if (!msg)
        return;
    view_dialog_text(v, WORD_REPORT_TEXT);
    view_dialog_text_of(v, WORD_SAYING, model_said(v->m, msg, SHOWN_CHARS));
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_AREA, DOM_FIELD_REASON,
                                                     WORD_REPORT_REASON, WORDS_N, SL("reason"),
                                                     CHAT_REASON_CHARS_MAX, false});
    view_dialog_submit(v, view_dialog_buttons(v), WORD_REPORT);
}
