/* See db.h: what both adapters have in common. */
#include "db.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void set(struct db_failure *failure, enum err err,
                                                      const char *format, va_list args)
{
    failure->err = err;
    if (vsnprintf(failure->text, sizeof failure->text, format, args) < 0) {
        failure->text[0] = '\0';
    }
}

void db_failure_set(struct db_failure *failure, enum err err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(failure, err, format, args);
    va_end(args);
}

void db_fail(struct db *db, enum err err, const char *format, ...)
{
    va_list args;

    if (db->failure.err != ERR_OK) {
        return;
    }
    va_start(args, format);
    set(&db->failure, err, format, args);
    va_end(args);
}

void db_query(struct db *db, const char *sql, const struct db_value *params, unsigned params_n)
{
    CHECK(!db->in_query);
    db->in_query = true;
    if (db->failure.err == ERR_OK) {
        db->vtable->query(db, sql, params, params_n);
    }
}

bool db_next(struct db *db)
{
    CHECK(db->in_query);
    return db->failure.err == ERR_OK && db->vtable->next(db);
}

int64_t db_int(struct db *db, unsigned column)
{
    CHECK(db->in_query);
    return db->vtable->get_int(db, column);
}

struct slice db_text(struct db *db, unsigned column)
{
    CHECK(db->in_query);
    return db->vtable->get_text(db, column);
}

bool db_is_null(struct db *db, unsigned column)
{
    CHECK(db->in_query);
    return db->vtable->is_null(db, column);
}

enum err db_done(struct db *db)
{
    CHECK(db->in_query);
    db->in_query = false;
    db->vtable->done(db);
    return db->failure.err;
}

enum err db_exec(struct db *db, const char *sql, const struct db_value *params, unsigned params_n)
{
    db_query(db, sql, params, params_n);
    while (db_next(db)) {
    }
    return db_done(db);
}

void db_exec_later(struct db *db, const char *sql, const struct db_value *params, unsigned params_n)
{
    if (!db->vtable->later) {
        (void)db_exec(db, sql, params, params_n);
        return;
    }
    CHECK(!db->in_query);
    if (db->failure.err == ERR_OK) {
        db->vtable->later(db, sql, params, params_n);
    }
}

enum err db_script(struct db *db, const char *sql)
{
    CHECK(!db->in_query);
    if (db->failure.err == ERR_OK) {
        db->vtable->script(db, sql);
    }
    return db->failure.err;
}

int64_t db_changes(const struct db *db)
{
    return db->failure.err == ERR_OK ? db->vtable->changes(db) : 0;
}

enum err db_begin(struct db *db, bool write)
{
    CHECK(!db->in_query);
    db->failure.err = ERR_OK;
    if (db->vtable->lost(db)) {
        db_fail(db, ERR_IO, "the connection to the database is lost");
    } else {
        db->vtable->begin(db, write);
    }
    return db->failure.err;
}

enum err db_commit(struct db *db)
{
    enum err err;

    CHECK(!db->in_query);
    if (db->failure.err == ERR_OK) {
        db->vtable->commit(db);
    }
    err = db->failure.err;
    if (err != ERR_OK && !db->vtable->lost(db)) {
        db->vtable->rollback(db);
    }
    return err;
}

void db_rollback(struct db *db)
{
    CHECK(!db->in_query);
    if (!db->vtable->lost(db)) {
        db->vtable->rollback(db);
    }
    db->failure.err = ERR_OK;
}

enum db_kind db_kind(const struct db *db)
{
    return db->vtable->kind;
}

const struct db_failure *db_failure(const struct db *db)
{
    return &db->failure;
}

bool db_lost(const struct db *db)
{
    return db->vtable->lost(db);
}

void db_close(struct db *db)
{
    if (db) {
        db->vtable->close(db);
    }
}
