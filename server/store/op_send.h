/* The inside of sending: what both databases have in common, and what PostgreSQL does with arrays instead of row by row. See op_send.c.
 */
#pragma once

#include "store_op.h"

#define SEND_HASH_BYTES 8

/* An actor in a room, as the batch found them and as it leaves them. */
struct send_place {
    int64_t actor, room;
    bool found; /* there is such an actor */
    struct may_facts facts;
    struct chat_user from;
    struct send_room *at; /* NULL: there is no such room */
    int64_t read_seq;     /* the last own message of this batch; 0: none */
};

struct send_room {
    int64_t id, seq, ev;
    bool changed;
};

enum send_state { SEND_OPEN, SEND_NEW, SEND_ENDED };

struct send_item {
    struct store_request *r;
    struct send_place *place;
    enum send_state state;
    unsigned char hash[SEND_HASH_BYTES];
    struct chat_message *message; /* SEND_NEW */
};

struct send_batch {
    struct db *db;
    struct send_item items[STORE_BATCH_MAX];
    struct send_place places[STORE_BATCH_MAX];
    struct send_room rooms[STORE_BATCH_MAX];
    unsigned items_n, places_n, rooms_n;
};

/* Take the current row of "kind, archived, seq, ev, joined, role, muted_until_ms, banned_until_ms, account's role, name, display, bot" (room columns
 * NULL when there is none). */
void send_take_place(struct send_batch *b, struct send_place *p, struct store_request *r);
/* The message with this cid is there already: (room, seq, ev, ts, hash) of it. */
void send_take_known(struct send_item *item, int64_t room, int64_t seq, int64_t ev, int64_t ts,
                     struct slice hash);

/* op_send_pg.c: the same three steps in a few statements. */
void send_pg_load_places(struct send_batch *b);
void send_pg_find_known(struct send_batch *b);
void send_pg_write(struct send_batch *b);
