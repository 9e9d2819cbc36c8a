/* Slow mode: who may not moderate a room sends one message there every so many seconds. Whether it is too early is decided where messages
 * get their numbers (op_send.c), so that it holds on all nodes, over reconnects and after leaving.
 */
#include "store_op.h"

void op_slow_set(struct db *db, int64_t room, int64_t seconds)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(seconds)};
    if (seconds > 0) {
        db_exec(db,
                "INSERT INTO slow (room, seconds) VALUES ($1, $2)"
                " ON CONFLICT (room) DO UPDATE SET seconds = excluded.seconds",
                params, 2);
    } else {
        db_exec(db, "DELETE FROM slow WHERE room = $1", params, 1);
        db_exec(db, "DELETE FROM slow_sent WHERE room = $1", params, 1);
    }
}

void op_slow_sent(struct db *db, int64_t room, int64_t account, int64_t ts)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(account), DB_INT(ts)};
    db_exec_later(db,
                  "INSERT INTO slow_sent (room, account, ts) VALUES ($1, $2, $3)"
                  " ON CONFLICT (room, account) DO UPDATE SET ts = excluded.ts",
                  params, 3);
}
