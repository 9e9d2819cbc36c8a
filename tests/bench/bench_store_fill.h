/* A store full of people, rooms and messages for bench_store.c: the same each time. */
#pragma once

#include "store_op.h"

#define FILL_USERS_N        200
#define FILL_ROOMS_N        200
#define FILL_ROOMS_A_USER_N 100 /* each is in so many of them */
#define FILL_WORDS_N        20000

struct fill {
    struct db *db;
    int64_t users[FILL_USERS_N], rooms[FILL_ROOMS_N];
    uint64_t random;
    uint64_t cid; /* of the next message */
    double weights[FILL_WORDS_N];
    char words[FILL_WORDS_N][16];
    int64_t messages_n; /* there are */
};

/* People and rooms, made if they are not there. */
void fill_start(struct fill *f, struct db *db);
/* A number below n, and one that is more often small than large. */
uint64_t fill_random(struct fill *f, uint64_t n);
unsigned fill_rank(struct fill *f, const double *weights, unsigned n);
/* A message of somebody in a room he is in: room_n < FILL_ROOMS_N, or -1 for any, the first ones more often. */
struct store_request *fill_message(struct fill *f, int room_n);
/* Send messages until there are as many; the seconds it took. */
double fill_messages(struct fill *f, int64_t n);
/* Run in a transaction; ends the program when it fails. */
void fill_run(struct db *db, bool write, void (*function)(struct db *db, struct store_request *r),
              struct store_request *r);
