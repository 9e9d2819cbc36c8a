/* Invitations: links that let somebody into a room, or onto the server. */
#include "store_op.h"

#define SECONDS_DEFAULT (7 * 86400)
#define INVITES_MAX                                                                                \
    CHAT_LIMIT_MAX /* good ones to one room, or to the server: as many as a list shows */

static void take_invite(struct db *db, struct store_request *r, struct store_invite *i)
{
    *i = (struct store_invite){.id = db_int(db, 0),
                               .room = db_int(db, 1),
                               .by = db_int(db, 2),
                               .role = (enum chat_role)db_int(db, 3),
                               .expires_ms = db_int(db, 4),
                               .uses_left = db_int(db, 5),
                               .room_name = op_copy(db, r, db_text(db, 6))};
}

#define SELECT_INVITE                                                                              \
    "SELECT i.id, i.room, i.made_by, i.role, i.expires_ms, i.uses_left, r.name"                    \
    " FROM invite i LEFT JOIN room r ON r.id = i.room"

/* --- using one --- */

bool op_invite_find(struct db *db, const struct store_request *r, int64_t *room)
{
    const struct db_value params[] = {DB_BLOB(r->account.hash), DB_INT(r->now_ms)};
    db_query(db, "SELECT room FROM invite WHERE hash = $1 AND expires_ms > $2 AND uses_left <> 0",
             params, 2);
    bool found = db_next(db);
    if (found) {
        *room = db_int(db, 0);
    }
    db_done(db);
    return found;
}

/* Whether it is good is part of the statement that counts it down: whoever comes at the same time waits here, and finds it used up. */
bool op_invite_use(struct db *db, const struct store_request *r)
{
    const struct db_value params[] = {DB_BLOB(r->account.hash), DB_INT(r->now_ms)};
    db_exec(db,
            "UPDATE invite SET uses_left = CASE WHEN uses_left > 0 THEN uses_left - 1"
            " ELSE uses_left END WHERE hash = $1 AND expires_ms > $2 AND uses_left <> 0",
            params, 2);
    return db_changes(db) > 0;
}

void op_invites_forget(struct db *db, int64_t room, int64_t made_by)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(made_by)};
    db_exec(db, "DELETE FROM invite WHERE room = $1 AND made_by = $2", params, 2);
}

/* --- making and keeping --- */

/* May the actor do that with the invitations of a room, or (room 0) of the server? */
static bool allowed(struct db *db, struct store_request *r, int64_t room, enum may_action action,
                    bool write)
{
    struct may_facts facts = {0};
    if (room == 0) {
        action = MAY_INVITE_TO_SERVER;
        facts.user_role = op_role_of(db, r->actor);
    } else {
        op_facts(db, r, room, write, &facts, NULL);
    }
    enum chat_error error = may(action, &facts);
    if (error) {
        op_refuse(r, error, room == 0 ? "" : "room");
    }
    return !error;
}

static void give_invites(struct db *db, struct store_request *r, uint32_t max)
{
    r->out.invites = op_alloc(db, r, max, sizeof *r->out.invites);
    while (r->out.invites && r->out.invites_n < max && db_next(db)) {
        take_invite(db, r, &r->out.invites[r->out.invites_n++]);
    }
    db_done(db);
}

static bool has_place(struct db *db, const struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->now_ms)};
    db_query(db,
             "SELECT count(*) FROM invite WHERE coalesce(room, 0) = $1 AND expires_ms > $2"
             " AND uses_left <> 0",
             params, 2);
    bool place = db_next(db) && db_int(db, 0) < INVITES_MAX;
    db_done(db);
    return place;
}

void op_invite_create(struct db *db, struct store_request *r)
{
    int64_t seconds = CHAT_HAS(&r->in, CHAT_FIELD_SECONDS) ? r->in.seconds : SECONDS_DEFAULT;
    if (!allowed(db, r, r->in.room, MAY_ADD, true)) {
        return;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_ROLE) && r->in.role != CHAT_MEMBER) {
        op_refuse(r, CHAT_FORBIDDEN, "role"); /* ranks are given to people, not to links */
        return;
    }
    if (!has_place(db, r)) {
        op_refuse(r, CHAT_TOO_MANY, "room");
        return;
    }
    const struct db_value params[] = {DB_BLOB(r->account.hash),
                                      r->in.room > 0 ? DB_INT(r->in.room) : DB_NULL,
                                      DB_INT(r->actor),
                                      DB_INT(CHAT_MEMBER),
                                      DB_INT(r->now_ms + seconds * 1000),
                                      DB_INT(CHAT_HAS(&r->in, CHAT_FIELD_USES) ? r->in.uses : -1),
                                      DB_INT(r->now_ms)};
    db_exec(db,
            "INSERT INTO invite (hash, room, made_by, role, expires_ms, uses_left, created_ms)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            params, 7);
    db_query(db, SELECT_INVITE " WHERE i.hash = $1", &DB_BLOB(r->account.hash), 1);
    give_invites(db, r, 1);
}

void op_invite_list(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->now_ms), DB_INT(INVITES_MAX)};
    if (!allowed(db, r, r->in.room, MAY_SEE_INVITES, false)) {
        return;
    }
    db_query(db,
             SELECT_INVITE " WHERE coalesce(i.room, 0) = $1 AND i.expires_ms > $2"
                           " AND i.uses_left <> 0 ORDER BY i.id DESC LIMIT $3",
             params, 3);
    give_invites(db, r, INVITES_MAX);
}

/* Whoever made it, or may see those of its room. A room that is named must be its. */
void op_invite_revoke(struct db *db, struct store_request *r)
{
    bool named = CHAT_HAS(&r->in, CHAT_FIELD_ROOM);
    int64_t room = -1, by = 0;
    db_query(db, "SELECT room, made_by FROM invite WHERE id = $1", &DB_INT(r->in.invite_id), 1);
    if (db_next(db)) {
        room = db_int(db, 0);
        by = db_int(db, 1);
    }
    db_done(db);
    int64_t about = named ? r->in.room : room;
    bool own = room >= 0 && room == about && by == r->actor;
    if (!own && about >= 0 && !allowed(db, r, about, MAY_SEE_INVITES, true) && named) {
        return;
    }
    /* Whoever guesses numbers learns nothing. */
    if (room < 0 || room != about || r->out.refusal.error != CHAT_OK) {
        op_refuse(r, CHAT_NOT_FOUND, "invite_id");
        return;
    }
    db_exec(db, "DELETE FROM invite WHERE id = $1", &DB_INT(r->in.invite_id), 1);
}

void op_invite_peek(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_BLOB(r->account.hash), DB_INT(r->now_ms)};
    db_query(db, SELECT_INVITE " WHERE i.hash = $1 AND i.expires_ms > $2 AND i.uses_left <> 0",
             params, 2);
    give_invites(db, r, 1);
    if (r->out.invites_n == 0) {
        op_refuse(r, CHAT_NOT_FOUND, "invite");
        return;
    }
    op_give_user(db, r, r->out.invites[0].by);
}
