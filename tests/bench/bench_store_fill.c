/* See bench_store_fill.h. */
#include "bench_store_fill.h"

#include "clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_MS       1700000000000LL
#define WORDS_MAX      20 /* in a message */
#define PROGRESS_EVERY 100000

_Noreturn static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(1);
}

uint64_t fill_random(struct fill *f, uint64_t n)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return f->random % n;
}

/* weights are sums: the first one above a random part of the last. */
unsigned fill_rank(struct fill *f, const double *weights, unsigned n)
{
    double at = (double)fill_random(f, 1u << 30) / (1u << 30) * weights[n - 1];
    unsigned low = 0, high = n - 1;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (weights[middle] <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void fill_run(struct db *db, bool write, void (*function)(struct db *db, struct store_request *r),
              struct store_request *r)
{
    if (db_begin(db, write) == ERR_OK) {
        function(db, r);
    }
    if (db_commit(db) != ERR_OK) {
        die("a request", db_failure(db)->text);
    }
    if (r->out.refusal.error != CHAT_OK) {
        die("a request", chat_error_rows[r->out.refusal.error].code);
    }
}

static int64_t number(struct db *db, const char *sql, const char *text)
{
    int64_t n = 0;

    db_query(db, sql, &DB_TEXT(slice_str(text)), text ? 1 : 0);
    if (db_next(db)) {
        n = db_int(db, 0);
    }
    if (db_done(db) != ERR_OK) {
        die("a question", db_failure(db)->text);
    }
    return n;
}

static struct store_request *request(enum store_op op, int64_t actor)
{
    struct store_request *r = store_request_new(op);

    if (!r) {
        die("a request", "no memory");
    }
    r->actor = actor;
    r->now_ms = START_MS;
    return r;
}

/* --- people and rooms --- */

/* Letters that no others look like. */
static void make_name(char name[8], unsigned n)
{
    static const char letters[] = "abdefghkmn";

    CHECK(snprintf(name, 8, "u%c%c%c", letters[n / 100 % 10], letters[n / 10 % 10],
                   letters[n % 10]) < 8);
}

static void make_user(struct fill *f, unsigned n)
{
    struct store_request *r = request(STORE_USER_CREATE, 0);
    char name[8];

    make_name(name, n);
    f->users[n] = number(f->db, "SELECT id FROM account WHERE name = $1", name);
    if (f->users[n] == 0) {
        r->account.name = slice_str(name);
        r->account.role = CHAT_MEMBER;
        fill_run(f->db, true, op_user_create, r);
        f->users[n] = r->out.users[0].id;
    }
    store_request_free(r);
}

static bool is_in(unsigned user_n, unsigned room_n)
{
    return (user_n + room_n) % FILL_USERS_N < FILL_ROOMS_A_USER_N;
}

static void make_room(struct fill *f, unsigned n)
{
    struct store_request *r =
        request(STORE_ROOM_CREATE, f->users[(FILL_USERS_N - n) % FILL_USERS_N]);
    char name[16];

    CHECK(snprintf(name, sizeof name, "room%u", n) < (int)sizeof name);
    f->rooms[n] = number(f->db, "SELECT id FROM room WHERE name = $1", name);
    if (f->rooms[n] == 0) {
        r->in.name = slice_str(name);
        r->in.kind = n % 2 ? CHAT_PRIVATE : CHAT_PUBLIC;
        fill_run(f->db, true, op_room_create, r);
        f->rooms[n] = r->out.rooms[0].id;
        (void)db_begin(f->db, true);
        for (unsigned i = 0; i < FILL_USERS_N; i++) {
            if (is_in(i, n)) {
                struct store_request *join = request(STORE_ROOM_JOIN, f->users[i]);
                (void)op_join(f->db, join, f->rooms[n], f->users[i], CHAT_MEMBER);
                store_request_free(join);
            }
        }
        if (db_commit(f->db) != ERR_OK) {
            die("members", db_failure(f->db)->text);
        }
    }
    store_request_free(r);
}

static void make_words(struct fill *f)
{
    static const char consonants[] = "bcdfghklmnprstvz", vowels[] = "aeiou";
    double sum = 0;

    for (unsigned i = 0; i < FILL_WORDS_N; i++) {
        size_t n = 0;
        for (uint64_t left = 1 + fill_random(f, 4); left > 0; left--) {
            f->words[i][n++] = consonants[fill_random(f, sizeof consonants - 1)];
            f->words[i][n++] = vowels[fill_random(f, sizeof vowels - 1)];
            if (fill_random(f, 3) == 0) {
                f->words[i][n++] = consonants[fill_random(f, sizeof consonants - 1)];
            }
        }
        f->words[i][n] = '\0';
        sum += 1.0 / (i + 1);
        f->weights[i] = sum;
    }
}

void fill_start(struct fill *f, struct db *db)
{
    struct store_request *lobby = request(STORE_LOBBY_ENSURE, 0);

    f->db = db;
    f->random = UINT64_C(88172645463325252);
    fill_run(db, true, op_lobby_ensure, lobby);
    store_request_free(lobby);
    for (unsigned i = 0; i < FILL_USERS_N; i++) {
        make_user(f, i);
    }
    for (unsigned i = 0; i < FILL_ROOMS_N; i++) {
        make_room(f, i);
    }
    make_words(f);
    f->messages_n = number(db, "SELECT count(*) FROM message", NULL);
    f->cid = (uint64_t)f->messages_n + ((uint64_t)clock_wall_ms() << 20);
}

/* --- messages --- */

static struct slice make_text(struct fill *f, struct store_request *r)
{
    char text[WORDS_MAX * 16];
    size_t n = 0;

    for (uint64_t left = 3 + fill_random(f, WORDS_MAX - 3); left > 0; left--) {
        const char *word = f->words[fill_rank(f, f->weights, FILL_WORDS_N)];
        memcpy(text + n, word, strlen(word));
        n += strlen(word);
        text[n++] = ' ';
    }
    return arena_copy(&r->arena, (struct slice){text, n - 1});
}

struct store_request *fill_message(struct fill *f, int room_n)
{
    unsigned room = room_n >= 0 ? (unsigned)room_n : fill_rank(f, f->weights, FILL_ROOMS_N);
    unsigned user =
        (FILL_USERS_N - room + (unsigned)fill_random(f, FILL_ROOMS_A_USER_N)) % FILL_USERS_N;
    struct store_request *r = request(STORE_SEND, f->users[user]);

    CHECK(is_in(user, room));
    r->in.room = f->rooms[room];
    r->in.text = make_text(f, r);
    r->now_ms = START_MS + f->messages_n * 1000;
    /* Times first, as clients make them. */
    for (unsigned i = 0; i < 8; i++) {
        r->in.cid[i] = (unsigned char)(f->cid >> (56 - 8 * i));
        r->in.cid[8 + i] = (unsigned char)fill_random(f, 256);
    }
    f->cid++;
    f->messages_n++;
    return r;
}

double fill_messages(struct fill *f, int64_t n)
{
    struct store_request *list[STORE_BATCH_MAX];
    int64_t began_us = clock_now_us();

    while (f->messages_n < n) {
        unsigned count = 0;
        while (count < STORE_BATCH_MAX && f->messages_n < n) {
            list[count++] = fill_message(f, -1);
            if (f->messages_n % PROGRESS_EVERY == 0) {
                (void)fprintf(stderr, "%lld messages\n", (long long)f->messages_n);
            }
        }
        if (db_begin(f->db, true) == ERR_OK) {
            op_lock_rows(f->db, list, count);
            op_send_batch(f->db, list, count);
        }
        if (db_commit(f->db) != ERR_OK) {
            die("sending", db_failure(f->db)->text);
        }
        for (unsigned i = 0; i < count; i++) {
            store_request_free(list[i]);
        }
    }
    return (double)(clock_now_us() - began_us) / 1e6;
}
