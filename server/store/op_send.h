/* The inside of sending: what both databases have in common, and what PostgreSQL does with arrays instead of row by row. See op_send.c.
 */
#pragma once

#include "store_op.h"

#define SEND_HASH_BYTES 8

/* An actor in a room, as the batch found them and as it leaves them. */
struct send_place {
    int64_t actor, room;
    bool loaded;
    bool found; /* there is such an actor */
    struct may_facts facts;
    struct chat_user from;
    struct send_room *at; /* NULL: there is no such room */
    int64_t slow_ms;      /* between two of the actor's messages; 0: slow mode is not for them */
    int64_t sent_ms;      /* the last one, when slow_ms > 0; 0: none */
    int64_t read_seq;     /* the last own message of this batch; 0: none */
};

struct send_room {
    int64_t id, seq, ev, min_seq;
    bool changed;
};

enum send_state { SEND_OPEN, SEND_NEW, SEND_ENDED };

struct send_item {
    struct store_request *r;
    struct send_place *place;
    enum send_state state;
    unsigned char hash[SEND_HASH_BYTES]; /* of what is sent */
    struct chat_message *message;        /* SEND_NEW */
    struct store_file *files;            /* as many as r->in.files_n; id 0: not there */
};

struct send_batch {
    struct db *db;
    struct send_item items[STORE_BATCH_MAX];
    struct send_place places[STORE_BATCH_MAX];
    struct send_room rooms[STORE_BATCH_MAX];
    unsigned items_n, places_n, rooms_n;
};

/* Columns of a place: of account a, of room r and of member m, whose are NULL when there is none, and of what SEND_PLACE_SLOW joins. */
#define SEND_PLACE_COLUMNS                                                                         \
    "a.id, a.role, a.name, a.display, a.bot, r.kind, r.archived, r.seq, r.ev, r.min_seq,"          \
    " m.joined, m.role, m.muted_until_ms, m.banned_until_ms, w.seconds, t.ts, " OP_BLOCKED_IN_DM(  \
        "a.id") ", " OP_AVATAR
#define SEND_PLACE_COLUMNS_N 18
#define SEND_PLACE_SLOW                                                                            \
    " LEFT JOIN slow w ON w.room = r.id"                                                           \
    " LEFT JOIN slow_sent t ON t.room = w.room AND t.account = a.id"
/* Take them from the current row. */
void send_take_place(struct send_batch *b, struct send_place *p, struct store_request *r);
/* Columns of a message k that has the cid of an item already. */
#define SEND_KNOWN_COLUMNS "k.room, k.seq, k.ev, k.ts, k.body_hash"
/* Take them from the current row, first being the first of them. */
void send_take_known(struct send_batch *b, struct send_item *item, unsigned first);

/* op_send_files.c: load the files of what is to be sent; why item i may not send them (said of the field), NULL: it may; put them on its
 * message; write that they are on it. */
void send_files_load(struct send_batch *b);
const char *send_files_refused(const struct send_batch *b, unsigned i);
void send_files_attach(struct send_batch *b, struct send_item *item);
void send_files_write(struct send_batch *b, const struct send_item *item);

/* op_send_pg.c: lock the rooms and load places and known messages; and write what is new. */
void send_pg_load(struct send_batch *b);
void send_pg_write(struct send_batch *b);
