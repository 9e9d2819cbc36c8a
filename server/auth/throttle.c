/* See throttle.h. A bucket is the time at which it will be full again: what lies in the future is spent. */
#include "throttle.h"

#include "check.h"
#include "map.h"
#include "mem.h"

#include <pthread.h>

struct bucket {
    int64_t full_at_ms;
    uint32_t fails; /* in a row */
};

struct throttle {
    struct throttle_limit limit;
    pthread_mutex_t lock;
    /* under lock */
    struct map buckets;
    struct bucket shared;
};

struct throttle *throttle_new(const struct throttle_limit *limit)
{
    struct throttle *t = mem_zalloc(sizeof *t);
    CHECK(limit->every_ms > 0 && limit->burst > 0);
    if (t) {
        pthread_mutex_init(&t->lock, NULL);
        t->limit = *limit;
    }
    return t;
}

void throttle_free(struct throttle *t)
{
    struct map_iter it = {0};
    struct bucket *b;
    if (!t) {
        return;
    }
    while ((b = map_next(&t->buckets, &it, NULL))) {
        mem_free(b);
    }
    map_fini(&t->buckets);
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
}

static void forget_full(struct throttle *t, int64_t now_ms)
{
    struct map_iter it = {0};
    struct bucket *b;
    struct slice key;
    while ((b = map_next(&t->buckets, &it, &key))) {
        if (b->full_at_ms <= now_ms) {
            map_remove(&t->buckets, key);
            mem_free(b);
        }
    }
}

static struct bucket *find(struct throttle *t, struct slice key, int64_t now_ms, bool make)
{
    struct bucket *b = map_get(&t->buckets, key);
    if (b || !make) {
        return b;
    }
    if (t->buckets.n >= THROTTLE_KEYS_MAX) {
        forget_full(t, now_ms);
    }
    b = t->buckets.n < THROTTLE_KEYS_MAX ? mem_zalloc(sizeof *b) : NULL;
    if (b && map_set(&t->buckets, key, b) != ERR_OK) {
        mem_free(b);
        b = NULL;
    }
    return b ? b : &t->shared;
}

static uint32_t wait_of(const struct throttle *t, const struct bucket *b, int64_t now_ms)
{
    int64_t spent = b && b->full_at_ms > now_ms ? b->full_at_ms - now_ms : 0;
    int64_t every_ms = t->limit.every_ms;
    int64_t over = spent + every_ms - every_ms * t->limit.burst;
    return over <= 0 ? 0 : over < UINT32_MAX ? (uint32_t)over : UINT32_MAX;
}

uint32_t throttle_take(struct throttle *t, struct slice key, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    struct bucket *b = find(t, key, now_ms, true);
    uint32_t wait = wait_of(t, b, now_ms);
    if (wait == 0) {
        bool rested = b->full_at_ms <= now_ms;
        b->full_at_ms = (rested ? now_ms : b->full_at_ms) + t->limit.every_ms;
        b->fails = rested ? 0 : b->fails;
    }
    pthread_mutex_unlock(&t->lock);
    return wait;
}

uint32_t throttle_look(struct throttle *t, struct slice key, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    uint32_t wait = wait_of(t, find(t, key, now_ms, false), now_ms);
    pthread_mutex_unlock(&t->lock);
    return wait;
}

void throttle_fail(struct throttle *t, struct slice key, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    struct bucket *b = find(t, key, now_ms, true);
    b->fails++;
    if (t->limit.fails_max > 0 && b->fails >= t->limit.fails_max) {
        /* The next token is there when the lock ends. */
        b->full_at_ms =
            now_ms + t->limit.lock_ms + (int64_t)t->limit.every_ms * (t->limit.burst - 1);
        b->fails = 0;
    }
    pthread_mutex_unlock(&t->lock);
}

void throttle_forgive(struct throttle *t, struct slice key)
{
    pthread_mutex_lock(&t->lock);
    struct bucket *b = map_remove(&t->buckets, key);
    mem_free(b);
    pthread_mutex_unlock(&t->lock);
}
