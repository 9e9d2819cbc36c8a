/* The quick switcher, and the emojis to choose from. */
#include "dialog_emoji.h"
#include "view_dialog_kinds.h"
#include "view_text.h"

void view_dialog_switcher(const struct dialog_view *v)
{
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_SWITCHER,
                                                     WORD_SWITCHER_LABEL, WORDS_N, SL("switcher"),
                                                     CHAT_DISPLAY_CHARS_MAX, true});
    view_dialog_results(v, WORD_SWITCHER_LABEL, WORD_SWITCHER_NONE);
}

void view_dialog_emoji(const struct dialog_view *v)
{
    struct emoji_glyph glyph;
    struct slice name;
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_EMOJI,
                                                     WORD_SEARCH, WORDS_N, SL("emoji"), 64, false});
    struct vnode *grid = vtree_row(v->t, v->body, DOM_TEMPLATE_EMOJIS, 900);
    for (uint32_t i = 0; dialog_emoji_at(v->m, i, &glyph, &name); i++) {
        struct vnode *n = vtree_row(v->t, grid, DOM_TEMPLATE_EMOJI, i + 1);
        view_number_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, i + 1);
        vtree_text(v->t, n, DOM_SLOT_BUTTON, emoji_slice(&glyph));
        if (name.n)
            vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_TITLE, name);
    }
    if (v->m->emoji.loading == EMOJI_LOADING)
        view_dialog_text(v, WORD_LIST_LOADING);
}
