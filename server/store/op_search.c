/* Searching messages for any substring, newest first.
 *
 * SQLite: FTS5 with trigrams, filled in idle moments, so that indexing slows nobody's send. Messages behind the mark (meta.indexed_id)
 * are looked at one by one, so the answer is always complete. PostgreSQL keeps its trigram index itself.
 *
 * Candidates come in pages from the newest on; each is compared with the text here (which gives the ranges, too), and its room is asked
 * of may(), the one that decides everywhere else.
 */
#include "store_op.h"

#include "mem.h"
#include <string.h>
#include <utf8proc.h>

#define PAGE_ROWS        200
#define SCAN_ROWS_MAX    20000 /* of short queries and of what is not in the index yet */
#define INDEX_ROWS       200   /* a step */
#define RANGES_MAX       16
#define NEEDLE_CHARS_MAX CHAT_QUERY_CHARS_MAX
#define ROOMS_MAX        256 /* whose facts are remembered during one search */

/* --- comparing --- */

struct needle {
    int32_t chars[NEEDLE_CHARS_MAX];
    uint32_t n;
};

/* The next character, lower case; *p goes on. */
static int32_t next_char(const char **p, const char *end)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)*p, end - *p, &c);
    if (n <= 0) {
        *p = end;
        return -1;
    }
    *p += n;
    return utf8proc_tolower(c);
}

static void make_needle(struct slice q, struct needle *out)
{
    const char *p = q.p, *end = q.p + q.n;
    out->n = 0;
    while (p < end && out->n < NEEDLE_CHARS_MAX) {
        out->chars[out->n++] = next_char(&p, end);
    }
}

static bool starts_with(const char *p, const char *end, const struct needle *needle)
{
    for (uint32_t i = 0; i < needle->n; i++) {
        if (p == end || next_char(&p, end) != needle->chars[i]) {
            return false;
        }
    }
    return true;
}

/* Where the needle stands, as [from, to) in characters. Returns how many were found, at most RANGES_MAX. */
static uint32_t find_ranges(struct slice text, const struct needle *needle,
                            uint32_t ranges[RANGES_MAX][2])
{
    const char *p = text.p, *end = text.p + text.n;
    uint32_t n = 0, at = 0, free_from = 0;
    while (p < end && n < RANGES_MAX) {
        const char *here = p;
        int32_t c = next_char(&p, end);
        if (at >= free_from && c == needle->chars[0] && starts_with(here, end, needle)) {
            ranges[n][0] = at;
            ranges[n][1] = free_from = at + needle->n;
            n++;
        }
        at++;
    }
    return n;
}

/* --- who may read what --- */

struct seen_room {
    int64_t id;
    bool readable;
};

struct search {
    struct db *db;
    struct store_request *r;
    struct needle needle;
    struct slice pattern; /* for the database: an FTS5 query or a LIKE pattern */
    int64_t sender;       /* 0: anybody's */
    int64_t before_ms;
    struct seen_room rooms[ROOMS_MAX];
    uint32_t rooms_n;
};

static bool may_read(struct search *s, int64_t room)
{
    struct may_facts facts;
    for (uint32_t i = 0; i < s->rooms_n; i++) {
        if (s->rooms[i].id == room) {
            return s->rooms[i].readable;
        }
    }
    op_facts(s->db, s->r, room, false, &facts, NULL);
    bool readable = may(MAY_READ, &facts) == CHAT_OK;
    if (s->rooms_n < ROOMS_MAX) {
        s->rooms[s->rooms_n++] = (struct seen_room){room, readable};
    }
    return readable;
}

/* --- candidates --- */

struct candidate {
    int64_t id, room, seq;
    uint32_t ranges[RANGES_MAX][2];
    uint32_t ranges_n;
};

/* Read the rows (id, room, seq, text) of the query that runs; those that have the needle go into page. Returns how many rows there
 * were, *last is the lowest id. */
static uint32_t read_page(struct search *s, struct candidate *page, uint32_t *page_n, int64_t *last)
{
    uint32_t rows = 0;
    *page_n = 0;
    while (rows < PAGE_ROWS && db_next(s->db)) {
        struct candidate *c = &page[*page_n];
        c->id = *last = db_int(s->db, 0);
        c->room = db_int(s->db, 1);
        c->seq = db_int(s->db, 2);
        c->ranges_n = find_ranges(db_text(s->db, 3), &s->needle, c->ranges);
        *page_n += c->ranges_n > 0;
        rows++;
    }
    db_done(s->db);
    return rows;
}

static void keep(struct search *s, const struct candidate *c)
{
    struct store_result *out = &s->r->out;
    struct chat_message *m = &out->messages[out->messages_n];
    if (!may_read(s, c->room) || !op_load_message(s->db, s->r, c->room, c->seq, m)) {
        return;
    }
    m->ranges = op_alloc(s->db, s->r, c->ranges_n, sizeof *m->ranges);
    if (m->ranges) {
        memcpy(m->ranges, c->ranges, c->ranges_n * sizeof *m->ranges);
        m->ranges_n = c->ranges_n;
        out->messages_n++;
    }
}

static bool is_full(const struct search *s)
{
    return s->r->out.messages_n == s->r->in.limit || db_failure(s->db)->err != ERR_OK;
}

typedef void (*page_fn)(struct search *s, int64_t below, int64_t above);

/* Page after page from below downwards, until there are hits enough. rows_max bounds how many rows are looked at. */
static void walk(struct search *s, page_fn query, int64_t below, int64_t above, uint32_t rows_max)
{
    struct candidate *page = mem_alloc(PAGE_ROWS * sizeof *page);
    uint32_t page_n, rows = 0, got = PAGE_ROWS;
    if (!page) {
        db_fail(s->db, ERR_NOMEM, "out of memory");
        return;
    }
    while (got == PAGE_ROWS && rows < rows_max && !is_full(s)) {
        query(s, below, above);
        got = read_page(s, page, &page_n, &below);
        rows += got;
        for (uint32_t i = 0; i < page_n && !is_full(s); i++) {
            keep(s, &page[i]);
        }
    }
    mem_free(page);
}

/* 0 as a filter's value: any. */
#define FILTER                                                                                     \
    " AND m.deleted = 0 AND ($4 = 0 OR m.room = $4) AND ($5 = 0 OR m.sender = $5)"                 \
    " AND m.ts < $6 ORDER BY m.id DESC LIMIT 200"

static void query(struct search *s, const char *sql, int64_t below, int64_t above)
{
    const struct db_value params[] = {DB_TEXT(s->pattern), DB_INT(below),
                                      DB_INT(above),       DB_INT(s->r->in.room),
                                      DB_INT(s->sender),   DB_INT(s->before_ms)};
    db_query(s->db, sql, params, 6);
}

static void all_rows(struct search *s, int64_t below, int64_t above)
{
    query(s,
          "SELECT m.id, m.room, m.seq, m.text FROM message m"
          " WHERE $1 <> '' AND m.id < $2 AND m.id > $3" FILTER,
          below, above);
}

static void indexed_sqlite(struct search *s, int64_t below, int64_t above)
{
    query(
        s,
        "SELECT m.id, m.room, m.seq, m.text FROM message_search f JOIN message m ON m.id = f.rowid"
        " WHERE f.text MATCH $1 AND f.rowid < $2 AND f.rowid > $3"
        " AND m.deleted = 0 AND ($4 = 0 OR m.room = $4) AND ($5 = 0 OR m.sender = $5)"
        " AND m.ts < $6 ORDER BY f.rowid DESC LIMIT 200",
        below, above);
}

static void indexed_postgres(struct search *s, int64_t below, int64_t above)
{
    query(s,
          "SELECT m.id, m.room, m.seq, m.text FROM message m"
          " WHERE m.text ILIKE $1 AND m.id < $2 AND m.id > $3" FILTER,
          below, above);
}

/* --- the index --- */

static int64_t indexed_id(struct db *db)
{
    unsigned long long id = 0;
    db_query(db, "SELECT value FROM meta WHERE key = 'indexed_id'", NULL, 0);
    if (db_next(db)) {
        (void)slice_to_u64(db_text(db, 0), INT64_MAX, &id);
    }
    db_done(db);
    return (int64_t)id;
}

/* The id of a message that is in the index, else 0; SQLite only. *text is a copy, to be freed. */
static int64_t find_indexed(struct db *db, int64_t room, int64_t seq, struct buf *text)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(seq)};
    int64_t mark = indexed_id(db), id = 0;
    db_query(db, "SELECT id, text FROM message WHERE room = $1 AND seq = $2 AND deleted = 0",
             params, 2);
    if (db_next(db) && db_int(db, 0) <= mark) {
        id = db_int(db, 0);
        if (buf_put(text, db_text(db, 1)) != ERR_OK) {
            db_fail(db, ERR_NOMEM, "out of memory");
        }
    }
    db_done(db);
    return id;
}

/* Takes the old text, as the index keeps none. */
static void forget(struct db *db, int64_t id, struct slice text)
{
    const struct db_value params[] = {DB_INT(id), DB_TEXT(text)};
    db_exec(db,
            "INSERT INTO message_search (message_search, rowid, text) VALUES ('delete', $1, $2)",
            params, 2);
}

void op_search_forget(struct db *db, int64_t room, int64_t seq)
{
    struct buf text = {.max = CHAT_TEXT_CHARS_MAX * 4};
    int64_t id = db_kind(db) == DB_SQLITE ? find_indexed(db, room, seq, &text) : 0;
    if (id > 0) {
        forget(db, id, buf_peek(&text));
    }
    buf_fini(&text);
}

void op_search_replace(struct db *db, int64_t room, int64_t seq, struct slice now)
{
    struct buf text = {.max = CHAT_TEXT_CHARS_MAX * 4};
    int64_t id = db_kind(db) == DB_SQLITE ? find_indexed(db, room, seq, &text) : 0;
    if (id > 0) {
        const struct db_value params[] = {DB_INT(id), DB_TEXT(now)};
        forget(db, id, buf_peek(&text));
        db_exec(db, "INSERT INTO message_search (rowid, text) VALUES ($1, $2)", params, 2);
    }
    buf_fini(&text);
}

static void set_mark(struct db *db, int64_t id)
{
    char digits[24];
    CHECK(snprintf(digits, sizeof digits, "%lld", (long long)id) < (int)sizeof digits);
    db_exec(db,
            "INSERT INTO meta (key, value) VALUES ('indexed_id', $1)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &DB_TEXT(slice_str(digits)), 1);
}

bool store_idle_step(struct db *db)
{
    if (db_kind(db) != DB_SQLITE || db_begin(db, true) != ERR_OK) {
        return false;
    }
    const int64_t mark = indexed_id(db);
    const struct db_value params[] = {DB_INT(mark), DB_INT(INDEX_ROWS)};
    int64_t last = mark;
    db_query(db, "SELECT max(id) FROM (SELECT id FROM message WHERE id > $1 ORDER BY id LIMIT $2)",
             params, 2);
    if (db_next(db) && !db_is_null(db, 0)) {
        last = db_int(db, 0);
    }
    db_done(db);
    if (last == mark) {
        db_rollback(db);
        return false;
    }
    const struct db_value range[] = {DB_INT(mark), DB_INT(last)};
    db_exec(db,
            "INSERT INTO message_search (rowid, text)"
            " SELECT id, text FROM message WHERE id > $1 AND id <= $2 AND deleted = 0",
            range, 2);
    set_mark(db, last);
    return db_commit(db) == ERR_OK;
}

/* --- the search --- */

/* "the words" for FTS5; %the words% for LIKE. */
static bool make_pattern(struct search *s)
{
    struct slice q = s->r->in.q;
    bool like = db_kind(s->db) == DB_POSTGRES;
    struct slice special = like ? SL("%_\\") : SL("\"");
    char *p = op_alloc(s->db, s->r, q.n * 2 + 3, 1);
    size_t n = 0;
    if (!p) {
        return false;
    }
    p[n++] = like ? '%' : '"';
    for (size_t i = 0; i < q.n; i++) {
        if (slice_find(special, q.p[i]) < special.n) {
            p[n++] = like ? '\\' : '"';
        }
        p[n++] = q.p[i];
    }
    p[n++] = like ? '%' : '"';
    s->pattern = (struct slice){p, n};
    return true;
}

/* The filters. false: there is nothing to find. */
static bool make_filters(struct search *s)
{
    struct store_request *r = s->r;
    struct may_facts facts;
    s->before_ms = CHAT_HAS(&r->in, CHAT_FIELD_BEFORE) ? r->in.before : INT64_MAX;
    if (CHAT_HAS(&r->in, CHAT_FIELD_ROOM) && !op_may(s->db, r, MAY_READ, &facts, NULL)) {
        return false;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_FROM)) {
        const struct db_value params[] = {DB_TEXT(r->in.from)};
        db_query(s->db, "SELECT id FROM account WHERE name = $1", params, 1);
        s->sender = db_next(s->db) ? db_int(s->db, 0) : -1;
        db_done(s->db);
    }
    return s->sender >= 0;
}

void op_search(struct db *db, struct store_request *r)
{
    struct search *s = mem_zalloc(sizeof *s);
    if (!s) {
        db_fail(db, ERR_NOMEM, "out of memory");
        return;
    }
    s->db = db;
    s->r = r;
    make_needle(r->in.q, &s->needle);
    r->out.messages = op_alloc(db, r, r->in.limit, sizeof *r->out.messages);
    if (r->out.messages && make_filters(s) && make_pattern(s)) {
        if (s->needle.n < 3) {
            walk(s, all_rows, INT64_MAX, 0, SCAN_ROWS_MAX);
        } else if (db_kind(db) == DB_POSTGRES) {
            walk(s, indexed_postgres, INT64_MAX, 0, UINT32_MAX);
        } else {
            int64_t mark = indexed_id(db);
            walk(s, all_rows, INT64_MAX, mark, UINT32_MAX);
            walk(s, indexed_sqlite, mark < INT64_MAX ? mark + 1 : mark, 0, UINT32_MAX);
        }
    }
    mem_free(s);
}
