/* What the tests of db_pg share: a cluster a program, an empty database a test, and two small tables in it. */
#pragma once

#include "db.h"
#include "pg_cluster.h"

#define ARRAY_N(a) (sizeof(a) / sizeof(a)[0])

extern struct pg_cluster *db_pg_cluster;
extern char db_pg_url[PG_URL_BYTES]; /* of the test's own database */

/* For cmocka: of the group, and before each test. */
int db_pg_set_up_all(void **state);
int db_pg_tear_down_all(void **state);
int db_pg_set_up(void **state);
/* Connect; the first one makes the tables t (id, name, bytes) and second (n). Fail the test when it cannot. */
struct db *db_pg_open_as(bool read_only);
struct db *db_pg_open_table(void);
/* Into t. */
void db_pg_insert(struct db *db, int64_t id, const char *name);
/* The first column of a query's only row, -1 when there is none; and how many rows t has. */
int64_t db_pg_number(struct db *db, const char *sql);
int64_t db_pg_count(struct db *db);
