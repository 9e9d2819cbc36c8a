/* A connection to a database, SQLite's or PostgreSQL's: the little that the store's operations need, so that they are written once.
 * SQL is the common subset, parameters are $1, $2, ... (first used in that order, as SQLite numbers them by appearance).
 *
 *   struct db_row *r; -- db_query(db, "SELECT a, b FROM t WHERE c = $1", &(struct db_value){DB_INT(7)}, 1);
 *   while (db_next(db)) { db_int(db, 0); db_text(db, 1); }
 *   enum err e = db_done(db);
 *
 * Failures stick: after one, db_next gives no row, further queries do nothing, and db_done and db_commit say so, until db_rollback
 * or db_begin. So that a run of statements needs one check.
 * Thread: one at a time.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct db;

/* What an operator is told; %s: the database's path or name, %s: what it said. */
#define DB_HINT_CORRUPT                                                                            \
    "%s is damaged, or no database of Tincan's (%s). Nothing was changed. Keep a copy of it, "     \
    "then "                                                                                        \
    "restore the last backup: tincan restore FILE"

/* What says of an SQLite file whose it is: "TINC". */
#define DB_APPLICATION_ID 0x54494e43

/* SQLite: how long a lock of another process is waited for. */
#define DB_BUSY_MS 5000

enum db_kind { DB_SQLITE, DB_POSTGRES };

enum db_type { DB_TYPE_NULL, DB_TYPE_INT, DB_TYPE_TEXT, DB_TYPE_BLOB };
struct db_value {
    enum db_type type;
    int64_t i;
    struct slice s;
};
#define DB_NULL    ((struct db_value){.type = DB_TYPE_NULL})
#define DB_INT(v)  ((struct db_value){.type = DB_TYPE_INT, .i = (v)})
#define DB_TEXT(v) ((struct db_value){.type = DB_TYPE_TEXT, .s = (v)})
#define DB_BLOB(v) ((struct db_value){.type = DB_TYPE_BLOB, .s = (v)})

/* Why it failed: ERR_IO: disk or connection; ERR_LIMIT: full; ERR_CONFLICT: a unique index, or others wrote at the same time (the
 * transaction may succeed when it is run again); ERR_TIMEOUT: somebody holds the lock; ERR_NOTFOUND: no such database; ERR_INVALID:
 * not a database of ours, corrupt, newer; ERR_NOMEM; ERR_INTERNAL: a mistake in a statement. */
struct db_failure {
    enum err err;
    char text[400]; /* for the log and the operator; no row's content */
};

/* SQL that begins with it is planned anew each time, with its values: where the best way depends on them. (PostgreSQL.) */
#define DB_ANEW "/*anew*/ "
/* Run one statement, prepared on first use and kept (sql must be static text). The rows are read with db_next until false, then
 * db_done must be called. Parameters are borrowed until db_done. */
void db_query(struct db *db, const char *sql, const struct db_value *params, unsigned params_n);
bool db_next(struct db *db);
/* Columns of the current row; 0 and empty for NULL. Text is valid until the next db_next or db_done. */
int64_t db_int(struct db *db, unsigned column);
struct slice db_text(struct db *db, unsigned column);
bool db_is_null(struct db *db, unsigned column);
/* End the query. Returns ERR_OK or the sticking failure. */
enum err db_done(struct db *db);
/* db_query without rows to read, and db_done. */
enum err db_exec(struct db *db, const char *sql, const struct db_value *params, unsigned params_n);
/* A statement whose rows nobody wants, sent when it suits: at the latest by the next query, script or commit, which then says whether it
 * failed. Saves PostgreSQL a round trip; SQLite runs it at once. Parameters are copied. */
void db_exec_later(struct db *db, const char *sql, const struct db_value *params,
                   unsigned params_n);
/* Several statements in one text, without parameters; for migrations. */
enum err db_script(struct db *db, const char *sql);
/* Rows the last statement changed. */
int64_t db_changes(const struct db *db);

/* write: takes the lock that writers need at once (BEGIN IMMEDIATE). Otherwise one snapshot for all reads. */
enum err db_begin(struct db *db, bool write);
/* Returns ERR_OK: it is on the disk. Anything else: nothing is known to be kept; the connection is rolled back, or lost. */
enum err db_commit(struct db *db);
void db_rollback(struct db *db);

/* What it is, and the failure that sticks. */
enum db_kind db_kind(const struct db *db);
const struct db_failure *db_failure(const struct db *db);
/* Is it of use yet, or to be closed and opened anew? */
bool db_lost(const struct db *db);
void db_close(struct db *db);

/* How an adapter plugs in. */
struct db_vtable {
    enum db_kind kind;
    void (*query)(struct db *db, const char *sql, const struct db_value *params, unsigned params_n);
    bool (*next)(struct db *db);
    int64_t (*get_int)(struct db *db, unsigned column);
    struct slice (*get_text)(struct db *db, unsigned column);
    bool (*is_null)(struct db *db, unsigned column);
    void (*done)(struct db *db);
    /* NULL: at once. */
    void (*later)(struct db *db, const char *sql, const struct db_value *params, unsigned params_n);
    void (*script)(struct db *db, const char *sql);
    int64_t (*changes)(const struct db *db);
    void (*begin)(struct db *db, bool write);
    void (*commit)(struct db *db);
    void (*rollback)(struct db *db);
    bool (*lost)(const struct db *db);
    void (*close)(struct db *db);
};
/* The first member of an adapter's own struct. */
struct db {
    const struct db_vtable *vtable;
    struct db_failure failure; /* err ERR_OK: none sticks */
    bool in_query;
};
/* Make db fail, if it has not failed before: the first failure is the one that says why. No row's content in the text. */
void db_fail(struct db *db, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for an opening that has no db yet. */
void db_failure_set(struct db_failure *failure, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What to open: "sqlite:" and a path, or a "postgresql://" URL. Returns: ERR_OK | what db_failure says, in *failure.
 * Owns: the caller closes *out. */
enum err db_open(const char *url, bool read_only, struct db **out, struct db_failure *failure);
/* The two of them. synchronous_normal: a power cut may lose the last commits. */
enum err db_sqlite_open(const char *path, bool read_only, bool synchronous_normal, struct db **out,
                        struct db_failure *failure);
enum err db_pg_open(const char *url, bool read_only, struct db **out, struct db_failure *failure);
