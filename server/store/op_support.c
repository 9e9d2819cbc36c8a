/* What the operations have in common: refusing, facts, events, rows. See store_op.h. */
#include "store_op.h"

#include "ident.h"
#include "name_nfc.h"
#include <string.h>

void op_refuse(struct store_request *r, enum chat_error error, const char *field)
{
    r->out.refusal = (struct chat_refusal){.error = error, .field = field};
}

void *op_alloc(struct db *db, struct store_request *r, size_t n, size_t size)
{
    void *p = arena_array(&r->arena, n, size);
    if (!p) {
        db_fail(db, ERR_NOMEM, "an answer is too large, or no memory");
    }
    return p;
}

struct slice op_copy(struct db *db, struct store_request *r, struct slice s)
{
    struct slice copy = arena_copy(&r->arena, s);
    if (!copy.p) {
        db_fail(db, ERR_NOMEM, "an answer is too large, or no memory");
    }
    return copy;
}

int64_t op_if_later(int64_t until_ms, int64_t now_ms)
{
    return until_ms > now_ms ? until_ms : 0;
}

struct chat_user op_take_user(struct db *db, struct store_request *r, int first)
{
    return (struct chat_user){.id = db_int(db, first),
                              .name = op_copy(db, r, db_text(db, first + 1)),
                              .display = op_copy(db, r, db_text(db, first + 2)),
                              .role = (enum chat_role)db_int(db, first + 3),
                              .bot = db_int(db, first + 4) != 0};
}

/* --- facts --- */

static const bool writes[STORE_OPS_N] = {
#define READ                         false
#define WRITE                        true
#define STORE_OP(id, mode, function) [id] = mode,
    STORE_OPS(STORE_OP)
#undef STORE_OP
#undef READ
#undef WRITE
};

/* PostgreSQL keeps the row for this transaction; SQLite has one writer anyway. */
static void lock_room(struct db *db, int64_t room)
{
    if (db_kind(db) == DB_POSTGRES) {
        db_exec_later(db, "SELECT 1 FROM room WHERE id = $1 FOR NO KEY UPDATE", &DB_INT(room), 1);
    }
}

void op_facts(struct db *db, struct store_request *r, int64_t room_id, bool write,
              struct may_facts *facts, struct chat_room *room)
{
    const struct db_value params[] = {DB_INT(room_id), DB_INT(r->actor)};
    *facts = (struct may_facts){0};
    if (write) {
        lock_room(db, room_id);
    }
    db_query(
        db,
        "SELECT r.kind, r.archived, m.joined, m.role, m.muted_until_ms, m.banned_until_ms, a.role,"
        " r.name, r.topic, r.seq, r.ev, r.min_seq, r.members_n,"
        " (SELECT s.seconds FROM slow s WHERE s.room = r.id), " OP_BLOCKED_IN_DM(
            "$2") " FROM room r LEFT JOIN member m ON m.room = r.id AND m.account = $2"
                  " LEFT JOIN account a ON a.id = $2 WHERE r.id = $1",
        params, 2);
    if (db_next(db)) {
        *facts = (struct may_facts){.user_role = (enum chat_role)db_int(db, 6),
                                    .room_known = true,
                                    .kind = (enum chat_room_kind)db_int(db, 0),
                                    .archived = db_int(db, 1) != 0,
                                    .member = db_int(db, 2) != 0,
                                    .room_role = (enum chat_role)db_int(db, 3),
                                    .muted = db_int(db, 4) > r->now_ms,
                                    .banned = db_int(db, 5) > r->now_ms,
                                    .blocked = !db_is_null(db, 14)};
        if (r->actor == 0) { /* the server itself */
            facts->user_role = facts->room_role = CHAT_OWNER;
            facts->member = true;
        }
        if (room) {
            *room = (struct chat_room){.id = room_id,
                                       .kind = facts->kind,
                                       .archived = facts->archived,
                                       .name = op_copy(db, r, db_text(db, 7)),
                                       .topic = op_copy(db, r, db_text(db, 8)),
                                       .seq = db_int(db, 9),
                                       .ev = db_int(db, 10),
                                       .min_seq = db_int(db, 11),
                                       .members = (uint32_t)db_int(db, 12),
                                       .slow = db_int(db, 13)};
        }
    }
    db_done(db);
}

bool op_may(struct db *db, struct store_request *r, enum may_action action, struct may_facts *facts,
            struct chat_room *room)
{
    op_facts(db, r, r->in.room, writes[r->op], facts, room);
    enum chat_error error = may(action, facts);
    if (error) {
        op_refuse(r, error, "room");
    }
    return !error;
}

int64_t op_room_id(struct db *db, struct store_request *r)
{
    struct name_text text;
    int64_t id = r->in.room;
    if (id == 0) {
        if (name_room(r->in.room_name, &text)) {
            op_refuse(r, CHAT_NOT_FOUND, "room");
            return 0;
        }
        struct slice name = name_slice(&text);
        db_query(db, "SELECT id FROM room WHERE name = $1 AND kind = 0", &DB_TEXT(name), 1);
        id = db_next(db) ? db_int(db, 0) : 0;
        db_done(db);
        if (id == 0) { /* one of the actor's private rooms */
            const struct db_value params[] = {DB_TEXT(name), DB_INT(r->actor)};
            db_query(db,
                     "SELECT r.id FROM room r JOIN member m ON m.room = r.id AND m.account = $2"
                     " AND m.joined = 1 WHERE r.name = $1 AND r.kind = 1 ORDER BY r.id LIMIT 1",
                     params, 2);
            id = db_next(db) ? db_int(db, 0) : 0;
            db_done(db);
        }
    }
    if (id == 0) {
        op_refuse(r, CHAT_NOT_FOUND, "room");
    }
    return id;
}

int64_t op_user_id(struct db *db, struct store_request *r)
{
    struct ident_name name;
    int64_t id = 0;
    if (r->in.user > 0) {
        db_query(db, "SELECT id FROM account WHERE id = $1", &DB_INT(r->in.user), 1);
        id = db_next(db) ? db_int(db, 0) : 0;
        db_done(db);
    } else if (!ident_user(r->in.user_name, &name)) {
        db_query(db, "SELECT id FROM account WHERE name = $1", &DB_TEXT(ident_slice(&name)), 1);
        id = db_next(db) ? db_int(db, 0) : 0;
        db_done(db);
    }
    if (id == 0) {
        op_refuse(r, CHAT_NOT_FOUND, "user");
    }
    return id;
}

enum chat_role op_role_of(struct db *db, int64_t account)
{
    enum chat_role role = CHAT_OWNER; /* the server's own */
    if (account > 0) {
        db_query(db, "SELECT role FROM account WHERE id = $1", &DB_INT(account), 1);
        role = db_next(db) ? (enum chat_role)db_int(db, 0) : CHAT_GUEST;
        db_done(db);
    }
    return role;
}

/* --- events --- */

void op_event(struct db *db, struct store_request *r, int64_t room, enum chat_event_kind kind,
              int64_t seq, int64_t target, enum chat_change change, int64_t arg)
{
    db_query(db, "UPDATE room SET ev = ev + 1 WHERE id = $1 RETURNING ev", &DB_INT(room), 1);
    int64_t ev = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    const struct db_value params[] = {DB_INT(room),   DB_INT(ev),       DB_INT(kind),
                                      DB_INT(seq),    DB_INT(r->actor), DB_INT(target),
                                      DB_INT(change), DB_INT(arg),      DB_INT(r->now_ms)};
    db_exec(db,
            "INSERT INTO room_event (room, ev, kind, seq, actor, target, change, arg, ts)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params, 9);
    if (r->out.has_event) {
        CHECK(!r->out.has_also);
        r->out.also = r->out.event;
        r->out.has_also = true;
    }
    r->out.room = room;
    r->out.ev = ev;
    r->out.ts = r->now_ms;
    r->out.has_event = true;
    r->out.event = (struct chat_event){
        .room = room, .ev = ev, .kind = kind, .actor = r->actor, .ts = r->now_ms, .change = change};
    if (change == CHAT_ROLE) {
        r->out.event.role = (enum chat_role)arg;
    } else {
        r->out.event.until_ms = arg;
    }
}

/* --- rows --- */

struct chat_user op_take_whole_user(struct db *db, struct store_request *r)
{
    return (struct chat_user){.id = db_int(db, 0),
                              .name = op_copy(db, r, db_text(db, 1)),
                              .display = op_copy(db, r, db_text(db, 2)),
                              .status = op_copy(db, r, db_text(db, 3)),
                              .role = (enum chat_role)db_int(db, 4),
                              .bot = db_int(db, 5) != 0,
                              .avatar = db_int(db, 6)};
}

struct chat_user *op_take_users(struct db *db, struct store_request *r, uint32_t max, uint32_t *n)
{
    struct chat_user *users = op_alloc(db, r, max, sizeof *users);
    while (users && *n < max && db_next(db)) {
        users[(*n)++] = op_take_whole_user(db, r);
    }
    db_done(db);
    return users;
}

bool op_load_user(struct db *db, struct store_request *r, int64_t id, struct chat_user *out)
{
    db_query(db, "SELECT " OP_USER_COLUMNS " FROM account a WHERE a.id = $1", &DB_INT(id), 1);
    bool found = db_next(db);
    if (found) {
        *out = op_take_whole_user(db, r);
    }
    db_done(db);
    return found;
}

void op_give_user(struct db *db, struct store_request *r, int64_t id)
{
    struct chat_user *user = op_alloc(db, r, 1, sizeof *user);
    if (user && op_load_user(db, r, id, user)) {
        r->out.users = user;
        r->out.users_n = 1;
    }
}

void op_give_room(struct db *db, struct store_request *r, int64_t room)
{
    struct chat_room *out = op_alloc(db, r, 1, sizeof *out);
    if (out && op_load_room(db, r, room, true, out)) {
        r->out.rooms = out;
        r->out.rooms_n = 1;
        r->out.room = room;
    }
}

/* The asker's part of a room. */
static void load_mine(struct db *db, struct store_request *r, struct chat_room *room)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(room->id)};
    int64_t other = 0;
    room->has_mine = true;
    db_query(db,
             "SELECT m.joined, m.role, m.read_seq, m.notify,"
             " CASE WHEN r.dm_low = $1 THEN r.dm_high ELSE r.dm_low END, m.muted_until_ms"
             " FROM room r LEFT JOIN member m ON m.account = $1 AND m.room = r.id WHERE r.id = $2",
             params, 2);
    if (db_next(db)) {
        room->joined = db_int(db, 0) != 0;
        room->room_role = room->joined ? (enum chat_role)db_int(db, 1) : CHAT_GUEST;
        room->read_seq = db_int(db, 2);
        room->notify = (enum chat_notify)db_int(db, 3);
        other = db_int(db, 4);
        room->muted_until_ms = op_if_later(db_int(db, 5), r->now_ms);
    }
    db_done(db);
    if (room->joined) {
        op_unread(db, r->actor, room->id, room->read_seq, &room->unread, &room->mentions);
    }
    if (room->kind == CHAT_DM) {
        room->with = op_alloc(db, r, 1, sizeof *room->with);
        if (room->with) {
            op_load_user(db, r, other, room->with);
        }
    }
}

bool op_load_room(struct db *db, struct store_request *r, int64_t id, bool mine,
                  struct chat_room *out)
{
    db_query(db,
             "SELECT kind, name, topic, archived, seq, ev, min_seq, members_n,"
             " (SELECT s.seconds FROM slow s WHERE s.room = room.id) FROM room WHERE id = $1",
             &DB_INT(id), 1);
    bool found = db_next(db);
    if (found) {
        *out = (struct chat_room){.id = id,
                                  .kind = (enum chat_room_kind)db_int(db, 0),
                                  .name = op_copy(db, r, db_text(db, 1)),
                                  .topic = op_copy(db, r, db_text(db, 2)),
                                  .archived = db_int(db, 3) != 0,
                                  .seq = db_int(db, 4),
                                  .ev = db_int(db, 5),
                                  .min_seq = db_int(db, 6),
                                  .members = (uint32_t)db_int(db, 7),
                                  .slow = db_int(db, 8)};
    }
    db_done(db);
    if (found && mine) {
        load_mine(db, r, out);
    }
    return found;
}
