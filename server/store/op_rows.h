/* Messages by rows: what history, catching up and searching load, in a fixed number of statements however many messages there are.
 */
#pragma once

#include "store_op.h"

/* Which messages; what the parameters are. */
enum op_rows_of {
    OP_ROWS_RANGE,  /* room, low, high: of one room, by seq */
    OP_ROWS_IDS,    /* [id, ...] */
    OP_ROWS_EVENTS, /* {"room": ev, ...}: what events after those are about */
    OP_ROWS_AFTER,  /* {"room": seq, ...}: those after these */
    OP_ROWS_OF_N
};

/* What a JSON object {"room": number, ...} as $1 is as a table c (room, after), on SQLite and PostgreSQL. Join it with CROSS JOIN, so
 * that SQLite begins with it. */
#define OP_PAIRS_SQLITE                                                                            \
    "(SELECT CAST(key AS BIGINT) AS room, CAST(value AS BIGINT) AS after FROM json_each($1)) AS c"
#define OP_PAIRS_POSTGRES                                                                          \
    "(SELECT CAST(key AS BIGINT) AS room, CAST(value AS BIGINT) AS after"                          \
    " FROM json_each_text(CAST($1 AS JSON))) AS c"

/* Load up to max of them, with senders, reactions and files, ascending by (room, seq). Ends early, and sets *cut, when r's arena holds
 * arena_max bytes. Returns how many. */
uint32_t op_rows_load(struct db *db, struct store_request *r, enum op_rows_of of,
                      const struct db_value *params, unsigned params_n, size_t arena_max,
                      struct chat_message *out, uint32_t max, bool *cut);
/* The one with that seq in a list that is ascending by (room, seq); NULL: it is not there. */
struct chat_message *op_rows_find(struct chat_message *list, uint32_t n, int64_t room, int64_t seq);
