/* Reading messages: pages of history, and what happened since. */
#include "op_catch_up.h"

static int64_t at_least(int64_t v, int64_t low)
{
    return v < low ? low : v;
}

static int64_t at_most(int64_t v, int64_t high)
{
    return v > high ? high : v;
}

void op_history(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct chat_room room;
    int64_t limit = r->in.limit, low, high;
    if (!op_may(db, r, MAY_READ, &facts, &room)) {
        return;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_AFTER)) {
        low = at_least(r->in.after + 1, room.min_seq);
        high = at_most(low + limit - 1, room.seq);
    } else if (CHAT_HAS(&r->in, CHAT_FIELD_AROUND)) {
        low = at_least(at_most(r->in.around, room.seq) - limit / 2, room.min_seq);
        high = at_most(low + limit - 1, room.seq);
        low = at_least(high - limit + 1, room.min_seq);
    } else {
        high = CHAT_HAS(&r->in, CHAT_FIELD_BEFORE) ? at_most(r->in.before - 1, room.seq) : room.seq;
        low = at_least(high - limit + 1, room.min_seq);
    }
    r->out.room = room.id;
    r->out.min_seq = room.min_seq;
    r->out.max_seq = room.seq;
    if (low <= high) {
        op_load_messages(db, r, room.id, low, high);
    }
}

void op_sync(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct chat_room *room = op_alloc(db, r, 1, sizeof *room);
    struct op_catch_up c;
    if (!room || !op_may(db, r, MAY_READ, &facts, room)) {
        return;
    }
    c = (struct op_catch_up){.room = room->id,
                             .after = r->in.after,
                             .seq = room->seq,
                             .ev = room->ev,
                             .min_seq = room->min_seq,
                             .state = room};
    db_query(db, "SELECT min_ev FROM room WHERE id = $1", &DB_INT(room->id), 1);
    c.min_ev = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    op_catch_up(db, r, &c, 1);
    r->out.room = room->id;
    r->out.ev = room->ev;
    r->out.min_seq = room->min_seq;
    r->out.max_seq = room->seq;
    r->out.reset = c.reset;
    r->out.events = c.events;
    r->out.events_n = c.events_n;
    r->out.messages = c.messages;
    r->out.messages_n = c.messages_n;
}
