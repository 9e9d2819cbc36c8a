/* SQLite behind db.h: one file in WAL mode, statements prepared once and found again by the address of their text.
 *
 * Inv: cache_n <= 3/4 of cache_size, a power of two. running is the statement between query and done.
 */
#include "db.h"

#include "mem.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_SIZE_START 128
#define PARAMS_MAX       16
#define PATH_BYTES_MAX   4096

struct prepared {
    const char *sql;
    sqlite3_stmt *statement;
    unsigned char places[PARAMS_MAX]; /* SQLite's numbers of $1, $2, ...; 0: there is none */
};

struct sqlite {
    struct db db;
    sqlite3 *handle;
    struct prepared *cache; /* open addressing by the address of sql */
    unsigned cache_size, cache_n;
    sqlite3_stmt *running;
    bool has_row; /* query has stepped to it already */
    bool lost;
    int64_t changes;
};

static struct sqlite *of(const struct db *db)
{
    return CONTAINER_OF(db, struct sqlite, db);
}

static enum err err_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return ERR_LIMIT;
    case SQLITE_IOERR:
        return code == SQLITE_IOERR_NOMEM ? ERR_NOMEM : ERR_IO;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
        return ERR_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_INVALID;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_TIMEOUT;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_CONSTRAINT:
        return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       code == SQLITE_CONSTRAINT_ROWID
                   ? ERR_CONFLICT
                   : ERR_INTERNAL;
    default:
        return ERR_INTERNAL;
    }
}

/* After these, what the connection believes about the file is not to be trusted. */
static bool loses(enum err err)
{
    return err == ERR_IO || err == ERR_INVALID;
}

static void fail(struct sqlite *s, const char *doing)
{
    enum err err = err_of(sqlite3_extended_errcode(s->handle));

    s->lost = s->lost || loses(err);
    db_fail(&s->db, err, "%s: %s (%d)", doing, sqlite3_errmsg(s->handle),
            sqlite3_extended_errcode(s->handle));
}

/* The place of sql: where it is, or where it would go. */
static struct prepared *place(struct prepared *cache, unsigned size, const char *sql)
{
    unsigned i = (unsigned)(((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (size - 1);

    while (cache[i].sql && cache[i].sql != sql) {
        i = (i + 1) & (size - 1);
    }
    return &cache[i];
}

static bool cache_grow(struct sqlite *s)
{
    unsigned size = s->cache_size ? s->cache_size * 2 : CACHE_SIZE_START;
    struct prepared *cache = mem_zalloc(size * sizeof *cache);

    if (!cache) {
        return false;
    }
    for (unsigned i = 0; i < s->cache_size; i++) {
        if (s->cache[i].sql) {
            *place(cache, size, s->cache[i].sql) = s->cache[i];
        }
    }
    mem_free(s->cache);
    s->cache = cache;
    s->cache_size = size;
    return true;
}

/* By their names: SQLite numbers parameters as they first appear. */
static void find_places(struct prepared *at)
{
    char name[8];

    for (unsigned i = 0; i < PARAMS_MAX; i++) {
        CHECK(snprintf(name, sizeof name, "$%u", i + 1) < (int)sizeof name);
        at->places[i] = (unsigned char)sqlite3_bind_parameter_index(at->statement, name);
    }
}

static const struct prepared *prepare(struct sqlite *s, const char *sql)
{
    struct prepared *at;
    sqlite3_stmt *statement;

    if (s->cache_n * 4 >= s->cache_size * 3 && !cache_grow(s)) {
        db_fail(&s->db, ERR_NOMEM, "no memory for a statement");
        return NULL;
    }
    at = place(s->cache, s->cache_size, sql);
    if (at->sql) {
        return at;
    }
    if (sqlite3_prepare_v3(s->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK) {
        fail(s, "preparing a statement");
        return NULL;
    }
    at->sql = sql;
    at->statement = statement;
    find_places(at);
    s->cache_n++;
    return at;
}

static int bind(sqlite3_stmt *statement, int index, const struct db_value *v)
{
    switch (v->type) {
    case DB_TYPE_INT:
        return sqlite3_bind_int64(statement, index, v->i);
    case DB_TYPE_TEXT:
        return sqlite3_bind_text64(statement, index, v->s.p ? v->s.p : "", v->s.n, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_TYPE_BLOB:
        return sqlite3_bind_blob64(statement, index, v->s.p ? v->s.p : "", v->s.n, SQLITE_STATIC);
    case DB_TYPE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, index);
}

static void step(struct sqlite *s)
{
    int code = sqlite3_step(s->running);

    s->has_row = code == SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        fail(s, "running a statement");
    }
}

/* The first step is made here, so that a statement without rows has run even if nobody asks for one. */
static void query(struct db *db, const char *sql, const struct db_value *params, unsigned params_n)
{
    struct sqlite *s = of(db);
    const struct prepared *prepared;
    int before = sqlite3_total_changes(s->handle);

    CHECK(params_n <= PARAMS_MAX);
    prepared = prepare(s, sql);
    if (!prepared) {
        return;
    }
    s->running = prepared->statement;
    for (unsigned i = 0; i < params_n; i++) {
        if (prepared->places[i] > 0 &&
            bind(s->running, prepared->places[i], &params[i]) != SQLITE_OK) {
            fail(s, "binding a parameter");
            return;
        }
    }
    step(s);
    s->changes = sqlite3_total_changes(s->handle) - before;
}

static bool next(struct db *db)
{
    struct sqlite *s = of(db);

    if (!s->running) {
        return false;
    }
    if (s->has_row) {
        s->has_row = false;
        return true;
    }
    if (sqlite3_stmt_busy(s->running)) {
        step(s);
    }
    if (s->has_row) {
        s->has_row = false;
        return true;
    }
    return false;
}

static int64_t get_int(struct db *db, unsigned column)
{
    return sqlite3_column_int64(of(db)->running, (int)column);
}

static struct slice get_text(struct db *db, unsigned column)
{
    struct sqlite *s = of(db);
    const char *p;

    if (sqlite3_column_type(s->running, (int)column) == SQLITE_BLOB) {
        p = sqlite3_column_blob(s->running, (int)column);
    } else {
        p = (const char *)sqlite3_column_text(s->running, (int)column);
    }
    if (!p && sqlite3_errcode(s->handle) == SQLITE_NOMEM) {
        db_fail(db, ERR_NOMEM, "no memory for a text");
    }
    return (struct slice){p, p ? (size_t)sqlite3_column_bytes(s->running, (int)column) : 0};
}

static bool is_null(struct db *db, unsigned column)
{
    return sqlite3_column_type(of(db)->running, (int)column) == SQLITE_NULL;
}

static void done(struct db *db)
{
    struct sqlite *s = of(db);

    if (s->running) {
        sqlite3_reset(s->running); /* its failure was that of the step */
        sqlite3_clear_bindings(s->running);
        s->running = NULL;
    }
    s->has_row = false;
}

static void script(struct db *db, const char *sql)
{
    struct sqlite *s = of(db);

    if (sqlite3_exec(s->handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail(s, "running a script");
    }
}

static int64_t changes(const struct db *db)
{
    return of(db)->changes;
}

static void begin(struct db *db, bool write)
{
    (void)db_exec(db, write ? "BEGIN IMMEDIATE" : "BEGIN", NULL, 0);
}

/* A commit that failed in whatever way leaves nothing to go on with: the connection is opened anew. */
static void commit(struct db *db)
{
    struct sqlite *s = of(db);

    if (db_exec(db, "COMMIT", NULL, 0) != ERR_OK) {
        s->lost = true;
    }
}

static void rollback(struct db *db)
{
    struct sqlite *s = of(db);

    /* Many failures have rolled back already. */
    if (!sqlite3_get_autocommit(s->handle) &&
        sqlite3_exec(s->handle, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK) {
        s->lost = true;
    }
}

static bool lost(const struct db *db)
{
    return of(db)->lost;
}

static void close_db(struct db *db)
{
    struct sqlite *s = of(db);

    for (unsigned i = 0; i < s->cache_size; i++) {
        sqlite3_finalize(s->cache[i].statement);
    }
    CHECK(sqlite3_close(s->handle) == SQLITE_OK);
    mem_free(s->cache);
    mem_free(s);
}

static const struct db_vtable vtable = {
    .kind = DB_SQLITE,
    .query = query,
    .next = next,
    .get_int = get_int,
    .get_text = get_text,
    .is_null = is_null,
    .done = done,
    .script = script,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .lost = lost,
    .close = close_db,
};

/* Make the folder and the empty file, for nobody but us to read; SQLite gives its other files the same mode. */
static enum err make_file(const char *path, struct db_failure *failure)
{
    char folder[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    int fd;

    if (slash && slash != path) {
        if ((size_t)(slash - path) >= sizeof folder) {
            db_failure_set(failure, ERR_INVALID, "the database's path is too long");
            return ERR_INVALID;
        }
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            db_failure_set(failure, ERR_IO, "cannot make the folder %s: %s", folder,
                           strerror(errno));
            return ERR_IO;
        }
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        db_failure_set(failure, ERR_IO, "cannot open %s: %s", path, strerror(errno));
        return ERR_IO;
    }
    close(fd);
    return ERR_OK;
}

/* Another program's file, in which not a byte is to be changed? */
static bool is_foreign(struct db *db)
{
    db_query(db, "PRAGMA application_id", NULL, 0);
    bool ours = db_next(db) && db_int(db, 0) == DB_APPLICATION_ID;
    (void)db_done(db);
    if (ours) {
        return false;
    }
    db_query(db, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, 0);
    bool used = db_next(db);
    (void)db_done(db);
    return used;
}

static void set_up(struct sqlite *s, bool read_only, bool synchronous_normal)
{
    sqlite3_extended_result_codes(s->handle, 1);
    sqlite3_busy_timeout(s->handle, DB_BUSY_MS);
    sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(s->handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    (void)db_script(&s->db, "PRAGMA trusted_schema = OFF;"
                            "PRAGMA cell_size_check = ON;"
                            "PRAGMA foreign_keys = ON;"
                            "PRAGMA temp_store = MEMORY;"
                            "PRAGMA cache_size = -65536;");
    if (!read_only && !is_foreign(&s->db)) {
        /* Checkpoints are made by the store in quiet moments; the automatic one is for when there are none. */
        (void)db_script(&s->db, "PRAGMA secure_delete = ON;"
                                "PRAGMA journal_mode = WAL;"
                                "PRAGMA wal_autocheckpoint = 16000;");
        (void)db_script(&s->db, synchronous_normal ? "PRAGMA synchronous = NORMAL"
                                                   : "PRAGMA synchronous = FULL");
    }
}

/* Memory is not counted: counting takes a lock that all connections share. Too late, and no harm, when SQLite is in use already. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum err db_sqlite_open(const char *path, bool read_only, bool synchronous_normal, struct db **out,
                        struct db_failure *failure)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite *s;
    int flags = SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int code;

    if (read_only && access(path, F_OK) != 0) {
        db_failure_set(failure, ERR_NOTFOUND, "there is no database %s", path);
        return ERR_NOTFOUND;
    }
    if (!read_only && make_file(path, failure) != ERR_OK) {
        return failure->err;
    }
    s = mem_zalloc(sizeof *s);
    if (!s) {
        db_failure_set(failure, ERR_NOMEM, "no memory to open %s", path);
        return ERR_NOMEM;
    }
    s->db.vtable = &vtable;
    (void)pthread_once(&once, configure);
    code = sqlite3_open_v2(path, &s->handle, flags, NULL);
    if (code == SQLITE_OK) {
        set_up(s, read_only, synchronous_normal);
    } else {
        enum err err = err_of(code);
        db_fail(&s->db, err, "opening it: %s", sqlite3_errmsg(s->handle));
    }
    if (s->db.failure.err != ERR_OK) {
        enum err err = s->db.failure.err;
        db_failure_set(failure, err,
                       err == ERR_INVALID ? DB_HINT_CORRUPT : "cannot open the database %s: %s",
                       path, s->db.failure.text);
        close_db(&s->db);
        return err;
    }
    *out = &s->db;
    return ERR_OK;
}
