/* The quick switcher. */
#include "view_dialog_kinds.h"

void view_dialog_switcher(const struct dialog_view *v)
{
    vtree_attr(v->t, v->body, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, SL("switcher"));
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_SWITCHER,
                                                     WORD_SWITCHER_LABEL, WORD_SWITCHER_HINT,
                                                     SL("switcher-input"), CHAT_DISPLAY_CHARS_MAX,
                                                     true});
    view_dialog_results(v, WORD_SWITCHER_LABEL, WORD_SWITCHER_NONE);
}
