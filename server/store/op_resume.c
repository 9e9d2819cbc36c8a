/* Coming back: all rooms of somebody with their counts, and for those whose cursor is known, what happened since. */
#include "op_catch_up.h"
#include "op_room.h"

#define ROOMS_MAX 10000 /* of one user */

static uint32_t count_rooms(struct db *db, const struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->actor)};
    db_query(db, "SELECT count(*) FROM member WHERE account = $1 AND joined = 1", params, 1);
    int64_t n = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return (uint32_t)(n < ROOMS_MAX ? n : ROOMS_MAX);
}

static void load_rooms(struct db *db, struct store_request *r, int64_t **min_evs)
{
    uint32_t max = count_rooms(db, r);
    struct chat_room *rooms = op_alloc(db, r, max, sizeof *rooms);
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(max)};
    *min_evs = op_alloc(db, r, max, sizeof **min_evs);
    if (!rooms || !*min_evs) {
        return;
    }
    db_query(db,
             "SELECT " OP_ROOM_COLUMNS("$1") ", r.min_ev FROM member m JOIN room r ON r.id = "
                                             "m.room" OP_ROOM_OTHER(
                                                 "$1") " WHERE m.account = $1 AND m.joined = 1 "
                                                       "ORDER BY r.id LIMIT $2",
             params, 2);
    while (r->out.rooms_n < max && db_next(db)) {
        op_room_take(db, r, &rooms[r->out.rooms_n]);
        (*min_evs)[r->out.rooms_n] = db_int(db, OP_ROOM_COLUMNS_N);
        r->out.rooms_n++;
    }
    db_done(db);
    r->out.rooms = rooms;
}

static void load_epoch(struct db *db, struct store_request *r)
{
    db_query(db, "SELECT value FROM meta WHERE key = 'epoch'", NULL, 0);
    if (db_next(db)) {
        r->out.epoch = op_copy(db, r, db_text(db, 0));
    }
    db_done(db);
}

static const struct chat_cursor *cursor_of(const struct store_request *r, int64_t room)
{
    for (uint32_t i = 0; i < r->in.cursors_n; i++) {
        if (r->in.cursors[i].room == room) {
            return &r->in.cursors[i];
        }
    }
    return NULL;
}

/* What those rooms have missed whose cursors were given. */
static void catch_up(struct db *db, struct store_request *r, const int64_t *min_evs)
{
    bool other_epoch = !CHAT_HAS(&r->in, CHAT_FIELD_EPOCH) || !slice_eq(r->in.epoch, r->out.epoch);
    struct op_catch_up *list = op_alloc(db, r, r->in.cursors_n, sizeof *list);
    uint32_t *at = op_alloc(db, r, r->in.cursors_n, sizeof *at);
    uint32_t n = 0;
    for (uint32_t i = 0; list && at && i < r->out.rooms_n && n < r->in.cursors_n; i++) {
        struct chat_room *room = &r->out.rooms[i];
        const struct chat_cursor *cursor = cursor_of(r, room->id);
        struct chat_room *state = cursor ? op_alloc(db, r, 1, sizeof *state) : NULL;
        if (state) {
            *state = *room;
            state->has_mine = false;
            at[n] = i;
            list[n++] = (struct op_catch_up){.room = room->id,
                                             .after = cursor->ev,
                                             .seq = room->seq,
                                             .ev = room->ev,
                                             .min_seq = room->min_seq,
                                             .min_ev = min_evs[i],
                                             .state = state,
                                             .reset = other_epoch};
        }
    }
    if (n > 0) {
        op_catch_up(db, r, list, n);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct chat_room *room = &r->out.rooms[at[i]];
        room->catch_up = list[i].reset ? CHAT_RESET : CHAT_DELTA;
        room->delta = list[i].events;
        room->delta_n = list[i].events_n;
        room->reset = list[i].messages;
        room->reset_n = list[i].messages_n;
    }
}

void op_resume(struct db *db, struct store_request *r)
{
    int64_t *min_evs = NULL;
    op_give_profile(db, r, r->actor);
    if (r->out.users_n == 0) {
        op_refuse(r, CHAT_UNAUTHENTICATED, "");
        return;
    }
    load_epoch(db, r);
    op_workspace_load(db, r);
    op_blocks_load(db, r);
    load_rooms(db, r, &min_evs);
    catch_up(db, r, min_evs);
}

void op_my_rooms(struct db *db, struct store_request *r)
{
    uint32_t max = count_rooms(db, r);
    struct chat_room *rooms = op_alloc(db, r, max, sizeof *rooms);
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(max)};
    if (!rooms) {
        return;
    }
    db_query(db,
             "SELECT r.id, r.kind FROM member m JOIN room r ON r.id = m.room"
             " WHERE m.account = $1 AND m.joined = 1 ORDER BY r.id LIMIT $2",
             params, 2);
    while (r->out.rooms_n < max && db_next(db)) {
        rooms[r->out.rooms_n++] =
            (struct chat_room){.id = db_int(db, 0), .kind = (enum chat_room_kind)db_int(db, 1)};
    }
    db_done(db);
    r->out.rooms = rooms;
}
