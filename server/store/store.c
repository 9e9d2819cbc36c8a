/* The store's threads and queues: one writer, some readers. See store.h.
 *
 * Inv: under lock: each queue's requests are linked from head to *tail; waiting_n counts both. A request is with its queue, with a worker,
 * or delivered.
 */
#include "store.h"

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "store_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define READERS_DEFAULT 2
#define READERS_MAX     8
#define IDLE_WAIT_MS    200 /* without work: look after the index and the log that often */
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

struct queue {
    struct store_request *head, **tail;
    pthread_cond_t work;
};

struct store {
    struct store_options options;
    char *url;
    int lock_fd; /* one server a SQLite file; -1: none */
    pthread_mutex_t lock;
    struct queue to_write, to_read;
    unsigned waiting_n;
    _Atomic bool stopping, ready, migrated;
    struct store_worker writer, readers[READERS_MAX];
    pthread_t writer_thread, reader_threads[READERS_MAX];
    unsigned readers_n, readers_started;
    bool writer_started;
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
        list[i]->next = NULL;
        if (!list[i]->done) {
            *tail = list[i];
            tail = &list[i]->next;
            continue;
        }
        if (head) {
            s->options.deliver(s->options.user, head);
            head = NULL;
            tail = &head;
        }
        list[i]->done(list[i]);
    }
    if (head) {
        s->options.deliver(s->options.user, head);
    }
}

static void refuse(struct store *s, struct store_request *r, enum chat_error error)
{
    r->out = (struct store_result){.refusal = {.error = error, .field = ""}};
    give_back(s, &r, 1);
}

void store_submit(struct store *s, struct store_request *r)
{
    enum chat_error error = CHAT_OK;
    struct queue *q = writes[r->op] ? &s->to_write : &s->to_read;
    r->next = NULL;
    r->queued_us = clock_now_us();
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&s->stopping)) {
        error = CHAT_UNAVAILABLE;
    } else if (s->waiting_n >= STORE_QUEUE_MAX) {
        error = CHAT_BUSY;
    } else {
        *q->tail = r;
        q->tail = &r->next;
        s->waiting_n++;
        pthread_cond_signal(&q->work);
    }
    pthread_mutex_unlock(&s->lock);
    if (error) {
        refuse(s, r, error);
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

/* Take up to max requests off; 0: there are none (and, at last, none will come). */
static unsigned take(struct store *s, struct queue *q, struct store_request **out, unsigned max)
{
    unsigned n = 0;
    while (q->head && n < max) {
        out[n] = q->head;
        q->head = out[n++]->next;
    }
    if (!q->head) {
        q->tail = &q->head;
    }
    s->waiting_n -= n;
    return n;
}

static void wait_for_work(struct store *s, struct queue *q, bool idle_again)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += IDLE_WAIT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (!idle_again) {
        pthread_cond_timedwait(&q->work, &s->lock, &until);
    }
}

static void *run_writer(void *user)
{
    struct store *s = user;
    struct store_request *batch[STORE_BATCH_MAX];
    bool more_idle = false;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        unsigned n = take(s, &s->to_write, batch, STORE_BATCH_MAX);
        if (n == 0 && atomic_load(&s->stopping)) {
            break;
        }
        if (n == 0) {
            wait_for_work(s, &s->to_write, more_idle);
            if (s->to_write.head) {
                continue;
            }
        }
        pthread_mutex_unlock(&s->lock);
        if (n > 0) {
            store_worker_run(&s->writer, batch, n);
            give_back(s, batch, n);
            more_idle = false;
        } else {
            more_idle = store_worker_idle(&s->writer);
        }
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    store_worker_close(&s->writer);
    return NULL;
}

static void *run_reader(void *user)
{
    struct start *start = user;
    struct store *s = start->s;
    struct store_worker *w = start->w;
    struct store_request *r;
    mem_free(start);
    pthread_mutex_lock(&s->lock);
    for (;;) {
        unsigned n = take(s, &s->to_read, &r, 1);
        if (n == 0 && atomic_load(&s->stopping)) {
            break;
        }
        if (n == 0) {
            pthread_cond_wait(&s->to_read.work, &s->lock);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        store_worker_run(w, &r, 1);
        give_back(s, &r, 1);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
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

static void queue_init(struct queue *q)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->work, &attr);
    pthread_condattr_destroy(&attr);
    q->head = NULL;
    q->tail = &q->head;
}

static struct store_worker worker_of(struct store *s, bool writes_too)
{
    return (struct store_worker){.options = &s->options,
                                 .url = s->url,
                                 .writes = writes_too,
                                 .migrated = &s->migrated,
                                 .ready = &s->ready,
                                 .stopping = &s->stopping};
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
    return true;
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
    pthread_mutex_init(&s->lock, NULL);
    queue_init(&s->to_write);
    queue_init(&s->to_read);
    s->writer = worker_of(s, true);
    enum err e = lock_file(s, failure);
    if (e == ERR_OK) {
        e = store_worker_connect(&s->writer, failure);
        atomic_store(&s->ready, e == ERR_OK);
        bool local = s->lock_fd >= 0;
        if (e == ERR_IO && !local) {
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

void store_close(struct store *s)
{
    if (!s) {
        return;
    }
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->stopping, true);
    pthread_cond_broadcast(&s->to_write.work);
    pthread_cond_broadcast(&s->to_read.work);
    pthread_mutex_unlock(&s->lock);
    if (s->writer_started) {
        pthread_join(s->writer_thread, NULL);
    } else {
        store_worker_close(&s->writer);
    }
    for (unsigned i = 0; i < s->readers_started; i++) {
        pthread_join(s->reader_threads[i], NULL);
    }
    if (s->lock_fd >= 0) {
        close(s->lock_fd);
    }
    pthread_cond_destroy(&s->to_write.work);
    pthread_cond_destroy(&s->to_read.work);
    pthread_mutex_destroy(&s->lock);
    mem_free(s->url);
    mem_free(s);
}
