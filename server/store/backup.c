/* See backup.h. */
#include "backup.h"

#include "backup_inside.h"

#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include "op_search.h"
#include "store_op.h"

#include <openssl/evp.h>
#include <string.h>

#define FORMAT        2 /* 1: without files */
#define SCHEMA        11
#define COLUMNS_MAX   13
#define FETCH_ROWS    200
#define FLUSH_ROWS    500
#define PROGRESS_ROWS 10000
#define LINE_MAX_N    (1u << 20)
#define HASH_HEX      64
#define ERASE_TRIES   10

struct table {
    const char *name, *columns, *shape, *key;
    const char *select, *declare, *fetch, *close, *insert, *erase, *sequence_pg;
};

static const struct table tables[] = {
#define TABLE(name, columns, shape, placeholders, key)                                             \
    {#name,                                                                                        \
     columns,                                                                                      \
     shape,                                                                                        \
     key,                                                                                          \
     "SELECT " columns " FROM " #name,                                                             \
     "DECLARE backup_" #name " NO SCROLL CURSOR FOR SELECT " columns " FROM " #name,               \
     "FETCH 200 FROM backup_" #name,                                                               \
     "CLOSE backup_" #name,                                                                        \
     "INSERT INTO " #name " (" columns ") VALUES (" placeholders ")",                              \
     "DELETE FROM " #name,                                                                         \
     "SELECT setval(pg_get_serial_sequence('" #name "', '" key "'), max(" key ")) FROM " #name},
#include "backup_tables.def"
#undef TABLE
};
#define TABLES_N (sizeof tables / sizeof *tables)

/* Of a million rows in no time; and nobody else comes between until the end. What is made of them is locked first, in the order of those
 * who keep it: one of them who had a part of it, and waited for the rest, would wait for us and we for him. */
static const char erase_pg[] = "LOCK TABLE search_queue, message_search, meta;"
                               "TRUNCATE "
#define TABLE(name, columns, shape, placeholders, key) #name ", "
#include "backup_tables.def"
#undef TABLE
                               "account"; /* named twice, for the comma's sake */

static enum err fail(struct db_failure *failure, enum err e, const char *what)
{
    db_failure_set(failure, e, "%s", what);
    return e;
}

/* --- writing --- */

void backup_put_line(struct backup_writer *w)
{
    if (buf_putc(&w->line, '\n') != ERR_OK ||
        fwrite(w->line.p, 1, w->line.n, w->out) != w->line.n ||
        EVP_DigestUpdate(w->hash, w->line.p, w->line.n) != 1) {
        w->failed = true;
    }
    buf_reset(&w->line);
}

static void put_hex(struct backup_writer *w, struct json_out *o, struct slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    struct buf hex = {.max = LINE_MAX_N};
    for (size_t i = 0; i < bytes.n && !w->failed; i++) {
        w->failed = buf_putc(&hex, digits[(unsigned char)bytes.p[i] >> 4]) != ERR_OK ||
                    buf_putc(&hex, digits[(unsigned char)bytes.p[i] & 15]) != ERR_OK;
    }
    json_out_object(o, NULL);
    json_out_text(o, "hex", buf_peek(&hex));
    json_out_object_end(o);
    buf_fini(&hex);
}

static void put_row(struct backup_writer *w, const struct table *t)
{
    struct json_out o;
    json_out_start(&o, &w->line);
    json_out_array(&o, NULL);
    for (unsigned i = 0; t->shape[i]; i++) {
        if (db_is_null(w->db, i)) {
            json_out_raw(&o, NULL, SL("null"));
        } else if (t->shape[i] == 'i') {
            json_out_int(&o, NULL, db_int(w->db, i));
        } else if (t->shape[i] == 't') {
            json_out_text(&o, NULL, db_text(w->db, i));
        } else {
            put_hex(w, &o, db_text(w->db, i));
        }
    }
    json_out_array_end(&o);
    w->failed = json_out_end(&o) != ERR_OK || w->failed;
    backup_put_line(w);
    w->rows_n++;
    if (w->progress && w->progress->on_rows && w->rows_n % PROGRESS_ROWS == 0) {
        w->progress->on_rows(w->progress->user, t->name, w->rows_n);
    }
}

/* SQLite gives row by row; PostgreSQL would give all at once, so it is asked by a cursor. */
static void put_rows(struct backup_writer *w, const struct table *t)
{
    bool cursor = db_kind(w->db) == DB_POSTGRES;
    unsigned n;
    if (cursor) {
        db_exec(w->db, t->declare, NULL, 0);
    }
    do {
        n = 0;
        db_query(w->db, cursor ? t->fetch : t->select, NULL, 0);
        while (!w->failed && db_next(w->db)) {
            put_row(w, t);
            n++;
        }
        db_done(w->db);
    } while (cursor && n == FETCH_ROWS && !w->failed);
    if (cursor) {
        db_exec(w->db, t->close, NULL, 0);
    }
}

static void put_table(struct backup_writer *w, const struct table *t)
{
    struct json_out o;
    json_out_start(&o, &w->line);
    json_out_object(&o, NULL);
    json_out_text(&o, "table", slice_str(t->name));
    json_out_text(&o, "columns", slice_str(t->columns));
    json_out_object_end(&o);
    w->failed = json_out_end(&o) != ERR_OK || w->failed;
    backup_put_line(w);
    put_rows(w, t);
}

static void put_header(struct backup_writer *w, int64_t now_ms)
{
    struct json_out o;
    json_out_start(&o, &w->line);
    json_out_object(&o, NULL);
    json_out_int(&o, "tincan_backup", FORMAT);
    json_out_int(&o, "schema", SCHEMA);
    json_out_int(&o, "made_ms", now_ms);
    json_out_object_end(&o);
    w->failed = json_out_end(&o) != ERR_OK || w->failed;
    backup_put_line(w);
}

static void hex_of(EVP_MD_CTX *hash, char hex[HASH_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[32];
    unsigned n = 0;
    CHECK(EVP_DigestFinal_ex(hash, sum, &n) == 1 && n == sizeof sum);
    for (size_t i = 0; i < sizeof sum; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
}

static void put_trailer(struct backup_writer *w)
{
    char hex[HASH_HEX];
    struct json_out o;
    hex_of(w->hash, hex);
    json_out_start(&o, &w->line);
    json_out_object(&o, NULL);
    json_out_int(&o, "rows", w->rows_n);
    json_out_text(&o, "sha256", (struct slice){hex, sizeof hex});
    json_out_object_end(&o);
    w->failed = json_out_end(&o) != ERR_OK || buf_putc(&w->line, '\n') != ERR_OK ||
                fwrite(w->line.p, 1, w->line.n, w->out) != w->line.n || w->failed;
}

static enum err write_all(struct backup_writer *w, int64_t now_ms, struct db_failure *failure)
{
    put_header(w, now_ms);
    for (size_t i = 0; i < TABLES_N && !w->failed; i++) {
        put_table(w, &tables[i]);
    }
    backup_list_files(w);
    if (db_failure(w->db)->err != ERR_OK) {
        *failure = *db_failure(w->db);
        return failure->err;
    }
    db_rollback(w->db); /* nothing of the database is needed any more */
    backup_put_files(w);
    put_trailer(w);
    if (w->failed || fflush(w->out) != 0) {
        return fail(failure, ERR_IO,
                    "the backup could not be written to its end; is the disk full?");
    }
    return ERR_OK;
}

enum err backup_write(struct db *db, const struct blobs *blobs, FILE *out,
                      const struct backup_progress *progress, int64_t now_ms,
                      struct db_failure *failure)
{
    struct backup_writer w = {.db = db,
                              .blobs = blobs,
                              .out = out,
                              .progress = progress,
                              .line = {.max = LINE_MAX_N},
                              .files = {.max = BACKUP_FILES_BYTES_MAX}};
    w.hash = EVP_MD_CTX_new();
    if (!w.hash || EVP_DigestInit_ex(w.hash, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(w.hash);
        return fail(failure, ERR_NOMEM, "out of memory");
    }
    if (db_kind(db) == DB_POSTGRES) { /* whoever takes the file may be slow */
        db_script(db, "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0");
    }
    db_begin(db, false);
    enum err e = write_all(&w, now_ms, failure);
    db_rollback(db);
    buf_fini(&w.line);
    buf_fini(&w.files);
    EVP_MD_CTX_free(w.hash);
    return e;
}

/* --- reading --- */

enum err backup_damaged(struct backup_reader *r, const char *what)
{
    db_failure_set(r->failure, ERR_INVALID,
                   "the backup is damaged at line %lld: %s. Nothing was changed",
                   (long long)r->line_n, what);
    return ERR_INVALID;
}

/* The next line, without its end, into r->line. */
static enum err read_line(struct backup_reader *r)
{
    int c;
    buf_reset(&r->line);
    r->line_n++;
    while ((c = getc(r->in)) != EOF && c != '\n') {
        if (buf_putc(&r->line, (char)c) != ERR_OK) {
            return backup_damaged(r, "it is too long");
        }
    }
    if (ferror(r->in)) {
        return fail(r->failure, ERR_IO, "the backup cannot be read");
    }
    return c == EOF ? backup_damaged(r, "it ends too early") : ERR_OK;
}

void backup_hash_line(struct backup_reader *r)
{
    CHECK(EVP_DigestUpdate(r->hash, r->line.p ? r->line.p : "", r->line.n) == 1 &&
          EVP_DigestUpdate(r->hash, "\n", 1) == 1);
}

static enum err start_object(struct backup_reader *r, struct json_in *in)
{
    if (json_check(buf_peek(&r->line), NULL) != ERR_OK) {
        return backup_damaged(r, "it is no JSON");
    }
    arena_fini(&r->arena);
    json_in_start(in, buf_peek(&r->line), &r->arena);
    return ERR_OK;
}

static enum err read_header(struct backup_reader *r)
{
    struct json_in in;
    int64_t format = 0, schema = 0;
    enum err e = read_line(r);
    if (e == ERR_OK && (json_check(buf_peek(&r->line), NULL) != ERR_OK ||
                        json_type_of(buf_peek(&r->line)) != JSON_OBJECT)) {
        return fail(r->failure, ERR_INVALID, "this is no backup of Tincan's");
    }
    if (e != ERR_OK) {
        return e;
    }
    backup_hash_line(r);
    json_in_start(&in, buf_peek(&r->line), &r->arena);
    if (!json_in_int(&in, "tincan_backup", 1, 1000, &format) ||
        !json_in_int(&in, "schema", 1, 100000, &schema)) {
        return fail(r->failure, ERR_INVALID, "this is no backup of Tincan's");
    }
    if (format > FORMAT || schema > SCHEMA) {
        return fail(r->failure, ERR_INVALID,
                    "this backup is of a newer Tincan; restore it with that one");
    }
    return ERR_OK;
}

/* The value of one column. */
static enum err read_value(struct backup_reader *r, struct slice raw, char shape,
                           struct db_value *out)
{
    int64_t v;
    struct slice text;
    *out = DB_NULL;
    if (json_type_of(raw) == JSON_NULL) {
        return ERR_OK;
    }
    if (shape == 'i') {
        if (!json_value_int(raw, -INT64_MAX, INT64_MAX, &v)) {
            return backup_damaged(r, "a number is none");
        }
        *out = DB_INT(v);
        return ERR_OK;
    }
    if (shape == 't') {
        if (json_value_text(raw, &r->arena, &text) != ERR_OK) {
            return backup_damaged(r, "a text is none");
        }
        *out = DB_TEXT(text);
        return ERR_OK;
    }
    struct json_in in;
    json_in_start(&in, raw, &r->arena);
    if (!json_in_text(&in, "hex", &text) || text.n % 2 != 0) {
        return backup_damaged(r, "bytes are none");
    }
    char *p = (char *)text.p; /* the arena's copy, decoded in place */
    for (size_t i = 0; i < text.n / 2; i++) {
        int high = OPENSSL_hexchar2int((unsigned char)text.p[2 * i]);
        int low = OPENSSL_hexchar2int((unsigned char)text.p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return backup_damaged(r, "bytes are none");
        }
        p[i] = (char)(high << 4 | low);
    }
    *out = DB_BLOB(((struct slice){p, text.n / 2}));
    return ERR_OK;
}

/* The row in r->line; db NULL: only looked at. */
static enum err read_row(struct backup_reader *r, const struct table *t, struct db *db)
{
    struct db_value values[COLUMNS_MAX];
    struct json_iter it;
    struct slice raw;
    unsigned n = 0;
    if (json_check(buf_peek(&r->line), NULL) != ERR_OK ||
        json_type_of(buf_peek(&r->line)) != JSON_ARRAY) {
        return backup_damaged(r, "it is no row");
    }
    arena_fini(&r->arena);
    for (json_iter_init(&it, buf_peek(&r->line)); json_iter_next(&it, NULL, &raw); n++) {
        if (!t->shape[n]) {
            return backup_damaged(r, "it has too many columns");
        }
        enum err e = read_value(r, raw, t->shape[n], &values[n]);
        if (e != ERR_OK) {
            return e;
        }
    }
    if (t->shape[n]) {
        return backup_damaged(r, "it has too few columns");
    }
    r->rows_n++;
    if (db) {
        db_exec_later(db, t->insert, values, n);
        if (r->rows_n % FLUSH_ROWS == 0) {
            db_exec(db, "SELECT 1", NULL, 0);
        }
        if (db_failure(db)->err != ERR_OK) {
            *r->failure = *db_failure(db);
            return r->failure->err;
        }
    }
    return ERR_OK;
}

static const struct table *find_table(struct slice name)
{
    for (size_t i = 0; i < TABLES_N; i++) {
        if (slice_eq(slice_str(tables[i].name), name)) {
            return &tables[i];
        }
    }
    return NULL;
}

/* A line that is no row: a table begins (*t), a file follows, or the backup ends. */
static enum err read_mark(struct backup_reader *r, const struct table **t, bool *is_end)
{
    struct json_in in;
    struct slice name, columns = SL(""), sum;
    int64_t rows = -1;
    char hex[HASH_HEX];
    enum err e = start_object(r, &in);
    if (e != ERR_OK) {
        return e;
    }
    if (json_in_text(&in, "table", &name)) {
        backup_hash_line(r);
        *is_end = false;
        *t = find_table(name);
        if (!*t || !json_in_text(&in, "columns", &columns) ||
            !slice_eq(columns, slice_str((*t)->columns))) {
            return backup_damaged(r, "it is about a table that is not known");
        }
        return ERR_OK;
    }
    *t = NULL;
    if (json_in_int(&in, "file", 1, CHAT_ID_MAX, &r->file) &&
        json_in_int(&in, "size", 0, CHAT_ID_MAX, &r->file_bytes)) {
        backup_hash_line(r);
        *is_end = false;
        return backup_read_file(r);
    }
    *is_end = true;
    hex_of(r->hash, hex);
    if (!json_in_int(&in, "rows", 0, INT64_MAX, &rows) || !json_in_text(&in, "sha256", &sum) ||
        rows != r->rows_n || !slice_eq(sum, (struct slice){hex, sizeof hex})) {
        return backup_damaged(r, "what stands before it is not what was written");
    }
    return getc(r->in) == EOF ? ERR_OK : backup_damaged(r, "something follows the end");
}

static enum err read_all(struct backup_reader *r, struct db *db,
                         const struct backup_progress *progress)
{
    const struct table *t = NULL;
    enum err e = read_header(r);
    bool ended = false;
    while (e == ERR_OK && !ended) {
        e = read_line(r);
        if (e == ERR_OK && t && r->line.n > 0 && r->line.p[0] == '[') {
            backup_hash_line(r);
            e = read_row(r, t, db);
            if (progress && progress->on_rows && r->rows_n % PROGRESS_ROWS == 0) {
                progress->on_rows(progress->user, t->name, r->rows_n);
            }
        } else if (e == ERR_OK) {
            e = read_mark(r, &t, &ended);
        }
    }
    return e;
}

static enum err run_reader(FILE *in, struct db *db, const struct blobs *blobs,
                           const struct backup_progress *progress, int64_t *rows_n,
                           struct db_failure *failure)
{
    struct backup_reader r = {
        .in = in, .line = {.max = LINE_MAX_N}, .blobs = blobs, .failure = failure};
    arena_init(&r.arena, 2 * LINE_MAX_N);
    r.hash = EVP_MD_CTX_new();
    rewind(in);
    enum err e = r.hash && EVP_DigestInit_ex(r.hash, EVP_sha256(), NULL) == 1
                     ? read_all(&r, db, progress)
                     : fail(failure, ERR_NOMEM, "out of memory");
    *rows_n = r.rows_n;
    EVP_MD_CTX_free(r.hash);
    arena_fini(&r.arena);
    buf_fini(&r.line);
    rewind(in);
    return e;
}

enum err backup_check(FILE *in, int64_t *rows_n, struct db_failure *failure)
{
    return run_reader(in, NULL, NULL, NULL, rows_n, failure);
}

/* --- restoring --- */

bool backup_is_empty(struct db *db)
{
    db_begin(db, false);
    db_query(db, "SELECT 1 FROM account WHERE name <> 'guest' OR bot = 0 LIMIT 1", NULL, 0);
    bool any = db_next(db);
    bool empty = db_done(db) == ERR_OK && !any;
    db_rollback(db);
    return empty;
}

static void erase_all(struct db *db)
{
    if (db_kind(db) == DB_POSTGRES) {
        db_script(db, erase_pg);
        return;
    }
    for (size_t i = TABLES_N; i-- > 0;) {
        db_exec(db, tables[i].erase, NULL, 0);
    }
}

/* Who had one of the tables, and waited for another that we have, was in the way, and it was us whom PostgreSQL ended: a server that has
 * just come back forgets what is old, say. Nothing is lost yet. */
static enum err begin_erased(struct db *db)
{
    enum err e = ERR_CONFLICT;
    for (unsigned i = 0; i < ERASE_TRIES && e == ERR_CONFLICT; i++) {
        db_rollback(db);
        db_begin(db, true);
        erase_all(db);
        e = db_failure(db)->err;
    }
    return e;
}

/* The next number is one that was never given. SQLite sees to that itself. */
static void set_sequences(struct db *db)
{
    for (size_t i = 0; db_kind(db) == DB_POSTGRES && i < TABLES_N; i++) {
        if (tables[i].key[0]) {
            db_exec(db, tables[i].sequence_pg, NULL, 0);
        }
    }
}

enum err backup_restore(struct db *db, const struct blobs *blobs, FILE *in,
                        const struct backup_progress *progress, int64_t now_ms,
                        struct db_failure *failure)
{
    int64_t rows_n;
    struct store_request *r = store_request_new(STORE_EPOCH_NEW);
    if (!r) {
        return fail(failure, ERR_NOMEM, "out of memory");
    }
    r->now_ms = now_ms;
    enum err e = begin_erased(db);
    if (e == ERR_OK) {
        e = run_reader(in, db, blobs, progress, &rows_n, failure);
    }
    if (e == ERR_OK && blobs && blobs_sync(blobs) != ERR_OK) {
        e = fail(failure, ERR_IO, "the files could not be written to the disk");
    }
    if (e == ERR_OK) {
        set_sequences(db);
        op_search_reset(db);
        op_epoch_new(db, r);
        e = db_commit(db);
    }
    if (e != ERR_OK && db_failure(db)->err != ERR_OK) {
        *failure = *db_failure(db);
    }
    db_rollback(db);
    store_request_free(r);
    return e;
}
