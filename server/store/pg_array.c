/* See pg_array.h. */
#include "pg_array.h"

#include <string.h>

#define HEAD_BYTES  20
#define BYTES_MAX   (64u << 20)
#define LOWER_BOUND 1

static void st_be32(char *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (char)(v >> (24 - 8 * i));
    }
}

static char *reserve(struct pg_array *a, size_t n)
{
    char *p = NULL;

    if (a->err == ERR_OK) {
        a->err = buf_reserve(&a->bytes, n, &p);
    }
    if (a->err != ERR_OK) {
        return NULL;
    }
    a->bytes.n += n;
    return p;
}

void pg_array_init(struct pg_array *a, enum pg_array_type type)
{
    *a = (struct pg_array){.type = type};
    buf_init(&a->bytes, BYTES_MAX);
    (void)reserve(a, HEAD_BYTES);
}

void pg_array_fini(struct pg_array *a)
{
    buf_fini(&a->bytes);
}

void pg_array_int(struct pg_array *a, int64_t v)
{
    char *p = reserve(a, 4 + sizeof v);

    CHECK(a->type == PG_ARRAY_INT);
    if (p) {
        st_be32(p, sizeof v);
        st_be32(p + 4, (uint32_t)((uint64_t)v >> 32));
        st_be32(p + 8, (uint32_t)v);
        a->n++;
    }
}

void pg_array_slice(struct pg_array *a, struct slice s)
{
    char *p = s.n < BYTES_MAX ? reserve(a, 4 + s.n) : NULL;

    CHECK(a->type != PG_ARRAY_INT);
    if (!p) {
        a->err = a->err ? a->err : ERR_LIMIT;
        return;
    }
    st_be32(p, (uint32_t)s.n);
    if (s.n > 0) {
        memcpy(p + 4, s.p, s.n);
    }
    a->n++;
}

struct db_value pg_array_value(struct pg_array *a, struct db *db)
{
    if (a->err != ERR_OK) {
        db_fail(db, ERR_NOMEM, "no memory for an array");
        return DB_NULL;
    }
    st_be32(a->bytes.p, a->n > 0); /* dimensions */
    st_be32(a->bytes.p + 4, 0);
    st_be32(a->bytes.p + 8, a->type);
    st_be32(a->bytes.p + 12, a->n);
    st_be32(a->bytes.p + 16, LOWER_BOUND);
    /* An empty array has no dimension to describe. */
    return DB_BLOB(((struct slice){a->bytes.p, a->n > 0 ? a->bytes.n : 12}));
}
