/* Invitations: links that let somebody into a private room, or onto the server. */
#include "store_op.h"

#define SECONDS_DEFAULT (7 * 86400)

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

bool op_invite_find(struct db *db, struct store_request *r, struct slice hash, int64_t *room,
                    enum chat_role *role)
{
    const struct db_value params[] = {DB_BLOB(hash), DB_INT(r->now_ms)};
    db_query(db,
             "SELECT room, role FROM invite WHERE hash = $1 AND expires_ms > $2 AND uses_left <> 0",
             params, 2);
    bool found = db_next(db);
    if (found) {
        *room = db_int(db, 0);
        *role = (enum chat_role)db_int(db, 1);
    }
    db_done(db);
    return found;
}

void op_invite_use(struct db *db, struct slice hash)
{
    db_exec(db, "UPDATE invite SET uses_left = uses_left - 1 WHERE hash = $1 AND uses_left > 0",
            &DB_BLOB(hash), 1);
}

static enum chat_role role_of_actor(struct db *db, const struct store_request *r)
{
    db_query(db, "SELECT role FROM account WHERE id = $1", &DB_INT(r->actor), 1);
    enum chat_role role = db_next(db) ? (enum chat_role)db_int(db, 0) : CHAT_GUEST;
    db_done(db);
    return role;
}

/* May the actor have to do with the invitations of a room, or (room 0) of the server? */
static bool allowed(struct db *db, struct store_request *r, int64_t room, enum may_action action,
                    bool write)
{
    struct may_facts facts;
    enum chat_error error;
    if (room == 0) {
        error = r->actor == 0 || role_of_actor(db, r) >= CHAT_ADMIN ? CHAT_OK : CHAT_FORBIDDEN;
    } else {
        op_facts(db, r, room, write, &facts, NULL);
        error = may(action, &facts);
    }
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

void op_invite_create(struct db *db, struct store_request *r)
{
    enum chat_role role = CHAT_HAS(&r->in, CHAT_FIELD_ROLE) ? r->in.role : CHAT_MEMBER;
    int64_t seconds = CHAT_HAS(&r->in, CHAT_FIELD_SECONDS) ? r->in.seconds : SECONDS_DEFAULT;
    if (!allowed(db, r, r->in.room, MAY_ADD, true)) {
        return;
    }
    if (role > CHAT_MEMBER) {
        op_refuse(r, CHAT_FORBIDDEN, "role"); /* ranks are given to people, not to links */
        return;
    }
    const struct db_value params[] = {DB_BLOB(r->account.hash),
                                      r->in.room > 0 ? DB_INT(r->in.room) : DB_NULL,
                                      DB_INT(r->actor),
                                      DB_INT(role),
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
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->now_ms),
                                      DB_INT(CHAT_LIMIT_MAX)};
    if (!allowed(db, r, r->in.room, MAY_MODERATE, false)) {
        return;
    }
    db_query(db,
             SELECT_INVITE " WHERE coalesce(i.room, 0) = $1 AND i.expires_ms > $2"
                           " AND i.uses_left <> 0 ORDER BY i.id DESC LIMIT $3",
             params, 3);
    give_invites(db, r, CHAT_LIMIT_MAX);
}

void op_invite_revoke(struct db *db, struct store_request *r)
{
    int64_t room = -1, by = 0;
    db_query(db, "SELECT room, made_by FROM invite WHERE id = $1", &DB_INT(r->in.invite_id), 1);
    if (db_next(db)) {
        room = db_int(db, 0);
        by = db_int(db, 1);
    }
    db_done(db);
    /* Of a room that was named, only that room's: whoever guesses numbers learns nothing of others. */
    if (room < 0 || (r->in.room > 0 && room != r->in.room)) {
        op_refuse(r, CHAT_NOT_FOUND, "invite_id");
        return;
    }
    if (by != r->actor && !allowed(db, r, room, MAY_MODERATE, true)) {
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
    struct chat_user *by = op_alloc(db, r, 1, sizeof *by);
    if (by && op_load_user(db, r, r->out.invites[0].by, by)) {
        r->out.users = by;
        r->out.users_n = 1;
    }
}
