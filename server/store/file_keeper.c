/* See file_keeper.h. */
#include "file_keeper.h"

#include "clock.h"
#include "mem.h"

#include <pthread.h>
#include <time.h>

#define SWEEP_EVERY_MS 3600000
#define SWEEP_AGAIN_MS 60000 /* when the store did not answer */
#define ASKED_N        100   /* ids at once */

struct file_keeper {
    const struct blobs *blobs;
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the following */
    pthread_cond_t woken;
    bool stopping;
    uint32_t waiting_n;
    int64_t waiting[FILE_KEEPER_WAITING_MAX];
};

static bool is_stopping(struct file_keeper *k)
{
    pthread_mutex_lock(&k->lock);
    bool stopping = k->stopping;
    pthread_mutex_unlock(&k->lock);
    return stopping;
}

static void remove_all(struct file_keeper *k, const int64_t *ids, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        blob_remove(k->blobs, ids[i]);
    }
}

/* Ask the store; what it says is gone is removed. *more: there may be. false: it does not answer. */
static bool ask(struct file_keeper *k, struct store_request *r, bool *more)
{
    r->now_ms = clock_wall_ms();
    store_call(k->store, r);
    bool ok = r->out.refusal.error == CHAT_OK;
    if (ok) {
        remove_all(k, r->out.gone, r->out.gone_n);
    }
    *more = ok && r->out.count > 0;
    store_request_free(r);
    return ok;
}

static bool sweep_unsent(struct file_keeper *k)
{
    bool ok = true, more = true;
    while (ok && more && !is_stopping(k)) {
        struct store_request *r = store_request_new(STORE_FILE_SWEEP);
        ok = r && ask(k, r, &more);
    }
    return ok;
}

/* Ids that are on the disk, until there are enough to ask about. */
struct orphans {
    struct file_keeper *k;
    int64_t ids[ASKED_N];
    uint32_t n;
    bool ok;
};

static void ask_unknown(struct orphans *o)
{
    bool more;
    struct store_request *r = o->n > 0 ? store_request_new(STORE_FILE_UNKNOWN) : NULL;
    if (r) {
        r->in.files = o->ids;
        r->in.files_n = o->n;
    }
    o->ok = o->n == 0 || (r && ask(o->k, r, &more));
    o->n = 0;
}

static bool on_blob(void *user, int64_t id)
{
    struct orphans *o = user;
    o->ids[o->n++] = id;
    if (o->n == ASKED_N) {
        ask_unknown(o);
    }
    return o->ok && !is_stopping(o->k);
}

/* A file is put on the disk after its row is committed: what has no row now is nobody's. */
static bool sweep_orphans(struct file_keeper *k)
{
    struct orphans o = {.k = k, .ok = true};
    blobs_each(k->blobs, on_blob, &o);
    if (o.ok) {
        ask_unknown(&o);
    }
    return o.ok;
}

/* Until the time has come, or something is to be removed. With the lock. */
static void wait(struct file_keeper *k, int64_t until_ms)
{
    int64_t left_ms = until_ms - clock_now_us() / 1000;
    struct timespec at;
    if (k->stopping || k->waiting_n > 0 || left_ms <= 0) {
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += left_ms / 1000 + 1;
    (void)pthread_cond_timedwait(&k->woken, &k->lock, &at);
}

static uint32_t take_waiting(struct file_keeper *k, int64_t *out)
{
    uint32_t n = k->waiting_n < ASKED_N ? k->waiting_n : ASKED_N;
    k->waiting_n -= n;
    for (uint32_t i = 0; i < n; i++) {
        out[i] = k->waiting[k->waiting_n + i];
    }
    return n;
}

static void *run(void *user)
{
    struct file_keeper *k = user;
    int64_t ids[ASKED_N], sweep_ms = 0;
    while (!is_stopping(k)) {
        int64_t now_ms = clock_now_us() / 1000;
        if (now_ms >= sweep_ms) {
            bool done = sweep_unsent(k) && sweep_orphans(k);
            sweep_ms = now_ms + (done ? SWEEP_EVERY_MS : SWEEP_AGAIN_MS);
        }
        pthread_mutex_lock(&k->lock);
        wait(k, sweep_ms);
        uint32_t n = take_waiting(k, ids);
        pthread_mutex_unlock(&k->lock);
        remove_all(k, ids, n);
    }
    return NULL;
}

static void init_lock(struct file_keeper *k)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&k->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&k->lock, NULL);
}

struct file_keeper *file_keeper_start(const struct blobs *blobs, struct store *store)
{
    struct file_keeper *k = mem_zalloc(sizeof *k);
    if (!k) {
        return NULL;
    }
    k->blobs = blobs;
    k->store = store;
    init_lock(k);
    if (pthread_create(&k->thread, NULL, run, k) != 0) {
        k->stopping = true; /* there is nothing to join */
        file_keeper_free(k);
        return NULL;
    }
    return k;
}

void file_keeper_take(struct file_keeper *k, const struct store_request *r)
{
    if (!k || r->out.gone_n == 0 || r->out.refusal.error != CHAT_OK) {
        return;
    }
    pthread_mutex_lock(&k->lock);
    for (uint32_t i = 0; i < r->out.gone_n && k->waiting_n < FILE_KEEPER_WAITING_MAX; i++) {
        k->waiting[k->waiting_n++] = r->out.gone[i];
    }
    pthread_cond_signal(&k->woken);
    pthread_mutex_unlock(&k->lock);
}

void file_keeper_stop(struct file_keeper *k)
{
    if (!k) {
        return;
    }
    pthread_mutex_lock(&k->lock);
    bool first = !k->stopping;
    k->stopping = true;
    pthread_cond_signal(&k->woken);
    pthread_mutex_unlock(&k->lock);
    if (first) {
        pthread_join(k->thread, NULL);
    }
}

void file_keeper_free(struct file_keeper *k)
{
    if (!k) {
        return;
    }
    file_keeper_stop(k);
    remove_all(k, k->waiting, k->waiting_n);
    pthread_cond_destroy(&k->woken);
    pthread_mutex_destroy(&k->lock);
    mem_free(k);
}
