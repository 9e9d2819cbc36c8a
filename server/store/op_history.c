/* Reading messages: pages of history, and what happened since. */
#include "store_op.h"

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

/* --- catching up --- */

/* Rows of room_event as they were read: loading what they refer to comes after the query has ended. */
struct row_refs {
    int64_t seq, target, arg;
    bool dropped; /* a later row is about the same message */
};

static uint32_t read_rows(struct db *db, struct store_request *r, int64_t room, int64_t after,
                          struct chat_event *events, struct row_refs *rows, uint32_t max)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(after), DB_INT(max)};
    uint32_t n = 0;
    db_query(db,
             "SELECT ev, kind, seq, actor, target, change, arg, ts FROM room_event"
             " WHERE room = $1 AND ev > $2 ORDER BY ev LIMIT $3",
             params, 3);
    while (n < max && db_next(db)) {
        rows[n] =
            (struct row_refs){.seq = db_int(db, 2), .target = db_int(db, 4), .arg = db_int(db, 6)};
        events[n] = (struct chat_event){.room = room,
                                        .ev = db_int(db, 0),
                                        .kind = (enum chat_event_kind)db_int(db, 1),
                                        .actor = db_int(db, 3),
                                        .change = (enum chat_change)db_int(db, 5),
                                        .ts = db_int(db, 7)};
        n++;
    }
    db_done(db);
    (void)r;
    return n;
}

/* A message that changed several times is given once, by its last event. */
static void drop_earlier(struct row_refs *rows, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = i + 1; rows[i].seq > 0 && j < n && !rows[i].dropped; j++) {
            rows[i].dropped = rows[j].seq == rows[i].seq;
        }
    }
}

static void fill(struct db *db, struct store_request *r, struct chat_event *e,
                 const struct row_refs *row)
{
    switch (e->kind) {
    case CHAT_EVENT_MEMBER:
        e->user = op_alloc(db, r, 1, sizeof *e->user);
        if (e->user) {
            op_load_user(db, r, row->target, e->user);
        }
        if (e->change == CHAT_ROLE) {
            e->role = (enum chat_role)row->arg;
        } else {
            e->until_ms = row->arg;
        }
        break;
    case CHAT_EVENT_ROOM:
        e->state = op_alloc(db, r, 1, sizeof *e->state);
        if (e->state) {
            op_load_room(db, r, e->room, false, e->state);
        }
        break;
    default:
        e->message = op_alloc(db, r, 1, sizeof *e->message);
        if (e->message) {
            op_load_message(db, r, e->room, row->seq, e->message);
        }
        break;
    }
}

static void give_delta(struct db *db, struct store_request *r, int64_t room, int64_t after,
                       struct op_catch_up *out)
{
    uint32_t max = (uint32_t)(out->ev - after);
    struct chat_event *events = op_alloc(db, r, max, sizeof *events);
    struct row_refs *rows = op_alloc(db, r, max, sizeof *rows);
    if (!events || !rows) {
        return;
    }
    uint32_t n = read_rows(db, r, room, after, events, rows, max);
    drop_earlier(rows, n);
    for (uint32_t i = 0; i < n; i++) {
        if (!rows[i].dropped) {
            fill(db, r, &events[i], &rows[i]);
            events[out->events_n++] = events[i];
        }
    }
    out->events = events;
}

void op_catch_up(struct db *db, struct store_request *r, int64_t room, int64_t after, bool reset,
                 uint32_t messages_max, struct op_catch_up *out)
{
    const struct db_value params[] = {DB_INT(room)};
    int64_t seq = 0, min_seq = 1, min_ev = 0;
    *out = (struct op_catch_up){0};
    db_query(db, "SELECT seq, ev, min_seq, min_ev FROM room WHERE id = $1", params, 1);
    if (db_next(db)) {
        seq = db_int(db, 0);
        out->ev = db_int(db, 1);
        min_seq = db_int(db, 2);
        min_ev = db_int(db, 3);
    }
    db_done(db);
    out->reset =
        reset || after > out->ev || after < min_ev || out->ev - after > CHAT_DELTA_EVENTS_MAX;
    if (!out->reset) {
        give_delta(db, r, room, after, out);
    } else if (messages_max > 0 && seq >= min_seq) {
        op_load_messages(db, r, room, at_least(seq - messages_max + 1, min_seq), seq);
        out->messages = r->out.messages;
        out->messages_n = r->out.messages_n;
        r->out.messages = NULL;
        r->out.messages_n = 0;
    }
}

void op_sync(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct chat_room room;
    struct op_catch_up c;
    if (!op_may(db, r, MAY_READ, &facts, &room)) {
        return;
    }
    op_catch_up(db, r, room.id, r->in.after, false, CHAT_RESET_MESSAGES, &c);
    r->out.room = room.id;
    r->out.ev = c.ev;
    r->out.min_seq = room.min_seq;
    r->out.max_seq = room.seq;
    r->out.reset = c.reset;
    r->out.events = c.events;
    r->out.events_n = c.events_n;
    r->out.messages = c.messages;
    r->out.messages_n = c.messages_n;
}
