/* Connection states: one setter, which starts and stops everything that hangs on being connected.
 */
#include "upd_conn.h"

#include "upd_rooms.h"
#include "update.h"
#include <string.h>

static void set_state(struct model *m, enum conn_state to)
{
    struct conn *c = &m->conn;
    if (c->state == CONN_LIVE && to != CONN_LIVE) {
        c->down_since_ms = m->now_ms;
        upd_rooms_lost(m);
    }
    c->was_live |= to == CONN_LIVE;
    c->state = to;
}

static void take_reason(struct conn *c, struct slice reason)
{
    c->reason_n = (uint8_t)(reason.n < sizeof c->reason ? reason.n : sizeof c->reason);
    /* Never half a character. */
    while (c->reason_n && c->reason_n < reason.n && ((uint8_t)reason.p[c->reason_n] & 0xC0) == 0x80)
        c->reason_n--;
    if (c->reason_n)
        memcpy(c->reason, reason.p, c->reason_n);
}

void upd_conn_status(struct model *m, const struct action_status *a)
{
    struct conn *c = &m->conn;
    const struct sock_status *status = a->status;
    if (status) {
        c->polling = status->polling;
        c->waiting = status->state == SOCK_WAITING;
        c->refused = status->state == SOCK_CLOSED && status->refusal_json.n != 0;
        c->retry_at_ms = status->retry_at_ms;
        if (status->state == SOCK_WAITING || status->state == SOCK_CLOSED)
            take_reason(c, status->reason);
    }
    if (a->state == CHAT_CLIENT_LIVE)
        set_state(m, CONN_LIVE);
    else if (status && status->state == SOCK_CLOSED)
        set_state(m, CONN_CLOSED);
    else if (c->was_live)
        set_state(m, CONN_RECONNECTING);
    else
        set_state(m, CONN_CONNECTING);
}

void upd_conn_network(struct model *m, bool on, struct effects *fx)
{
    m->conn.network = on;
    effects_add(fx, (struct effect){.type = EFFECT_NETWORK, .on = on});
}

bool upd_conn_troubled(const struct model *m)
{
    if (m->session.state == SESSION_NONE)
        return false;
    if (m->conn.state == CONN_CLOSED)
        return true; /* nothing is tried any more */
    return m->conn.state != CONN_LIVE &&
           m->now_ms - m->conn.down_since_ms >= UPDATE_BANNER_AFTER_MS;
}

enum word upd_conn_word(const struct model *m)
{
    const struct conn *c = &m->conn;
    if (c->state == CONN_LIVE)
        return c->polling ? WORD_LIVE_POLLING : WORD_LIVE;
    if (!upd_conn_troubled(m) && c->was_live)
        return WORD_LIVE;
    if (!c->network || c->state == CONN_CLOSED)
        return WORD_OFFLINE;
    return c->was_live ? WORD_RECONNECTING : WORD_CONNECTING;
}

enum word upd_conn_banner_word(const struct conn *c)
{
    if (!c->network)
        return WORD_BANNER_NO_NETWORK;
    if (c->state == CONN_CLOSED)
        return c->refused ? WORD_BANNER_REFUSED : WORD_BANNER_ENDED;
    if (c->was_live)
        return WORD_BANNER_LOST;
    return c->waiting ? WORD_BANNER_NO_SERVER : WORD_BANNER_CONNECTING;
}

int64_t upd_conn_wake_ms(const struct model *m)
{
    if (m->conn.state == CONN_LIVE || m->session.state == SESSION_NONE)
        return INT64_MAX;
    if (!upd_conn_troubled(m))
        return m->conn.down_since_ms + UPDATE_BANNER_AFTER_MS;
    if (!m->conn.waiting || m->conn.retry_at_ms <= m->now_ms)
        return INT64_MAX;
    /* When the seconds left change: they are rounded up. */
    int64_t left_ms = m->conn.retry_at_ms - m->now_ms;
    return m->now_ms + (left_ms - 1) % 1000 + 1;
}
