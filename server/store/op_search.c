/* Searching messages for any part of a text, newest first. See op_search.h for what is in the index and what is not.
 *
 * The database is asked only for rooms that may() lets the asker read. What it finds is compared with the text here, which also gives the
 * places. Queries of less than three characters no index finds: those look at the latest messages only, or the latest behind the hit that
 * the asker has got to.
 */
#include "op_search.h"

#include "ident.h"
#include "mem.h"
#include "op_rows.h"
#include "search_text.h"
#include <stdlib.h>

#define RANGES_MAX      16    /* marked in one message */
#define SHORT_ROWS_MAX  20000 /* looked at for a short query: the latest, readable or not */
#define ROOMS_BYTES_MAX (4u << 20)
#define PAGE_ROWS       1000
#define PATTERN_BYTES   4096
#define FEW_MESSAGES    30000 /* PostgreSQL: few enough to look at them all */
#define FIRST_IDS       20000 /* PostgreSQL: looked at without the index */

/* A message that has it. */
struct hit {
    int64_t id, room, seq;
    uint32_t ranges[RANGES_MAX][2];
    uint32_t ranges_n;
};

struct search {
    struct db *db;
    struct store_request *r;
    struct search_needle needle;
    struct buf pattern; /* for the index */
    struct buf rooms;   /* that may be read: [id, ...], for PostgreSQL {id, ...} */
    int64_t messages_n; /* in those rooms */
    int64_t sender;     /* 0: anybody's */
    int64_t before_ms;
    struct hit last; /* the asker has it and what is newer; id INT64_MAX: nothing yet */
    struct hit hits[2 * CHAT_LIMIT_MAX]; /* of what is not in the index yet, then of what is */
    uint32_t hits_n;
};

/* --- who may read what --- */

static void add_room(struct search *s, int64_t room, int64_t messages_n)
{
    s->messages_n += messages_n;
    if (buf_printf(&s->rooms, "%s%lld", s->rooms.n > 1 ? "," : "", (long long)room) != ERR_OK) {
        db_fail(s->db, ERR_NOMEM, "no memory to search");
    }
}

/* All public rooms, and those somebody is a member of. */
static void add_rooms(struct search *s)
{
    const struct db_value account = DB_INT(s->r->actor);
    struct db *db = s->db;

    db_query(db,
             "SELECT r.id, r.kind, r.archived, m.joined, m.role, m.muted_until_ms,"
             " m.banned_until_ms, a.role, r.seq FROM room r LEFT JOIN account a ON a.id = $1"
             " LEFT JOIN member m ON m.room = r.id AND m.account = $1 WHERE r.kind = 0"
             " UNION ALL SELECT r.id, r.kind, r.archived, m.joined, m.role, m.muted_until_ms,"
             " m.banned_until_ms, a.role, r.seq FROM member m JOIN room r ON r.id = m.room"
             " JOIN account a ON a.id = m.account"
             " WHERE m.account = $1 AND m.joined = 1 AND r.kind <> 0",
             &account, 1);
    while (db_next(db)) {
        const struct may_facts facts = {.user_role = (enum chat_role)db_int(db, 7),
                                        .room_known = true,
                                        .kind = (enum chat_room_kind)db_int(db, 1),
                                        .archived = db_int(db, 2) != 0,
                                        .member = db_int(db, 3) != 0,
                                        .room_role = (enum chat_role)db_int(db, 4),
                                        .muted = db_int(db, 5) > s->r->now_ms,
                                        .banned = db_int(db, 6) > s->r->now_ms};
        if (may(MAY_READ, &facts) == CHAT_OK) {
            add_room(s, db_int(db, 0), db_int(db, 8));
        }
    }
    (void)db_done(db);
}

/* -1: nobody has that name, which may be written as a mention is. */
static int64_t find_sender(struct search *s)
{
    struct slice from = s->r->in.from;
    struct ident_name name;
    int64_t id = -1;

    if (from.n > 0 && from.p[0] == '@') {
        from = slice_from(from, 1);
    }
    if (ident_user(from, &name)) {
        return -1;
    }
    db_query(s->db, "SELECT id FROM account WHERE name = $1", &DB_TEXT(ident_slice(&name)), 1);
    if (db_next(s->db)) {
        id = db_int(s->db, 0);
    }
    (void)db_done(s->db);
    return id;
}

/* false: refused, or there is nothing to find. */
static bool make_filters(struct search *s)
{
    const char *brackets = db_kind(s->db) == DB_SQLITE ? "[]" : "{}";
    struct store_request *r = s->r;
    struct may_facts facts;
    struct chat_room room = {0};

    s->before_ms = CHAT_HAS(&r->in, CHAT_FIELD_BEFORE) ? r->in.before : INT64_MAX;
    if (CHAT_HAS(&r->in, CHAT_FIELD_ROOM) && !op_may(s->db, r, MAY_READ, &facts, &room)) {
        return false;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_FROM)) {
        s->sender = find_sender(s);
    }
    if (s->sender < 0 || buf_putc(&s->rooms, brackets[0]) != ERR_OK) {
        return false;
    }
    if (CHAT_HAS(&r->in, CHAT_FIELD_ROOM)) {
        add_room(s, room.id, room.seq);
    } else {
        add_rooms(s);
    }
    return buf_putc(&s->rooms, brackets[1]) == ERR_OK;
}

/* --- looking --- */

/* Of the running query's rows (id, room, seq, text, key), the newest first, keep those that have it, up to max hits. *last is the key
 * of the last one that was looked at. Returns how many were. */
static uint32_t take_hits(struct search *s, uint32_t max, int64_t *last)
{
    struct db *db = s->db;
    uint32_t rows = 0;

    while (s->hits_n < max && db_next(db)) {
        struct hit *hit = &s->hits[s->hits_n];
        hit->ranges_n = search_ranges(&s->needle, db_text(db, 3), hit->ranges, RANGES_MAX);
        *last = db_int(db, 4);
        if (hit->ranges_n > 0) {
            hit->id = db_int(db, 0);
            hit->room = db_int(db, 1);
            hit->seq = db_int(db, 2);
            s->hits_n++;
        }
        rows++;
    }
    (void)db_done(db);
    return rows;
}

/* The newest of what has ids up to this that the asker has not got yet. */
static int64_t behind_last(const struct search *s, int64_t id)
{
    return id < s->last.id ? id : s->last.id - 1;
}

/* Look at what sql gives from the keys (ids) low + 1 to high, page by page from the newest on, until there are hits up to max, or rows_max were
 * looked at. sql's parameters: rooms, sender, before, low, high, and the pattern. */
static void look_at(struct search *s, const char *sql, int64_t low, int64_t high, uint32_t rows_max,
                    uint32_t max)
{
    uint32_t rows = 0, got = PAGE_ROWS;

    while (got == PAGE_ROWS && rows < rows_max && s->hits_n < max) {
        const struct db_value params[] = {DB_TEXT(buf_peek(&s->rooms)),
                                          DB_INT(s->sender),
                                          DB_INT(s->before_ms),
                                          DB_INT(low),
                                          DB_INT(high),
                                          DB_TEXT(buf_peek(&s->pattern))};
        db_query(s->db, sql, params, s->pattern.n > 0 ? 6 : 5);
        got = take_hits(s, max, &high);
        high--;
        rows += got;
    }
}

#define PAGE_LIMIT     " LIMIT 1000" /* PAGE_ROWS */
#define COLUMNS(key)   "SELECT m.id, m.room, m.seq, m.text, " key " FROM "
#define ROOMS_SQLITE   " IN (SELECT value FROM json_each($1))"
#define ROOMS_POSTGRES " = ANY(CAST($1 AS BIGINT[]))"
#define FILTER(rooms)                                                                              \
    " m.deleted = 0 AND m.room" rooms " AND ($2 = 0 OR m.sender = $2) AND m.ts < $3"

/* false: refused, there is no such hit for the asker. */
static bool find_last(struct search *s)
{
    static const char *const sql[] = {
        [DB_SQLITE] =
            "SELECT id, seq FROM message WHERE room = $2 AND seq = $3 AND room" ROOMS_SQLITE,
        [DB_POSTGRES] =
            "SELECT id, seq FROM message WHERE room = $2 AND seq = $3 AND room" ROOMS_POSTGRES,
    };
    const struct chat_request *in = &s->r->in;
    const struct db_value params[] = {DB_TEXT(buf_peek(&s->rooms)), DB_INT(in->last_room),
                                      DB_INT(in->last_seq)};

    s->last = (struct hit){.id = INT64_MAX};
    if (!CHAT_HAS(in, CHAT_FIELD_LAST_ROOM)) {
        return true;
    }
    db_query(s->db, sql[db_kind(s->db)], params, 3);
    if (db_next(s->db)) {
        s->last = (struct hit){.id = db_int(s->db, 0), .seq = db_int(s->db, 1)};
    }
    (void)db_done(s->db);
    if (!s->last.seq) {
        op_refuse(s->r, CHAT_NOT_FOUND, "last_room");
    }
    return s->last.seq > 0;
}

static int64_t number(struct search *s, const char *sql)
{
    int64_t n = 0;

    db_query(s->db, sql, NULL, 0);
    if (db_next(s->db)) {
        n = db_int(s->db, 0);
    }
    (void)db_done(s->db);
    return n;
}

/* Messages as they are. Those that do not pass the filter come without a text, so that a page is as many as were looked at. */
#define PLAIN(key, from, rooms)                                                                    \
    "SELECT m.id, m.room, m.seq, CASE WHEN" FILTER(rooms) " THEN m.text ELSE '' END, " key         \
                                                          " FROM " from " ORDER BY " key           \
                                                          " DESC" PAGE_LIMIT
#define PLAIN_ROOM(rooms, room)                                                                    \
    PLAIN("m.seq", "message m WHERE m.room = " room " AND m.seq > $4 AND m.seq <= $5", rooms)

/* A short query: the latest ones. */
static void look_at_latest(struct search *s)
{
    static const char *const sql[] = {
        [DB_SQLITE] = PLAIN("m.id", "message m WHERE m.id > $4 AND m.id <= $5", ROOMS_SQLITE),
        [DB_POSTGRES] = PLAIN("m.id", "message m WHERE m.id > $4 AND m.id <= $5", ROOMS_POSTGRES),
    };
    static const char *const room_sql[] = {
        [DB_SQLITE] = PLAIN_ROOM(ROOMS_SQLITE, "(SELECT value FROM json_each($1))"),
        [DB_POSTGRES] = PLAIN_ROOM(ROOMS_POSTGRES, "(CAST($1 AS BIGINT[]))[1]"),
    };
    int64_t high;

    if (CHAT_HAS(&s->r->in, CHAT_FIELD_ROOM)) {
        high = s->last.seq ? s->last.seq - 1 : CHAT_ID_MAX;
        look_at(s, room_sql[db_kind(s->db)], 0, high, SHORT_ROWS_MAX, s->r->in.limit);
        return;
    }
    high = behind_last(s, number(s, "SELECT max(id) FROM message"));
    look_at(s, sql[db_kind(s->db)], 0, high, SHORT_ROWS_MAX, s->r->in.limit);
}

/* What is not in the index yet. */
static void look_at_waiting(struct search *s, int64_t indexed_id)
{
    static const char *const sql[] = {
        [DB_SQLITE] =
            PLAIN("m.id", "message m WHERE $6 <> '' AND m.id > $4 AND m.id <= $5", ROOMS_SQLITE),
        [DB_POSTGRES] =
            PLAIN("q.id",
                  "(SELECT id FROM search_queue WHERE $6 <> '' AND id > $4 AND id <= $5"
                  " ORDER BY id DESC LIMIT 1000) AS q LEFT JOIN message m ON m.id = q.id",
                  ROOMS_POSTGRES),
    };

    look_at(s, sql[db_kind(s->db)], indexed_id, behind_last(s, INT64_MAX), UINT32_MAX,
            s->r->in.limit);
}

/* SQLite gives row after row, so nothing is looked at behind the last hit. */
static void look_into_sqlite(struct search *s, int64_t indexed_id)
{
    look_at(s,
            COLUMNS("m.id") "message_search f CROSS JOIN message m WHERE message_search MATCH $6"
                            " AND f.rowid > $4 AND f.rowid <= $5 AND m.id = f.rowid AND" FILTER(
                                ROOMS_SQLITE) " ORDER BY f.rowid DESC" PAGE_LIMIT,
            0, behind_last(s, indexed_id), UINT32_MAX, s->r->in.limit);
}

/* PostgreSQL's index gives all there is, in no order: that is good for what is rare. So the latest messages are looked at first, where a
 * common word is found; and where there are few to be looked at, in the asker's rooms or by the sender, all of them and nothing else.
 * Which way to go is said by the statements: the planner's own choice would hang on what it happens to know of the table. */
#define SPELLED   " text LIKE $6 AND id > $4 AND id <= $5"
#define IN_ROOMS  " AND +room" ROOMS_POSTGRES
#define BY_SENDER " AND ($2 = 0 OR sender = $2)"
#define OF_MESSAGES                                                                                \
    " AS f JOIN message m ON m.id = f.id WHERE m.deleted = 0 AND m.ts < $3"                        \
    " ORDER BY f.id DESC" PAGE_LIMIT
#define FOUND(ids) COLUMNS("m.id") "(" ids " ORDER BY id DESC OFFSET 0)" OF_MESSAGES

static const char look_at_rooms[] = FOUND(
    "SELECT s.id FROM unnest(CAST($1 AS BIGINT[])) AS r (id) CROSS JOIN LATERAL"
    " (SELECT id FROM message_search WHERE room = r.id AND" SPELLED BY_SENDER " OFFSET 0) AS s");
static const char look_at_sender[] =
    FOUND("SELECT id FROM message_search WHERE sender = $2 AND" SPELLED IN_ROOMS);
static const char look_at_all[] =
    FOUND("SELECT id FROM message_search WHERE" SPELLED IN_ROOMS BY_SENDER);
static const char look_into_index[] =
    DB_ANEW "WITH found AS MATERIALIZED"
            " (SELECT id, room, sender, text FROM message_search WHERE text LIKE $6) " FOUND(
                "SELECT id FROM found WHERE" SPELLED IN_ROOMS BY_SENDER);

static bool has_few(struct search *s)
{
    const struct db_value params[] = {DB_INT(s->sender), DB_INT(FEW_MESSAGES)};
    bool more;

    db_query(s->db, "SELECT 1 FROM message_search WHERE sender = $1 ORDER BY id OFFSET $2 LIMIT 1",
             params, 2);
    more = db_next(s->db);
    return db_done(s->db) == ERR_OK && !more;
}

static void look_into_postgres(struct search *s)
{
    const uint32_t max = s->hits_n + s->r->in.limit;
    int64_t high = behind_last(s, number(s, "SELECT max(id) FROM message_search"));
    int64_t low = high - FIRST_IDS;

    if (s->messages_n <= FEW_MESSAGES) {
        look_at(s, look_at_rooms, 0, high, UINT32_MAX, max);
        return;
    }
    if (s->sender > 0 && has_few(s)) {
        look_at(s, look_at_sender, 0, high, UINT32_MAX, max);
        return;
    }
    look_at(s, look_at_all, low, high, UINT32_MAX, max);
    if (s->hits_n < max && low > 0) {
        db_exec_later(s->db, "SET LOCAL enable_bitmapscan = on", NULL, 0);
        look_at(s, look_into_index, 0, low, UINT32_MAX, max);
        db_exec_later(s->db, "SET LOCAL enable_bitmapscan = off", NULL, 0);
    }
}

/* --- answering --- */

/* The newest first, as they are looked at: what is behind the last hit of a page is what has not been found yet. */
static int compare(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;

    return (x->id < y->id) - (x->id > y->id);
}

/* Sort, leave out what was found twice (an edited message may be in the index and wait for it), keep as many as were asked for. */
static void choose(struct search *s)
{
    uint32_t n = 0;

    qsort(s->hits, s->hits_n, sizeof s->hits[0], compare);
    for (uint32_t i = 0; i < s->hits_n && n < s->r->in.limit; i++) {
        if (n == 0 || s->hits[i].id != s->hits[n - 1].id) {
            s->hits[n++] = s->hits[i];
        }
    }
    s->hits_n = n;
}

static bool mark(struct search *s, const struct hit *hit, struct chat_message *m)
{
    m->ranges = op_alloc(s->db, s->r, hit->ranges_n, sizeof *m->ranges);
    if (!m->ranges) {
        return false;
    }
    memcpy(m->ranges, hit->ranges, hit->ranges_n * sizeof *m->ranges);
    m->ranges_n = hit->ranges_n;
    return true;
}

static void answer(struct search *s)
{
    struct store_result *out = &s->r->out;
    struct chat_message *found = op_alloc(s->db, s->r, s->hits_n, sizeof *found);
    struct db_value ids;
    bool cut = false;
    uint32_t n;

    out->messages = op_alloc(s->db, s->r, s->hits_n, sizeof *out->messages);
    buf_reset(&s->pattern);
    for (uint32_t i = 0; i < s->hits_n; i++) {
        if (buf_printf(&s->pattern, "%c%lld", i == 0 ? '[' : ',', (long long)s->hits[i].id) !=
            ERR_OK) {
            db_fail(s->db, ERR_NOMEM, "no memory to search");
        }
    }
    if (!found || !out->messages || s->hits_n == 0 || buf_putc(&s->pattern, ']') != ERR_OK) {
        return;
    }
    ids = DB_TEXT(buf_peek(&s->pattern));
    n = op_rows_load(s->db, s->r, OP_ROWS_IDS, &ids, 1, SIZE_MAX, found, s->hits_n, &cut);
    for (uint32_t i = 0; i < s->hits_n; i++) {
        const struct chat_message *m = op_rows_find(found, n, s->hits[i].room, s->hits[i].seq);
        if (m) {
            out->messages[out->messages_n] = *m;
            out->messages_n += mark(s, &s->hits[i], &out->messages[out->messages_n]);
        }
    }
}

static bool make_pattern(struct search *s)
{
    enum err err;

    if (s->needle.n < SEARCH_INDEXED_CHARS) {
        return true;
    }
    if (db_kind(s->db) == DB_SQLITE) {
        err = search_trigrams(&s->needle, &s->pattern);
    } else {
        err = buf_putc(&s->pattern, '%');
        err = err ? err : search_spell(s->r->in.q, &s->pattern);
        err = err ? err : buf_putc(&s->pattern, '%');
    }
    if (err != ERR_OK) {
        db_fail(s->db, ERR_NOMEM, "no memory to search");
    }
    return err == ERR_OK;
}

static void look(struct search *s)
{
    int64_t indexed_id;

    if (s->needle.n < SEARCH_INDEXED_CHARS) {
        look_at_latest(s);
        return;
    }
    indexed_id = db_kind(s->db) == DB_SQLITE ? op_search_indexed_id(s->db) : 0;
    look_at_waiting(s, indexed_id);
    if (db_kind(s->db) == DB_SQLITE) {
        look_into_sqlite(s, indexed_id);
    } else {
        look_into_postgres(s);
    }
}

void op_search(struct db *db, struct store_request *r)
{
    struct search *s = mem_zalloc(sizeof *s);

    if (!s) {
        db_fail(db, ERR_NOMEM, "no memory to search");
        return;
    }
    CHECK(r->in.limit <= CHAT_LIMIT_MAX);
    s->db = db;
    s->r = r;
    buf_init(&s->pattern, PATTERN_BYTES);
    buf_init(&s->rooms, ROOMS_BYTES_MAX);
    search_needle_init(&s->needle, r->in.q);
    if (s->needle.n > 0 && make_filters(s) && find_last(s) && make_pattern(s)) {
        look(s);
        choose(s);
        answer(s);
    }
    buf_fini(&s->pattern);
    buf_fini(&s->rooms);
    mem_free(s);
}
