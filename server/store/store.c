/* The store's threads: one writer, some readers, and with PostgreSQL one that keeps the search index. See store.h, store_queue.h for what waits, store_worker.h for what is done.
 *
 * A request is in the queue, with a worker, or delivered.
 */
#include "store.h"

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "store_queue.h"
#include "store_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <unistd.h>

#define READERS_DEFAULT 2
#define READERS_MAX     8
#define IDLE_SOON_MS    50   /* after some work */
#define IDLE_LATER_MS   1000 /* when there was nothing to do last time */
#define INDEX_PAUSE_MS  200  /* when nothing waits for the index */
#define PATH_BYTES_MAX  4200

static const bool writes[STORE_OPS_N] = {
#define READ                         0
#define WRITE                        1
#define STORE_OP(id, mode, function) [id] = mode,
    STORE_OPS(STORE_OP)
#undef STORE_OP
#undef READ
#undef WRITE
};

struct store {
    struct store_options options;
    char *url;
    int lock_fd; /* one server a SQLite file; -1: none */
    struct store_queue queue;
    _Atomic uint64_t done[STORE_OPS_N], refused[STORE_OPS_N], batches;
    _Atomic bool ready, migrated, hurrying;
    struct store_worker writer, readers[READERS_MAX], indexer;
    pthread_t writer_thread, reader_threads[READERS_MAX], indexer_thread;
    unsigned readers_n, readers_started;
    bool writer_started, indexer_started;
};

struct start {
    struct store *s;
    struct store_worker *w;
};

/* --- requests --- */

struct store_request *store_request_new(enum store_op op)
{
    struct store_request *r = mem_zalloc(sizeof *r);
    if (r) {
        r->op = op;
        r->in.limit = CHAT_LIMIT_DEFAULT;
        r->in.on = true;
        arena_init(&r->arena, STORE_ARENA_BYTES);
    }
    return r;
}

void store_request_free(struct store_request *r)
{
    if (r) {
        arena_fini(&r->arena);
        mem_free(r);
    }
}

/* In their order: those with a callback of their own by it, the others in runs. */
static void give_back(struct store *s, struct store_request *const *list, unsigned n)
{
    struct store_request *head = NULL, **tail = &head;
    for (unsigned i = 0; i < n; i++) {
        struct store_request *r = list[i];
        bool done = r->out.refusal.error == CHAT_OK;
        atomic_fetch_add_explicit(done ? &s->done[r->op] : &s->refused[r->op], 1,
                                  memory_order_relaxed);
        r->next = NULL;
        if (!r->done) {
            *tail = r;
            tail = &r->next;
            continue;
        }
        if (head) {
            s->options.deliver(s->options.user, head);
            head = NULL;
            tail = &head;
        }
        r->done(r);
    }
    if (head) {
        s->options.deliver(s->options.user, head);
    }
}

static void refuse(struct store *s, struct store_request *const *list, unsigned n,
                   enum chat_error error)
{
    for (unsigned i = 0; i < n; i++) {
        list[i]->out = (struct store_result){.refusal = {.error = error, .field = ""}};
    }
    give_back(s, list, n);
}

void store_submit(struct store *s, struct store_request *r)
{
    struct store_lane *lane = writes[r->op] ? &s->queue.to_write : &s->queue.to_read;
    enum chat_error error = store_queue_put(&s->queue, lane, r);
    if (error) {
        refuse(s, &r, 1, error);
    }
}

struct call {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void on_called(struct store_request *r)
{
    struct call *call = r->user;
    pthread_mutex_lock(&call->lock);
    call->is_done = true;
    pthread_cond_signal(&call->done);
    pthread_mutex_unlock(&call->lock);
}

void store_call(struct store *s, struct store_request *r)
{
    struct call call = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    void (*done)(struct store_request * r) = r->done;
    void *user = r->user;
    r->done = on_called;
    r->user = &call;
    store_submit(s, r);
    pthread_mutex_lock(&call.lock);
    while (!call.is_done) {
        pthread_cond_wait(&call.done, &call.lock);
    }
    pthread_mutex_unlock(&call.lock);
    pthread_cond_destroy(&call.done);
    pthread_mutex_destroy(&call.lock);
    r->done = done;
    r->user = user;
}

bool store_ready(const struct store *s)
{
    return atomic_load(&s->ready);
}

/* --- the threads --- */

/* The database is away: whoever has waited long enough is told. When the store ends, nobody waits any more. */
static void expire(struct store *s, const struct store_worker *w, struct store_lane *lane)
{
    bool full = w->writes && w->full;
    bool waits = !full && !atomic_load(&s->hurrying);
    int64_t wait_us = waits ? STORE_WAIT_MS * 1000LL : 0;
    struct store_request *list[STORE_BATCH_MAX];
    unsigned n;
    do {
        n = store_queue_expire(&s->queue, lane, clock_now_us() - wait_us, list, STORE_BATCH_MAX);
        refuse(s, list, n, full ? CHAT_FULL : CHAT_UNAVAILABLE);
    } while (n == STORE_BATCH_MAX);
}

/* What was not done goes back to the front of the queue, if it has time left. */
static void put_back(struct store *s, struct store_lane *lane, struct store_request *const *list,
                     unsigned n)
{
    int64_t before_us = clock_now_us() - STORE_WAIT_MS * 1000LL;
    unsigned over = 0;
    while (over < n && list[over]->queued_us <= before_us) {
        over++;
    }
    refuse(s, list, over, CHAT_UNAVAILABLE);
    if (over < n) {
        store_queue_put_back(&s->queue, lane, list + over, n - over);
    }
}

static void run(struct store *s, struct store_worker *w, struct store_lane *lane,
                struct store_request *const *list, unsigned n)
{
    struct store_run result = store_worker_run(w, list, n);
    unsigned kept = result.done_n + result.doubt_n;
    give_back(s, list, result.done_n);
    put_back(s, lane, list + kept, n - kept);
}

/* Until it is known what has become of it, a batch in doubt stops all writing: what comes after it must come after it. */
static void settle(struct store *s, bool connected)
{
    struct store_request *list[STORE_BATCH_MAX];
    struct store_worker *w = &s->writer;
    enum store_verdict verdict = store_worker_settle(w, connected);
    bool give_up =
        verdict == STORE_OPEN && (store_queue_stopping(&s->queue) || atomic_load(&s->hurrying) ||
                                  clock_now_us() - w->doubt_us >= STORE_DOUBT_MS * 1000LL);
    if (verdict == STORE_OPEN && !give_up) {
        return;
    }
    unsigned n = store_worker_take_doubt(w, give_up, list);
    if (verdict == STORE_NOT_KEPT) {
        put_back(s, &s->queue.to_write, list, n);
    } else {
        give_back(s, list, n);
    }
}

static void *run_writer(void *user)
{
    struct store *s = user;
    struct store_worker *w = &s->writer;
    struct store_lane *lane = &s->queue.to_write;
    struct store_request *batch[STORE_BATCH_MAX];
    int wait_ms = 0, idle_ms = IDLE_SOON_MS;
    for (bool ended = false; !ended;) {
        bool connected = store_worker_connected(w, &wait_ms);
        if (w->doubt_n > 0) {
            settle(s, connected);
        }
        if (!connected || w->doubt_n > 0) {
            expire(s, w, lane);
            store_queue_pause(&s->queue, connected ? IDLE_SOON_MS : wait_ms);
            ended = store_queue_stopping(&s->queue) && w->doubt_n == 0;
            continue;
        }
        unsigned n = store_queue_take(&s->queue, lane, batch, STORE_BATCH_MAX, idle_ms, &ended);
        if (n > 0) {
            run(s, w, lane, batch, n);
            store_worker_tidy(w);
            idle_ms = IDLE_SOON_MS;
        } else if (!ended) {
            idle_ms = store_worker_idle(w) ? 0 : IDLE_LATER_MS;
        }
    }
    expire(s, w, lane);
    store_worker_close(w);
    return NULL;
}

static void *run_reader(void *user)
{
    struct start *start = user;
    struct store *s = start->s;
    struct store_worker *w = start->w;
    struct store_lane *lane = &s->queue.to_read;
    struct store_request *r;
    int wait_ms = 0;
    mem_free(start);
    while (store_queue_await(&s->queue, lane)) {
        bool ended;
        if (!store_worker_connected(w, &wait_ms)) {
            expire(s, w, lane);
            store_queue_pause(&s->queue, wait_ms);
        } else if (store_queue_take(&s->queue, lane, &r, 1, 0, &ended) > 0) {
            run(s, w, lane, &r, 1);
        }
    }
    store_worker_close(w);
    return NULL;
}

/* PostgreSQL's index is kept beside the writer, which has better things to do. SQLite has only the one who writes. */
static void *run_indexer(void *user)
{
    struct store *s = user;
    struct store_worker *w = &s->indexer;
    int wait_ms = 0;
    while (!store_queue_stopping(&s->queue)) {
        if (!store_worker_connected(w, &wait_ms)) {
            store_queue_pause(&s->queue, wait_ms);
        } else if (!store_idle_step(w->db)) {
            if (db_failure(w->db)->err != ERR_OK) {
                store_worker_complain(w, db_failure(w->db), 0);
            }
            db_rollback(w->db);
            store_queue_pause(&s->queue, INDEX_PAUSE_MS);
        }
    }
    store_worker_close(w);
    return NULL;
}

/* --- opening --- */

/* Two servers on one file would give the same numbers twice to their own clients. */
static enum err lock_file(struct store *s, struct db_failure *failure)
{
    char path[PATH_BYTES_MAX];
    const char *scheme = "sqlite:";
    if (strncmp(s->url, scheme, strlen(scheme)) != 0) {
        return ERR_OK;
    }
    const char *file = s->url + strlen(scheme);
    if (snprintf(path, sizeof path, "%s.lock", file) >= (int)sizeof path) {
        db_failure_set(failure, ERR_INVALID, "the database's path is too long");
        return ERR_INVALID;
    }
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) {
        db_failure_set(failure, ERR_IO, "cannot open %s: %s", path, strerror(errno));
        return ERR_IO;
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        db_failure_set(failure, ERR_CONFLICT,
                       "another tincand is running on %s; stop it first, or choose another --data",
                       file);
        return ERR_CONFLICT;
    }
    return ERR_OK;
}

static struct store_worker worker_of(struct store *s, bool writes_too)
{
    return (struct store_worker){.options = &s->options,
                                 .url = s->url,
                                 .writes = writes_too,
                                 .migrated = &s->migrated,
                                 .hurrying = &s->hurrying,
                                 .batches = &s->batches,
                                 .ready = &s->ready};
}

/* Is it a file, which is ours alone? */
static bool is_local(const struct store *s)
{
    return s->lock_fd >= 0;
}

static bool start_threads(struct store *s)
{
    if (pthread_create(&s->writer_thread, NULL, run_writer, s) != 0) {
        return false;
    }
    s->writer_started = true;
    for (unsigned i = 0; i < s->readers_n; i++) {
        struct start *start = mem_alloc(sizeof *start);
        if (!start) {
            return false;
        }
        s->readers[i] = worker_of(s, false);
        *start = (struct start){s, &s->readers[i]};
        if (pthread_create(&s->reader_threads[i], NULL, run_reader, start) != 0) {
            mem_free(start);
            return false;
        }
        s->readers_started++;
    }
    if (!is_local(s)) {
        s->indexer = worker_of(s, false);
        s->indexer_started = pthread_create(&s->indexer_thread, NULL, run_indexer, s) == 0;
    }
    return is_local(s) || s->indexer_started;
}

enum err store_open(const struct store_options *options, struct store **out,
                    struct db_failure *failure)
{
    struct store *s = mem_zalloc(sizeof *s);
    size_t url_n = strlen(options->url) + 1;
    if (!s || !(s->url = mem_alloc(url_n))) {
        mem_free(s);
        db_failure_set(failure, ERR_NOMEM, "out of memory");
        return ERR_NOMEM;
    }
    memcpy(s->url, options->url, url_n);
    s->options = *options;
    s->lock_fd = -1;
    s->readers_n = options->readers_n ? options->readers_n : READERS_DEFAULT;
    s->readers_n = s->readers_n < READERS_MAX ? s->readers_n : READERS_MAX;
    store_queue_init(&s->queue);
    s->writer = worker_of(s, true);
    s->writer.erased_us = clock_now_us(); /* the log of before may hold what was deleted */
    s->writer.fresh = true;
    CHECK(RAND_bytes((unsigned char *)&s->writer.seat, sizeof s->writer.seat) == 1);
    enum err e = lock_file(s, failure);
    if (e == ERR_OK) {
        e = store_worker_connect(&s->writer, failure);
        atomic_store(&s->ready, e == ERR_OK);
        if ((e == ERR_IO || e == ERR_TIMEOUT) && !is_local(s)) {
            log_line(LOG_WARN, L_STORE, "waiting for the database", "why=\"%s\"", failure->text);
            e = ERR_OK; /* it may come yet */
        }
    }
    if (e == ERR_OK && !start_threads(s)) {
        db_failure_set(failure, ERR_IO, "no threads for the store");
        e = ERR_IO;
    }
    if (e != ERR_OK) {
        store_close(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void store_hurry(struct store *s)
{
    atomic_store(&s->hurrying, true);
}

void store_close(struct store *s)
{
    if (!s) {
        return;
    }
    store_queue_stop(&s->queue);
    if (s->writer_started) {
        pthread_join(s->writer_thread, NULL);
    } else {
        store_worker_close(&s->writer);
    }
    for (unsigned i = 0; i < s->readers_started; i++) {
        pthread_join(s->reader_threads[i], NULL);
    }
    if (s->indexer_started) {
        pthread_join(s->indexer_thread, NULL);
    }
    if (is_local(s)) {
        close(s->lock_fd);
    }
    store_queue_fini(&s->queue);
    mem_free(s->url);
    mem_free(s);
}

void store_count(struct store *s, struct store_counts *out)
{
    for (unsigned i = 0; i < STORE_OPS_N; i++) {
        out->done[i] = atomic_load_explicit(&s->done[i], memory_order_relaxed);
        out->refused[i] = atomic_load_explicit(&s->refused[i], memory_order_relaxed);
    }
    out->batches = atomic_load_explicit(&s->batches, memory_order_relaxed);
    out->waiting = store_queue_count(&s->queue);
}
