/* See pg_seat.h. The numbers are DB_APPLICATION_ID and 1; pg_locks shows a number of 64 bits in two halves, with objsubid 1. */
#include "pg_seat.h"

#define LOCKS_HERE                                                                                 \
    "FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid()"    \
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"

static bool is_true(struct db *db, const char *sql, const struct db_value *params, unsigned n)
{
    db_query(db, sql, params, n);
    bool yes = db_next(db) && db_int(db, 0) != 0;
    return db_done(db) == ERR_OK && yes;
}

/* Nobody reads the answers of the process that has it: what it has not committed by now is done again. */
static enum err take_own(struct db *db, int64_t own)
{
    const struct db_value halves[] = {DB_INT((int64_t)((uint64_t)own >> 32)),
                                      DB_INT((int64_t)((uint64_t)own & UINT32_MAX))};
    if (is_true(db, "SELECT pg_try_advisory_lock(CAST($1 AS BIGINT))", &DB_INT(own), 1)) {
        return ERR_OK;
    }
    (void)db_exec(db,
                  "SELECT pg_terminate_backend(l.pid) " LOCKS_HERE
                  " AND l.classid = CAST($1 AS OID) AND l.objid = CAST($2 AS OID)"
                  " AND l.objsubid = 1",
                  halves, 2);
    return db_exec(db, "SELECT pg_advisory_lock(CAST($1 AS BIGINT))", &DB_INT(own), 1);
}

static void say_who(struct db *db, struct db_failure *failure)
{
    db_query(db,
             "SELECT coalesce('from ' || host(a.client_addr), 'on this machine')"
             " FROM pg_stat_activity a WHERE a.pid IN (SELECT l.pid " LOCKS_HERE
             " AND l.classid = 1414090307 AND l.objid = 1 AND l.objsubid = 2) ORDER BY a.pid",
             NULL, 0);
    struct slice who = db_next(db) ? db_text(db, 0) : SL("somewhere");
    db_failure_set(failure, ERR_CONFLICT,
                   "another tincand, %.*s, is running on this database; stop it first, or choose "
                   "another --database",
                   SL_ARG(who));
    (void)db_done(db);
    db_rollback(db);
}

/* The server that was here before may need a moment to end: it is waited for as for any lock. */
static enum err take_database(struct db *db, bool shared)
{
    return db_exec(db,
                   shared ? "SELECT pg_advisory_lock_shared(1414090307, 1)"
                          : "SELECT pg_advisory_lock(1414090307, 1)",
                   NULL, 0);
}

enum err pg_seat_take(struct db *db, int64_t own, bool shared, struct db_failure *failure)
{
    enum err e = take_own(db, own);
    bool has_own = e == ERR_OK;
    if (has_own) {
        e = take_database(db, shared);
    }
    if (e == ERR_OK) {
        return ERR_OK;
    }
    *failure = *db_failure(db);
    db_rollback(db);
    if (has_own && e == ERR_TIMEOUT && !db_lost(db)) {
        say_who(db, failure);
        e = ERR_CONFLICT;
    }
    return e;
}
