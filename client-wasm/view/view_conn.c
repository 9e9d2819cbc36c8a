/* The connection in words. Nothing is said of a trouble shorter than two seconds. */
#include "view_conn.h"

#include "upd_conn.h"
#include "view_text.h"

struct slice view_conn_name(const struct model *m)
{
    const struct conn *c = &m->conn;
    if (c->state == CONN_LIVE)
        return c->polling ? SL("polling") : SL("live");
    if (!c->network)
        return SL("offline");
    return c->state == CONN_CONNECTING ? SL("connecting") : SL("reconnecting");
}

static void countdown(const struct model *m, struct vtree *t, struct vnode *n)
{
    const struct conn *c = &m->conn;
    if (!c->network) {
        vtree_text(t, n, DOM_SLOT_SELF, SL(""));
    } else if (!c->waiting || c->retry_at_ms <= m->now_ms) {
        vtree_text(t, n, DOM_SLOT_SELF, words_get(&m->words, WORD_TRYING));
    } else {
        uint64_t left_s = (uint64_t)(c->retry_at_ms - m->now_ms + 999) / 1000;
        view_words_n(m, t, n, DOM_SLOT_SELF, WORDS_NEXT_TRY, left_s, SL(""));
    }
}

void view_conn(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct conn *c = &m->conn;
    bool troubled = upd_conn_troubled(m);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_CONN_TEXT);
    vtree_text(t, text, DOM_SLOT_SELF, words_get(&m->words, upd_conn_word(m)));

    struct vnode *banner = vtree_fixed(t, parent, DOM_NODE_BANNER);
    vtree_flag(t, banner, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !troubled);
    struct vnode *words = vtree_fixed(t, parent, DOM_NODE_BANNER_TEXT);
    if (troubled)
        view_words(m, t, words, DOM_SLOT_SELF, upd_conn_banner_word(c),
                   (struct slice){c->reason, c->reason_n}, SL(""));
    else
        vtree_text(t, words, DOM_SLOT_SELF, SL(""));
    struct vnode *seconds = vtree_fixed(t, parent, DOM_NODE_BANNER_COUNTDOWN);
    if (troubled)
        countdown(m, t, seconds);
    struct vnode *retry = vtree_fixed(t, parent, DOM_NODE_BANNER_RETRY);
    vtree_flag(t, retry, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !c->waiting);
}
