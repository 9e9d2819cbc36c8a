/* tincan_bench_store: what the store does in a second, and how long it takes with many messages in it. One JSON line for each result.
 *
 *   tincan_bench_store --database URL [--messages N] [--seconds S] [--what fill,index,send,ack,read,search,open]
 *
 * fill    messages until there are N, in batches of 256; index: what waits for the search index is put in, as idle moments do
 * send    transactions of 1 to 256 messages on one connection, into one room and into 100
 * ack     the store's threads: so many messages under way at once, from asking to the acknowledgement after the commit
 * read    a page of history, unread counts of all rooms, coming back after a while, one request after the other
 * search  words common and rare; latest, by room and by sender
 * open    from nothing to ready
 */
#include "bench_store_fill.h"

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "migrate.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX 1000000
#define ROOMS_WIDE  100

struct bench {
    const char *url, *what;
    int64_t messages_n;
    double seconds;
    struct db *db;
    struct fill fill;
    int64_t *samples_us; /* durations */
    unsigned samples_n;
};

_Noreturn static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "tincan_bench_store: %s%s%s\n", what, why ? ": " : "", why ? why : "");
    exit(1);
}

static bool wants(const struct bench *b, const char *what)
{
    const char *at = strstr(b->what, what);

    return at && (at == b->what || at[-1] == ',') &&
           (at[strlen(what)] == '\0' || at[strlen(what)] == ',');
}

static const char *kind_of(const struct bench *b)
{
    return strncmp(b->url, "sqlite:", strlen("sqlite:")) == 0 ? "sqlite" : "postgresql";
}

/* --- samples --- */

static void add_sample(struct bench *b, int64_t us)
{
    if (b->samples_n < SAMPLES_MAX) {
        b->samples_us[b->samples_n++] = us;
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double sample_ms(const struct bench *b, double part)
{
    return (double)b->samples_us[(unsigned)((b->samples_n - 1) * part)] / 1000.0;
}

/* One line; more is members of its own, each with a comma before it. */
static void report(struct bench *b, const char *what, const char *more)
{
    qsort(b->samples_us, b->samples_n, sizeof b->samples_us[0], compare);
    printf("{\"what\":\"%s\",\"database\":\"%s\",\"messages\":%lld%s,\"n\":%u,\"p50_ms\":%.3f,"
           "\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
           what, kind_of(b), (long long)b->fill.messages_n, more, b->samples_n, sample_ms(b, 0.5),
           sample_ms(b, 0.99), sample_ms(b, 1));
    (void)fflush(stdout);
    b->samples_n = 0;
}

/* --- sending --- */

static void send_batch(struct bench *b, unsigned n, unsigned rooms_n)
{
    struct store_request *list[STORE_BATCH_MAX];
    int64_t began_us;

    for (unsigned i = 0; i < n; i++) {
        list[i] = fill_message(&b->fill, (int)fill_random(&b->fill, rooms_n));
    }
    began_us = clock_now_us();
    if (db_begin(b->db, true) == ERR_OK) {
        op_lock_rows(b->db, list, n);
        op_send_batch(b->db, list, n);
    }
    if (db_commit(b->db) != ERR_OK) {
        die("sending", db_failure(b->db)->text);
    }
    add_sample(b, clock_now_us() - began_us);
    for (unsigned i = 0; i < n; i++) {
        if (list[i]->out.refusal.error != CHAT_OK || list[i]->out.seq == 0) {
            die("sending", "refused");
        }
        store_request_free(list[i]);
    }
}

static void bench_send(struct bench *b)
{
    static const unsigned sizes[] = {1, 4, 16, 64, 256}, rooms[] = {1, ROOMS_WIDE};

    for (unsigned r = 0; r < 2; r++) {
        for (unsigned s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            int64_t us = 0, until_us = clock_now_us() + (int64_t)(b->seconds * 1e6);
            char more[120];
            while (clock_now_us() < until_us && b->samples_n < SAMPLES_MAX) {
                send_batch(b, sizes[s], rooms[r]);
                us += b->samples_us[b->samples_n - 1];
            }
            CHECK(snprintf(more, sizeof more, ",\"rooms\":%u,\"batch\":%u,\"messages_s\":%.0f",
                           rooms[r], sizes[s],
                           b->samples_n * 1e6 * sizes[s] / (double)us) < (int)sizeof more);
            report(b, "send", more);
        }
    }
}

/* --- acknowledgements --- */

struct loop {
    struct bench *b;
    pthread_mutex_t lock;
    pthread_cond_t done;
    struct store_request *free;
    unsigned under_way_n;
};

static void on_ack(struct store_request *r)
{
    struct loop *loop = r->user;

    pthread_mutex_lock(&loop->lock);
    if (r->out.refusal.error != CHAT_OK) {
        die("an acknowledgement", chat_error_rows[r->out.refusal.error].code);
    }
    add_sample(loop->b, clock_now_us() - r->queued_us);
    loop->under_way_n--;
    r->next = loop->free;
    loop->free = r;
    pthread_cond_signal(&loop->done);
    pthread_mutex_unlock(&loop->lock);
}

static void deliver(void *user, struct store_request *list)
{
    (void)user;
    (void)list;
}

static struct store *open_store(const struct bench *b)
{
    struct store_options options = {.url = b->url, .deliver = deliver};
    struct db_failure failure;
    struct store *s;

    if (store_open(&options, &s, &failure) != ERR_OK) {
        die("opening", failure.text);
    }
    return s;
}

static void free_all(struct store_request *list)
{
    while (list) {
        struct store_request *r = list;
        list = r->next;
        store_request_free(r);
    }
}

/* A closed loop: as soon as one is acknowledged, the next is sent. */
static void ack_loop(struct bench *b, struct store *store, unsigned under_way, unsigned rooms_n)
{
    struct loop loop = {
        .b = b, .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    int64_t began_us = clock_now_us(), until_us = began_us + (int64_t)(b->seconds * 1e6), took_us;
    char more[120];

    while (clock_now_us() < until_us) {
        struct store_request *r = fill_message(&b->fill, (int)fill_random(&b->fill, rooms_n));
        struct store_request *done;
        r->done = on_ack;
        r->user = &loop;
        pthread_mutex_lock(&loop.lock);
        while (loop.under_way_n >= under_way) {
            pthread_cond_wait(&loop.done, &loop.lock);
        }
        loop.under_way_n++;
        done = loop.free;
        loop.free = NULL;
        pthread_mutex_unlock(&loop.lock);
        free_all(done);
        store_submit(store, r);
    }
    pthread_mutex_lock(&loop.lock);
    while (loop.under_way_n > 0) {
        pthread_cond_wait(&loop.done, &loop.lock);
    }
    took_us = clock_now_us() - began_us;
    pthread_mutex_unlock(&loop.lock);
    free_all(loop.free);
    CHECK(snprintf(more, sizeof more, ",\"rooms\":%u,\"under_way\":%u,\"messages_s\":%.0f", rooms_n,
                   under_way, b->samples_n * 1e6 / (double)took_us) < (int)sizeof more);
    report(b, "ack", more);
}

static void bench_ack(struct bench *b)
{
    static const unsigned under_way[] = {1, 16, 64, 256, 1024};
    struct store *store = open_store(b);

    for (unsigned i = 0; i < sizeof under_way / sizeof under_way[0]; i++) {
        ack_loop(b, store, under_way[i], 1);
        ack_loop(b, store, under_way[i], ROOMS_WIDE);
    }
    store_close(store);
}

/* --- reading --- */

/* Ask many times, each time as make says. */
static void repeat(struct bench *b, const char *what, const char *more, enum store_op op,
                   void (*function)(struct db *db, struct store_request *r),
                   void (*make)(struct bench *b, struct store_request *r))
{
    int64_t until_us = clock_now_us() + (int64_t)(b->seconds * 1e6);

    for (unsigned i = 0; clock_now_us() < until_us && i < 2000; i++) {
        struct store_request *r = store_request_new(op);
        int64_t began_us;
        CHECK(r);
        r->actor = b->fill.users[fill_random(&b->fill, FILL_USERS_N)];
        r->in.limit = CHAT_LIMIT_DEFAULT;
        make(b, r);
        began_us = clock_now_us();
        fill_run(b->db, false, function, r);
        add_sample(b, clock_now_us() - began_us);
        store_request_free(r);
    }
    report(b, what, more);
}

static void make_latest_page(struct bench *b, struct store_request *r)
{
    unsigned room = (unsigned)fill_random(&b->fill, FILL_ROOMS_N / 2) * 2; /* a public one */

    r->in.room = b->fill.rooms[room];
}

static void make_old_page(struct bench *b, struct store_request *r)
{
    r->in.room = b->fill.rooms[0];
    r->in.around = 1 + (int64_t)fill_random(&b->fill, (uint64_t)b->fill.messages_n / 10 + 1);
    r->in.has |= 1u << CHAT_FIELD_AROUND;
}

static void make_resume(struct bench *b, struct store_request *r)
{
    (void)b;
    (void)r;
}

/* 100 rooms, a few events behind in each. */
static void make_resume_behind(struct bench *b, struct store_request *r)
{
    struct chat_cursor *cursors = arena_array(&r->arena, FILL_ROOMS_N, sizeof *cursors);
    struct db *db = b->db;
    uint32_t n = 0;

    CHECK(cursors);
    db_query(db, "SELECT value FROM meta WHERE key = 'epoch'", NULL, 0);
    if (db_next(db)) {
        r->in.epoch = arena_copy(&r->arena, db_text(db, 0));
        r->in.has |= UINT64_C(1) << CHAT_FIELD_EPOCH;
    }
    (void)db_done(db);
    db_query(db,
             "SELECT r.id, r.ev FROM room r JOIN member m ON m.room = r.id WHERE m.account = $1",
             &DB_INT(r->actor), 1);
    while (n < FILL_ROOMS_N && db_next(db)) {
        int64_t behind = (int64_t)fill_random(&b->fill, 10);
        cursors[n++] = (struct chat_cursor){db_int(db, 0),
                                            db_int(db, 1) > behind ? db_int(db, 1) - behind : 0};
    }
    (void)db_done(db);
    r->in.cursors = cursors;
    r->in.cursors_n = n < CHAT_RESUME_ROOMS_MAX ? n : CHAT_RESUME_ROOMS_MAX;
}

static void bench_read(struct bench *b)
{
    repeat(b, "history", ",\"of\":\"latest 50\"", STORE_HISTORY, op_history, make_latest_page);
    repeat(b, "history", ",\"of\":\"50 around one\"", STORE_HISTORY, op_history, make_old_page);
    repeat(b, "resume", ",\"of\":\"unread counts of 100 rooms\"", STORE_RESUME, op_resume,
           make_resume);
    repeat(b, "resume", ",\"of\":\"100 rooms, 5 events behind each\"", STORE_RESUME, op_resume,
           make_resume_behind);
}

/* --- searching --- */

static const char *query;
static bool in_room, by_sender;

static void make_search(struct bench *b, struct store_request *r)
{
    r->in.q = slice_str(query);
    if (in_room) {
        r->in.room = b->fill.rooms[0];
        r->in.has |= UINT64_C(1) << CHAT_FIELD_ROOM;
    }
    if (by_sender) {
        r->in.from = SL("uabd");
        r->in.has |= UINT64_C(1) << CHAT_FIELD_FROM;
    }
}

static void bench_query(struct bench *b, const char *of, const char *q)
{
    char more[200];

    query = q;
    CHECK(snprintf(more, sizeof more, ",\"of\":\"%s\",\"q\":\"%s\"", of, q) < (int)sizeof more);
    repeat(b, "search", more, STORE_SEARCH, op_search, make_search);
}

/* The word of that rank or the next that is long enough. */
static const char *word(const struct bench *b, unsigned rank)
{
    while (strlen(b->fill.words[rank]) < 5) {
        rank++;
    }
    return b->fill.words[rank];
}

static void bench_search(struct bench *b)
{
    char two[40];

    bench_query(b, "a common word", word(b, 0));
    bench_query(b, "a usual word", word(b, 300));
    bench_query(b, "a rare word", word(b, 15000));
    CHECK(snprintf(two, sizeof two, "%s %s", word(b, 5), word(b, 40)) < (int)sizeof two);
    bench_query(b, "two words", two);
    bench_query(b, "nothing", "nanobolakitupezo");
    bench_query(b, "three characters", "zzo");
    bench_query(b, "two characters", "xq");
    in_room = true;
    bench_query(b, "a usual word in one room", word(b, 300));
    in_room = false;
    by_sender = true;
    bench_query(b, "a common word by one sender", word(b, 0));
    bench_query(b, "a usual word by one sender", word(b, 300));
    by_sender = false;
}

/* --- the rest --- */

static void bench_fill(struct bench *b)
{
    int64_t before_n = b->fill.messages_n;
    double seconds = fill_messages(&b->fill, b->messages_n);

    printf("{\"what\":\"fill\",\"database\":\"%s\",\"messages\":%lld,\"messages_s\":%.0f}\n",
           kind_of(b), (long long)b->fill.messages_n,
           (double)(b->fill.messages_n - before_n) / seconds);
}

static void bench_index(struct bench *b)
{
    bool more = true;

    while (more) {
        int64_t began_us = clock_now_us();
        more = store_idle_step(b->db);
        add_sample(b, clock_now_us() - began_us);
    }
    if (db_failure(b->db)->err != ERR_OK) {
        die("indexing", db_failure(b->db)->text);
    }
    db_rollback(b->db);
    report(b, "index", ",\"of\":\"a step of 256\"");
}

static void bench_open(struct bench *b)
{
    for (unsigned i = 0; i < 20; i++) {
        int64_t began_us = clock_now_us();
        struct store *store = open_store(b);
        struct store_request *r = store_request_new(STORE_PROBE);
        CHECK(r);
        store_call(store, r);
        add_sample(b, clock_now_us() - began_us);
        store_request_free(r);
        store_close(store);
    }
    report(b, "open", "");
}

static void open_db(struct bench *b)
{
    struct db_failure failure;
    const char *path = strcmp(kind_of(b), "sqlite") == 0 ? b->url + strlen("sqlite:") : NULL;

    if (db_open(b->url, false, &b->db, &failure) != ERR_OK ||
        migrate(b->db, path, &failure) != ERR_OK) {
        die("opening", failure.text);
    }
}

static void parse(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        char *end = NULL;
        if (!value) {
            die(argv[i], "needs a value; see the head of bench_store.c");
        } else if (strcmp(argv[i], "--database") == 0) {
            b->url = value;
        } else if (strcmp(argv[i], "--what") == 0) {
            b->what = value;
        } else if (strcmp(argv[i], "--messages") == 0) {
            b->messages_n = (int64_t)strtod(value, &end);
        } else if (strcmp(argv[i], "--seconds") == 0) {
            b->seconds = strtod(value, &end);
        } else {
            die(argv[i], "no such option; see the head of bench_store.c");
        }
        if (end && *end) {
            die(argv[i], "needs a number");
        }
    }
    if (!b->url) {
        die("--database", "is needed: sqlite:PATH or postgresql://...");
    }
}

int main(int argc, char **argv)
{
    struct bench *b = mem_zalloc(sizeof *b);

    CHECK(b);
    b->what = "fill,index,send,ack,read,search,open";
    b->messages_n = 100000;
    b->seconds = 2;
    parse(b, argc, argv);
    log_set_level(LOG_ERROR);
    b->samples_us = mem_alloc(SAMPLES_MAX * sizeof *b->samples_us);
    CHECK(b->samples_us);
    open_db(b);
    fill_start(&b->fill, b->db);
    static const struct {
        const char *what;
        void (*run)(struct bench *b);
    } parts[] = {
        {"fill", bench_fill},     {"index", bench_index}, {"read", bench_read},
        {"search", bench_search}, {"send", bench_send},   {"ack", bench_ack},
        {"open", bench_open},
    };
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (wants(b, parts[i].what)) {
            parts[i].run(b);
        }
    }
    db_close(b->db);
    mem_free(b->samples_us);
    mem_free(b);
    return 0;
}
