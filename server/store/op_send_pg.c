/* Sending on PostgreSQL: a batch in seven statements, whatever its size. Values travel as arrays in text form. */
#include "op_send.h"

#include "mem.h"

/* An array literal under construction: {1,2,3} or {"text","\\x0102"}. */
struct array {
    struct buf text;
    struct db *db;
    bool failed;
};

static void start(struct array *a, struct db *db)
{
    *a = (struct array){.text = {.max = 64u << 20}, .db = db};
    a->failed = buf_putc(&a->text, '{') != ERR_OK;
}

static void comma(struct array *a)
{
    if (a->text.n > 1) {
        a->failed = a->failed || buf_putc(&a->text, ',') != ERR_OK;
    }
}

static void add_int(struct array *a, int64_t v)
{
    comma(a);
    a->failed = a->failed || buf_printf(&a->text, "%lld", (long long)v) != ERR_OK;
}

static void add_text(struct array *a, struct slice s)
{
    comma(a);
    a->failed = a->failed || buf_putc(&a->text, '"') != ERR_OK;
    for (size_t from = 0, i = 0; i <= s.n && !a->failed; i++) {
        bool special = i < s.n && (s.p[i] == '"' || s.p[i] == '\\');
        if (i == s.n || special) {
            a->failed = buf_put(&a->text, (struct slice){s.p + from, i - from}) != ERR_OK ||
                        (special && buf_putc(&a->text, '\\') != ERR_OK);
            from = i;
        }
    }
    a->failed = a->failed || buf_putc(&a->text, '"') != ERR_OK;
}

static void add_blob(struct array *a, const unsigned char *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    comma(a);
    a->failed = a->failed || buf_put(&a->text, SL("\"\\\\x")) != ERR_OK;
    for (size_t i = 0; i < n && !a->failed; i++) {
        const char hex[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
        a->failed = buf_put(&a->text, (struct slice){hex, 2}) != ERR_OK;
    }
    a->failed = a->failed || buf_putc(&a->text, '"') != ERR_OK;
}

static struct db_value finish(struct array *a)
{
    if (a->failed || buf_putc(&a->text, '}') != ERR_OK) {
        db_fail(a->db, ERR_NOMEM, "out of memory");
    }
    return DB_TEXT(buf_peek(&a->text));
}

static void run(struct db *db, const char *sql, struct array *arrays, unsigned n)
{
    struct db_value params[12];
    CHECK(n <= sizeof params / sizeof *params);
    for (unsigned i = 0; i < n; i++) {
        params[i] = finish(&arrays[i]);
    }
    db_query(db, sql, params, n);
}

static void start_all(struct array *arrays, unsigned n, struct db *db)
{
    for (unsigned i = 0; i < n; i++) {
        start(&arrays[i], db);
    }
}

static void end_all(struct array *arrays, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        buf_fini(&arrays[i].text);
    }
}

/* --- places --- */

/* In the order of their ids, so that two writers never wait for each other in a circle. */
static void lock_rooms(struct send_batch *b)
{
    struct array rooms;
    start(&rooms, b->db);
    for (unsigned i = 0; i < b->places_n; i++) {
        add_int(&rooms, b->places[i].room);
    }
    run(b->db, "SELECT id FROM room WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", &rooms,
        1);
    while (db_next(b->db)) {
    }
    db_done(b->db);
    end_all(&rooms, 1);
}

static struct store_request *first_user(struct send_batch *b, const struct send_place *p)
{
    unsigned i = 0;
    while (b->items[i].place != p) {
        i++;
    }
    return b->items[i].r;
}

void send_pg_load_places(struct send_batch *b)
{
    struct array arrays[2];
    lock_rooms(b);
    start_all(arrays, 2, b->db);
    for (unsigned i = 0; i < b->places_n; i++) {
        add_int(&arrays[0], b->places[i].actor);
        add_int(&arrays[1], b->places[i].room);
    }
    run(b->db,
        "SELECT r.kind, r.archived, r.seq, r.ev, m.joined, m.role, m.muted_until_ms,"
        " m.banned_until_ms, a.role, a.name, a.display, a.bot, p.n"
        " FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS p (account, room, n)"
        " JOIN account a ON a.id = p.account LEFT JOIN room r ON r.id = p.room"
        " LEFT JOIN member m ON m.account = a.id AND m.room = r.id",
        arrays, 2);
    while (db_next(b->db)) {
        struct send_place *p = &b->places[db_int(b->db, 12) - 1];
        send_take_place(b, p, first_user(b, p));
    }
    db_done(b->db);
    end_all(arrays, 2);
}

/* --- known messages --- */

void send_pg_find_known(struct send_batch *b)
{
    struct array arrays[2];
    start_all(arrays, 2, b->db);
    for (unsigned i = 0; i < b->items_n; i++) {
        add_int(&arrays[0], b->items[i].r->actor);
        add_blob(&arrays[1], b->items[i].r->in.cid, sizeof b->items[i].r->in.cid);
    }
    run(b->db,
        "SELECT p.n, m.room, m.seq, m.ev, m.ts, m.body_hash"
        " FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS p (sender, cid, n)"
        " JOIN message m ON m.sender = p.sender AND m.cid = p.cid",
        arrays, 2);
    while (db_next(b->db)) {
        send_take_known(&b->items[db_int(b->db, 0) - 1], db_int(b->db, 1), db_int(b->db, 2),
                        db_int(b->db, 3), db_int(b->db, 4), db_text(b->db, 5));
    }
    db_done(b->db);
    end_all(arrays, 2);
}

/* --- writing --- */

static void write_messages(struct send_batch *b)
{
    struct array arrays[9];
    bool any = false;
    start_all(arrays, 9, b->db);
    for (unsigned i = 0; i < b->items_n; i++) {
        const struct send_item *item = &b->items[i];
        if (item->state != SEND_NEW) {
            continue;
        }
        const struct chat_message *m = item->message;
        any = true;
        add_int(&arrays[0], m->room);
        add_int(&arrays[1], m->seq);
        add_int(&arrays[2], item->r->out.ev);
        add_int(&arrays[3], item->r->actor);
        add_blob(&arrays[4], item->r->in.cid, sizeof item->r->in.cid);
        add_blob(&arrays[5], item->hash, sizeof item->hash);
        add_text(&arrays[6], m->text);
        add_int(&arrays[7], m->ts);
        add_int(&arrays[8], m->reply_to);
    }
    if (any) {
        run(b->db,
            "WITH new AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "
            "$4::bigint[],"
            " $5::bytea[], $6::bytea[], $7::text[], $8::bigint[], $9::bigint[])"
            " AS p (room, seq, ev, sender, cid, body_hash, text, ts, reply_to)),"
            " events AS (INSERT INTO room_event (room, ev, kind, seq, actor, ts)"
            " SELECT room, ev, 0, seq, sender, ts FROM new)"
            " INSERT INTO message (room, seq, ev, sender, cid, body_hash, text, ts, reply_to)"
            " SELECT * FROM new",
            arrays, 9);
        db_done(b->db);
    }
    end_all(arrays, 9);
}

static void write_rooms(struct send_batch *b)
{
    struct array arrays[3];
    start_all(arrays, 3, b->db);
    for (unsigned i = 0; i < b->rooms_n; i++) {
        if (b->rooms[i].changed) {
            add_int(&arrays[0], b->rooms[i].id);
            add_int(&arrays[1], b->rooms[i].seq);
            add_int(&arrays[2], b->rooms[i].ev);
        }
    }
    run(b->db,
        "UPDATE room SET seq = p.seq, ev = p.ev"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS p (id, seq, ev)"
        " WHERE room.id = p.id",
        arrays, 3);
    db_done(b->db);
    end_all(arrays, 3);
}

static void write_marks(struct send_batch *b)
{
    struct array arrays[3];
    start_all(arrays, 3, b->db);
    for (unsigned i = 0; i < b->places_n; i++) {
        if (b->places[i].read_seq > 0) {
            add_int(&arrays[0], b->places[i].actor);
            add_int(&arrays[1], b->places[i].room);
            add_int(&arrays[2], b->places[i].read_seq);
        }
    }
    run(b->db,
        "UPDATE member SET read_seq = p.seq"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS p (account, room, seq)"
        " WHERE member.account = p.account AND member.room = p.room AND member.read_seq < p.seq",
        arrays, 3);
    db_done(b->db);
    end_all(arrays, 3);
}

void send_pg_write(struct send_batch *b)
{
    bool any = false;
    for (unsigned i = 0; i < b->items_n; i++) {
        any = any || b->items[i].state == SEND_NEW;
    }
    if (any) {
        write_messages(b);
        write_rooms(b);
        write_marks(b);
    }
}
