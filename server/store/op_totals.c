/* How much there is. */
#include "store_op.h"

static int64_t number(struct db *db, const char *sql)
{
    db_query(db, sql, NULL, 0);
    int64_t n = db_next(db) ? db_int(db, 0) : 0;
    db_done(db);
    return n;
}

void op_totals(struct db *db, struct store_request *r)
{
    struct store_totals *t = &r->out.totals;
    enum chat_role role = op_role_of(db, r->actor);
    if (role < CHAT_ADMIN) {
        op_refuse(r, CHAT_FORBIDDEN, "");
        return;
    }
    *t = (struct store_totals){
        .postgres = db_kind(db) == DB_POSTGRES,
        .users = number(db, "SELECT count(*) FROM account"),
        .rooms = number(db, "SELECT count(*) FROM room"),
        /* A deleted one still has its number. */
        .messages =
            number(db, "SELECT CAST(coalesce(sum(seq - min_seq + 1), 0) AS BIGINT) FROM room"),
        .files = number(db, "SELECT count(*) FROM file WHERE whole = 1"),
        .file_bytes =
            number(db, "SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM file WHERE whole = 1"),
    };
    op_workspace_load(db, r);
    t->database_bytes =
        number(db, t->postgres ? "SELECT pg_database_size(current_database())"
                               : "SELECT (SELECT page_count FROM pragma_page_count())"
                                 " * (SELECT page_size FROM pragma_page_size())");
}
