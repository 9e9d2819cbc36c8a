/* Sending on PostgreSQL: a batch in three statements whatever its size, in two round trips with the commit. Values travel as arrays.
 *
 *   BEGIN, lock the rooms (op_lock.c), load places and known messages   (one round trip)
 *   write messages, events, rooms and read markers, mentions, COMMIT    (another)
 *
 * Places and cids are looked up by a statement after the one that locks: it sees what others committed while this one waited.
 */
#include "op_send.h"

#include "pg_array.h"

#define ARRAYS_MAX 15

struct arrays {
    struct pg_array list[ARRAYS_MAX];
    unsigned n;
};

static void init(struct arrays *a, const enum pg_array_type *types, unsigned n)
{
    CHECK(n <= ARRAYS_MAX);
    a->n = n;
    for (unsigned i = 0; i < n; i++) {
        pg_array_init(&a->list[i], types[i]);
    }
}

static void values(struct arrays *a, struct db *db, struct db_value out[ARRAYS_MAX])
{
    for (unsigned i = 0; i < a->n; i++) {
        out[i] = pg_array_value(&a->list[i], db);
    }
}

static void fini(struct arrays *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        pg_array_fini(&a->list[i]);
    }
}

static struct slice bytes_of(const unsigned char *p, size_t n)
{
    return (struct slice){(const char *)p, n};
}

/* --- loading --- */

void send_pg_load(struct send_batch *b)
{
    static const enum pg_array_type types[] = {PG_ARRAY_INT, PG_ARRAY_INT, PG_ARRAY_BYTES};
    struct db_value params[ARRAYS_MAX];
    struct arrays a;

    init(&a, types, 3);
    for (unsigned i = 0; i < b->items_n; i++) {
        const struct store_request *r = b->items[i].r;
        pg_array_int(&a.list[0], r->actor);
        pg_array_int(&a.list[1], r->in.room);
        pg_array_slice(&a.list[2], bytes_of(r->in.cid, sizeof r->in.cid));
    }
    values(&a, b->db, params);
    db_query(b->db,
             "SELECT " SEND_PLACE_COLUMNS ", p.n, " SEND_KNOWN_COLUMNS
             " FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS BYTEA[]))"
             " WITH ORDINALITY AS p (account, room, cid, n)"
             " LEFT JOIN account a ON a.id = p.account LEFT JOIN room r ON r.id = p.room"
             " LEFT JOIN member m ON m.account = p.account AND m.room = p.room" SEND_PLACE_SLOW
             " LEFT JOIN message k ON k.sender = p.account AND k.cid = p.cid",
             params, 3);
    while (db_next(b->db)) {
        int64_t n = db_int(b->db, SEND_PLACE_COLUMNS_N);
        struct send_item *item = &b->items[n - 1];
        if (!item->place->loaded) {
            send_take_place(b, item->place, item->r);
        }
        if (!db_is_null(b->db, SEND_PLACE_COLUMNS_N + 1)) {
            send_take_known(b, item, SEND_PLACE_COLUMNS_N + 1);
        }
    }
    (void)db_done(b->db);
    fini(&a);
}

/* --- writing --- */

static void add_message(struct arrays *a, const struct send_item *item)
{
    const struct chat_message *m = item->message;

    pg_array_int(&a->list[0], m->room);
    pg_array_int(&a->list[1], m->seq);
    pg_array_int(&a->list[2], item->r->out.ev);
    pg_array_int(&a->list[3], item->r->actor);
    pg_array_slice(&a->list[4], bytes_of(item->r->in.cid, sizeof item->r->in.cid));
    pg_array_slice(&a->list[5], bytes_of(item->hash, sizeof item->hash));
    pg_array_slice(&a->list[6], m->text);
    pg_array_int(&a->list[7], m->ts);
    pg_array_int(&a->list[8], m->reply_to);
}

static void add_rooms_and_marks(struct arrays *a, const struct send_batch *b)
{
    for (unsigned i = 0; i < b->rooms_n; i++) {
        if (b->rooms[i].changed) {
            pg_array_int(&a->list[9], b->rooms[i].id);
            pg_array_int(&a->list[10], b->rooms[i].seq);
            pg_array_int(&a->list[11], b->rooms[i].ev);
        }
    }
    for (unsigned i = 0; i < b->places_n; i++) {
        if (b->places[i].read_seq > 0) {
            pg_array_int(&a->list[12], b->places[i].actor);
            pg_array_int(&a->list[13], b->places[i].room);
            pg_array_int(&a->list[14], b->places[i].read_seq);
        }
    }
}

void send_pg_write(struct send_batch *b)
{
    static const enum pg_array_type types[] = {
        PG_ARRAY_INT,   PG_ARRAY_INT,  PG_ARRAY_INT, PG_ARRAY_INT, PG_ARRAY_BYTES,
        PG_ARRAY_BYTES, PG_ARRAY_TEXT, PG_ARRAY_INT, PG_ARRAY_INT, /* messages */
        PG_ARRAY_INT,   PG_ARRAY_INT,  PG_ARRAY_INT,               /* rooms */
        PG_ARRAY_INT,   PG_ARRAY_INT,  PG_ARRAY_INT,               /* read markers */
    };
    struct db_value params[ARRAYS_MAX];
    struct arrays a;

    bool any = false;

    init(&a, types, ARRAYS_MAX);
    for (unsigned i = 0; i < b->items_n; i++) {
        if (b->items[i].state == SEND_NEW) {
            add_message(&a, &b->items[i]);
            any = true;
        }
    }
    if (any) { /* an array that there was no memory for makes db fail: it is not empty */
        add_rooms_and_marks(&a, b);
        values(&a, b->db, params);
        db_exec_later(
            b->db,
            "WITH new AS (SELECT * FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]),"
            " CAST($3 AS BIGINT[]), CAST($4 AS BIGINT[]), CAST($5 AS BYTEA[]),"
            " CAST($6 AS BYTEA[]), CAST($7 AS TEXT[]), CAST($8 AS BIGINT[]), CAST($9 AS BIGINT[]))"
            " AS p (room, seq, ev, sender, cid, body_hash, text, ts, reply_to)),"
            " events AS (INSERT INTO room_event (room, ev, kind, seq, actor, ts)"
            " SELECT room, ev, 0, seq, sender, ts FROM new),"
            " rooms AS (UPDATE room SET seq = p.seq, ev = p.ev FROM unnest(CAST($10 AS BIGINT[]),"
            " CAST($11 AS BIGINT[]), CAST($12 AS BIGINT[])) AS p (id, seq, ev)"
            " WHERE room.id = p.id),"
            " marks AS (UPDATE member SET read_seq = p.seq FROM unnest(CAST($13 AS BIGINT[]),"
            " CAST($14 AS BIGINT[]), CAST($15 AS BIGINT[])) AS p (account, room, seq)"
            " WHERE member.account = p.account AND member.room = p.room"
            " AND member.read_seq < p.seq),"
            " added AS (INSERT INTO message"
            " (room, seq, ev, sender, cid, body_hash, text, ts, reply_to)"
            " SELECT * FROM new RETURNING id)"
            " INSERT INTO search_queue (id) SELECT id FROM added",
            params, ARRAYS_MAX);
    }
    fini(&a);
}
