/* The keys, as upd_keys.c and upd_message.c have them. */
#include "view_dialog_kinds.h"

static const struct {
    enum word what;
    const char *keys; /* NULL: a heading */
} KEYS[] = {
    {WORD_KEY_MOVE, NULL},
    {WORD_KEY_HELP, "Ctrl+/ · ?"},
    {WORD_KEY_ROOM, "Alt+↑ · Alt+↓"},
    {WORD_KEY_ROOM_UNREAD, "Alt+Shift+↑ · Alt+Shift+↓"},
    {WORD_KEY_MENTION, "Ctrl+Shift+A"},
    {WORD_KEY_MUTE, "Ctrl+Shift+M"},
    {WORD_SWITCHER, "Ctrl+K"},
    {WORD_SEARCH, "Ctrl+Shift+F"},
    {WORD_MEMBERS, "Ctrl+."},
    {WORD_KEY_REGION, "F6"},
    {WORD_KEY_WIDTH, "← · →"},
    {WORD_KEY_ENDS, "Home · End"},
    {WORD_KEY_ESCAPE, "Esc"},
    {WORD_KEY_TEXT, NULL},
    {WORD_KEY_SEND, "Enter"},
    {WORD_KEY_BREAK, "Shift+Enter"},
    {WORD_KEY_EDIT_LAST, "↑"},
    {WORD_KEY_ATTACH, "Ctrl+U"},
    {WORD_KEY_FORMAT, "Ctrl+B · Ctrl+I · Ctrl+E"},
    {WORD_KEY_MESSAGE, NULL},
    {WORD_KEY_ROW, "↑ · ↓ · K · J"},
    {WORD_REACT, "+"},
    {WORD_REPLY, "R"},
    {WORD_EDIT, "E"},
    {WORD_COPY_LINK, "C"},
    {WORD_MARK_UNREAD, "U"},
    {WORD_DELETE, "Delete"},
};

static const char *keys_of(const struct dialog_view *v, enum word what, const char *keys)
{
    if (!v->m->settings.enter_breaks)
        return keys;
    return what == WORD_KEY_SEND ? "Ctrl+Enter" : what == WORD_KEY_BREAK ? "Enter" : keys;
}

void view_dialog_help(const struct dialog_view *v)
{
    struct vnode *list = NULL;
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        if (!KEYS[i].keys) {
            view_dialog_heading(v, KEYS[i].what);
            list = vtree_row(v->t, v->body, DOM_TEMPLATE_KEYS, i);
            continue;
        }
        struct vnode *n = vtree_row(v->t, list, DOM_TEMPLATE_KEY, i);
        vtree_text(v->t, n, DOM_SLOT_LABEL, view_dialog_word(v, KEYS[i].what));
        vtree_text(v->t, n, DOM_SLOT_MORE, slice_str(keys_of(v, KEYS[i].what, KEYS[i].keys)));
    }
}
