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
    if (!upd_conn_troubled(m) && c->was_live)
        return SL("Live");
    if (!c->network || c->state == CONN_CLOSED)
        return SL("Offline");
    return c->was_live ? SL("Reconnecting") : SL("Connecting");
}

/* "This server has no open lobby. It says: Invalid namespace. ..." */
static struct slice refusal_words(const struct conn *c, struct buf *line)
{
    struct slice reason = {c->reason, c->reason_n};
    struct slice what = slice_eq(reason, SL("Invalid namespace"))
                            ? SL("This server has no open lobby.")
                            : SL("The server did not let you in.");
    if (buf_put(line, what) == ERR_OK && buf_put(line, SL(" It says: \xE2\x80\x9C")) == ERR_OK &&
        buf_put(line, reason) == ERR_OK &&
        buf_put(line, SL("\xE2\x80\x9D. What you write is kept here.")) == ERR_OK)
        return buf_peek(line);
    return what;
}

/* Stable while the countdown runs: a screen reader reads it once. */
static struct slice banner_words(const struct model *m, struct buf *line)
{
    const struct conn *c = &m->conn;
    if (!c->network)
        return SL("You are offline. What you write is kept and sent when you are back.");
    switch (c->state) {
    case CONN_CLOSED:
        if (c->refused)
            return refusal_words(c, line);
        return SL("The server ended the connection. What you write is kept here.");
    case CONN_CONNECTING:
        return SL("Connecting\xE2\x80\xA6 What you write is sent as soon as it works.");
    case CONN_RECONNECTING:
    case CONN_LIVE:
        break;
    }
    if (!c->was_live)
        return SL("Cannot reach the server. What you write is kept and sent when it answers.");
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
    struct buf line;
    buf_init(&line, 256);
    vtree_text(t, words, DOM_SLOT_SELF, troubled ? banner_words(m, &line) : SL(""));
    buf_fini(&line);
    struct vnode *seconds = vtree_fixed(t, parent, DOM_NODE_BANNER_COUNTDOWN);
    if (troubled)
        countdown(m, t, seconds);
    struct vnode *retry = vtree_fixed(t, parent, DOM_NODE_BANNER_RETRY);
    vtree_flag(t, retry, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !c->waiting && c->state != CONN_CLOSED);
}
