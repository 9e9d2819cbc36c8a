/* Connecting to PostgreSQL: what must be so that acknowledged means kept, and which failures are worth waiting for. */
#include "db_pg.h"

#include "clock.h"
#include "log.h"
#include "mem.h"
#include <ctype.h>
#include <stdio.h>

#define PARAMS_BYTES_MAX (64u << 20)
#define VERSION_MIN      130000  /* the oldest where the owner of a database may add pg_trgm */
#define SAYS_NO_US       1000000 /* a server that refuses us does it at once */

static void on_notice(void *user, const PGresult *notice)
{
    const char *state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    bool warns = state && strncmp(state, "00", 2) != 0;

    (void)user;
    log_line(warns ? LOG_WARN : LOG_DEBUG, L_STORE, "postgresql says", "state=%s text=\"%.*s\"",
             state ? state : "", message ? pg_line_bytes(message) : 0, message ? message : "");
}

/* The texts of libpq may be in any language; only in the detailed form they hold the SQLSTATE, as "FATAL:  28P01: ...". What will be the
 * same the next time is returned, else ERR_IO. */
static enum err classify(const char *message)
{
    for (const char *p = strstr(message, ":  "); p; p = strstr(p + 1, ":  ")) {
        char state[6] = {0};
        unsigned n = 0;

        while (n < 5 && (isdigit((unsigned char)p[3 + n]) || isupper((unsigned char)p[3 + n]))) {
            state[n] = p[3 + n];
            n++;
        }
        if (n == 5 && p[8] == ':' &&
            (pg_err_of(state) == ERR_AUTH || pg_err_of(state) == ERR_NOTFOUND)) {
            return pg_err_of(state);
        }
    }
    return ERR_IO;
}

/* Keywords before the URL are what it may set otherwise, those behind it are ours. Also readers go to a server that is written to: a
 * standby may not know yet what has been acknowledged. */
static enum err connect_to(struct pg *p, const char *url, struct db_failure *failure)
{
    static const char *const names[] = {"connect_timeout",
                                        "keepalives_idle",
                                        "keepalives_interval",
                                        "keepalives_count",
                                        "tcp_user_timeout",
                                        "target_session_attrs",
                                        "dbname",
                                        "application_name",
                                        "client_encoding",
                                        NULL};
    const char *const values[] = {"5",          "5", "2",       "3",    "5000",
                                  "read-write", url, "tincand", "UTF8", NULL};
    int64_t began_us = clock_now_us();
    enum err err;

    p->conn = PQconnectdbParams(names, values, 1);
    if (PQstatus(p->conn) == CONNECTION_OK) {
        return ERR_OK;
    }
    db_failure_set(failure, ERR_IO, "%.*s", pg_line_bytes(PQerrorMessage(p->conn)),
                   PQerrorMessage(p->conn));
    if (!p->conn || clock_now_us() - began_us > SAYS_NO_US) {
        return ERR_IO;
    }
    (void)PQsetErrorVerbosity(p->conn, PQERRORS_VERBOSE);
    PQreset(p->conn);
    if (PQstatus(p->conn) == CONNECTION_OK) {
        (void)PQsetErrorVerbosity(p->conn, PQERRORS_DEFAULT);
        return ERR_OK;
    }
    err = classify(PQerrorMessage(p->conn));
    failure->err = err;
    return err;
}

static void check_server(struct pg *p)
{
    const char *encoding = PQparameterStatus(p->conn, "server_encoding");
    int version = PQserverVersion(p->conn);

    if (version < VERSION_MIN) {
        db_fail(&p->db, ERR_INVALID, "PostgreSQL %d is too old; 13 or newer is needed",
                version / 10000);
    } else if (!encoding || strcmp(encoding, "UTF8") != 0) {
        db_fail(&p->db, ERR_INVALID,
                "its encoding is %s; UTF8 is needed: createdb --encoding=UTF8 --template=template0",
                encoding ? encoding : "unknown");
    }
}

/* Time-outs, so that neither side waits for the other for ever, or keeps locks for a machine that is gone, and a commit that waits for the disk, whatever the role's defaults are.
 * Every statement goes from few rows to others by an index, and is to do so also when it was planned while the tables were empty or
 * nobody had counted them; compiling it would take longer than running it. */
static void set_up(struct pg *p, bool read_only)
{
    char sql[1000];
    PGresult *result;

    CHECK(snprintf(
              sql, sizeof sql,
              "SET statement_timeout = %d; SET lock_timeout = %d; SET "
              "idle_in_transaction_session_timeout = %d;"
              "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2;"
              "SET tcp_keepalives_count = 3;"
              "SET standard_conforming_strings = on; SET jit = off; SET enable_seqscan = off;"
              "SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
              "SET default_transaction_read_only = %s;"
              "SELECT set_config('synchronous_commit', 'on', false) WHERE "
              "current_setting('synchronous_commit') = 'off';"
              "SELECT 1 WHERE current_setting('fsync') = 'off'",
              PG_STATEMENT_TIMEOUT_MS, PG_LOCK_TIMEOUT_MS, PG_IDLE_TIMEOUT_MS,
              read_only ? "on" : "off") < (int)sizeof sql);
    result = pg_run(p, sql, PG_ANSWER_MS, "setting up");
    if (result && PQntuples(result) > 0 && !read_only) {
        log_line(LOG_WARN, L_STORE, "postgresql runs with fsync=off: a power cut may destroy it",
                 "%s", "");
    }
    PQclear(result);
    if (result && (PQsetnonblocking(p->conn, 1) != 0 || !PQenterPipelineMode(p->conn))) {
        pg_fail(p, NULL, "setting up");
    }
}

/* Some of libpq's complaints repeat the URL, password and all. */
static enum err check_url(const char *url, struct db_failure *failure)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &message);

    if (!options) {
        bool repeats = !message || strstr(message, "://") || strchr(message, '@');
        db_failure_set(failure, ERR_INVALID, "the database's URL: %.*s",
                       repeats ? 13 : pg_line_bytes(message), repeats ? "not understood" : message);
    }
    PQfreemem(message);
    PQconninfoFree(options);
    return options ? ERR_OK : ERR_INVALID;
}

enum err db_pg_open(const char *url, bool read_only, struct db **out, struct db_failure *failure)
{
    enum err err = check_url(url, failure);
    struct pg *p;

    if (err != ERR_OK) {
        return err;
    }
    p = mem_zalloc(sizeof *p);
    if (!p) {
        db_failure_set(failure, ERR_NOMEM, "no memory to connect to the database");
        return ERR_NOMEM;
    }
    p->db.vtable = &pg_vtable;
    buf_init(&p->params, PARAMS_BYTES_MAX);
    err = connect_to(p, url, failure);
    if (err == ERR_OK) {
        PQsetNoticeReceiver(p->conn, on_notice, NULL);
        check_server(p);
        if (p->db.failure.err == ERR_OK) {
            set_up(p, read_only);
        }
        err = p->db.failure.err;
        *failure = p->db.failure;
    }
    if (err != ERR_OK) {
        struct db_failure why = *failure;
        db_failure_set(failure, err, "cannot use the database: %s", why.text);
        db_close(&p->db);
        return err;
    }
    *out = &p->db;
    return ERR_OK;
}
