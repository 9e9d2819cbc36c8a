/* Rooms: made, found, changed. */
#include "op_room.h"

#include "name_nfc.h"
#include <string.h>

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
    struct name_text text;
    const char *why = name_room(r->in.name, &text);
    if (why) {
        op_refuse(r, CHAT_INVALID, "name");
        r->out.refusal.message = why;
        return false;
    }
    *name = op_copy(db, r, name_slice(&text));
    if (!name->p) {
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

int64_t op_lobby_id(struct db *db)
{
    db_query(db, "SELECT id FROM room WHERE name = 'lobby' AND kind = 0", NULL, 0);
    int64_t id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return id;
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

static void make_owner(struct db *db, const struct store_request *r, int64_t room)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(room), DB_INT(CHAT_OWNER),
                                      DB_INT(r->now_ms)};
    db_exec(db,
            "INSERT INTO member (account, room, joined, role, since_ms) VALUES ($1, $2, 1, $3, $4)",
            params, 4);
    db_exec(db, "UPDATE room SET members_n = 1 WHERE id = $1", &DB_INT(room), 1);
}

void op_room_create(struct db *db, struct store_request *r)
{
    const struct may_facts facts = {.user_role = op_role_of(db, r->actor)};
    struct slice name;
    if (r->in.kind == CHAT_DM) {
        op_refuse(r, CHAT_INVALID, "kind");
        return;
    }
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
    if (r->actor > 0) {
        make_owner(db, r, id);
    }
    op_event(db, r, id, CHAT_EVENT_ROOM, 0, 0, CHAT_JOIN, 0);
    attach_state(db, r, id);
    op_give_room(db, r, id);
}

/* What is to become of a room. */
struct change {
    struct slice name, topic;
    bool archived;
    int64_t slow;
};

/* The request's wishes over what the room is like; refused and false when one will not do. */
static bool take_change(struct db *db, struct store_request *r, const struct chat_room *room,
                        struct change *c)
{
    *c = (struct change){room->name, room->topic, room->archived, room->slow};
    if (CHAT_HAS(&r->in, CHAT_FIELD_NAME) && !take_name(db, r, room->kind, room->id, &c->name)) {
        return false;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_TOPIC)) {
        c->topic = r->in.topic;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_ARCHIVED)) {
        c->archived = r->in.archived;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_SLOW)) {
        c->slow = r->in.slow;
    }
    /* The lobby is where everybody is: it is found by its name, and never closed. */
    bool renamed = !slice_eq(c->name, room->name);
    if ((renamed || c->archived) && room->id == op_lobby_id(db)) {
        op_refuse(r, CHAT_FORBIDDEN, renamed ? "name" : "archived");
        return false;
    }
    return true;
}

/* What is asked for, each by whom it is for. */
static bool may_change(struct db *db, struct store_request *r, struct chat_room *room)
{
    struct may_facts facts;
    bool archives = CHAT_HAS(&r->in, CHAT_FIELD_ARCHIVED),
         slows = CHAT_HAS(&r->in, CHAT_FIELD_SLOW);
    bool manages = CHAT_HAS(&r->in, CHAT_FIELD_NAME) || CHAT_HAS(&r->in, CHAT_FIELD_TOPIC);
    op_facts(db, r, r->in.room, true, &facts, room);
    enum chat_error error = archives ? may(MAY_ARCHIVE, &facts) : CHAT_OK;
    /* What is opened again by this request may be changed by it, too. */
    facts.archived = facts.archived && !(archives && !r->in.archived);
    if (!error && (manages || (!archives && !slows))) {
        error = may(MAY_MANAGE, &facts);
    }
    if (!error && slows) {
        error = may(MAY_MODERATE, &facts);
    }
    if (error) {
        op_refuse(r, error, "room");
    }
    return !error;
}

static void write_change(struct db *db, const struct chat_room *room, const struct change *c)
{
    const struct db_value params[] = {DB_INT(room->id), DB_TEXT(c->name), DB_TEXT(c->topic),
                                      DB_INT(c->archived)};
    db_exec(db, "UPDATE room SET name = $2, topic = $3, archived = $4 WHERE id = $1", params, 4);
    if (c->slow != room->slow) {
        op_slow_set(db, room->id, c->slow);
    }
}

void op_room_update(struct db *db, struct store_request *r)
{
    struct chat_room room = {0};
    struct change c;
    if (!may_change(db, r, &room) || !take_change(db, r, &room, &c)) {
        return;
    }
    if (!slice_eq(c.name, room.name) || !slice_eq(c.topic, room.topic) ||
        c.archived != room.archived || c.slow != room.slow) {
        write_change(db, &room, &c);
        op_event(db, r, room.id, CHAT_EVENT_ROOM, 0, 0, CHAT_JOIN, 0);
        attach_state(db, r, room.id);
    }
    op_give_room(db, r, room.id);
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
    op_give_room(db, r, id);
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

void op_room_take(struct db *db, struct store_request *r, struct chat_room *room)
{
    bool joined = db_int(db, 11) != 0;
    *room = (struct chat_room){.id = db_int(db, 0),
                               .kind = (enum chat_room_kind)db_int(db, 1),
                               .name = op_copy(db, r, db_text(db, 2)),
                               .topic = op_copy(db, r, db_text(db, 3)),
                               .archived = db_int(db, 4) != 0,
                               .seq = db_int(db, 5),
                               .ev = db_int(db, 6),
                               .min_seq = db_int(db, 7),
                               .members = (uint32_t)db_int(db, 8),
                               .slow = db_int(db, 9),
                               .muted_until_ms = op_if_later(db_int(db, 10), r->now_ms),
                               .has_mine = true,
                               .joined = joined,
                               .room_role = joined ? (enum chat_role)db_int(db, 12) : CHAT_GUEST,
                               .read_seq = db_int(db, 13),
                               .notify = (enum chat_notify)db_int(db, 14),
                               .unread = db_int(db, 15),
                               .mentions = db_int(db, 16)};
    if (!db_is_null(db, 17)) {
        room->with = op_alloc(db, r, 1, sizeof *room->with);
        if (room->with) {
            *room->with = (struct chat_user){.id = db_int(db, 17),
                                             .name = op_copy(db, r, db_text(db, 18)),
                                             .display = op_copy(db, r, db_text(db, 19)),
                                             .status = op_copy(db, r, db_text(db, 20)),
                                             .role = (enum chat_role)db_int(db, 21),
                                             .bot = db_int(db, 22) != 0,
                                             .avatar = db_int(db, 23)};
        }
    }
}

/* A dm is found by the other one's names; with browse, none is. */
void op_rooms(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->actor),    DB_TEXT(like(db, r)),
                                      DB_INT(r->in.after), DB_INT(r->in.limit),
                                      DB_INT(r->now_ms),   DB_INT(r->in.browse)};
    r->out.rooms = op_alloc(db, r, r->in.limit, sizeof *r->out.rooms);
    if (!r->out.rooms) {
        return;
    }
    db_query(db,
             "SELECT " OP_ROOM_COLUMNS("$1") " FROM room r LEFT JOIN member m ON m.room = r.id AND "
                                             "m.account = $1" OP_ROOM_OTHER(
                                                 "$1") " WHERE r.id > $3 AND (r.name LIKE $2 "
                                                       "ESCAPE '\\' OR (r.kind = 2"
                                                       " AND (a.name LIKE $2 ESCAPE '\\' OR "
                                                       "a.display_fold LIKE $2 ESCAPE '\\')))"
                                                       " AND (m.joined = 1 OR (r.kind = 0 AND "
                                                       "coalesce(m.banned_until_ms, 0) <= $5))"
                                                       " AND ($6 = 0 OR r.kind <> 2)"
                                                       " ORDER BY r.id LIMIT $4",
             params, 6);
    while (r->out.rooms_n < r->in.limit && db_next(db)) {
        op_room_take(db, r, &r->out.rooms[r->out.rooms_n++]);
    }
    db_done(db);
}
