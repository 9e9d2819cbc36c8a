/* Sending, many at once. Three steps: who may send where, which messages are there already, and writing the rest; in C in between,
 * numbers are given in the order of the batch. Rooms are locked (PostgreSQL) or the only writer is us (SQLite), so nobody else gives
 * numbers of the same room meanwhile.
 */
#include "op_send.h"

#include "mem.h"
#include "op_search.h"

#include <openssl/sha.h>
#include <string.h>

static struct slice cid_of(const struct store_request *r)
{
    return (struct slice){(const char *)r->in.cid, sizeof r->in.cid};
}

/* --- places --- */

static struct send_place *find_place(struct send_batch *b, int64_t actor, int64_t room)
{
    for (unsigned i = 0; i < b->places_n; i++) {
        if (b->places[i].actor == actor && b->places[i].room == room) {
            return &b->places[i];
        }
    }
    struct send_place *p = &b->places[b->places_n++];
    *p = (struct send_place){.actor = actor, .room = room};
    return p;
}

static struct send_room *find_room(struct send_batch *b, int64_t id)
{
    for (unsigned i = 0; i < b->rooms_n; i++) {
        if (b->rooms[i].id == id) {
            return &b->rooms[i];
        }
    }
    struct send_room *room = &b->rooms[b->rooms_n++];
    *room = (struct send_room){.id = id};
    return room;
}

void send_take_place(struct send_batch *b, struct send_place *p, struct store_request *r)
{
    struct db *db = b->db;
    p->loaded = true;
    p->found = !db_is_null(db, 0);
    p->facts = (struct may_facts){.user_role = (enum chat_role)db_int(db, 1), .own = true};
    p->from = (struct chat_user){.id = p->actor,
                                 .name = op_copy(db, r, db_text(db, 2)),
                                 .display = op_copy(db, r, db_text(db, 3)),
                                 .role = (enum chat_role)db_int(db, 1),
                                 .bot = db_int(db, 4) != 0,
                                 .avatar = db_int(db, 17)};
    if (db_is_null(db, 5)) {
        return;
    }
    p->at = find_room(b, p->room);
    p->at->seq = db_int(db, 7);
    p->at->ev = db_int(db, 8);
    p->at->min_seq = db_int(db, 9);
    p->facts.room_known = true;
    p->facts.kind = (enum chat_room_kind)db_int(db, 5);
    p->facts.archived = db_int(db, 6) != 0;
    p->facts.member = db_int(db, 10) != 0;
    p->facts.room_role = (enum chat_role)db_int(db, 11);
    p->facts.muted = db_int(db, 12) > r->now_ms;
    p->facts.banned = db_int(db, 13) > r->now_ms;
    p->facts.blocked = !db_is_null(db, 16);
    if (may_role(p->facts.kind, p->facts.user_role, p->facts.member, p->facts.room_role) <
        CHAT_MOD) {
        p->slow_ms = db_int(db, 14) * 1000;
        p->sent_ms = db_int(db, 15);
    }
}

static void end(struct send_item *item, enum chat_error error, const char *field)
{
    op_refuse(item->r, error, field);
    item->state = SEND_ENDED;
}

/* --- known messages --- */

/* It was there already: the answer is the first one's. */
static void end_known(struct send_item *item, int64_t room, int64_t seq, int64_t ev, int64_t ts,
                      struct slice hash)
{
    static const unsigned char forgotten[SEND_HASH_BYTES]; /* the message was deleted */
    struct store_result *out = &item->r->out;
    if (room != item->r->in.room ||
        (!slice_eq(hash, (struct slice){(const char *)item->hash, sizeof item->hash}) &&
         !slice_eq(hash, (struct slice){(const char *)forgotten, sizeof forgotten}))) {
        end(item, CHAT_CID_REUSED, "cid");
        return;
    }
    out->room = room;
    out->seq = seq;
    out->ev = ev;
    out->ts = ts;
    out->dup = true;
    item->state = SEND_ENDED;
}

void send_take_known(struct send_batch *b, struct send_item *item, unsigned first)
{
    struct db *db = b->db;
    end_known(item, db_int(db, first), db_int(db, first + 1), db_int(db, first + 2),
              db_int(db, first + 3), db_text(db, first + 4));
}

/* --- loading, row by row --- */

static void load_place(struct send_batch *b, struct send_place *p, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(p->actor), DB_INT(p->room)};
    db_query(b->db,
             "SELECT " SEND_PLACE_COLUMNS " FROM account a LEFT JOIN room r ON r.id = $2"
             " LEFT JOIN member m ON m.account = a.id AND m.room = r.id" SEND_PLACE_SLOW
             " WHERE a.id = $1",
             params, 2);
    if (db_next(b->db)) {
        send_take_place(b, p, r);
    }
    db_done(b->db);
    p->loaded = true;
}

static void load(struct send_batch *b)
{
    for (unsigned i = 0; i < b->items_n; i++) {
        struct send_item *item = &b->items[i];
        const struct db_value params[] = {DB_INT(item->r->actor), DB_BLOB(cid_of(item->r))};
        if (!item->place->loaded) {
            load_place(b, item->place, item->r);
        }
        db_query(b->db,
                 "SELECT " SEND_KNOWN_COLUMNS " FROM message k WHERE k.sender = $1 AND k.cid = $2",
                 params, 2);
        if (db_next(b->db)) {
            send_take_known(b, item, 0);
        }
        db_done(b->db);
    }
}

/* The same cid twice in one batch: the second is a repetition of the first. */
static bool is_repeated(struct send_batch *b, unsigned i)
{
    struct send_item *item = &b->items[i];
    for (unsigned j = 0; j < i; j++) {
        const struct send_item *other = &b->items[j];
        if (other->state == SEND_NEW && other->r->actor == item->r->actor &&
            memcmp(other->r->in.cid, item->r->in.cid, sizeof item->r->in.cid) == 0) {
            const struct chat_message *m = other->message;
            end_known(item, m->room, m->seq, other->r->out.ev, m->ts,
                      (struct slice){(const char *)other->hash, sizeof other->hash});
            return true;
        }
    }
    return false;
}

/* --- numbers --- */

static struct slice cid_text(struct send_batch *b, struct store_request *r)
{
    static const char digits[] = "0123456789abcdef";
    char hex[CHAT_CID_HEX];
    for (size_t i = 0; i < sizeof r->in.cid; i++) {
        hex[2 * i] = digits[r->in.cid[i] >> 4];
        hex[2 * i + 1] = digits[r->in.cid[i] & 15];
    }
    return op_copy(b->db, r, (struct slice){hex, sizeof hex});
}

static void number(struct send_batch *b, struct send_item *item)
{
    struct store_request *r = item->r;
    struct send_place *p = item->place;
    struct chat_message *m = op_alloc(b->db, r, 1, sizeof *m);
    if (!m) {
        return;
    }
    p->at->seq++;
    p->at->ev++;
    p->at->changed = true;
    p->read_seq = p->at->seq;
    p->sent_ms = r->now_ms;
    *m = (struct chat_message){.room = p->room,
                               .seq = p->at->seq,
                               .cid = cid_text(b, r),
                               .from = p->from,
                               .text = r->in.text,
                               .ts = r->now_ms,
                               .rev = 1,
                               .reply_to = r->in.reply_to};
    /* What the place points to may lie in another request's arena, which may go first. */
    m->from.name = op_copy(b->db, r, p->from.name);
    m->from.display = op_copy(b->db, r, p->from.display);
    item->message = m;
    item->state = SEND_NEW;
    send_files_attach(b, item);
    r->out.room = m->room;
    r->out.seq = m->seq;
    r->out.ev = p->at->ev;
    r->out.ts = m->ts;
    r->out.has_event = true;
    r->out.event = (struct chat_event){.room = m->room,
                                       .ev = p->at->ev,
                                       .kind = CHAT_EVENT_MESSAGE,
                                       .actor = r->actor,
                                       .ts = m->ts,
                                       .message = m};
}

/* How long it is too early for another message; 0: it is not. A clock that was set back makes nobody wait longer. */
static uint32_t slow_wait_ms(const struct send_place *p, const struct store_request *r)
{
    int64_t now_ms = r->now_ms;
    if (r->account.bot) {
        return 0;
    }
    int64_t left_ms = p->slow_ms > 0 && p->sent_ms > 0 ? p->sent_ms + p->slow_ms - now_ms : 0;
    left_ms = left_ms < p->slow_ms ? left_ms : p->slow_ms;
    return left_ms > 0 ? (uint32_t)left_ms : 0;
}

static void decide(struct send_batch *b, unsigned i)
{
    struct send_item *item = &b->items[i];
    struct send_place *p = item->place;
    if (item->state != SEND_OPEN || is_repeated(b, i)) {
        return;
    }
    if (!p->found) {
        end(item, CHAT_UNAUTHENTICATED, "");
        return;
    }
    enum chat_error error = p->at ? may(MAY_SEND, &p->facts) : CHAT_NOT_FOUND;
    const char *files = error ? NULL : send_files_refused(b, i);
    if (error) {
        end(item, error, "room");
    } else if (files) {
        end(item, CHAT_INVALID, "files");
        item->r->out.refusal.message = files;
    } else if (item->r->in.reply_to > p->at->seq ||
               (item->r->in.reply_to && item->r->in.reply_to < p->at->min_seq)) {
        end(item, CHAT_INVALID, "reply_to");
    } else if (slow_wait_ms(p, item->r) > 0) {
        end(item, CHAT_SLOW, "room");
        item->r->out.refusal.retry_after_ms = slow_wait_ms(p, item->r);
    } else {
        number(b, item);
    }
}

/* --- writing --- */

static void write_message(struct send_batch *b, struct send_item *item)
{
    const struct chat_message *m = item->message;
    struct slice hash = {(const char *)item->hash, sizeof item->hash};
    const struct db_value message[] = {
        DB_INT(m->room),          DB_INT(m->seq), DB_INT(item->r->out.ev), DB_INT(item->r->actor),
        DB_BLOB(cid_of(item->r)), DB_BLOB(hash),  DB_TEXT(m->text),        DB_INT(m->ts),
        DB_INT(m->reply_to)};
    db_exec(b->db,
            "INSERT INTO message (room, seq, ev, sender, cid, body_hash, text, ts, reply_to)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            message, 9);
    const struct db_value event[] = {DB_INT(m->room), DB_INT(item->r->out.ev), DB_INT(m->seq),
                                     DB_INT(item->r->actor), DB_INT(m->ts)};
    db_exec(
        b->db,
        "INSERT INTO room_event (room, ev, kind, seq, actor, ts) VALUES ($1, $2, 0, $3, $4, $5)",
        event, 5);
}

static void write_rest(struct send_batch *b)
{
    for (unsigned i = 0; i < b->rooms_n; i++) {
        const struct send_room *room = &b->rooms[i];
        const struct db_value params[] = {DB_INT(room->id), DB_INT(room->seq), DB_INT(room->ev)};
        if (room->changed) {
            db_exec(b->db, "UPDATE room SET seq = $2, ev = $3 WHERE id = $1", params, 3);
        }
    }
    for (unsigned i = 0; i < b->places_n; i++) {
        const struct send_place *p = &b->places[i];
        const struct db_value params[] = {DB_INT(p->actor), DB_INT(p->room), DB_INT(p->read_seq)};
        if (p->read_seq > 0) {
            db_exec(b->db,
                    "UPDATE member SET read_seq = $3 WHERE account = $1 AND room = $2"
                    " AND read_seq < $3",
                    params, 3);
        }
    }
}

static void write_all(struct send_batch *b)
{
    unsigned new_n = 0;
    if (db_kind(b->db) == DB_POSTGRES) {
        send_pg_write(b);
    } else {
        for (unsigned i = 0; i < b->items_n; i++) {
            if (b->items[i].state == SEND_NEW) {
                write_message(b, &b->items[i]);
            }
        }
        write_rest(b);
    }
    for (unsigned i = 0; i < b->items_n; i++) {
        if (b->items[i].state == SEND_NEW) {
            op_mentions(b->db, b->items[i].r, b->items[i].message);
            send_files_write(b, &b->items[i]);
            new_n++;
        }
    }
    for (unsigned i = 0; i < b->places_n; i++) {
        const struct send_place *p = &b->places[i];
        if (p->read_seq > 0 && p->slow_ms > 0) {
            op_slow_sent(b->db, p->room, p->actor, p->sent_ms);
        }
    }
    op_search_help(b->db, new_n);
}

/* An empty one is as none. */
static void hash_alt(unsigned char sum[SHA256_DIGEST_LENGTH], uint32_t place, struct slice alt)
{
    unsigned char parts[2 * SHA256_DIGEST_LENGTH + sizeof place];
    if (alt.n > 0) {
        memcpy(parts, sum, SHA256_DIGEST_LENGTH);
        SHA256((const unsigned char *)alt.p, alt.n, parts + SHA256_DIGEST_LENGTH);
        memcpy(parts + 2 * SHA256_DIGEST_LENGTH, &place, sizeof place);
        SHA256(parts, sizeof parts, sum);
    }
}

/* Of all that makes up the message: with the same cid it must be the same. */
static void hash_body(struct send_item *item)
{
    const struct chat_request *in = &item->r->in;
    unsigned char sum[SHA256_DIGEST_LENGTH + sizeof in->reply_to];
    SHA256((const unsigned char *)in->text.p, in->text.n, sum);
    if (in->reply_to) {
        memcpy(sum + SHA256_DIGEST_LENGTH, &in->reply_to, sizeof in->reply_to);
        SHA256(sum, sizeof sum, sum);
    }
    for (uint32_t i = 0; i < in->files_n; i++) {
        int64_t id = ~in->files[i]; /* no number of a message looks like that */
        memcpy(sum + SHA256_DIGEST_LENGTH, &id, sizeof id);
        SHA256(sum, sizeof sum, sum);
    }
    for (uint32_t i = 0; i < in->alts_n; i++) {
        hash_alt(sum, i, in->alts[i]);
    }
    memcpy(item->hash, sum, sizeof item->hash);
}

void op_send_batch(struct db *db, struct store_request *const *requests, unsigned n)
{
    struct send_batch *b = mem_zalloc(sizeof *b);
    CHECK(n <= STORE_BATCH_MAX);
    if (!b) {
        db_fail(db, ERR_NOMEM, "out of memory");
        return;
    }
    b->db = db;
    for (unsigned i = 0; i < n; i++) {
        struct send_item *item = &b->items[b->items_n++];
        item->r = requests[i];
        item->place = find_place(b, item->r->actor, item->r->in.room);
        hash_body(item);
    }
    if (db_kind(db) == DB_POSTGRES) {
        send_pg_load(b);
    } else {
        load(b);
    }
    send_files_load(b);
    /* After a failure nothing is decided: what was read is not whole. */
    for (unsigned i = 0; i < n && db_failure(db)->err == ERR_OK; i++) {
        decide(b, i);
    }
    write_all(b);
    mem_free(b);
}

void op_send(struct db *db, struct store_request *r)
{
    op_send_batch(db, &r, 1);
}
