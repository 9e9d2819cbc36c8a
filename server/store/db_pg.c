/* PostgreSQL behind db.h: one connection through libpq, statements prepared once and found again by the address of their text.
 *
 * Values travel as text, but for bytes. Each answer is waited for at most ANSWER_MS, so that a server that has fallen silent is noticed
 * even where TCP does not notice.
 */
#include "db.h"

#include "buf.h"
#include "log.h"
#include "mem.h"
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#define CACHE_SIZE       512 /* a power of two, more than twice the number of statements there are */
#define PARAMS_MAX       16
#define PARAM_BYTES_MAX  (64u << 20)
#define ANSWER_MS        5000
#define SCRIPT_ANSWER_MS (3600 * 1000) /* a migration may rewrite a table */
#define BYTEA_OID        17

struct pg {
    struct db db;
    PGconn *conn;
    const char
        *prepared[CACHE_SIZE]; /* open addressing by the address; a statement's name is its place */
    unsigned prepared_n;
    PGresult *result;
    int row, rows_n;
    struct buf params, column;
    bool lost;
    int64_t changes;
};

static struct pg *of(const struct db *db)
{
    return CONTAINER_OF(db, struct pg, db);
}

/* --- failures --- */

static bool state_is(const char *state, const char *class)
{
    return state && strncmp(state, class, strlen(class)) == 0;
}

static enum err err_of(const char *state)
{
    if (!state || state_is(state, "08") || state_is(state, "57P") || state_is(state, "XX001")) {
        return ERR_IO;
    }
    if (state_is(state, "23505") || state_is(state, "40001") || state_is(state, "40P01")) {
        return ERR_CONFLICT;
    }
    if (state_is(state, "53100")) {
        return ERR_LIMIT;
    }
    if (state_is(state, "53") || state_is(state, "58")) {
        return ERR_IO;
    }
    if (state_is(state, "55P03") || state_is(state, "57014")) {
        return ERR_TIMEOUT;
    }
    return state_is(state, "3D000") ? ERR_NOTFOUND : ERR_INTERNAL;
}

/* libpq ends its messages with a line break. */
static int line_bytes(const char *message)
{
    return (int)strcspn(message, "\n");
}

static void fail(struct pg *p, const PGresult *result, const char *doing)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *message = primary ? primary : PQerrorMessage(p->conn);
    enum err err = err_of(state);

    p->lost = p->lost || PQstatus(p->conn) != CONNECTION_OK || err == ERR_IO;
    db_fail(&p->db, err, "%s: %.*s (%s)", doing, line_bytes(message), message,
            state ? state : "connection");
}

static void on_notice(void *user, const char *message)
{
    (void)user;
    log_line(LOG_DEBUG, L_STORE, "postgresql", "text=\"%.*s\"", line_bytes(message), message);
}

/* --- waiting --- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until the connection has something to read (or can be written, where that is still wanted). */
static bool wait_io(struct pg *p, short events, int64_t until_ms)
{
    struct pollfd fd = {.fd = PQsocket(p->conn), .events = events};
    int64_t left = until_ms - now_ms();
    return left > 0 && poll(&fd, 1, (int)left) > 0;
}

/* The last result of what was sent; NULL: the connection is lost, and db has failed. */
static PGresult *wait_result(struct pg *p, int64_t answer_ms)
{
    int64_t until = now_ms() + answer_ms;
    PGresult *last = NULL, *result;
    int unsent;

    while ((unsent = PQflush(p->conn)) == 1) {
        if (!wait_io(p, POLLIN | POLLOUT, until) || !PQconsumeInput(p->conn)) {
            break;
        }
    }
    for (;;) {
        while (unsent == 0 && PQisBusy(p->conn)) {
            if (!wait_io(p, POLLIN, until) || !PQconsumeInput(p->conn)) {
                unsent = -1;
            }
        }
        if (unsent != 0) {
            PQclear(last);
            p->lost = true;
            db_fail(&p->db, ERR_IO, "the database does not answer");
            return NULL;
        }
        result = PQgetResult(p->conn);
        if (!result) {
            return last;
        }
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(result); /* the first failure says why */
            continue;
        }
        PQclear(last);
        last = result;
    }
}

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* One or several statements without parameters. */
static void run(struct pg *p, const char *sql, int64_t answer_ms, const char *doing)
{
    PGresult *result;

    if (!PQsendQuery(p->conn, sql)) {
        fail(p, NULL, doing);
        return;
    }
    result = wait_result(p, answer_ms);
    if (result && !succeeded(result)) {
        fail(p, result, doing);
    }
    PQclear(result);
}

/* --- statements --- */

static unsigned place(const struct pg *p, const char *sql)
{
    unsigned i =
        (unsigned)(((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (CACHE_SIZE - 1);

    while (p->prepared[i] && p->prepared[i] != sql) {
        i = (i + 1) & (CACHE_SIZE - 1);
    }
    return i;
}

static bool prepare(struct pg *p, const char *sql, char name[16])
{
    unsigned at = place(p, sql);
    PGresult *result;

    CHECK(snprintf(name, 16, "t%u", at) < 16);
    if (p->prepared[at]) {
        return true;
    }
    CHECK(p->prepared_n < CACHE_SIZE / 2);
    if (!PQsendPrepare(p->conn, name, sql, 0, NULL)) {
        fail(p, NULL, "preparing a statement");
        return false;
    }
    result = wait_result(p, ANSWER_MS);
    if (result && !succeeded(result)) {
        fail(p, result, "preparing a statement");
        PQclear(result);
        return false;
    }
    PQclear(result);
    if (p->db.failure.err != ERR_OK) {
        return false;
    }
    p->prepared[at] = sql;
    p->prepared_n++;
    return true;
}

struct params {
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX], formats[PARAMS_MAX];
};

/* Texts need a NUL behind them: all are copied into one buffer, whose place is only known at the end. */
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
        } else if (v[i].type != DB_TYPE_NULL) {
            e = buf_put(&p->params, v[i].s);
        }
        e = e ? e : buf_putc(&p->params, '\0');
    }
    if (e != ERR_OK) {
        db_fail(&p->db, ERR_NOMEM, "no memory for parameters");
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        out->values[i] = v[i].type == DB_TYPE_NULL ? NULL : p->params.p + at[i];
        out->lengths[i] = (int)v[i].s.n;
        out->formats[i] = v[i].type == DB_TYPE_BLOB;
    }
    return true;
}

static void query(struct db *db, const char *sql, const struct db_value *v, unsigned n)
{
    struct pg *p = of(db);
    struct params params;
    char name[16];

    if (!prepare(p, sql, name) || !make_params(p, v, n, &params)) {
        return;
    }
    if (!PQsendQueryPrepared(p->conn, name, (int)n, params.values, params.lengths, params.formats,
                             0)) {
        fail(p, NULL, "running a statement");
        return;
    }
    p->result = wait_result(p, ANSWER_MS);
    if (!p->result) {
        return;
    }
    if (!succeeded(p->result)) {
        fail(p, p->result, "running a statement");
        return;
    }
    unsigned long long changed = 0;
    (void)slice_to_u64(slice_str(PQcmdTuples(p->result)), INT64_MAX, &changed);
    p->changes = (int64_t)changed;
    p->row = -1;
    p->rows_n = PQntuples(p->result);
}

static bool next(struct db *db)
{
    struct pg *p = of(db);
    return p->result && ++p->row < p->rows_n;
}

static struct slice raw(const struct pg *p, unsigned column)
{
    return (struct slice){PQgetvalue(p->result, p->row, (int)column),
                          (size_t)PQgetlength(p->result, p->row, (int)column)};
}

static int64_t get_int(struct db *db, unsigned column)
{
    struct slice s = raw(of(db), column);
    bool negative = s.n > 0 && s.p[0] == '-';
    unsigned long long v = 0;

    (void)slice_to_u64(negative ? slice_from(s, 1) : s, INT64_MAX, &v);
    return negative ? -(int64_t)v : (int64_t)v;
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* "\x0102"; every column of a row gets bytes of its own. */
static struct slice get_bytes(struct pg *p, unsigned column, struct slice text)
{
    size_t n = text.n >= 2 ? (text.n - 2) / 2 : 0;
    char *out;

    if (column == 0 || p->column.n + n > p->column.cap) {
        buf_reset(&p->column);
    }
    if (buf_reserve(&p->column, n, &out) != ERR_OK) {
        db_fail(&p->db, ERR_NOMEM, "no memory for a value");
        return (struct slice){NULL, 0};
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)(hex(text.p[2 + 2 * i]) << 4 | hex(text.p[3 + 2 * i]));
    }
    p->column.n += n;
    return (struct slice){out, n};
}

static struct slice get_text(struct db *db, unsigned column)
{
    struct pg *p = of(db);
    struct slice s = raw(p, column);

    return PQftype(p->result, (int)column) == BYTEA_OID ? get_bytes(p, column, s) : s;
}

static bool is_null(struct db *db, unsigned column)
{
    struct pg *p = of(db);
    return PQgetisnull(p->result, p->row, (int)column) != 0;
}

static void done(struct db *db)
{
    struct pg *p = of(db);

    PQclear(p->result);
    p->result = NULL;
    buf_reset(&p->column);
}

static void script(struct db *db, const char *sql)
{
    run(of(db), sql, SCRIPT_ANSWER_MS, "running a script");
}

static int64_t changes(const struct db *db)
{
    return of(db)->changes;
}

static void begin(struct db *db, bool write)
{
    run(of(db), write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ANSWER_MS,
        "beginning a transaction");
}

/* Without an answer nobody knows whether it was kept: the connection is lost in any case. COMMIT of a transaction that has failed answers
 * ROLLBACK. */
static void commit(struct db *db)
{
    struct pg *p = of(db);
    PGresult *result;

    if (!PQsendQuery(p->conn, "COMMIT")) {
        fail(p, NULL, "committing");
        p->lost = true;
        return;
    }
    result = wait_result(p, ANSWER_MS);
    if (result && !succeeded(result)) {
        fail(p, result, "committing");
        p->lost = true;
    } else if (result && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        db_fail(db, ERR_INTERNAL, "committing: it was rolled back");
    }
    PQclear(result);
}

static void rollback(struct db *db)
{
    struct pg *p = of(db);
    struct db_failure before = db->failure;

    if (PQtransactionStatus(p->conn) == PQTRANS_IDLE) {
        return;
    }
    db->failure.err = ERR_OK;
    run(p, "ROLLBACK", ANSWER_MS, "rolling back");
    p->lost = p->lost || db->failure.err != ERR_OK;
    db->failure = before;
}

static bool lost(const struct db *db)
{
    return of(db)->lost;
}

static void close_db(struct db *db)
{
    struct pg *p = of(db);

    PQclear(p->result);
    PQfinish(p->conn);
    buf_fini(&p->params);
    buf_fini(&p->column);
    mem_free(p);
}

static const struct db_vtable vtable = {
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

/* Keywords behind the URL go before those in it, but for the time-outs, which the URL may set. */
static PGconn *connect_to(const char *url)
{
    static const char *const names[] = {
        "connect_timeout",  "keepalives_idle",  "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "dbname",
        "application_name", "client_encoding",  NULL};
    const char *const values[] = {"5", "10", "5", "3", "5000", url, "tincand", "UTF8", NULL};

    return PQconnectdbParams(names, values, 1);
}

enum err db_pg_open(const char *url, bool read_only, struct db **out, struct db_failure *failure)
{
    struct pg *p = mem_zalloc(sizeof *p);

    if (!p) {
        db_failure_set(failure, ERR_NOMEM, "no memory to connect to the database");
        return ERR_NOMEM;
    }
    p->db.vtable = &vtable;
    buf_init(&p->params, PARAM_BYTES_MAX);
    buf_init(&p->column, PARAM_BYTES_MAX);
    p->conn = connect_to(url);
    if (!p->conn || PQstatus(p->conn) != CONNECTION_OK) {
        const char *message = p->conn ? PQerrorMessage(p->conn) : "no memory";
        bool absent = strstr(message, "does not exist") != NULL;
        db_failure_set(failure, absent ? ERR_NOTFOUND : ERR_IO,
                       "cannot connect to the database: %.*s", line_bytes(message), message);
        close_db(&p->db);
        return failure->err;
    }
    PQsetNoticeProcessor(p->conn, on_notice, NULL);
    PQsetnonblocking(p->conn, 1);
    run(p,
        read_only ? "SET default_transaction_read_only = on; SET standard_conforming_strings = on"
                  : "SET standard_conforming_strings = on",
        ANSWER_MS, "setting up");
    if (p->db.failure.err != ERR_OK) {
        *failure = p->db.failure;
        close_db(&p->db);
        return failure->err;
    }
    *out = &p->db;
    return ERR_OK;
}
