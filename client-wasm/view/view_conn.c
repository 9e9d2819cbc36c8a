/* The connection in words. Nothing is said of a trouble shorter than two seconds. */
#include "view_conn.h"

#include "upd_conn.h"
#include "view_number.h"

struct slice view_conn_name(const struct model *m)
{
    const struct conn *c = &m->conn;
    if (c->state == CONN_LIVE)
        return c->polling ? SL("polling") : SL("live");
    if (!c->network || c->state == CONN_CLOSED)
        return SL("offline");
    return c->state == CONN_CONNECTING ? SL("connecting") : SL("reconnecting");
}

static struct slice header_words(const struct model *m)
{
    const struct conn *c = &m->conn;
    if (c->state == CONN_LIVE)
        return c->polling ? SL("Live, by polling") : SL("Live");
    if (!upd_conn_troubled(m) && c->state != CONN_CONNECTING)
        return SL("Live");
    if (!c->network || c->state == CONN_CLOSED)
        return SL("Offline");
    return c->state == CONN_CONNECTING ? SL("Connecting") : SL("Reconnecting");
}

/* Stable while the countdown runs: a screen reader reads it once. */
static struct slice banner_words(const struct model *m)
{
    const struct conn *c = &m->conn;
    if (!c->network)
        return SL("You are offline. What you write is kept and sent when you are back.");
    switch (c->state) {
    case CONN_CLOSED:
        return SL("The server ended the connection. What you write is kept here.");
    case CONN_CONNECTING:
        return SL("Connecting\xE2\x80\xA6 What you write is sent as soon as it works.");
    case CONN_RECONNECTING:
    case CONN_LIVE:
        break;
    }
    return SL("Connection lost. What you write is kept and sent when it is back.");
}

static void countdown(const struct model *m, struct vtree *t, struct vnode *n)
{
    const struct conn *c = &m->conn;
    struct view_number number;
    if (c->state == CONN_CLOSED || !c->network) {
        vtree_text(t, n, DOM_SLOT_SELF, SL(""));
        return;
    }
    if (!c->waiting || c->retry_at_ms <= m->now_ms) {
        vtree_text(t, n, DOM_SLOT_SELF, SL("Trying now\xE2\x80\xA6"));
        return;
    }
    struct buf line;
    buf_init(&line, 64);
    uint64_t left_s = (uint64_t)(c->retry_at_ms - m->now_ms + 999) / 1000;
    if (buf_put(&line, SL("Next try in ")) != ERR_OK ||
        buf_put(&line, view_number(left_s, &number)) != ERR_OK ||
        buf_put(&line, SL(" s")) != ERR_OK)
        t->failed = true;
    vtree_text(t, n, DOM_SLOT_SELF, buf_peek(&line));
    buf_fini(&line);
}

void view_conn(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct conn *c = &m->conn;
    bool troubled = upd_conn_troubled(m);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_CONN_TEXT);
    vtree_text(t, text, DOM_SLOT_SELF, header_words(m));

    struct vnode *banner = vtree_fixed(t, parent, DOM_NODE_BANNER);
    vtree_flag(t, banner, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !troubled);
    struct vnode *words = vtree_fixed(t, parent, DOM_NODE_BANNER_TEXT);
    vtree_text(t, words, DOM_SLOT_SELF, troubled ? banner_words(m) : SL(""));
    struct vnode *seconds = vtree_fixed(t, parent, DOM_NODE_BANNER_COUNTDOWN);
    if (troubled)
        countdown(m, t, seconds);
    struct vnode *retry = vtree_fixed(t, parent, DOM_NODE_BANNER_RETRY);
    vtree_flag(t, retry, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !c->waiting && c->state != CONN_CLOSED);
}
