/* Direct messages: one room for two, made when first asked for. */
#include "store_op.h"

static int64_t find_dm(struct db *db, int64_t low, int64_t high)
{
    const struct db_value params[] = {DB_INT(low), DB_INT(high)};
    db_query(db, "SELECT id FROM room WHERE kind = 2 AND dm_low = $1 AND dm_high = $2", params, 2);
    int64_t id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return id;
}

static int64_t make_dm(struct db *db, const struct store_request *r, int64_t low, int64_t high)
{
    const struct db_value params[] = {DB_INT(low), DB_INT(high), DB_INT(r->now_ms)};
    db_query(db,
             "INSERT INTO room (kind, name, dm_low, dm_high, created_ms)"
             " VALUES (2, '', $1, $2, $3) RETURNING id",
             params, 3);
    int64_t id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return id;
}

/* Returns whether the account was no member before. */
static bool let_in(struct db *db, const struct store_request *r, int64_t account, int64_t room)
{
    const struct db_value params[] = {DB_INT(account), DB_INT(room), DB_INT(CHAT_MEMBER),
                                      DB_INT(r->now_ms)};
    db_exec(db,
            "INSERT INTO member (account, room, joined, role, since_ms) VALUES ($1, $2, 1, $3, $4)"
            " ON CONFLICT (account, room) DO UPDATE SET joined = 1 WHERE member.joined = 0",
            params, 4);
    bool is_new = db_changes(db) > 0;
    if (is_new) {
        db_exec(db, "UPDATE room SET members_n = members_n + 1 WHERE id = $1", &DB_INT(room), 1);
    }
    return is_new;
}

static bool load_both(struct db *db, struct store_request *r, int64_t other)
{
    struct chat_user *users = op_alloc(db, r, 2, sizeof *users);
    if (!users || !op_load_user(db, r, r->actor, &users[0]) ||
        !op_load_user(db, r, other, &users[1])) {
        return false;
    }
    r->out.users = users;
    r->out.users_n = 2;
    return true;
}

/* The room as the actor sees it; of one that is new to somebody, then as the other one does. */
static void load_sides(struct db *db, struct store_request *r, int64_t other, int64_t room)
{
    struct chat_room *rooms = op_alloc(db, r, 2, sizeof *rooms);
    int64_t actor = r->actor;
    bool ok = rooms && op_load_room(db, r, room, true, &rooms[0]);
    uint32_t n = ok ? 1 : 0;
    if (ok && r->out.room_is_new) {
        r->actor = other;
        n += op_load_room(db, r, room, true, &rooms[1]);
        r->actor = actor;
    }
    r->out.rooms = rooms;
    r->out.rooms_n = n;
}

void op_dm_open(struct db *db, struct store_request *r)
{
    int64_t other = op_user_id(db, r);
    if (other == 0) {
        return;
    }
    if (other == r->actor) {
        op_refuse(r, CHAT_INVALID, "user");
        return;
    }
    if (!load_both(db, r, other)) {
        op_refuse(r, CHAT_UNAUTHENTICATED, "");
        return;
    }
    const struct may_facts facts = {.user_role = r->out.users[0].role};
    enum chat_error error = may(MAY_DM, &facts);
    if (error) {
        op_refuse(r, error, "");
        return;
    }
    if (op_is_blocked(db, other, r->actor)) {
        op_refuse(r, CHAT_FORBIDDEN, "");
        return;
    }
    int64_t low = other < r->actor ? other : r->actor, high = other < r->actor ? r->actor : other;
    int64_t room = find_dm(db, low, high);
    if (room == 0) {
        room = make_dm(db, r, low, high);
    }
    bool in = let_in(db, r, r->actor, room);
    r->out.room_is_new = let_in(db, r, other, room) || in;
    r->out.room = room;
    load_sides(db, r, other, room);
}
