/* What is done with messages that are there: edited, deleted, reacted to, read. */
#include "op_file.h"
#include "op_search.h"
#include "op_unread.h"

#include "ident.h"
#include <string.h>

/* --- mentions --- */

/* Only members are mentioned, and nobody by himself. */
#define MENTION(names)                                                                             \
    "INSERT INTO mention (account, room, seq)"                                                     \
    " SELECT a.id, CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM " names                             \
    " AS n CROSS JOIN account a CROSS JOIN member m WHERE a.name = n.value AND a.id <> $4"         \
    " AND m.account = a.id AND m.room = $2 AND m.joined = 1 ON CONFLICT DO NOTHING"

static void mention_names(struct db *db, struct store_request *r, const struct chat_message *m,
                          const struct ident_mentions *found)
{
    static const char *const sql[] = {
        [DB_SQLITE] = MENTION("json_each($1)"),
        [DB_POSTGRES] = MENTION("json_array_elements_text(CAST($1 AS JSON))"),
    };
    char *json = op_alloc(db, r, found->n, sizeof found->names[0].p + 3);
    size_t n = 0;
    if (!json) {
        return;
    }
    for (unsigned i = 0; i < found->n;
         i++) { /* of a name's characters, none means anything there */
        json[n++] = i == 0 ? '[' : ',';
        json[n++] = '"';
        memcpy(json + n, found->names[i].p, found->names[i].n);
        n += found->names[i].n;
        json[n++] = '"';
    }
    json[n++] = ']';
    const struct db_value params[] = {DB_TEXT(((struct slice){json, n})), DB_INT(m->room),
                                      DB_INT(m->seq), DB_INT(m->from.id)};
    db_exec_later(db, sql[db_kind(db)], params, 4);
}

void op_mentions(struct db *db, struct store_request *r, const struct chat_message *m)
{
    const struct db_value params[] = {DB_INT(m->room), DB_INT(m->seq)};
    struct ident_mentions found;
    ident_mentions(m->text, &found);
    if (m->rev > 1) {
        db_exec_later(db, "DELETE FROM mention WHERE room = $1 AND seq = $2", params, 2);
    }
    if (found.everybody) {
        db_exec_later(db, "INSERT INTO mention (account, room, seq) VALUES (0, $1, $2)", params, 2);
    }
    if (found.n > 0) {
        mention_names(db, r, m, &found);
    }
}

/* --- the message a request is about --- */

struct target {
    struct may_facts facts;
    struct chat_room room;
    int64_t sender, rev;
    bool deleted;
};

/* The room's facts and the message's row. false: refused. */
static bool find_target(struct db *db, struct store_request *r, struct target *t)
{
    op_facts(db, r, r->in.room, true, &t->facts, &t->room);
    enum chat_error error = may(MAY_READ, &t->facts);
    if (error) {
        op_refuse(r, error, "room");
        return false;
    }
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.seq)};
    db_query(db, "SELECT sender, rev, deleted FROM message WHERE room = $1 AND seq = $2", params,
             2);
    bool found = db_next(db);
    if (found) {
        t->sender = db_int(db, 0);
        t->rev = db_int(db, 1);
        t->deleted = db_int(db, 2) != 0;
        t->facts.own = t->sender == r->actor;
    }
    db_done(db);
    if (!found) {
        op_refuse(r, CHAT_NOT_FOUND, "seq");
    }
    return found;
}

/* Whoever would moderate somebody else's message needs a higher role than its sender has here. */
static void find_sender_role(struct db *db, const struct store_request *r, struct target *t)
{
    const struct db_value params[] = {DB_INT(t->sender), DB_INT(r->in.room)};
    db_query(db,
             "SELECT a.role, m.joined, m.role FROM account a"
             " LEFT JOIN member m ON m.account = a.id AND m.room = $2 WHERE a.id = $1",
             params, 2);
    if (db_next(db)) {
        t->facts.other_role = may_role(t->facts.kind, (enum chat_role)db_int(db, 0),
                                       db_int(db, 1) != 0, (enum chat_role)db_int(db, 2));
    }
    db_done(db);
}

static bool allowed(struct store_request *r, enum may_action action, const struct target *t)
{
    enum chat_error error = may(action, &t->facts);
    if (error) {
        op_refuse(r, error, "seq");
    }
    return !error;
}

/* Everybody is to get the message as it is now. */
static void attach(struct db *db, struct store_request *r)
{
    struct chat_message *m = op_alloc(db, r, 1, sizeof *m);
    if (m && op_load_message(db, r, r->in.room, r->in.seq, m)) {
        r->out.event.message = m;
    }
}

/* --- edit --- */

static void refuse_stale(struct db *db, struct store_request *r)
{
    struct chat_message *m = op_alloc(db, r, 1, sizeof *m);
    op_refuse(r, CHAT_CONFLICT, "rev");
    if (m && op_load_message(db, r, r->in.room, r->in.seq, m)) {
        r->out.messages = m;
        r->out.messages_n = 1;
    }
}

void op_edit(struct db *db, struct store_request *r)
{
    struct target t = {0};
    if (!find_target(db, r, &t)) {
        return;
    }
    if (t.deleted) {
        op_refuse(r, CHAT_NOT_FOUND, "seq");
        return;
    }
    if (!allowed(r, MAY_EDIT, &t)) {
        return;
    }
    if (t.rev != r->in.rev) {
        refuse_stale(db, r);
        return;
    }
    op_search_replace(db, r->in.room, r->in.seq, r->in.text);
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.seq), DB_TEXT(r->in.text),
                                      DB_INT(r->now_ms)};
    db_exec(
        db,
        "UPDATE message SET text = $3, edited_ts = $4, rev = rev + 1 WHERE room = $1 AND seq = $2",
        params, 4);
    const struct chat_message now = {.room = r->in.room,
                                     .seq = r->in.seq,
                                     .from = {.id = t.sender},
                                     .text = r->in.text,
                                     .rev = t.rev + 1};
    op_mentions(db, r, &now);
    op_event(db, r, r->in.room, CHAT_EVENT_EDIT, r->in.seq, 0, CHAT_JOIN, 0);
    attach(db, r);
    r->out.rev = t.rev + 1;
}

/* --- delete --- */

static void erase(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.seq)};
    static const char zeros[8];
    const struct db_value message[] = {DB_INT(r->in.room), DB_INT(r->in.seq),
                                       DB_BLOB(((struct slice){zeros, sizeof zeros}))};
    op_search_forget(db, r->in.room, r->in.seq);
    db_exec(db,
            "UPDATE message SET text = '', body_hash = $3, deleted = 1, rev = rev + 1"
            " WHERE room = $1 AND seq = $2",
            message, 3);
    db_exec(db, "DELETE FROM reaction WHERE room = $1 AND seq = $2", params, 2);
    db_exec(db, "DELETE FROM mention WHERE room = $1 AND seq = $2", params, 2);
    op_files_erase(db, r, r->in.room, r->in.seq);
}

void op_delete(struct db *db, struct store_request *r)
{
    struct target t = {0};
    if (!find_target(db, r, &t)) {
        return;
    }
    if (!t.facts.own) {
        find_sender_role(db, r, &t);
    }
    if (!allowed(r, MAY_DELETE, &t)) {
        return;
    }
    if (t.deleted) { /* done already: nothing happens again */
        r->out.ev = t.room.ev;
        return;
    }
    erase(db, r);
    op_reports_erase(db, r, t.facts.kind);
    op_event(db, r, r->in.room, CHAT_EVENT_DELETE, r->in.seq, 0, CHAT_JOIN, 0);
    attach(db, r);
}

/* --- react --- */

/* May one more kind of emoji stand below the message? */
static bool has_place(struct db *db, const struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.seq), DB_TEXT(r->in.emoji)};
    db_query(
        db,
        "SELECT count(DISTINCT emoji) FROM reaction WHERE room = $1 AND seq = $2 AND emoji <> $3",
        params, 3);
    int64_t others = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return others < CHAT_EMOJI_KINDS_MAX;
}

void op_react(struct db *db, struct store_request *r)
{
    struct target t = {0};
    if (!find_target(db, r, &t) || !allowed(r, MAY_SEND, &t)) {
        return;
    }
    if (t.deleted) {
        op_refuse(r, CHAT_NOT_FOUND, "seq");
        return;
    }
    if (r->in.on && !has_place(db, r)) {
        op_refuse(r, CHAT_TOO_MANY, "emoji");
        return;
    }
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.seq), DB_TEXT(r->in.emoji),
                                      DB_INT(r->actor), DB_INT(r->now_ms)};
    if (r->in.on) {
        db_exec(db,
                "INSERT INTO reaction (room, seq, emoji, account, ts) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT DO NOTHING",
                params, 5);
    } else {
        db_exec(db,
                "DELETE FROM reaction WHERE room = $1 AND seq = $2 AND emoji = $3 AND account = $4",
                params, 4);
    }
    if (db_changes(db) == 0) {
        r->out.ev = t.room.ev;
        return;
    }
    op_event(db, r, r->in.room, CHAT_EVENT_REACT, r->in.seq, 0, CHAT_JOIN, 0);
    attach(db, r);
}

/* --- read markers --- */

void op_unread(struct db *db, int64_t account, int64_t room, int64_t read_seq, int64_t *unread,
               int64_t *mentions)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(read_seq), DB_INT(account)};
    db_query(db, "SELECT " OP_UNREAD_SQL("$3", "$1", "$2") ", " OP_MENTIONS_SQL("$3", "$1", "$2"),
             params, 3);
    if (db_next(db)) {
        *unread = db_int(db, 0);
        *mentions = db_int(db, 1);
    }
    db_done(db);
}

void op_read_mark(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct chat_room room;
    op_facts(db, r, r->in.room, false, &facts, &room);
    enum chat_error error = may(MAY_READ, &facts);
    if (!error && !facts.member) {
        error = CHAT_FORBIDDEN;
    }
    if (error) {
        op_refuse(r, error, "room");
        return;
    }
    /* Another device may move it at the same time: the comparison is the statement's. */
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(r->in.room),
                                      DB_INT(r->in.seq < room.seq ? r->in.seq : room.seq),
                                      DB_INT(r->in.on)};
    db_exec(db,
            "UPDATE member SET read_seq = $3 WHERE account = $1 AND room = $2"
            " AND (read_seq < $3 OR ($4 = 1 AND read_seq > $3))",
            params, 4);
    db_query(db, "SELECT read_seq FROM member WHERE account = $1 AND room = $2", params, 2);
    r->out.read_seq = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    r->out.room = r->in.room;
    op_unread(db, r->actor, r->in.room, r->out.read_seq, &r->out.unread, &r->out.mentions);
}
