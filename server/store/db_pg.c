/* PostgreSQL behind db.h: statements, transactions, and what their results hold. Statements are prepared once and found again by the
 * address of their text; results come in binary form.
 */
#include "db_pg.h"

#include "mem.h"
#include <stdio.h>

#define PARAMS_MAX 16

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_NUMERIC = 1700
};

static struct pg *of(const struct db *db)
{
    return CONTAINER_OF(db, struct pg, db);
}

/* --- statements --- */

static bool send_begin(struct pg *p)
{
    const char *begin = p->begin;

    p->begin = NULL;
    return !begin || pg_send_command(p, begin);
}

static unsigned place(const struct pg *p, const char *sql)
{
    unsigned i =
        (unsigned)(((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (PG_CACHE_SIZE - 1);

    while (p->statements[i].sql && p->statements[i].sql != sql) {
        i = (i + 1) & (PG_CACHE_SIZE - 1);
    }
    return i;
}

struct params {
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX], formats[PARAMS_MAX];
};

/* Numbers and texts go as text, whatever type the server makes of them; bytes as they are. Texts need a NUL behind them: all are copied
 * into one buffer, whose place is only known at the end. */
static bool make_params(struct pg *p, const struct db_value *v, unsigned n, struct params *out)
{
    size_t at[PARAMS_MAX];
    enum err e = ERR_OK;

    CHECK(n <= PARAMS_MAX);
    buf_reset(&p->params);
    for (unsigned i = 0; i < n && e == ERR_OK; i++) {
        at[i] = p->params.n;
        if (v[i].type == DB_TYPE_INT) {
            e = buf_printf(&p->params, "%lld", (long long)v[i].i);
        } else if (v[i].type == DB_TYPE_TEXT) {
            e = buf_put(&p->params, v[i].s);
        }
        e = e ? e : buf_putc(&p->params, '\0');
    }
    if (e != ERR_OK) {
        db_fail(&p->db, ERR_NOMEM, "no memory for parameters");
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        bool bytes = v[i].type == DB_TYPE_BLOB;
        out->values[i] = v[i].type == DB_TYPE_NULL ? NULL
                         : bytes && v[i].s.p       ? v[i].s.p
                                                   : p->params.p + at[i];
        out->lengths[i] = (int)v[i].s.n;
        out->formats[i] = bytes;
    }
    return true;
}

/* Make sure that the server has the statement when it comes to run it. */
static bool send_prepare(struct pg *p, const char *sql, unsigned at, const char *name)
{
    if (p->statements[at].ready) {
        return true;
    }
    if (!p->statements[at].sql) {
        CHECK(p->prepared_n < PG_CACHE_SIZE / 2 && p->preparing_n < PG_PREPARING_MAX);
        p->statements[at].sql = sql;
        p->prepared_n++;
    }
    if (!PQsendPrepare(p->conn, name, sql, 0, NULL)) {
        return false;
    }
    p->preparing[p->preparing_n].place = at;
    p->preparing[p->preparing_n++].nth = ++p->sent_n;
    p->statements[at].ready = true; /* for what follows in this exchange */
    return true;
}

static bool send_statement(struct pg *p, const char *sql, unsigned n, const struct params *params)
{
    unsigned at = place(p, sql);
    char name[16];

    if (slice_starts_with(slice_str(sql), SL(DB_ANEW))) {
        return PQsendQueryParams(p->conn, sql, (int)n, NULL, params->values, params->lengths,
                                 params->formats, 1);
    }
    CHECK(snprintf(name, sizeof name, "t%u", at) < (int)sizeof name);
    return send_prepare(p, sql, at, name) &&
           PQsendQueryPrepared(p->conn, name, (int)n, params->values, params->lengths,
                               params->formats, 1);
}

static void later(struct db *db, const char *sql, const struct db_value *v, unsigned n)
{
    struct pg *p = of(db);
    struct params params;

    if (p->lost) {
        pg_lose(p, "the connection to the database is lost");
        return;
    }
    if (!make_params(p, v, n, &params) || !send_begin(p)) {
        return;
    }
    if (!send_statement(p, sql, n, &params)) {
        pg_fail(p, NULL, "running a statement");
        p->lost = true;
        return;
    }
    p->sent_n++;
}

static void query(struct db *db, const char *sql, const struct db_value *v, unsigned n)
{
    struct pg *p = of(db);
    unsigned long long changed = 0;

    later(db, sql, v, n);
    if (db->failure.err != ERR_OK) {
        return;
    }
    p->rows = pg_exchange(p);
    if (!p->rows) {
        return;
    }
    if (!pg_succeeded(p->rows)) {
        pg_fail(p, p->rows, "running a statement");
        return;
    }
    (void)slice_to_u64(slice_str(PQcmdTuples(p->rows)), INT64_MAX, &changed);
    p->changes = (int64_t)changed;
    p->row = -1;
    p->rows_n = PQntuples(p->rows);
}

/* --- rows --- */

static bool next(struct db *db)
{
    struct pg *p = of(db);

    if (!p->rows || p->row + 1 >= p->rows_n) {
        return false;
    }
    p->row++;
    return true;
}

static struct slice raw(const struct pg *p, unsigned column)
{
    return (struct slice){PQgetvalue(p->rows, p->row, (int)column),
                          (size_t)PQgetlength(p->rows, p->row, (int)column)};
}

/* Big endian, with a sign. */
static int64_t number(struct slice s)
{
    uint64_t v = s.n > 0 && (s.p[0] & 0x80) ? UINT64_MAX : 0;

    for (size_t i = 0; i < s.n; i++) {
        v = v << 8 | (unsigned char)s.p[i];
    }
    return (int64_t)v;
}

/* What sum() of our numbers gives: how many digits to the base of 10000, the exponent of the first, the sign, a scale, the digits. */
static int64_t numeric(struct slice s)
{
    enum { HEAD_BYTES = 8, NEGATIVE = 0x4000 };
    int64_t digits_n, exponent, v = 0;

    if (s.n < HEAD_BYTES) {
        return 0;
    }
    digits_n = number((struct slice){s.p, 2});
    exponent = number((struct slice){s.p + 2, 2});
    for (int64_t i = 0; i <= exponent && exponent < 5; i++) {
        size_t at = HEAD_BYTES + (size_t)i * 2;
        int64_t digit = i < digits_n && at + 2 <= s.n ? number((struct slice){s.p + at, 2}) : 0;
        if (__builtin_mul_overflow(v, INT64_C(10000), &v) || __builtin_add_overflow(v, digit, &v)) {
            return INT64_MAX;
        }
    }
    return number((struct slice){s.p + 4, 2}) == NEGATIVE ? -v : v;
}

static int64_t get_int(struct db *db, unsigned column)
{
    struct pg *p = of(db);
    struct slice s = raw(p, column);

    switch (PQftype(p->rows, (int)column)) {
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        return number(s);
    case OID_NUMERIC:
        return numeric(s);
    default:
        if (s.n > 0) {
            db_fail(db, ERR_INTERNAL, "column %u is no number (type %u)", column,
                    PQftype(p->rows, (int)column));
        }
        return 0;
    }
}

static struct slice get_text(struct db *db, unsigned column)
{
    struct pg *p = of(db);

    switch (PQftype(p->rows, (int)column)) {
    case OID_TEXT:
    case OID_BYTEA:
    case OID_NAME:
        return raw(p, column);
    default:
        db_fail(db, ERR_INTERNAL, "column %u is no text (type %u)", column,
                PQftype(p->rows, (int)column));
        return (struct slice){NULL, 0};
    }
}

static bool is_null(struct db *db, unsigned column)
{
    struct pg *p = of(db);

    return PQgetisnull(p->rows, p->row, (int)column) != 0;
}

static void done(struct db *db)
{
    struct pg *p = of(db);

    PQclear(p->rows);
    p->rows = NULL;
}

static int64_t changes(const struct db *db)
{
    return of(db)->changes;
}

/* --- scripts --- */

/* A text of several statements is for the simple protocol, which pipeline mode does not have. What was sent before is read first. */
static void script(struct db *db, const char *sql)
{
    struct pg *p = of(db);

    if (p->lost) {
        pg_lose(p, "the connection to the database is lost");
        return;
    }
    if (send_begin(p) && (p->sent_n > 0 || p->owed_n > 0)) {
        PGresult *before = pg_exchange(p);
        if (before && !pg_succeeded(before)) {
            pg_fail(p, before, "running a statement");
        }
        PQclear(before);
    }
    if (db->failure.err == ERR_OK && !PQexitPipelineMode(p->conn)) {
        pg_lose(p, "the connection to the database is confused");
    }
    if (db->failure.err != ERR_OK) {
        return;
    }
    /* A migration may take longer than an answer. */
    if (p->in_transaction) {
        PQclear(pg_run(p, "SET LOCAL statement_timeout = 0", PG_ANSWER_MS, "running a script"));
    }
    if (db->failure.err == ERR_OK) {
        PQclear(pg_run(p, sql, PG_SCRIPT_ANSWER_MS, "running a script"));
    }
    if (!PQenterPipelineMode(p->conn)) {
        pg_lose(p, "the connection to the database is confused");
    }
}

/* --- transactions --- */

/* End the transaction without waiting for it. Behind something that fails it would be skipped: it is an exchange of its own. */
static void end_later(struct pg *p, const char *sql)
{
    bool sent = !p->begin;

    p->in_transaction = false;
    p->begin = NULL;
    if (!sent || p->lost) {
        return;
    }
    if (p->sent_n > 0) {
        PQclear(pg_exchange(p));
    }
    if (p->lost || !pg_send_command(p, sql) || !pg_end_exchange(p) || PQflush(p->conn) < 0) {
        p->lost = true;
    }
}

static void begin(struct db *db, bool write)
{
    struct pg *p = of(db);

    if (p->in_transaction) {
        end_later(p, "ROLLBACK");
    }
    p->begin = write ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                     : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    p->in_transaction = true;
    p->writes = write;
}

/* Where the server says no, nothing was kept, and the transaction may be open yet. Without an answer the connection is lost, and nobody
 * knows. COMMIT of a transaction that has failed answers ROLLBACK. */
static void commit(struct db *db)
{
    struct pg *p = of(db);
    PGresult *result;

    CHECK(p->in_transaction);
    if (!p->writes || p->begin) {
        end_later(p, "COMMIT");
        return;
    }
    if (!pg_send_command(p, "COMMIT")) {
        return;
    }
    result = pg_exchange(p);
    if (result && !pg_succeeded(result)) {
        pg_fail(p, result, "committing");
    } else if (result && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        db_fail(db, ERR_INTERNAL, "committing: it was rolled back");
    }
    PQclear(result);
    p->in_transaction = PQtransactionStatus(p->conn) != PQTRANS_IDLE;
}

static void rollback(struct db *db)
{
    struct pg *p = of(db);

    if (p->in_transaction) {
        end_later(p, "ROLLBACK");
    }
}

static bool lost(const struct db *db)
{
    return of(db)->lost;
}

static void close_db(struct db *db)
{
    struct pg *p = of(db);

    PQclear(p->rows);
    PQfinish(p->conn);
    buf_fini(&p->params);
    mem_free(p);
}

const struct db_vtable pg_vtable = {
    .kind = DB_POSTGRES,
    .query = query,
    .next = next,
    .get_int = get_int,
    .get_text = get_text,
    .is_null = is_null,
    .done = done,
    .later = later,
    .script = script,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .lost = lost,
    .close = close_db,
};
