/* Connection states: one setter, which starts and stops everything that hangs on being connected.
 */
#include "upd_conn.h"

#include "json.h"
#include "json_in.h"
#include "refusal.h"
#include "upd_rooms.h"
#include "update.h"
#include <string.h>

#define REFUSAL_ARENA_BYTES 4096

static void set_state(struct model *m, enum conn_state to, struct effects *fx)
{
    struct conn *c = &m->conn;
    if (c->state == CONN_LIVE && to != CONN_LIVE) {
        c->down_since_ms = m->now_ms;
        upd_rooms_lost(m);
    }
    if (c->state != CONN_LIVE && to == CONN_LIVE)
        effects_add(fx, (struct effect){.type = EFFECT_LOOK_FOR_UPDATE});
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

/* Why the namespace was refused, in our words: {"message", "data": {"code", ...}}. */
static void take_refusal(struct model *m, const struct sock_status *status)
{
    struct arena arena;
    struct json_in in, data;
    struct slice raw, code = SL("");
    struct answer_refusal why = {.message = status->reason};
    struct refusal_text room;
    arena_init(&arena, REFUSAL_ARENA_BYTES);
    if (json_check(status->refusal_json, NULL) == ERR_OK) {
        json_in_start(&in, status->refusal_json, &arena);
        if (json_in_raw(&in, "data", &raw)) {
            json_in_start(&data, raw, &arena);
            json_in_text(&data, "code", &code);
        }
    }
    why.error = chat_error_find(code);
    take_reason(&m->conn, refusal_text(&m->words, REFUSAL_OF_ANY, &why, &room));
    arena_fini(&arena);
}

void upd_conn_status(struct model *m, const struct action_status *a, struct effects *fx)
{
    struct conn *c = &m->conn;
    const struct sock_status *status = a->status;
    if (status) {
        c->polling = status->polling;
        c->waiting = status->state == SOCK_WAITING;
        c->retry_at_ms = status->retry_at_ms;
        if (c->waiting)
            c->refused = status->refusal_json.n != 0;
        if (c->waiting && c->refused)
            take_refusal(m, status);
    }
    if (a->state == CHAT_CLIENT_LIVE) {
        set_state(m, CONN_LIVE, fx);
        c->bye = BYE_NONE;
        c->refused = false;
    } else {
        set_state(m, c->was_live ? CONN_RECONNECTING : CONN_CONNECTING, fx);
    }
}

void upd_conn_bye(struct model *m, struct slice code)
{
    static const struct {
        struct slice code;
        enum conn_bye bye;
    } rows[] = {{{"restart", 7}, BYE_RESTART},
                {{"busy", 4}, BYE_BUSY},
                {{"signed_out", 10}, BYE_SIGNED_OUT}};
    m->conn.bye = BYE_OTHER;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (slice_eq(rows[i].code, code))
            m->conn.bye = rows[i].bye;
    }
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
    if (!c->network)
        return WORD_OFFLINE;
    return c->was_live ? WORD_RECONNECTING : WORD_CONNECTING;
}

enum word upd_conn_banner_word(const struct conn *c)
{
    static const enum word byes[] = {[BYE_RESTART] = WORD_BANNER_RESTART,
                                     [BYE_BUSY] = WORD_BANNER_FULL,
                                     [BYE_SIGNED_OUT] = WORD_BANNER_SIGNED_OUT,
                                     [BYE_OTHER] = WORD_BANNER_ENDED};
    if (!c->network)
        return WORD_BANNER_NO_NETWORK;
    if (c->refused)
        return WORD_BANNER_REFUSED;
    if (c->bye)
        return byes[c->bye];
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
