/* PostgreSQL's connection: what goes wrong with it, waiting for it, and exchanges. See db_pg.h. */
#include "db_pg.h"

#include "clock.h"
#include <poll.h>

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

void pg_lose(struct pg *p, const char *why)
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

bool pg_succeeded(const PGresult *result)
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
            pg_lose(p, "the database does not answer");
            return NULL;
        }
        result = PQgetResult(p->conn);
        status = PQresultStatus(result);
        if (status == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return kept;
        }
        if (!result || status == PGRES_PIPELINE_ABORTED || (kept && !pg_succeeded(kept))) {
            PQclear(result);
            continue;
        }
        PQclear(kept);
        kept = result;
        *done_n += pg_succeeded(result);
    }
    if (!kept || pg_succeeded(kept)) {
        PQclear(kept);
        pg_fail(p, NULL, "asking the database");
        return NULL;
    }
    return kept;
}

bool pg_end_exchange(struct pg *p)
{
    if (!PQpipelineSync(p->conn)) {
        pg_fail(p, NULL, "asking the database");
        p->lost = true;
        return false;
    }
    p->owed_n++;
    p->sent_n = 0;
    return true;
}

/* Read all that is owed. Returns what the last exchange gave, as read_exchange. */
static PGresult *read_owed(struct pg *p, unsigned *done_n)
{
    int64_t until_us = clock_now_us() + PG_ANSWER_MS * INT64_C(1000);
    PGresult *result = NULL;

    *done_n = 0;
    for (unsigned i = 0; i < p->owed_n && !p->lost; i++) {
        bool last = i + 1 == p->owed_n;
        PQclear(result);
        result = read_exchange(p, until_us, done_n);
        if (result && !last && !pg_succeeded(result)) {
            pg_fail(p, result, "ending the transaction before");
            p->lost = true;
        }
    }
    p->owed_n = 0;
    if (p->lost) {
        PQclear(result);
        return NULL;
    }
    return result;
}

/* End the exchange and read it, and those before it. Returns as read_exchange. */
PGresult *pg_exchange(struct pg *p)
{
    unsigned done_n;
    PGresult *result = pg_end_exchange(p) ? read_owed(p, &done_n) : NULL;

    for (unsigned i = 0; i < p->preparing_n; i++) {
        p->statements[p->preparing[i].place].ready = result && p->preparing[i].nth <= done_n;
    }
    p->preparing_n = 0;
    return result;
}

bool pg_send_command(struct pg *p, const char *sql)
{
    if (!PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 1)) {
        pg_fail(p, NULL, "asking the database");
        p->lost = true;
        return false;
    }
    p->sent_n++;
    return true;
}

/* --- the simple protocol --- */

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
            pg_lose(p, "the database does not answer");
            return NULL;
        }
        result = PQgetResult(p->conn);
        if (!result) {
            break;
        }
        if (last && !pg_succeeded(last)) {
            PQclear(result); /* the first failure says why */
            continue;
        }
        PQclear(last);
        last = result;
    }
    if (!last || !pg_succeeded(last)) {
        pg_fail(p, last, doing);
        PQclear(last);
        return NULL;
    }
    return last;
}
