/* Locking what a batch will write to, before any of it, in one order for all servers: two that wait for each other in a circle would
 * stand still until PostgreSQL ends one of them, a second later.
 */
#include "store_op.h"

#include "name_nfc.h"
#include "pg_array.h"

static void add_name(struct pg_array *names, struct slice name)
{
    struct name_text plain;

    if (name.n > 0 && !name_room(name, &plain)) {
        pg_array_slice(names, name_slice(&plain));
    }
}

static void lock(struct db *db, const char *sql, struct pg_array *a)
{
    if (a->n > 0) {
        const struct db_value value = pg_array_value(a, db);
        db_exec_later(db, sql, &value, 1);
    }
}

void op_lock_rows(struct db *db, struct store_request *const *requests, unsigned n)
{
    struct pg_array ids, names, blockers;

    if (db_kind(db) != DB_POSTGRES) {
        return; /* there is one writer */
    }
    pg_array_init(&ids, PG_ARRAY_INT);
    pg_array_init(&names, PG_ARRAY_TEXT);
    pg_array_init(&blockers, PG_ARRAY_INT);
    for (unsigned i = 0; i < n; i++) {
        if (requests[i]->in.room > 0) {
            pg_array_int(&ids, requests[i]->in.room);
        }
        if (requests[i]->op == STORE_BLOCK && requests[i]->in.on) {
            pg_array_int(&blockers,
                         requests[i]->actor); /* blocks are counted: one after the other */
        }
        add_name(&names,
                 requests[i]->op == STORE_USER_CREATE ? SL("lobby") : requests[i]->in.room_name);
    }
    lock(db,
         "SELECT id FROM room WHERE kind = 0 AND name = ANY(CAST($1 AS TEXT[]))"
         " ORDER BY id FOR NO KEY UPDATE",
         &names);
    lock(db,
         "SELECT id FROM room WHERE id = ANY(CAST($1 AS BIGINT[])) ORDER BY id FOR NO KEY UPDATE",
         &ids);
    lock(
        db,
        "SELECT id FROM account WHERE id = ANY(CAST($1 AS BIGINT[])) ORDER BY id FOR NO KEY UPDATE",
        &blockers);
    pg_array_fini(&ids);
    pg_array_fini(&names);
    pg_array_fini(&blockers);
}
