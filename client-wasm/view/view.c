/* The page, part by part. */
#include "view.h"

#include "view_composer.h"
#include "view_conn.h"
#include "view_dialog.h"
#include "view_header.h"
#include "view_list.h"
#include "view_login.h"
#include "view_note.h"
#include "view_panel.h"
#include "view_popup.h"
#include "view_rooms.h"
#include "view_text.h"
#include "view_toast.h"

static struct slice pane_name(const struct model *m)
{
    static const char *const names[] = {"rooms", "room", "panel"};
    return slice_str(names[m->pane]);
}

static void view_root(const struct model *m, struct vtree *t, struct vnode *parent)
{
    struct vnode *root = vtree_fixed(t, parent, DOM_NODE_ROOT);
    vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_APP,
               m->session.state == SESSION_NONE ? SL("login") : SL("ready"));
    vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_CONN, view_conn_name(m));
    vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_PANE, pane_name(m));
    if (m->settings.theme)
        vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_THEME, settings_theme(&m->settings));
    if (m->settings.density)
        vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_DENSITY, SL("compact"));
    vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_LANG, words_code(&m->words));
    vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_DIR, m->words.rtl ? SL("rtl") : SL("ltr"));
}

static void view_title(const struct model *m, struct vtree *t, struct vnode *parent)
{
    struct buf line = {.max = 1024};
    if (model_put_title(m, &line) != ERR_OK)
        t->failed = true;
    vtree_text(t, vtree_fixed(t, parent, DOM_NODE_TITLE), DOM_SLOT_SELF, buf_peek(&line));
    buf_fini(&line);
}

static void view_announcer(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct announcer *a = &m->announcer;
    struct vnode *log = vtree_fixed(t, parent, DOM_NODE_ANNOUNCER);
    for (size_t i = 0; i < MODEL_SAYS_MAX; i++) {
        const struct say *s = &a->says[(a->next_id + i) % MODEL_SAYS_MAX];
        if (s->text.n == 0)
            continue;
        struct vnode *row = vtree_row(t, log, DOM_TEMPLATE_SAY, s->id);
        vtree_text(t, row, DOM_SLOT_SELF, buf_peek(&s->text));
    }
}

void view(const struct model *m, struct vtree *t)
{
    struct vnode *root = vtree_root(t);
    view_root(m, t, root);
    view_title(m, t, root);
    view_login(m, t, root);
    view_rooms(m, t, root);
    view_note(m, t, root);
    view_header(m, t, root);
    view_conn(m, t, root);
    view_unread_bar(m, t, root);
    view_list(m, t, root);
    view_jump(m, t, root);
    view_typing(m, t, root);
    view_popup(m, t, root);
    view_panel(m, t, root);
    view_composer(m, t, root);
    view_dialogs(m, t, root);
    view_toasts(m, t, root);
    view_announcer(m, t, root);
}
