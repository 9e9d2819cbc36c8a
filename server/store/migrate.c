/* See migrate.h. */
#include "migrate.h"

#include "buf.h"
#include "mem.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <unistd.h>

#define EPOCH_BYTES       16
#define QUICK_CHECK_BYTES (16 << 20) /* larger files would take longer to check than to start */
#define SCRIPT_BYTES_MAX  4096
#define NAME_OF(path)     ((path) ? (path) : "the database")

static enum err failed(struct db *db, const char *path, struct db_failure *failure)
{
    const struct db_failure *why = db_failure(db);

    db_failure_set(failure, why->err, why->err == ERR_INVALID ? DB_HINT_CORRUPT : "%s: %s",
                   NAME_OF(path), why->text);
    return failure->err;
}

static enum err foreign(const char *path, struct db_failure *failure)
{
    db_failure_set(failure, ERR_INVALID,
                   "%s is another program's database. Nothing was changed. Choose another place "
                   "with --data or --database",
                   NAME_OF(path));
    return ERR_INVALID;
}

/* The first column of the only row. */
static int64_t number(struct db *db, const char *sql)
{
    int64_t value = 0;

    db_query(db, sql, NULL, 0);
    if (db_next(db)) {
        value = db_int(db, 0);
    }
    (void)db_done(db);
    return value;
}

static enum err version_sqlite(struct db *db, const char *path, int64_t *version,
                               struct db_failure *failure)
{
    int64_t application = number(db, "PRAGMA application_id");
    int64_t tables = number(db, "SELECT count(*) FROM sqlite_schema");

    *version = number(db, "PRAGMA user_version");
    if (db_failure(db)->err != ERR_OK) {
        return failed(db, path, failure);
    }
    if (application == 0 && tables == 0 && *version == 0) {
        return ERR_OK;
    }
    return application == DB_APPLICATION_ID && *version > 0 ? ERR_OK : foreign(path, failure);
}

static enum err version_postgres(struct db *db, int64_t *version, struct db_failure *failure)
{
    int64_t tables = number(db, "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v') "
                                "AND relnamespace = current_schema()::regnamespace");
    int64_t columns = number(
        db, "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('meta') AND "
            "attname IN ('key', 'value') AND NOT attisdropped AND atttypid = 'text'::regtype");

    *version = 0;
    if (columns == 2) {
        *version = number(db, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'tincan_schema' "
                              "AND value ~ '^[0-9]{1,9}$'");
    }
    if (db_failure(db)->err != ERR_OK) {
        return failed(db, NULL, failure);
    }
    return tables == 0 || *version > 0 ? ERR_OK : foreign(NULL, failure);
}

enum err migrate_version(struct db *db, const char *path, unsigned newest, unsigned *version,
                         struct db_failure *failure)
{
    int64_t found = 0;
    enum err err = db_kind(db) == DB_SQLITE ? version_sqlite(db, path, &found, failure)
                                            : version_postgres(db, &found, failure);

    if (err != ERR_OK) {
        return err;
    }
    if (found > newest) {
        db_failure_set(failure, ERR_INVALID,
                       "%s is of a newer Tincan (version %lld; this program knows up to %u). "
                       "Nothing was changed. Run that Tincan, or restore a backup that was made "
                       "before the upgrade: tincan restore FILE",
                       NAME_OF(path), (long long)found, newest);
        return ERR_INVALID;
    }
    *version = (unsigned)found;
    return ERR_OK;
}

/* A small database is looked through at every start; of a large one SQLite finds damage when it meets it. */
static enum err check(struct db *db, const char *path, struct db_failure *failure)
{
    bool sound = true;

    if (db_kind(db) != DB_SQLITE ||
        number(db, "PRAGMA page_count") * number(db, "PRAGMA page_size") > QUICK_CHECK_BYTES) {
        return db_failure(db)->err == ERR_OK ? ERR_OK : failed(db, path, failure);
    }
    db_query(db, "PRAGMA quick_check(1)", NULL, 0);
    while (db_next(db)) {
        struct slice line = db_text(db, 0);
        if (sound && !slice_eq(line, SL("ok"))) {
            char text[200];
            CHECK(snprintf(text, sizeof text, "%.*s", SL_ARG(line)) >= 0);
            db_failure_set(failure, ERR_INVALID, DB_HINT_CORRUPT, NAME_OF(path), text);
            sound = false;
        }
    }
    if (db_done(db) != ERR_OK) {
        return failed(db, path, failure);
    }
    return sound ? ERR_OK : ERR_INVALID;
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return done;
}

static bool make_private(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/* Written under another name first, so that a copy that is there is a whole one. */
static enum err keep_copy(struct db *db, const char *path, unsigned version,
                          struct db_failure *failure)
{
    struct buf part, whole, folder;
    const char *slash = strrchr(path, '/');
    enum err err = ERR_OK;

    buf_init(&part, SCRIPT_BYTES_MAX);
    buf_init(&whole, SCRIPT_BYTES_MAX);
    buf_init(&folder, SCRIPT_BYTES_MAX);
    if (buf_printf(&whole, "%s.bak-v%u", path, version) != ERR_OK ||
        buf_putc(&whole, '\0') != ERR_OK || buf_printf(&part, "%s.part", whole.p) != ERR_OK ||
        buf_putc(&part, '\0') != ERR_OK ||
        buf_printf(&folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".") !=
            ERR_OK ||
        buf_putc(&folder, '\0') != ERR_OK) {
        db_failure_set(failure, ERR_NOMEM, "no memory, or too long a path: %s", path);
        err = ERR_NOMEM;
        goto out;
    }
    /* SQLite would make it for all to read. */
    if ((unlink(part.p) != 0 && errno != ENOENT) || !make_private(part.p)) {
        db_failure_set(failure, ERR_IO, "cannot write %s: %s", part.p, strerror(errno));
        err = ERR_IO;
        goto out;
    }
    err = db_exec(db, "VACUUM INTO $1", &DB_TEXT(slice_str(part.p)), 1);
    if (err != ERR_OK) {
        (void)failed(db, path, failure);
    } else if (!sync_path(part.p, O_RDONLY) || rename(part.p, whole.p) != 0 ||
               !sync_path(folder.p, O_RDONLY | O_DIRECTORY)) {
        db_failure_set(failure, ERR_IO, "cannot keep a copy as %s: %s", whole.p, strerror(errno));
        err = ERR_IO;
    }
    if (err != ERR_OK) {
        (void)unlink(part.p);
    }
out:
    buf_fini(&part);
    buf_fini(&whole);
    buf_fini(&folder);
    return err;
}

static void set_epoch(struct db *db)
{
    unsigned char bytes[EPOCH_BYTES];
    char text[EPOCH_BYTES * 2 + 1];

    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        db_fail(db, ERR_INTERNAL, "no random numbers");
        return;
    }
    for (unsigned i = 0; i < EPOCH_BYTES; i++) {
        CHECK(snprintf(text + 2 * i, 3, "%02x", bytes[i]) == 2);
    }
    (void)db_exec(db, "INSERT INTO meta (key, value) VALUES ('epoch', $1)",
                  &DB_TEXT(slice_str(text)), 1);
}

static void set_version(struct db *db, unsigned version)
{
    char sql[300];

    if (db_kind(db) == DB_SQLITE) {
        CHECK(snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %u",
                       DB_APPLICATION_ID, version) < (int)sizeof sql);
    } else {
        CHECK(snprintf(sql, sizeof sql,
                       "INSERT INTO meta (key, value) VALUES ('tincan_schema', '%u') "
                       "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                       version) < (int)sizeof sql);
    }
    (void)db_script(db, sql);
}

/* One step up, unless somebody else has made it meanwhile. */
static enum err step(struct db *db, const char *path, const struct migration *m, unsigned newest,
                     struct db_failure *failure)
{
    unsigned version = 0;
    enum err err;

    (void)db_begin(db, true);
    if (db_kind(db) == DB_POSTGRES) {
        /* Servers that start together take turns. */
        (void)db_exec(db, "SELECT pg_advisory_xact_lock(1414090307)", NULL, 0);
    }
    if (db_failure(db)->err != ERR_OK) {
        err = failed(db, path, failure);
        goto undo;
    }
    err = migrate_version(db, path, newest, &version, failure);
    if (err != ERR_OK || version >= m->version) {
        goto undo;
    }
    (void)db_script(db, m->sql);
    if (m->version == 1) {
        set_epoch(db);
    }
    set_version(db, m->version);
    if (db_commit(db) == ERR_OK) {
        return ERR_OK;
    }
    db_failure_set(failure, db_failure(db)->err, "%s could not be brought to %s: %s", NAME_OF(path),
                   m->name, db_failure(db)->text);
    err = failure->err;
undo:
    db_rollback(db);
    return err;
}

enum err migrate_run(struct db *db, const char *path, const struct migration *list, unsigned n,
                     struct db_failure *failure)
{
    unsigned version;
    enum err err = migrate_version(db, path, n, &version, failure);

    if (err == ERR_OK && version > 0) {
        err = check(db, path, failure);
    }
    if (err == ERR_OK && version > 0 && version < n && db_kind(db) == DB_SQLITE) {
        err = keep_copy(db, path, version, failure);
    }
    while (err == ERR_OK && version < n) {
        CHECK(list[version].version == version + 1);
        err = step(db, path, &list[version], n, failure);
        version++;
    }
    return err;
}

enum err migrate(struct db *db, const char *path, struct db_failure *failure)
{
    return db_kind(db) == DB_SQLITE
               ? migrate_run(db, path, migrations_sqlite, migrations_sqlite_n, failure)
               : migrate_run(db, path, migrations_postgres, migrations_postgres_n, failure);
}

enum err migrate_check(struct db *db, const char *path, struct db_failure *failure)
{
    bool sqlite = db_kind(db) == DB_SQLITE;
    const struct migration *list = sqlite ? migrations_sqlite : migrations_postgres;
    unsigned n = sqlite ? migrations_sqlite_n : migrations_postgres_n;
    unsigned newest = list[n - 1].version, version = 0;
    enum err err = migrate_version(db, path, newest, &version, failure);

    if (err == ERR_OK && version != newest) {
        db_failure_set(failure, ERR_INVALID,
                       version == 0 ? "%s is empty: there is nothing of Tincan's in it"
                                    : "%s is of an older Tincan; start this one's server once, "
                                      "which brings it up to date",
                       NAME_OF(path));
        err = ERR_INVALID;
    }
    return err;
}
