/* See upd_held.h. */
#include "upd_held.h"

#include "bans.h"
#include "caltime.h"
#include "upd_dialog.h"
#include "update.h"

static int64_t server_ms(const struct model *m)
{
    return m->wall_ms - m->skew_ms + m->ahead_ms;
}

enum held upd_held(const struct model *m, const struct room *room)
{
    if (!room || !room_writable(room))
        return HELD_NOT;
    if (room->r.muted_until_ms > server_ms(m))
        return HELD_MUTED;
    return room->r.slow > 0 && upd_dialog_role(m, room) < CHAT_MOD ? HELD_SLOW : HELD_NOT;
}

int64_t upd_held_left_ms(const struct model *m, const struct room *room)
{
    int64_t slow_ms = room ? room->r.slow * 1000 : 0;
    int64_t left_ms = slow_ms ? room->own_ms + slow_ms - server_ms(m) : 0;
    if (left_ms <= 0 || upd_held(m, room) != HELD_SLOW)
        return 0;
    return left_ms < slow_ms ? left_ms : slow_ms;
}

static enum err put_muted(const struct model *m, int64_t until_ms, struct buf *out)
{
    struct caltime_text day, clock;
    if (bans_for_good(until_ms))
        return words_put(&m->words, out, WORD_HELD_MUTED_EVER, SL(""), SL(""));
    caltime_day_within(&m->words, caltime_day(until_ms, m->utc_offset_min),
                       caltime_day(m->wall_ms, m->utc_offset_min), &day);
    caltime_clock(until_ms, m->utc_offset_min, m->hour12, &clock);
    return words_put(&m->words, out, WORD_HELD_MUTED, caltime_slice(&day), caltime_slice(&clock));
}

enum err upd_held_put(const struct model *m, const struct room *room, struct buf *out)
{
    enum held held = upd_held(m, room);
    if (held == HELD_NOT)
        return ERR_OK;
    if (held == HELD_MUTED)
        return put_muted(m, room->r.muted_until_ms, out);
    uint64_t seconds = (uint64_t)room->r.slow;
    return seconds % 60
               ? words_put_n(&m->words, out, WORDS_HELD_SLOW_SECONDS, seconds, SL(""))
               : words_put_n(&m->words, out, WORDS_HELD_SLOW_MINUTES, seconds / 60, SL(""));
}

/* "0:12" */
static enum err put_clock(uint64_t seconds, struct buf *out)
{
    enum err e = buf_put_u64(out, seconds / 60);
    e = e ? e : buf_putc(out, ':');
    e = e || seconds % 60 > 9 ? e : buf_putc(out, '0');
    return e ? e : buf_put_u64(out, seconds % 60);
}

enum err upd_held_put_left(const struct model *m, const struct room *room, struct buf *out)
{
    struct buf clock = {.max = 32};
    int64_t left_ms = upd_held_left_ms(m, room);
    if (left_ms == 0)
        return ERR_OK;
    enum err e = put_clock((uint64_t)(left_ms + 999) / 1000, &clock);
    e = e ? e : words_put(&m->words, out, WORD_HELD_LEFT, buf_peek(&clock), SL(""));
    buf_fini(&clock);
    return e;
}

enum word upd_held_waiting(const struct model *m, const struct room *room,
                           const struct message *msg)
{
    if (m->conn.state != CONN_LIVE)
        return WORD_WILL_SEND;
    if (upd_held_left_ms(m, room) > 0)
        return WORD_WILL_SEND_SLOW;
    return m->now_ms - msg->sent_at_ms >= UPDATE_SLOW_AFTER_MS ? WORD_SENDING : WORDS_N;
}

void upd_held_told(const struct model *m, struct room *room, const struct chat_message *msg)
{
    if (msg->from.id == m->session.me.id && msg->ts > room->own_ms)
        room->own_ms = msg->ts;
}

void upd_held_put_off(struct model *m, const struct action_put_off *a)
{
    struct room *room = rooms_find(&m->rooms, a->room);
    if (room && a->error == CHAT_SLOW) /* it knows best; also of what was sent elsewhere */
        room->own_ms = server_ms(m) + a->after_ms - room->r.slow * 1000;
}

int64_t upd_held_wake_ms(const struct model *m)
{
    const struct room *room = model_open(m);
    int64_t left_ms = upd_held_left_ms(m, room);
    if (upd_held(m, room) == HELD_MUTED && !bans_for_good(room->r.muted_until_ms))
        return m->now_ms + room->r.muted_until_ms - server_ms(m);
    /* When the seconds left change: they are rounded up. */
    return left_ms ? m->now_ms + (left_ms - 1) % 1000 + 1 : INT64_MAX;
}
