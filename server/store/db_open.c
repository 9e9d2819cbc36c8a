/* See db.h: which adapter a URL is for. */
#include "db.h"

enum err db_open(const char *url, bool read_only, struct db **out, struct db_failure *failure)
{
    struct slice s = slice_str(url);

    if (slice_starts_with(s, SL("sqlite:"))) {
        return db_sqlite_open(url + strlen("sqlite:"), read_only, false, out, failure);
    }
    if (slice_starts_with(s, SL("postgresql://")) || slice_starts_with(s, SL("postgres://"))) {
        return db_pg_open(url, read_only, out, failure);
    }
    db_failure_set(failure, ERR_INVALID,
                   "no such kind of database; allowed are sqlite:PATH and postgresql://...");
    return ERR_INVALID;
}
