/* Rooms: made, found, changed. */
#include "store_op.h"

#include "ident.h"
#include <string.h>

static void give_room(struct db *db, struct store_request *r, int64_t room)
{
    struct chat_room *out = op_alloc(db, r, 1, sizeof *out);
    if (out && op_load_room(db, r, room, true, out)) {
        r->out.rooms = out;
        r->out.rooms_n = 1;
        r->out.room = room;
    }
}

/* Everybody hears what the room is like now. */
static void attach_state(struct db *db, struct store_request *r, int64_t room)
{
    struct chat_room *state = op_alloc(db, r, 1, sizeof *state);
    if (state && op_load_room(db, r, room, false, state)) {
        r->out.event.state = state;
    }
}

/* The name in its one form; refused and false when it will not do. own: the room that may have it already. */
static bool take_name(struct db *db, struct store_request *r, enum chat_room_kind kind, int64_t own,
                      struct slice *name)
{
    char *scratch = op_alloc(db, r, r->in.name.n + 1, 1);
    const char *why = scratch ? ident_room(r->in.name, scratch, name) : NULL;
    if (!scratch) {
        return false;
    }
    if (why) {
        op_refuse(r, CHAT_INVALID, "name");
        r->out.refusal.message = why;
        return false;
    }
    if (kind != CHAT_PUBLIC) {
        return true; /* nobody is told which private rooms there are */
    }
    const struct db_value params[] = {DB_TEXT(*name), DB_INT(own)};
    db_query(db, "SELECT 1 FROM room WHERE name = $1 AND kind = 0 AND id <> $2", params, 2);
    bool taken = db_next(db);
    db_done(db);
    if (taken) {
        op_refuse(r, CHAT_TAKEN, "name");
    }
    return !taken;
}

static enum chat_role role_of_actor(struct db *db, const struct store_request *r)
{
    db_query(db, "SELECT role FROM account WHERE id = $1", &DB_INT(r->actor), 1);
    enum chat_role role = db_next(db) ? (enum chat_role)db_int(db, 0) : CHAT_GUEST;
    db_done(db);
    return role;
}

int64_t op_room_insert(struct db *db, const struct store_request *r, enum chat_room_kind kind,
                       struct slice name, struct slice topic)
{
    const struct db_value params[] = {DB_INT(kind), DB_TEXT(name), DB_TEXT(topic),
                                      DB_INT(r->now_ms)};
    db_query(
        db, "INSERT INTO room (kind, name, topic, created_ms) VALUES ($1, $2, $3, $4) RETURNING id",
        params, 4);
    int64_t id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return id;
}

void op_room_create(struct db *db, struct store_request *r)
{
    const struct may_facts facts = {.user_role = role_of_actor(db, r)};
    struct slice name;
    enum chat_error error =
        may(r->in.kind == CHAT_PUBLIC ? MAY_CREATE_PUBLIC : MAY_CREATE_PRIVATE, &facts);
    if (error) {
        op_refuse(r, error, "");
        return;
    }
    if (!take_name(db, r, r->in.kind, 0, &name)) {
        return;
    }
    int64_t id = op_room_insert(db, r, r->in.kind, name, r->in.topic);
    const struct db_value member[] = {DB_INT(r->actor), DB_INT(id), DB_INT(CHAT_OWNER),
                                      DB_INT(r->now_ms)};
    db_exec(db,
            "INSERT INTO member (account, room, joined, role, since_ms) VALUES ($1, $2, 1, $3, $4)",
            member, 4);
    db_exec(db, "UPDATE room SET members_n = 1 WHERE id = $1", &DB_INT(id), 1);
    op_event(db, r, id, CHAT_EVENT_ROOM, 0, 0, CHAT_JOIN, 0);
    attach_state(db, r, id);
    give_room(db, r, id);
}

void op_room_update(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct chat_room room = {0};
    if (!op_may(db, r, MAY_MANAGE, &facts, &room)) {
        return;
    }
    struct slice name = room.name, topic = room.topic;
    bool archived = room.archived;
    if (CHAT_HAS(&r->in, CHAT_FIELD_NAME) && !take_name(db, r, room.kind, room.id, &name)) {
        return;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_TOPIC)) {
        topic = r->in.topic;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_ARCHIVED)) {
        archived = r->in.archived;
    }
    const struct db_value params[] = {DB_INT(room.id), DB_TEXT(name), DB_TEXT(topic),
                                      DB_INT(archived)};
    db_exec(db, "UPDATE room SET name = $2, topic = $3, archived = $4 WHERE id = $1", params, 4);
    op_event(db, r, room.id, CHAT_EVENT_ROOM, 0, 0, CHAT_JOIN, 0);
    attach_state(db, r, room.id);
    give_room(db, r, room.id);
}

void op_room_get(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    int64_t id = op_room_id(db, r);
    if (id == 0) {
        return;
    }
    op_facts(db, r, id, false, &facts, NULL);
    enum chat_error error = may(MAY_READ, &facts);
    if (error) {
        op_refuse(r, error, "room");
        return;
    }
    give_room(db, r, id);
}

/* --- the list --- */

/* "%q%" with its own wildcards escaped; "%" for no q. */
static struct slice like(struct db *db, struct store_request *r)
{
    struct slice q = r->in.q;
    char *p = op_alloc(db, r, q.n * 2 + 2, 1);
    size_t n = 0;
    if (!p) {
        return SL("%");
    }
    p[n++] = '%';
    for (size_t i = 0; i < q.n; i++) {
        char c = q.p[i];
        if (c == '#' && i == 0) {
            continue;
        }
        if (memchr("%_\\", c, 3)) {
            p[n++] = '\\';
        }
        p[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    p[n++] = '%';
    return (struct slice){p, n};
}

void op_rooms(struct db *db, struct store_request *r)
{
    int64_t ids[CHAT_LIMIT_MAX];
    uint32_t n = 0;
    const struct db_value params[] = {DB_INT(r->actor), DB_TEXT(like(db, r)), DB_INT(r->in.after),
                                      DB_INT(r->in.limit), DB_INT(r->now_ms)};
    db_query(db,
             "SELECT r.id FROM room r LEFT JOIN member m ON m.room = r.id AND m.account = $1"
             " WHERE r.name LIKE $2 ESCAPE '\\' AND r.id > $3"
             " AND (m.joined = 1 OR (r.kind = 0 AND (m.banned_until_ms IS NULL"
             " OR m.banned_until_ms <= $5))) ORDER BY r.id LIMIT $4",
             params, 5);
    while (n < r->in.limit && db_next(db)) {
        ids[n++] = db_int(db, 0);
    }
    db_done(db);
    r->out.rooms = op_alloc(db, r, n, sizeof *r->out.rooms);
    for (uint32_t i = 0; r->out.rooms && i < n; i++) {
        struct may_facts facts;
        op_facts(db, r, ids[i], false, &facts, NULL);
        if (may(MAY_READ, &facts) == CHAT_OK &&
            op_load_room(db, r, ids[i], true, &r->out.rooms[r->out.rooms_n])) {
            r->out.rooms_n++;
        }
    }
}
