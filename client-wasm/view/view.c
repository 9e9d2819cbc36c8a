/* The page, part by part. */
#include "view.h"

#include "limits.h"
#include "view_conn.h"
#include "view_list.h"
#include "view_number.h"

/* The counter shows from here on. */
#define COUNTER_FROM_CHARS (CHAT_TEXT_CHARS_MAX / 10 * 9)

static void view_root(const struct model *m, struct vtree *t, struct vnode *parent)
{
    struct vnode *root = vtree_fixed(t, parent, DOM_NODE_ROOT);
    vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_APP, SL("ready"));
    vtree_attr(t, root, DOM_SLOT_SELF, DOM_ATTR_CONN, view_conn_name(m));
}

/* "Too long by 12 characters. ..." */
static struct slice hint_words(const struct composer *c, struct buf *line)
{
    struct view_number number;
    size_t over_n;
    switch (c->hint) {
    case HINT_NONE:
        break;
    case HINT_FULL:
        return SL("This device has no memory left for this message. Your text stays here.");
    case HINT_TOO_LONG:
        over_n = c->chars_n - CHAT_TEXT_CHARS_MAX;
        if (buf_put(line, SL("Too long by ")) == ERR_OK &&
            buf_put(line, view_number(over_n, &number)) == ERR_OK &&
            buf_put(line, over_n == 1 ? SL(" character.") : SL(" characters.")) == ERR_OK &&
            buf_put(line, SL(" Your text is kept; shorten it or send it in parts.")) == ERR_OK)
            return buf_peek(line);
        return SL("Too long. Your text is kept; shorten it or send it in parts.");
    }
    return SL("");
}

static void view_counter(const struct composer *c, struct vtree *t, struct vnode *n)
{
    struct view_number number;
    struct buf line;
    bool shown = c->chars_n >= COUNTER_FROM_CHARS;
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_OVER, c->chars_n > CHAT_TEXT_CHARS_MAX);
    if (!shown)
        return;
    buf_init(&line, 64);
    if (buf_put(&line, view_number(c->chars_n, &number)) != ERR_OK ||
        buf_put(&line, SL(" / ")) != ERR_OK ||
        buf_put(&line, view_number(CHAT_TEXT_CHARS_MAX, &number)) != ERR_OK)
        t->failed = true;
    vtree_text(t, n, DOM_SLOT_SELF, buf_peek(&line));
    buf_fini(&line);
}

/* "(3) #lobby - Tincan" */
static void view_title(const struct model *m, struct vtree *t, struct vnode *parent)
{
    struct view_number number;
    struct buf line;
    buf_init(&line, 64);
    if ((m->unread_n && (buf_putc(&line, '(') != ERR_OK ||
                         buf_put(&line, view_number(m->unread_n, &number)) != ERR_OK ||
                         buf_put(&line, SL(") ")) != ERR_OK)) ||
        buf_put(&line, SL("#lobby - Tincan")) != ERR_OK)
        t->failed = true;
    vtree_text(t, vtree_fixed(t, parent, DOM_NODE_TITLE), DOM_SLOT_SELF, buf_peek(&line));
    buf_fini(&line);
}

static void view_composer(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct composer *c = &m->composer;
    struct buf line;
    buf_init(&line, 128);
    bool over = c->chars_n > CHAT_TEXT_CHARS_MAX;
    struct vnode *input = vtree_fixed(t, parent, DOM_NODE_INPUT);
    /* What the Enter key does here, for keyboards on the screen. */
    vtree_attr(t, input, DOM_SLOT_SELF, DOM_ATTR_ENTER_KEY, m->coarse ? SL("enter") : SL("send"));
    if (over)
        vtree_attr(t, input, DOM_SLOT_SELF, DOM_ATTR_ARIA_INVALID, SL("true"));
    vtree_flag(t, vtree_fixed(t, parent, DOM_NODE_SEND), DOM_SLOT_SELF, DOM_ATTR_DISABLED, false);
    view_counter(c, t, vtree_fixed(t, parent, DOM_NODE_COUNTER));
    struct vnode *hint = vtree_fixed(t, parent, DOM_NODE_HINT);
    vtree_text(t, hint, DOM_SLOT_SELF, hint_words(c, &line));
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
    view_conn(m, t, root);
    view_list(m, t, root);
    view_jump(m, t, root);
    view_composer(m, t, root);
    view_announcer(m, t, root);
}
