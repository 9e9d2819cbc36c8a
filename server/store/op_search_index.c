/* Keeping the search index. See op_search.h.
 *
 * What a deleted message leaves in SQLite's index are trigrams beside an id, until the segments that hold them are merged. Idle moments
 * do that, too, at once while the index is small and once a day when it is large: meta.search_erased counts what is to be merged away,
 * meta.search_merging how much of that the merge that goes on will, meta.search_merged_ms is when the last one began.
 */
#include "op_search.h"

#include "clock.h"
#include "mem.h"
#include "pg_array.h"
#include "search_text.h"
#include <stdio.h>

#define STEP_ROWS     256  /* put into SQLite's index at once: others wait for it */
#define STEP_ROWS_PG  1024 /* into PostgreSQL's, beside them */
#define HELP_ROWS     512
#define ROWS_MAX      1024
#define RESET_IDS     50000
#define HELP_EVERY    1024 /* messages that were sent: then it is looked how many wait */
#define FOLDED_FACTOR 2    /* folding makes no text longer than that */
#define MERGE_PAGES   200  /* written at once */
#define SMALL_ROWS    20000
#define MERGE_WAIT_MS (24LL * 3600 * 1000)

/* --- meta --- */

static int64_t meta_number(struct db *db, const char *key)
{
    unsigned long long v = 0;

    db_query(db, "SELECT value FROM meta WHERE key = $1", &DB_TEXT(slice_str(key)), 1);
    if (db_next(db)) {
        (void)slice_to_u64(db_text(db, 0), INT64_MAX, &v);
    }
    (void)db_done(db);
    return (int64_t)v;
}

static void set_meta(struct db *db, const char *key, int64_t v)
{
    char digits[24];
    struct db_value params[2] = {DB_TEXT(slice_str(key))};

    CHECK(snprintf(digits, sizeof digits, "%lld", (long long)v) < (int)sizeof digits);
    params[1] = DB_TEXT(slice_str(digits));
    (void)db_exec(db,
                  "INSERT INTO meta (key, value) VALUES ($1, $2)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                  params, 2);
}

int64_t op_search_indexed_id(struct db *db)
{
    return meta_number(db, "indexed_id");
}

/* --- rows on their way into the index --- */

struct row {
    int64_t id;
    size_t at, n; /* its text in texts */
};
struct rows {
    struct row list[ROWS_MAX];
    unsigned n;
    struct buf texts;
};

static struct slice text_of(const struct rows *rows, unsigned i)
{
    return (struct slice){rows->texts.p + rows->list[i].at, rows->list[i].n};
}

/* Take (id, text) of the running query's rows, each made by make; deleted messages have no text. */
static void take_rows(struct db *db, struct rows *rows,
                      enum err (*make)(struct slice text, struct buf *out))
{
    rows->n = 0;
    buf_reset(&rows->texts);
    while (rows->n < ROWS_MAX && db_next(db)) {
        struct row *row = &rows->list[rows->n++];
        *row = (struct row){.id = db_int(db, 0), .at = rows->texts.n};
        if (make(db_text(db, 1), &rows->texts) != ERR_OK) {
            db_fail(db, ERR_NOMEM, "no memory for the search index");
        }
        row->n = rows->texts.n - row->at;
    }
    (void)db_done(db);
}

static struct rows *rows_new(struct db *db)
{
    struct rows *rows = mem_alloc(sizeof *rows);

    if (!rows) {
        db_fail(db, ERR_NOMEM, "no memory for the search index");
        return NULL;
    }
    buf_init(&rows->texts, (size_t)ROWS_MAX * CHAT_TEXT_CHARS_MAX * 4 * FOLDED_FACTOR);
    return rows;
}

static void rows_free(struct rows *rows)
{
    buf_fini(&rows->texts);
    mem_free(rows);
}

/* --- SQLite --- */

static void insert_sqlite(struct db *db, int64_t id, struct slice folded)
{
    const struct db_value params[] = {DB_INT(id), DB_TEXT(folded)};

    (void)db_exec(db, "INSERT INTO message_search (rowid, text) VALUES ($1, $2)", params, 2);
}

static bool index_sqlite(struct db *db, unsigned max)
{
    const struct db_value params[] = {DB_INT(op_search_indexed_id(db)), DB_INT(max)};
    struct rows *rows = rows_new(db);
    bool more = false;

    if (!rows) {
        return false;
    }
    db_query(db, "SELECT id, text FROM message WHERE id > $1 ORDER BY id LIMIT $2", params, 2);
    take_rows(db, rows, search_fold);
    for (unsigned i = 0; i < rows->n; i++) {
        if (rows->list[i].n > 0) {
            insert_sqlite(db, rows->list[i].id, text_of(rows, i));
        }
    }
    if (rows->n > 0) {
        set_meta(db, "indexed_id", rows->list[rows->n - 1].id);
        more = true;
    }
    rows_free(rows);
    return more;
}

/* The id of a message that is in the index, else 0; and its text without case. */
static int64_t find_indexed(struct db *db, int64_t room, int64_t seq, struct buf *folded)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(seq)};
    int64_t mark = op_search_indexed_id(db), id = 0;

    db_query(db, "SELECT id, text FROM message WHERE room = $1 AND seq = $2 AND deleted = 0",
             params, 2);
    if (db_next(db) && db_int(db, 0) <= mark) {
        id = db_int(db, 0);
        if (search_fold(db_text(db, 1), folded) != ERR_OK) {
            db_fail(db, ERR_NOMEM, "no memory for the search index");
        }
    }
    (void)db_done(db);
    return id;
}

/* The index keeps no text: it must be told again what to forget. Of a message without any (only files), it has nothing. */
static int64_t forget_sqlite(struct db *db, int64_t room, int64_t seq)
{
    struct buf folded;
    int64_t id;

    buf_init(&folded, (size_t)CHAT_TEXT_CHARS_MAX * 4 * FOLDED_FACTOR);
    id = find_indexed(db, room, seq, &folded);
    if (id > 0 && folded.n > 0) {
        const struct db_value params[] = {DB_INT(id), DB_TEXT(buf_peek(&folded))};
        (void)db_exec(db,
                      "INSERT INTO message_search (message_search, rowid, text)"
                      " VALUES ('delete', $1, $2)",
                      params, 2);
        set_meta(db, "search_erased", meta_number(db, "search_erased") + 1);
    }
    buf_fini(&folded);
    return id;
}

static void replace_sqlite(struct db *db, int64_t room, int64_t seq, struct slice text)
{
    int64_t id = forget_sqlite(db, room, seq);
    struct buf folded;

    buf_init(&folded, (size_t)CHAT_TEXT_CHARS_MAX * 4 * FOLDED_FACTOR);
    if (id > 0 && search_fold(text, &folded) != ERR_OK) {
        db_fail(db, ERR_NOMEM, "no memory for the search index");
    } else if (id > 0 && folded.n > 0) {
        insert_sqlite(db, id, buf_peek(&folded));
    }
    buf_fini(&folded);
}

static int64_t changes_so_far(struct db *db)
{
    int64_t n = 0;

    db_query(db, "SELECT total_changes()", NULL, 0);
    if (db_next(db)) {
        n = db_int(db, 0);
    }
    (void)db_done(db);
    return n;
}

static bool may_begin_merge(struct db *db)
{
    int64_t since_ms = clock_wall_ms() - meta_number(db, "search_merged_ms");

    return op_search_indexed_id(db) <= SMALL_ROWS || since_ms >= MERGE_WAIT_MS || since_ms < 0;
}

/* One step of merging all segments into one, which drops what was erased. Returns whether there is more to do. A negative number begins
 * a merge of all there is; positive ones go on with it, and change nothing when it is done. */
static bool merge_sqlite(struct db *db)
{
    int64_t erased = meta_number(db, "search_erased"), merging, before;

    if (erased == 0) {
        return false;
    }
    merging = meta_number(db, "search_merging");
    if (merging == 0 && !may_begin_merge(db)) {
        return false;
    }
    before = changes_so_far(db);
    (void)db_exec(db, "INSERT INTO message_search (message_search, rank) VALUES ('merge', $1)",
                  &DB_INT(merging == 0 ? -MERGE_PAGES : MERGE_PAGES), 1);
    if (merging == 0) {
        set_meta(db, "search_merging", erased);
        set_meta(db, "search_merged_ms", clock_wall_ms());
    } else if (changes_so_far(db) - before < 2) {
        /* Those erased since it has begun wait for the next. */
        set_meta(db, "search_erased", erased > merging ? erased - merging : 0);
        set_meta(db, "search_merging", 0);
    }
    return true;
}

/* --- PostgreSQL --- */

static void insert_postgres(struct db *db, const struct rows *rows)
{
    struct pg_array ids, texts, all;
    struct db_value params[3];

    pg_array_init(&ids, PG_ARRAY_INT);
    pg_array_init(&texts, PG_ARRAY_TEXT);
    pg_array_init(&all, PG_ARRAY_INT);
    for (unsigned i = 0; i < rows->n; i++) {
        pg_array_int(&all, rows->list[i].id);
        if (rows->list[i].n > 0) {
            pg_array_int(&ids, rows->list[i].id);
            pg_array_slice(&texts, text_of(rows, i));
        }
    }
    params[0] = pg_array_value(&ids, db);
    params[1] = pg_array_value(&texts, db);
    (void)db_exec(db,
                  "INSERT INTO message_search (id, room, sender, text)"
                  " SELECT m.id, m.room, m.sender, n.text"
                  " FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) AS n (id, text)"
                  " JOIN message m ON m.id = n.id"
                  " ON CONFLICT (id) DO UPDATE SET text = excluded.text",
                  params, 2);
    params[0] = pg_array_value(&all, db);
    (void)db_exec(db, "DELETE FROM search_queue WHERE id = ANY(CAST($1 AS BIGINT[]))", params, 1);
    pg_array_fini(&ids);
    pg_array_fini(&texts);
    pg_array_fini(&all);
}

/* Rows that another server is at are left to it. */
static bool index_postgres(struct db *db, unsigned max)
{
    struct rows *rows = rows_new(db);
    bool more = false;

    if (!rows) {
        return false;
    }
    db_query(db,
             "SELECT m.id, m.text FROM search_queue q JOIN message m ON m.id = q.id"
             " ORDER BY q.id LIMIT $1 FOR UPDATE OF q SKIP LOCKED",
             &DB_INT(max), 1);
    take_rows(db, rows, search_spell);
    if (rows->n > 0) {
        insert_postgres(db, rows);
        more = true;
    }
    rows_free(rows);
    return more;
}

/* The queue's row first: whoever is putting the message into the index holds it, and has finished when it is ours. */
static void forget_postgres(struct db *db, int64_t room, int64_t seq)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(seq)};

    db_exec_later(db,
                  "DELETE FROM search_queue"
                  " WHERE id = (SELECT id FROM message WHERE room = $1 AND seq = $2)",
                  params, 2);
    db_exec_later(db,
                  "DELETE FROM message_search"
                  " WHERE id = (SELECT id FROM message WHERE room = $1 AND seq = $2)",
                  params, 2);
}

static void replace_postgres(struct db *db, int64_t room, int64_t seq)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(seq)};

    forget_postgres(db, room, seq);
    db_exec_later(db,
                  "INSERT INTO search_queue (id)"
                  " SELECT id FROM message WHERE room = $1 AND seq = $2 ON CONFLICT DO NOTHING",
                  params, 2);
}

/* --- both --- */

void op_search_forget(struct db *db, int64_t room, int64_t seq)
{
    if (db_kind(db) == DB_SQLITE) {
        (void)forget_sqlite(db, room, seq);
    } else {
        forget_postgres(db, room, seq);
    }
}

void op_search_replace(struct db *db, int64_t room, int64_t seq, struct slice text)
{
    if (db_kind(db) == DB_SQLITE) {
        replace_sqlite(db, room, seq, text);
    } else {
        replace_postgres(db, room, seq);
    }
}

void op_search_help(struct db *db, unsigned sent_n)
{
    static _Thread_local unsigned since_n;
    static _Thread_local bool too_many;

    if (db_kind(db) == DB_POSTGRES) {
        return;
    }
    since_n += sent_n;
    if (since_n >= HELP_EVERY) {
        since_n = 0;
        db_query(db,
                 "SELECT 1 WHERE (SELECT max(id) FROM message) >"
                 " (SELECT coalesce(max(CAST(value AS BIGINT)), 0) FROM meta"
                 " WHERE key = 'indexed_id') + $1",
                 &DB_INT(SEARCH_WAITING_MAX), 1);
        too_many = db_next(db);
        (void)db_done(db);
    }
    if (too_many && sent_n > 0) {
        (void)index_sqlite(db, sent_n * 2 < HELP_ROWS ? sent_n * 2 : HELP_ROWS);
    }
}

static int64_t highest_id(struct db *db)
{
    int64_t id = 0;

    db_query(db, "SELECT max(id) FROM message", NULL, 0);
    if (db_next(db)) {
        id = db_int(db, 0);
    }
    (void)db_done(db);
    return id;
}

void op_search_reset(struct db *db)
{
    (void)db_exec(db,
                  "DELETE FROM meta WHERE key IN ('indexed_id', 'search_erased', 'search_merging')",
                  NULL, 0);
    if (db_kind(db) == DB_SQLITE) {
        (void)db_exec(db, "INSERT INTO message_search (message_search) VALUES ('delete-all')", NULL,
                      0);
        return;
    }
    (void)db_exec(db, "TRUNCATE message_search, search_queue", NULL, 0);
    /* In portions, as each statement has its time. */
    for (int64_t low = 0, high = highest_id(db); low < high; low += RESET_IDS) {
        const struct db_value params[] = {DB_INT(low), DB_INT(low + RESET_IDS)};
        (void)db_exec(db,
                      "INSERT INTO search_queue (id)"
                      " SELECT id FROM message WHERE deleted = 0 AND id > $1 AND id <= $2",
                      params, 2);
    }
}

bool store_idle_step(struct db *db)
{
    bool more;

    if (db_begin(db, true) != ERR_OK) {
        return false;
    }
    more = db_kind(db) == DB_SQLITE ? index_sqlite(db, STEP_ROWS) || merge_sqlite(db)
                                    : index_postgres(db, STEP_ROWS_PG);
    if (!more) {
        if (db_failure(db)->err == ERR_OK) { /* a failure is left for the caller to see */
            db_rollback(db);
        }
        return false;
    }
    return db_commit(db) == ERR_OK;
}
