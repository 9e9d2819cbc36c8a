/* Connection states: one setter, which starts and stops everything that hangs on being connected.
 */
#include "upd_conn.h"

#include "upd_chat.h"
#include "update.h"
#include <string.h>

static void set_state(struct model *m, enum conn_state to, struct effects *fx)
{
    enum conn_state from = m->conn.state;
    struct conn *c = &m->conn;
    int64_t clocks_ms = m->wall_ms - m->now_ms;
    c->state = to;
    if (from == CONN_LIVE && to != CONN_LIVE) {
        int64_t slept_ms = clocks_ms - c->clocks_ms;
        c->down_since_ms = m->now_ms;
        c->lost_at_ms = m->wall_ms - (slept_ms > 0 ? slept_ms : 0);
        upd_chat_lost(m);
    }
    if (from != CONN_LIVE && to == CONN_LIVE) {
        if (c->was_live && !c->recovered)
            upd_chat_gap(m, c->lost_at_ms);
        c->was_live = true;
        c->clocks_ms = clocks_ms;
        upd_chat_pump(m, fx);
    }
}

void upd_conn_status(struct model *m, const struct sock_status *status, struct effects *fx)
{
    struct conn *c = &m->conn;
    c->polling = status->polling;
    c->recovered = status->recovered;
    c->waiting = status->state == SOCK_WAITING;
    c->refused = status->state == SOCK_CLOSED && status->refusal_json.n != 0;
    c->retry_at_ms = status->retry_at_ms;
    if (status->state == SOCK_WAITING || status->state == SOCK_CLOSED) {
        c->reason_n =
            (uint8_t)(status->reason.n < sizeof c->reason ? status->reason.n : sizeof c->reason);
        /* Never half a character. */
        while (c->reason_n && c->reason_n < status->reason.n &&
               ((uint8_t)status->reason.p[c->reason_n] & 0xC0) == 0x80)
            c->reason_n--;
        if (c->reason_n)
            memcpy(c->reason, status->reason.p, c->reason_n);
    }
    switch (status->state) {
    case SOCK_LIVE:
        set_state(m, CONN_LIVE, fx);
        break;
    case SOCK_IDLE:
    case SOCK_CONNECTING:
        if (c->state == CONN_LIVE || c->state == CONN_CLOSED)
            set_state(m, CONN_RECONNECTING, fx);
        break;
    case SOCK_WAITING:
        set_state(m, CONN_RECONNECTING, fx);
        break;
    case SOCK_CLOSED:
        set_state(m, CONN_CLOSED, fx);
        break;
    }
}

void upd_conn_network(struct model *m, bool on, struct effects *fx)
{
    m->conn.network = on;
    effects_add(fx, (struct effect){.type = EFFECT_NETWORK, .on = on});
}

bool upd_conn_troubled(const struct model *m)
{
    if (m->conn.state == CONN_CLOSED)
        return true; /* nothing is tried any more */
    return m->conn.state != CONN_LIVE &&
           m->now_ms - m->conn.down_since_ms >= UPDATE_BANNER_AFTER_MS;
}

int64_t upd_conn_wake_ms(const struct model *m)
{
    if (m->conn.state == CONN_LIVE)
        return INT64_MAX;
    if (!upd_conn_troubled(m))
        return m->conn.down_since_ms + UPDATE_BANNER_AFTER_MS;
    if (!m->conn.waiting || m->conn.retry_at_ms <= m->now_ms)
        return INT64_MAX;
    /* When the seconds left change: they are rounded up. */
    int64_t left_ms = m->conn.retry_at_ms - m->now_ms;
    return m->now_ms + (left_ms - 1) % 1000 + 1;
}
