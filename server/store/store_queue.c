/* See store_queue.h. */
#include "store_queue.h"

#include "clock.h"

#include <time.h>

#define NS_PER_S 1000000000L

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

static void lane_init(struct store_lane *lane)
{
    lane->head = NULL;
    lane->tail = &lane->head;
    cond_init(&lane->work);
}

void store_queue_init(struct store_queue *q)
{
    pthread_mutex_init(&q->lock, NULL);
    lane_init(&q->to_write);
    lane_init(&q->to_read);
    cond_init(&q->stopped);
    q->waiting_n = 0;
    q->stopping = false;
}

void store_queue_fini(struct store_queue *q)
{
    CHECK(q->waiting_n == 0);
    pthread_cond_destroy(&q->to_write.work);
    pthread_cond_destroy(&q->to_read.work);
    pthread_cond_destroy(&q->stopped);
    pthread_mutex_destroy(&q->lock);
}

enum chat_error store_queue_put(struct store_queue *q, struct store_lane *lane,
                                struct store_request *r)
{
    enum chat_error error = CHAT_OK;
    r->next = NULL;
    r->queued_us = clock_now_us();
    pthread_mutex_lock(&q->lock);
    if (q->stopping) {
        error = CHAT_UNAVAILABLE;
    } else if (q->waiting_n >= STORE_QUEUE_MAX) {
        error = CHAT_BUSY;
    } else {
        *lane->tail = r;
        lane->tail = &r->next;
        q->waiting_n++;
        pthread_cond_signal(&lane->work);
    }
    pthread_mutex_unlock(&q->lock);
    return error;
}

void store_queue_put_back(struct store_queue *q, struct store_lane *lane,
                          struct store_request *const *list, unsigned n)
{
    pthread_mutex_lock(&q->lock);
    for (unsigned i = n; i > 0; i--) {
        list[i - 1]->next = lane->head;
        if (!lane->head) {
            lane->tail = &list[i - 1]->next;
        }
        lane->head = list[i - 1];
    }
    q->waiting_n += n;
    pthread_cond_signal(&lane->work);
    pthread_mutex_unlock(&q->lock);
}

/* Under lock. */
static struct store_request *pop(struct store_queue *q, struct store_lane *lane)
{
    struct store_request *r = lane->head;
    lane->head = r->next;
    if (!lane->head) {
        lane->tail = &lane->head;
    }
    q->waiting_n--;
    return r;
}

/* Under lock. */
static void wait_for(struct store_queue *q, pthread_cond_t *cond, int ms)
{
    struct timespec until;
    if (ms < 0) {
        pthread_cond_wait(cond, &q->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    if (until.tv_nsec >= NS_PER_S) {
        until.tv_nsec -= NS_PER_S;
        until.tv_sec++;
    }
    pthread_cond_timedwait(cond, &q->lock, &until);
}

unsigned store_queue_take(struct store_queue *q, struct store_lane *lane,
                          struct store_request **out, unsigned max, int wait_ms, bool *ended)
{
    unsigned n = 0;
    pthread_mutex_lock(&q->lock);
    if (!lane->head && !q->stopping && wait_ms != 0) {
        wait_for(q, &lane->work, wait_ms);
    }
    while (lane->head && n < max) {
        out[n++] = pop(q, lane);
    }
    *ended = n == 0 && q->stopping;
    pthread_mutex_unlock(&q->lock);
    return n;
}

bool store_queue_await(struct store_queue *q, struct store_lane *lane)
{
    pthread_mutex_lock(&q->lock);
    while (!lane->head && !q->stopping) {
        wait_for(q, &lane->work, -1);
    }
    bool some = lane->head != NULL;
    pthread_mutex_unlock(&q->lock);
    return some;
}

unsigned store_queue_expire(struct store_queue *q, struct store_lane *lane, int64_t before_us,
                            struct store_request **out, unsigned max)
{
    unsigned n = 0;
    pthread_mutex_lock(&q->lock);
    while (lane->head && n < max && (q->stopping || lane->head->queued_us <= before_us)) {
        out[n++] = pop(q, lane);
    }
    pthread_mutex_unlock(&q->lock);
    return n;
}

void store_queue_pause(struct store_queue *q, int ms)
{
    pthread_mutex_lock(&q->lock);
    if (!q->stopping) {
        wait_for(q, &q->stopped, ms);
    }
    pthread_mutex_unlock(&q->lock);
}

void store_queue_stop(struct store_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_broadcast(&q->to_write.work);
    pthread_cond_broadcast(&q->to_read.work);
    pthread_cond_broadcast(&q->stopped);
    pthread_mutex_unlock(&q->lock);
}

bool store_queue_stopping(struct store_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool stopping = q->stopping;
    pthread_mutex_unlock(&q->lock);
    return stopping;
}

unsigned store_queue_count(struct store_queue *q)
{
    pthread_mutex_lock(&q->lock);
    unsigned n = q->waiting_n;
    pthread_mutex_unlock(&q->lock);
    return n;
}
