/* Whom somebody does not want to hear of: they open no direct message with him and send nothing in one, let him into no room (op_member.c),
 * and do not count as mentioning him (op_unread.h). What they say elsewhere, everybody gets; his clients know whose it is.
 */
#include "store_op.h"

void op_blocks_load(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(CHAT_BLOCKS_MAX)};
    db_query(db,
             "SELECT " OP_USER_COLUMNS " FROM block b JOIN account a ON a.id = b.blocked"
             " WHERE b.account = $1 ORDER BY a.name LIMIT $2",
             params, 2);
    r->out.blocked = op_take_users(db, r, CHAT_BLOCKS_MAX, &r->out.blocked_n);
}

bool op_is_blocked(struct db *db, int64_t by, int64_t account)
{
    const struct db_value params[] = {DB_INT(by), DB_INT(account)};
    db_query(db, "SELECT 1 FROM block WHERE account = $1 AND blocked = $2", params, 2);
    bool is = db_next(db);
    db_done(db);
    return is;
}

/* Of two of somebody's at once the second counts when the first is done: op_lock_rows. */
static bool has_too_many(struct db *db, const struct store_request *r, int64_t but)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(but)};
    db_query(db, "SELECT count(*) FROM block WHERE account = $1 AND blocked <> $2", params, 2);
    bool many = db_next(db) && db_int(db, 0) >= CHAT_BLOCKS_MAX;
    db_done(db);
    return many;
}

void op_block(struct db *db, struct store_request *r)
{
    int64_t other = op_user_id(db, r);
    if (other == 0) {
        return;
    }
    if (other == r->actor) {
        op_refuse(r, CHAT_INVALID, "user");
        return;
    }
    if (r->in.on && has_too_many(db, r, other)) {
        op_refuse(r, CHAT_TOO_MANY, "");
        return;
    }
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(other)};
    db_exec(db,
            r->in.on ? "INSERT INTO block (account, blocked) VALUES ($1, $2) ON CONFLICT DO NOTHING"
                     : "DELETE FROM block WHERE account = $1 AND blocked = $2",
            params, 2);
    op_give_user(db, r, other);
}

void op_blocks(struct db *db, struct store_request *r)
{
    op_blocks_load(db, r);
}
