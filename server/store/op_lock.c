/* Locking what a batch will write to, before any of it, in one order for all servers: two that wait for each other in a circle would
 * stand still until PostgreSQL ends one of them, a second later.
 */
#include "store_op.h"

#include "ident.h"
#include "pg_array.h"

#define SCRATCH_BYTES (CHAT_NAME_CHARS_MAX * 4 + 1)

static void add_name(struct pg_array *names, struct slice name)
{
    char scratch[SCRATCH_BYTES];
    struct slice plain;

    if (name.n > 0 && name.n <= sizeof scratch && !ident_room(name, scratch, &plain)) {
        pg_array_slice(names, plain);
    }
}

void op_lock_rooms(struct db *db, struct store_request *const *requests, unsigned n)
{
    struct pg_array ids, names;
    struct db_value params[2];

    if (db_kind(db) != DB_POSTGRES) {
        return; /* there is one writer */
    }
    pg_array_init(&ids, PG_ARRAY_INT);
    pg_array_init(&names, PG_ARRAY_TEXT);
    for (unsigned i = 0; i < n; i++) {
        if (requests[i]->in.room > 0) {
            pg_array_int(&ids, requests[i]->in.room);
        }
        add_name(&names,
                 requests[i]->op == STORE_USER_CREATE ? SL("lobby") : requests[i]->in.room_name);
    }
    if (ids.n + names.n > 0) {
        params[0] = pg_array_value(&ids, db);
        params[1] = pg_array_value(&names, db);
        db_exec_later(db,
                      "SELECT id FROM room WHERE id = ANY(CAST($1 AS BIGINT[]))"
                      " OR (kind = 0 AND name = ANY(CAST($2 AS TEXT[])))"
                      " ORDER BY id FOR NO KEY UPDATE",
                      params, 2);
    }
    pg_array_fini(&ids);
    pg_array_fini(&names);
}
