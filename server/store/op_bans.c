/* Who may not come into a room, or not speak there, for how long, and who said so. */
#include "store_op.h"

/* Who said so is who made the last such change; of a ban and a mute, the ban's. */
void op_room_bans(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    if (!op_may(db, r, MAY_SEE_INVITES, &facts, NULL)) {
        return;
    }
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.after), DB_INT(r->in.limit),
                                      DB_INT(r->now_ms),  DB_INT(CHAT_BAN),    DB_INT(CHAT_MUTE)};
    r->out.room = r->in.room;
    r->out.bans = op_alloc(db, r, r->in.limit, sizeof *r->out.bans);
    if (!r->out.bans) {
        return;
    }
    db_query(
        db,
        "SELECT a.id, a.name, a.display, a.role, a.bot, b.id, b.name, b.display, b.role, b.bot,"
        " m.banned_until_ms, m.muted_until_ms"
        " FROM member m JOIN account a ON a.id = m.account LEFT JOIN account b ON b.id ="
        " (SELECT e.actor FROM room_event e WHERE e.room = m.room AND e.target = m.account"
        " AND e.kind = 4 AND e.change = CASE WHEN m.banned_until_ms > $4"
        " THEN CAST($5 AS BIGINT) ELSE CAST($6 AS BIGINT) END ORDER BY e.ev DESC LIMIT 1)"
        " WHERE m.room = $1 AND m.account > $2"
        " AND (m.banned_until_ms > 0 OR m.muted_until_ms > 0)"
        " AND (m.banned_until_ms > $4 OR m.muted_until_ms > $4) ORDER BY m.account LIMIT $3",
        params, 6);
    while (r->out.bans_n < r->in.limit && db_next(db)) {
        struct store_ban *ban = &r->out.bans[r->out.bans_n++];
        ban->user = op_take_user(db, r, 0);
        if (!db_is_null(db, 5)) {
            ban->by = op_take_user(db, r, 5);
        }
        ban->banned_until_ms = op_if_later(db_int(db, 10), r->now_ms);
        ban->muted_until_ms = op_if_later(db_int(db, 11), r->now_ms);
    }
    db_done(db);
}
