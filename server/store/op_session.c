/* Devices that are signed in. */
#include "store_op.h"

#define SESSIONS_MAX                                                                               \
    CHAT_LIMIT_MAX /* good ones of one account, as many as a list shows; the longest unused make way */
#define REVOKED_MAX (2 * SESSIONS_MAX)

static void take_session(struct db *db, struct store_request *r, struct store_session *s)
{
    *s = (struct store_session){.id = db_int(db, 0),
                                .user = db_int(db, 1),
                                .created_ms = db_int(db, 2),
                                .seen_ms = db_int(db, 3),
                                .expires_ms = db_int(db, 4),
                                .user_agent = op_copy(db, r, db_text(db, 5)),
                                .address = op_copy(db, r, db_text(db, 6))};
}

#define COLUMNS "id, account, created_ms, seen_ms, expires_ms, user_agent, address"

/* The session that a query of COLUMNS finds, if it is good, and its user. */
static bool give_session(struct db *db, struct store_request *r)
{
    struct store_session *s = op_alloc(db, r, 1, sizeof *s);
    struct chat_user *user = op_alloc(db, r, 1, sizeof *user);
    bool found = s && user && db_next(db);
    if (found) {
        take_session(db, r, s);
    }
    db_done(db);
    if (found && op_load_user(db, r, s->user, user)) {
        r->out.sessions = s;
        r->out.sessions_n = 1;
        r->out.users = user;
        r->out.users_n = 1;
    }
    return found;
}

/* --- ending --- */

static void add_revoked(struct db *db, struct store_request *r, int64_t id)
{
    if (!r->out.revoked) {
        r->out.revoked = op_alloc(db, r, REVOKED_MAX, sizeof *r->out.revoked);
    }
    if (r->out.revoked && r->out.revoked_n < REVOKED_MAX) {
        r->out.revoked[r->out.revoked_n++] = id;
    }
}

void op_end_sessions(struct db *db, struct store_request *r, int64_t account, int64_t session,
                     int64_t but)
{
    const struct db_value params[] = {DB_INT(account), DB_INT(session), DB_INT(but),
                                      DB_INT(r->now_ms)};
    db_query(db,
             "UPDATE session SET ended_ms = $4 WHERE account = $1 AND ended_ms IS NULL"
             " AND ($2 = 0 OR id = $2) AND id <> $3 RETURNING id",
             params, 4);
    while (db_next(db)) {
        add_revoked(db, r, db_int(db, 0));
    }
    db_done(db);
}

/* --- starting --- */

/* Those that one more would be too many for. */
static void make_place(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->in.user), DB_INT(r->now_ms),
                                      DB_INT(SESSIONS_MAX - 1), DB_INT(REVOKED_MAX)};
    /* Expired ones do not count. */
    db_query(db,
             "UPDATE session SET ended_ms = $2 WHERE id IN (SELECT id FROM session"
             " WHERE account = $1 AND ended_ms IS NULL AND expires_ms > $2"
             " ORDER BY seen_ms DESC, id DESC LIMIT $4 OFFSET $3) RETURNING id",
             params, 4);
    while (db_next(db)) {
        add_revoked(db, r, db_int(db, 0));
    }
    db_done(db);
}

void op_session_new(struct db *db, struct store_request *r)
{
    const struct store_account *a = &r->account;
    int64_t id = op_user_id(db, r);
    if (id == 0) {
        return;
    }
    const struct db_value params[] = {DB_INT(id),
                                      DB_BLOB(a->hash),
                                      DB_INT(r->now_ms),
                                      DB_INT(a->expires_ms),
                                      DB_TEXT(a->user_agent),
                                      DB_TEXT(a->address)};
    make_place(db, r);
    db_query(
        db,
        "INSERT INTO session (account, refresh_hash, created_ms, seen_ms, expires_ms, user_agent,"
        " address) VALUES ($1, $2, $3, $3, $4, $5, $6) RETURNING " COLUMNS,
        params, 6);
    give_session(db, r);
}

/* Whose session it is; 0: there is none of that number. */
static int64_t account_of(struct db *db, int64_t session)
{
    db_query(db, "SELECT account FROM session WHERE id = $1 AND ended_ms IS NULL", &DB_INT(session),
             1);
    int64_t account = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return account;
}

/* One looks after one's own devices; administrators after those of whoever has a lower role, too. */
static bool may_look_after(struct db *db, struct store_request *r, int64_t user)
{
    if (r->actor == user) {
        return true;
    }
    enum chat_role own = op_role_of(db, r->actor);
    bool may_do = own >= CHAT_ADMIN && (r->actor == 0 || op_role_of(db, user) < own);
    if (!may_do) {
        op_refuse(r, CHAT_FORBIDDEN, "user");
    }
    return may_do;
}

void op_session_end(struct db *db, struct store_request *r)
{
    int64_t session = r->account.session;
    int64_t user = r->in.user == 0 ? account_of(db, session) : op_user_id(db, r);
    if (user == 0 && r->in.user == 0) {
        op_refuse(r, CHAT_NOT_FOUND, "session");
    }
    if (user == 0 || !may_look_after(db, r, user)) {
        return;
    }
    op_end_sessions(db, r, user, session, 0);
    if (r->out.revoked_n == 0 && r->account.session != 0) {
        op_refuse(r, CHAT_NOT_FOUND, "session");
    }
}

/* --- turning --- */

/* The answer to a turn may be lost, and two tabs may turn at once: so the token just replaced is taken for a while longer. It gets
 * the same next one, which nobody can give who does not hold the server's keys: thus it is that one's immediate predecessor. */
static bool turn_again(struct db *db, struct store_request *r)
{
    const struct store_account *a = &r->account;
    const struct db_value params[] = {DB_BLOB(a->hash), DB_BLOB(a->new_hash),
                                      DB_INT(r->now_ms - STORE_TURN_LEEWAY_MS), DB_INT(r->now_ms)};
    db_query(db,
             "SELECT " COLUMNS " FROM session WHERE refresh_hash = $2 AND ended_ms IS NULL"
             " AND expires_ms > $4 AND id = (SELECT p.session FROM spent_refresh p"
             " WHERE p.hash = $1 AND p.ts >= $3)",
             params, 4);
    return give_session(db, r);
}

/* A token that was used before: whoever has it, the session is not trusted any more. */
static void end_reused(struct db *db, struct store_request *r)
{
    int64_t session = 0, account = 0;
    db_query(db,
             "SELECT s.id, s.account FROM spent_refresh p JOIN session s ON s.id = p.session"
             " WHERE p.hash = $1",
             &DB_BLOB(r->account.hash), 1);
    if (db_next(db)) {
        session = db_int(db, 0);
        account = db_int(db, 1);
    }
    db_done(db);
    if (session > 0) {
        op_end_sessions(db, r, account, session, 0);
    }
}

void op_session_turn(struct db *db, struct store_request *r)
{
    const struct store_account *a = &r->account;
    int64_t id = 0;
    const struct db_value find[] = {DB_BLOB(a->hash), DB_INT(r->now_ms)};
    db_query(
        db,
        "SELECT id FROM session WHERE refresh_hash = $1 AND ended_ms IS NULL AND expires_ms > $2",
        find, 2);
    id = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    if (id == 0) {
        if (!turn_again(db, r)) {
            op_refuse(r, CHAT_UNAUTHENTICATED, "");
            end_reused(db, r);
        }
        return;
    }
    const struct db_value spent[] = {DB_BLOB(a->hash), DB_INT(id), DB_INT(r->now_ms)};
    db_exec(db, "INSERT INTO spent_refresh (hash, session, ts) VALUES ($1, $2, $3)", spent, 3);
    const struct db_value next[] = {DB_INT(id), DB_BLOB(a->new_hash), DB_INT(r->now_ms),
                                    DB_INT(a->expires_ms), DB_TEXT(a->address)};
    db_query(db,
             "UPDATE session SET refresh_hash = $2, seen_ms = $3, expires_ms = $4, address = $5"
             " WHERE id = $1 RETURNING " COLUMNS,
             next, 5);
    give_session(db, r);
}

/* --- looking --- */

void op_session_get(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->account.session), DB_INT(r->now_ms)};
    db_query(db,
             "SELECT " COLUMNS
             " FROM session WHERE id = $1 AND ended_ms IS NULL AND expires_ms > $2",
             params, 2);
    if (!give_session(db, r)) {
        op_refuse(r, CHAT_UNAUTHENTICATED, "");
    }
}

void op_sessions(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->in.user), DB_INT(r->now_ms),
                                      DB_INT(CHAT_LIMIT_MAX)};
    int64_t user = op_user_id(db, r);
    if (user == 0 || !may_look_after(db, r, user)) {
        return;
    }
    r->out.sessions = op_alloc(db, r, CHAT_LIMIT_MAX, sizeof *r->out.sessions);
    if (!r->out.sessions) {
        return;
    }
    db_query(db,
             "SELECT " COLUMNS " FROM session WHERE account = $1 AND ended_ms IS NULL"
             " AND expires_ms > $2 ORDER BY seen_ms DESC, id DESC LIMIT $3",
             params, 3);
    while (r->out.sessions_n < CHAT_LIMIT_MAX && db_next(db)) {
        take_session(db, r, &r->out.sessions[r->out.sessions_n++]);
    }
    db_done(db);
}
