/* See db_pg_script.h. */
#include "db_pg_script.h"

#include "log.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct pg_cluster *db_pg_cluster;
char db_pg_url[PG_URL_BYTES];

int db_pg_set_up_all(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR); /* a cluster for tests makes it warn of fsync=off */
    db_pg_cluster = pg_cluster_new();
    return 0;
}

int db_pg_tear_down_all(void **state)
{
    (void)state;
    pg_cluster_free(db_pg_cluster);
    return 0;
}

int db_pg_set_up(void **state)
{
    (void)state;
    pg_cluster_database(db_pg_cluster, 0, db_pg_url);
    return 0;
}

struct db *db_pg_open_as(bool read_only)
{
    struct db *db = NULL;
    struct db_failure failure = {0};

    if (db_open(db_pg_url, read_only, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return db;
}

struct db *db_pg_open_table(void)
{
    struct db *db = db_pg_open_as(false);

    assert_int_equal(
        db_script(db, "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT UNIQUE, bytes BYTEA);"
                      "CREATE TABLE second (n BIGINT);"),
        ERR_OK);
    return db;
}

void db_pg_insert(struct db *db, int64_t id, const char *name)
{
    struct db_value values[] = {DB_INT(id), DB_TEXT(slice_str(name))};

    (void)db_exec(db, "INSERT INTO t (id, name) VALUES ($1, $2)", values, 2);
}

int64_t db_pg_number(struct db *db, const char *sql)
{
    int64_t n = -1;

    db_query(db, sql, NULL, 0);
    if (db_next(db)) {
        n = db_int(db, 0);
    }
    (void)db_done(db);
    return n;
}

int64_t db_pg_count(struct db *db)
{
    return db_pg_number(db, "SELECT count(*) FROM t");
}
