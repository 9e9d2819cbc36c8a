/* The inside of PostgreSQL behind db.h: what db_pg.c (statements) and db_pg_open.c (connecting) share.
 *
 * Commands go out in libpq's pipeline mode, in as few round trips as the caller's needs allow: BEGIN, PREPARE and what is to run later
 * travel with the next statement whose rows are wanted, and the end of a transaction that only read is not waited for. An exchange is
 * what is sent up to a synchronisation point: its commands succeed up to the first that fails, and the rest of it is skipped. What comes
 * back is read exchange by exchange, in order.
 *
 * Inv: owed_n exchanges have ended whose results nobody has read. sent_n commands belong to the one that has not ended. begin is NULL
 * unless a BEGIN waits to be sent. rows is the result between query and done. prepared_n <= PG_CACHE_SIZE / 2.
 */
#pragma once

#include "buf.h"
#include "db.h"
#include <libpq-fe.h>

#define PG_CACHE_SIZE    512 /* a power of two, more than twice the number of statements there are */
#define PG_PREPARING_MAX 32  /* more than a backup has tables */
/* An answer that takes longer never comes: the connection is lost. The server itself gives up a little earlier, so that it is the one who
 * says why, and holds no lock for nobody. */
#define PG_ANSWER_MS            5000
#define PG_STATEMENT_TIMEOUT_MS 4500
#define PG_LOCK_TIMEOUT_MS      4000
#define PG_IDLE_TIMEOUT_MS      15000         /* in a transaction, when we have fallen silent */
#define PG_SCRIPT_ANSWER_MS     (3600 * 1000) /* a migration may rewrite a table */

/* A statement, found by the address of its text; its name is its place. */
struct pg_statement {
    const char *sql;
    bool ready; /* the server has it */
};

struct pg {
    struct db db;
    PGconn *conn;
    struct pg_statement statements[PG_CACHE_SIZE]; /* open addressing */
    unsigned prepared_n;
    const char *begin;
    bool in_transaction,
        writes; /* BEGIN was sent, or waits to be; and it is not for reading only */
    unsigned sent_n;
    struct {
        unsigned place, nth; /* it is the nth command of this exchange that prepares it */
    } preparing[PG_PREPARING_MAX];
    unsigned preparing_n;
    unsigned owed_n;
    PGresult *rows;
    int row, rows_n;
    struct buf params;
    bool lost;
    int64_t changes;
};

/* What an SQLSTATE means for us; NULL: there was none, the connection failed. */
enum err pg_err_of(const char *state);
/* The bytes of a message's first line: libpq's end with a line break. */
int pg_line_bytes(const char *message);
bool pg_succeeded(const PGresult *result);
/* Fail with what result says, or without one, the connection. */
void pg_fail(struct pg *p, const PGresult *result, const char *doing);
/* Fail, and the connection is lost. */
void pg_lose(struct pg *p, const char *why);
/* Send a command without parameters. Returns false when it has failed. */
bool pg_send_command(struct pg *p, const char *sql);
/* End the exchange that was sent, without reading it. Returns false when it has failed. */
bool pg_end_exchange(struct pg *p);
/* End it and read it, and all before it. Returns the last command's result, or the first failure, for the caller to clear; NULL: the
 * connection is lost, or there was no command. */
PGresult *pg_exchange(struct pg *p);
/* Run statements in one text, outside of pipeline mode, and wait. Returns: the last result, for the caller to clear; NULL: it has failed. */
PGresult *pg_run(struct pg *p, const char *sql, int64_t answer_ms, const char *doing);
extern const struct db_vtable pg_vtable;
