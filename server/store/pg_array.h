/* An array as a parameter for PostgreSQL, in its binary form: no quoting, no parsing. Pass it as DB_BLOB.
 * Source: array_send in PostgreSQL: dimensions, has NULLs, type of the elements, length, lower bound; each element with its length.
 */
#pragma once

#include "buf.h"
#include "db.h"

/* The types of elements: bigint[], text[], bytea[]. */
enum pg_array_type { PG_ARRAY_INT = 20, PG_ARRAY_TEXT = 25, PG_ARRAY_BYTES = 17 };

struct pg_array {
    struct buf bytes;
    enum pg_array_type type;
    unsigned n;
    enum err err; /* the first failure sticks */
};

void pg_array_init(struct pg_array *a, enum pg_array_type type);
void pg_array_fini(struct pg_array *a);
/* Append an element of the array's type. */
void pg_array_int(struct pg_array *a, int64_t v);
void pg_array_slice(struct pg_array *a, struct slice s);
/* The finished array, valid until fini; where an element could not be kept, db fails. */
struct db_value pg_array_value(struct pg_array *a, struct db *db);
