/* PostgreSQL behind db.h: statements, transactions, and what their results hold. Statements are prepared once and found again by the
 * address of their text; results come in binary form.
 */
#include "db_pg.h"

#include "clock.h"
#include "mem.h"
#include <poll.h>
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

/* --- failures --- */

enum err pg_err_of(const char *state)
{
    static const struct {
        const char *class;
        enum err err;
    } rows[] = {
        {"08", ERR_IO},          /* connection exception */
        {"23505", ERR_CONFLICT}, /* unique violation */
        {"25006", ERR_IO}, /* read only: it has become a standby; another one is to be found */
        {"26000",
         ERR_IO}, /* our prepared statements are gone: a pooler gave us another connection */
        {"28", ERR_AUTH},        /* who we are is not believed */
        {"3D000", ERR_NOTFOUND}, /* no such database */
        {"40001", ERR_CONFLICT}, /* serialization failure */
        {"40P01", ERR_CONFLICT}, /* deadlock */
        {"53100", ERR_LIMIT},    /* disk full */
        {"53", ERR_IO},          /* other resources, connections among them */
        {"55P03", ERR_TIMEOUT},  /* lock not available */
        {"57014", ERR_TIMEOUT},  /* statement timeout */
        {"57", ERR_IO},          /* shutting down, starting up */
        {"58", ERR_IO},          /* its disk fails */
        {"XX001", ERR_INVALID},  /* data corrupted */
        {"XX002", ERR_INVALID},  /* index corrupted */
    };

    if (!state) {
        return ERR_IO;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strncmp(state, rows[i].class, strlen(rows[i].class)) == 0) {
            return rows[i].err;
        }
    }
    return ERR_INTERNAL;
}

int pg_line_bytes(const char *message)
{
    return (int)strcspn(message, "\n");
}

void pg_fail(struct pg *p, const PGresult *result, const char *doing)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    /* Not the detail: it holds what is in rows. */
    const char *primary = state ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *message = primary ? primary : PQerrorMessage(p->conn);
    enum err err = pg_err_of(state);

    p->lost = p->lost || PQstatus(p->conn) != CONNECTION_OK || err == ERR_IO;
    db_fail(&p->db, p->lost ? ERR_IO : err, "%s: %.*s (%s)", doing, pg_line_bytes(message), message,
            state ? state : "connection");
}

static void lose(struct pg *p, const char *why)
{
    p->lost = true;
    db_fail(&p->db, ERR_IO, "%s", why);
}

/* --- waiting --- */

/* Wait until a result is there, or the connection broken, which the next result says. false: nobody answers. */
static bool wait_for_result(struct pg *p, int64_t until_us)
{
    for (;;) {
        int unsent = PQflush(p->conn);
        struct pollfd fd = {.fd = PQsocket(p->conn)};
        int64_t left_ms = (until_us - clock_now_us()) / 1000;

        if (unsent < 0 || !PQisBusy(p->conn)) {
            return true;
        }
        fd.events = (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
        if (left_ms <= 0 || poll(&fd, 1, (int)left_ms) == 0) {
            return false;
        }
        if (fd.revents & ~POLLOUT && !PQconsumeInput(p->conn)) {
            return true;
        }
    }
}

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* Read one exchange's results up to its end. Returns the last one, or the first failure; *done_n is how many commands succeeded. NULL:
 * the connection is lost, and db has failed. */
static PGresult *read_exchange(struct pg *p, int64_t until_us, unsigned *done_n)
{
    PGresult *kept = NULL;

    *done_n = 0;
    while (PQstatus(p->conn) == CONNECTION_OK) {
        PGresult *result;
        ExecStatusType status;

        if (!wait_for_result(p, until_us)) {
            PQclear(kept);
            lose(p, "the database does not answer");
            return NULL;
        }
        result = PQgetResult(p->conn);
        status = PQresultStatus(result);
        if (status == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return kept;
        }
        if (!result || status == PGRES_PIPELINE_ABORTED || (kept && !succeeded(kept))) {
            PQclear(result);
            continue;
        }
        PQclear(kept);
        kept = result;
        *done_n += succeeded(result);
    }
    if (!kept || succeeded(kept)) {
        PQclear(kept);
        pg_fail(p, NULL, "asking the database");
        return NULL;
    }
    return kept;
}

/* End the exchange and read it, and those before it. As read_exchange. */
static PGresult *exchange(struct pg *p, unsigned *done_n)
{
    int64_t until_us = clock_now_us() + PG_ANSWER_MS * INT64_C(1000);

    if (!PQpipelineSync(p->conn)) {
        pg_fail(p, NULL, "asking the database");
        p->lost = true;
        return NULL;
    }
    while (p->owed > 0) {
        PGresult *before = read_exchange(p, until_us, done_n);
        p->owed--;
        if (before && !succeeded(before)) {
            pg_fail(p, before, "ending the transaction before");
            p->lost = true;
        }
        PQclear(before);
        if (p->lost) {
            return NULL;
        }
    }
    return read_exchange(p, until_us, done_n);
}

static bool send_command(struct pg *p, const char *sql)
{
    if (!PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 1)) {
        pg_fail(p, NULL, "asking the database");
        p->lost = true;
        return false;
    }
    return true;
}

/* --- statements --- */

static unsigned place(const struct pg *p, const char *sql)
{
    unsigned i =
        (unsigned)(((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (PG_CACHE_SIZE - 1);

    while (p->prepared[i] && p->prepared[i] != sql) {
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

/* Send BEGIN and PREPARE where they are due, and the statement. Returns after how many successes the statement is prepared; 0: it has failed. */
static unsigned send_statement(struct pg *p, const char *sql, unsigned at,
                               const struct params *params, unsigned n)
{
    unsigned before = 1;
    char name[16];

    CHECK(snprintf(name, sizeof name, "t%u", at) < (int)sizeof name);
    if (p->begin) {
        if (!send_command(p, p->begin)) {
            return 0;
        }
        p->begin = NULL;
        before++;
    }
    if ((!p->prepared[at] && !PQsendPrepare(p->conn, name, sql, 0, NULL)) ||
        !PQsendQueryPrepared(p->conn, name, (int)n, params->values, params->lengths,
                             params->formats, 1)) {
        pg_fail(p, NULL, "running a statement");
        p->lost = true;
        return 0;
    }
    return before;
}

static void query(struct db *db, const char *sql, const struct db_value *v, unsigned n)
{
    struct pg *p = of(db);
    unsigned at = place(p, sql), prepared_after, done_n;
    unsigned long long changed = 0;
    struct params params;

    CHECK(p->prepared_n < PG_CACHE_SIZE / 2);
    if (p->lost) {
        lose(p, "the connection to the database is lost");
        return;
    }
    if (!make_params(p, v, n, &params) ||
        !(prepared_after = send_statement(p, sql, at, &params, n))) {
        return;
    }
    p->rows = exchange(p, &done_n);
    if (!p->prepared[at] && done_n >= prepared_after) {
        p->prepared[at] = sql;
        p->prepared_n++;
    }
    if (!p->rows) {
        return;
    }
    if (!succeeded(p->rows)) {
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

PGresult *pg_run(struct pg *p, const char *sql, int64_t answer_ms, const char *doing)
{
    int64_t until_us = clock_now_us() + answer_ms * 1000;
    PGresult *last = NULL;

    if (!PQsendQuery(p->conn, sql)) {
        pg_fail(p, NULL, doing);
        return NULL;
    }
    for (;;) {
        PGresult *result;

        if (!wait_for_result(p, until_us)) {
            PQclear(last);
            lose(p, "the database does not answer");
            return NULL;
        }
        result = PQgetResult(p->conn);
        if (!result) {
            break;
        }
        if (last && !succeeded(last)) {
            PQclear(result); /* the first failure says why */
            continue;
        }
        PQclear(last);
        last = result;
    }
    if (!last || !succeeded(last)) {
        pg_fail(p, last, doing);
        PQclear(last);
        return NULL;
    }
    return last;
}

/* A text of several statements is for the simple protocol, which pipeline mode does not have. What was sent before is read first. */
static void script(struct db *db, const char *sql)
{
    struct pg *p = of(db);
    unsigned done_n;
    bool due = p->begin != NULL;

    if (p->lost) {
        lose(p, "the connection to the database is lost");
        return;
    }
    if (due) {
        (void)send_command(p, p->begin);
        p->begin = NULL;
    }
    if (due || p->owed > 0) {
        PGresult *before = exchange(p, &done_n);
        if (before && !succeeded(before)) {
            pg_fail(p, before, "beginning a transaction");
        }
        PQclear(before);
    }
    if (db->failure.err == ERR_OK && !PQexitPipelineMode(p->conn)) {
        lose(p, "the connection to the database is confused");
    }
    if (db->failure.err == ERR_OK) {
        /* A migration may take longer than an answer. */
        if (p->in_transaction) {
            PQclear(pg_run(p, "SET LOCAL statement_timeout = 0", PG_ANSWER_MS, "running a script"));
        }
        if (db->failure.err == ERR_OK) {
            PQclear(pg_run(p, sql, PG_SCRIPT_ANSWER_MS, "running a script"));
        }
        if (!PQenterPipelineMode(p->conn)) {
            lose(p, "the connection to the database is confused");
        }
    }
}

/* --- transactions --- */

/* End the transaction without waiting for it. */
static void end_later(struct pg *p, const char *sql)
{
    bool sent = !p->begin;

    p->in_transaction = false;
    p->begin = NULL;
    if (!sent || p->lost) {
        return;
    }
    if (PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 1) && PQpipelineSync(p->conn) &&
        PQflush(p->conn) >= 0) {
        p->owed++;
    } else {
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

/* Without an answer nobody knows whether it was kept: the connection is lost then. COMMIT of a transaction that has failed answers
 * ROLLBACK. */
static void commit(struct db *db)
{
    struct pg *p = of(db);
    PGresult *result;
    unsigned done_n;

    CHECK(p->in_transaction);
    if (!p->writes || p->begin) {
        end_later(p, "COMMIT");
        return;
    }
    p->in_transaction = false;
    if (!send_command(p, "COMMIT")) {
        return;
    }
    result = exchange(p, &done_n);
    if (result && !succeeded(result)) {
        pg_fail(p, result, "committing");
        p->lost = true;
    } else if (result && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        db_fail(db, ERR_INTERNAL, "committing: it was rolled back");
    }
    PQclear(result);
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
    .script = script,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .lost = lost,
    .close = close_db,
};
