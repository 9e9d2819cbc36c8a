/* The database's form: which version it has, and the steps to the one this program wants. Each step is one transaction; before the
 * first one an SQLite database that holds something is copied beside itself (PATH.bak-vN).
 */
#pragma once

#include "db.h"

struct migration {
    unsigned version; /* 1, 2, 3 ... */
    const char *name, *sql;
};
/* From migrations/, at build time; ascending, without gaps. */
extern const struct migration migrations_sqlite[], migrations_postgres[];
extern const unsigned migrations_sqlite_n, migrations_postgres_n;

/* Bring db to the last one of list; a new database gets its random epoch. path: of an SQLite database, for the copy and for hints;
 * NULL otherwise.
 * Returns: ERR_OK | ERR_INVALID, it is another program's, newer, or corrupt; *failure says which and what to do | what db failed with */
enum err migrate_run(struct db *db, const char *path, const struct migration *list, unsigned n,
                     struct db_failure *failure);
/* The same with this program's migrations for its kind. */
enum err migrate(struct db *db, const char *path, struct db_failure *failure);
/* The version db has; 0: it is empty. Returns as migrate_run, and also refuses what is newer than newest. */
enum err migrate_version(struct db *db, const char *path, unsigned newest, unsigned *version,
                         struct db_failure *failure);
/* For who only reads: has db exactly this program's version? Returns as migrate_run; ERR_INVALID also when it is older, or empty. */
enum err migrate_check(struct db *db, const char *path, struct db_failure *failure);
