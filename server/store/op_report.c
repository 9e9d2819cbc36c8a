/* What members say against messages, for those who moderate the room: of each message once by each. A judgement is of the message: it
 * closes all reports of it. Of those against himself nobody learns, not even that there are any: who moderates is told of the others only.
 * Closed ones are kept for a while (op_prune.c), as the record of who said what, who judged, and how; but for the message's text, which goes with the
 * message.
 */
#include "store_op.h"

#include "utf8.h"

/* As much of a message as is quoted. */
static struct slice quote(struct slice text)
{
    struct slice rest = text;
    for (unsigned n = 0; rest.n > 0 && n < STORE_QUOTE_CHARS_MAX; n++) {
        utf8_take(&rest);
    }
    return (struct slice){text.p, text.n - rest.n};
}

static int64_t number(struct db *db, const char *sql, const struct db_value *params, unsigned n)
{
    db_query(db, sql, params, n);
    int64_t value = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return value;
}

static int64_t open_n(struct db *db, int64_t room)
{
    return number(db, "SELECT count(*) FROM report WHERE room = $1 AND closed_ms = 0",
                  &DB_INT(room), 1);
}

/* Of a room's reports, as SQL: those that wait and are not against account. */
#define OPEN_FOR(account)                                                                          \
    "report p JOIN message m ON m.room = p.room AND m.seq = p.seq AND m.sender <> " account        \
    " WHERE p.room = $1 AND p.closed_ms = 0"

/* Who moderates there is told how many wait; but not whose message this was about. */
static void tell(struct db *db, struct store_request *r, enum chat_room_kind kind, int64_t seq)
{
    const struct db_value params[] = {
        DB_INT(r->in.room), DB_INT(CHAT_MOD), DB_INT(kind == CHAT_PUBLIC),
        DB_INT(r->now_ms),  DB_INT(seq),      DB_INT(STORE_MODS_TOLD_MAX)};
    r->out.mods = op_alloc(db, r, STORE_MODS_TOLD_MAX, sizeof *r->out.mods);
    if (!r->out.mods) {
        return;
    }
    db_query(db,
             "SELECT a.id, (SELECT count(*) FROM " OPEN_FOR(
                 "a.id") ")"
                         " FROM account a LEFT JOIN member m ON m.account = a.id AND m.room = $1"
                         " WHERE ((m.joined = 1 AND m.role >= $2) OR ($3 = 1 AND a.role >= $2))"
                         " AND coalesce(m.banned_until_ms, 0) <= $4 AND a.id NOT IN"
                         " (SELECT sender FROM message WHERE room = $1 AND seq = $5) ORDER BY a.id "
                         "LIMIT $6",
             params, 6);
    while (r->out.mods_n < STORE_MODS_TOLD_MAX && db_next(db)) {
        r->out.mods[r->out.mods_n++] = (struct store_mod){db_int(db, 0), db_int(db, 1)};
    }
    db_done(db);
}

/* --- reporting --- */

/* The message, which is to be there, and what may is to know of it; its text as it is now. false: refused. */
static bool find_message(struct db *db, struct store_request *r, struct may_facts *facts,
                         struct slice *text)
{
    op_facts(db, r, r->in.room, true, facts, NULL);
    enum chat_error error = may(MAY_READ, facts);
    if (error) {
        op_refuse(r, error, "room");
        return false;
    }
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.seq)};
    db_query(db, "SELECT sender, text FROM message WHERE room = $1 AND seq = $2 AND deleted = 0",
             params, 2);
    bool found = db_next(db);
    if (found) {
        facts->own = db_int(db, 0) == r->actor;
        *text = op_copy(db, r, quote(db_text(db, 1)));
    }
    db_done(db);
    error = found ? may(MAY_REPORT, facts) : CHAT_NOT_FOUND;
    if (error) {
        op_refuse(r, error, found && facts->member && !facts->own ? "room" : "seq");
    }
    return !error;
}

static bool has_place(struct db *db, struct store_request *r)
{
    int64_t mine = number(db, "SELECT count(*) FROM report WHERE reporter = $1 AND closed_ms = 0",
                          &DB_INT(r->actor), 1);
    if (mine >= STORE_REPORTS_MINE_MAX || open_n(db, r->in.room) >= STORE_REPORTS_ROOM_MAX) {
        op_refuse(r, CHAT_TOO_MANY, "");
        return false;
    }
    return true;
}

void op_report(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct slice text = SL("");
    if (!find_message(db, r, &facts, &text)) {
        return;
    }
    const struct db_value params[] = {DB_INT(r->in.room),    DB_INT(r->in.seq), DB_INT(r->actor),
                                      DB_TEXT(r->in.reason), DB_TEXT(text),     DB_INT(r->now_ms)};
    r->out.dup =
        number(db, "SELECT count(*) FROM report WHERE room = $1 AND seq = $2 AND reporter = $3",
               params, 3) > 0;
    if (r->out.dup || !has_place(db, r)) {
        return;
    }
    db_exec(db,
            "INSERT INTO report (room, seq, reporter, reason, text, ts, closed_ms, closed_by,"
            " outcome) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)",
            params, 6);
    tell(db, r, facts.kind, r->in.seq);
}

/* --- judging --- */

void op_reports(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    if (!op_may(db, r, MAY_SEE_INVITES, &facts, NULL)) {
        return;
    }
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->actor), DB_INT(r->in.after),
                                      DB_INT(r->in.limit)};
    r->out.count = number(db, "SELECT count(*) FROM " OPEN_FOR("$2"), params, 2);
    r->out.reports = op_alloc(db, r, r->in.limit, sizeof *r->out.reports);
    if (!r->out.reports) {
        return;
    }
    db_query(
        db,
        "SELECT p.id, p.seq, p.ts, p.reason, p.text, a.id, a.name, a.display, a.role, a.bot,"
        " b.id, b.name, b.display, b.role, b.bot FROM account a, account b, " OPEN_FOR(
            "$2") " AND a.id = p.reporter AND b.id = m.sender AND p.id > $3 ORDER BY p.id LIMIT $4",
        params, 4);
    while (r->out.reports_n < r->in.limit && db_next(db)) {
        struct store_report *report = &r->out.reports[r->out.reports_n++];
        *report = (struct store_report){.id = db_int(db, 0),
                                        .seq = db_int(db, 1),
                                        .ts = db_int(db, 2),
                                        .reason = op_copy(db, r, db_text(db, 3)),
                                        .text = op_copy(db, r, db_text(db, 4)),
                                        .by = op_take_user(db, r, 5),
                                        .from = op_take_user(db, r, 10)};
    }
    db_done(db);
}

/* Those of a message that are open. */
static void close_all(struct db *db, struct store_request *r, int64_t seq, enum chat_outcome how)
{
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(seq), DB_INT(r->now_ms),
                                      DB_INT(r->actor), DB_INT(how)};
    db_exec(db,
            "UPDATE report SET closed_ms = $3, closed_by = $4, outcome = $5"
            " WHERE room = $1 AND seq = $2 AND closed_ms = 0",
            params, 5);
}

void op_report_close(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    if (!op_may(db, r, MAY_SEE_INVITES, &facts, NULL)) {
        return;
    }
    const struct db_value params[] = {DB_INT(r->in.report_id), DB_INT(r->in.room)};
    db_query(db,
             "SELECT p.seq, p.closed_ms, m.sender FROM report p"
             " JOIN message m ON m.room = p.room AND m.seq = p.seq WHERE p.id = $1 AND p.room = $2",
             params, 2);
    bool found = db_next(db);
    int64_t seq = found ? db_int(db, 0) : 0;
    r->out.dup = found && db_int(db, 1) > 0; /* somebody was faster */
    facts.own = found && db_int(db, 2) == r->actor;
    db_done(db);
    if (!found || may(MAY_JUDGE, &facts) != CHAT_OK) {
        op_refuse(r, CHAT_NOT_FOUND, "report_id");
    } else if (!r->out.dup) {
        close_all(db, r, seq, r->in.outcome);
        tell(db, r, facts.kind, seq);
    }
}

void op_reports_erase(struct db *db, struct store_request *r, enum chat_room_kind kind)
{
    const struct db_value params[] = {DB_INT(r->in.room), DB_INT(r->in.seq)};
    db_exec(db, "UPDATE report SET text = '' WHERE room = $1 AND seq = $2", params, 2);
    if (db_changes(db) == 0) {
        return;
    }
    close_all(db, r, r->in.seq, CHAT_OUTCOME_DELETED);
    if (db_changes(db) > 0) {
        tell(db, r, kind, r->in.seq);
    }
}
