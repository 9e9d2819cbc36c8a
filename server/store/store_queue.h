/* What waits for the store's threads: requests to write and requests to read, each in the order they came.
 *
 * Inv: under lock: a lane's requests are linked from head to *tail, the longest waiting first; waiting_n counts those of both lanes.
 * Thread: any, unless said otherwise.
 */
#pragma once

#include "store.h"

#include <pthread.h>

struct store_lane {
    struct store_request *head, **tail;
    pthread_cond_t work;
};

struct store_queue {
    pthread_mutex_t lock;
    struct store_lane to_write, to_read;
    unsigned waiting_n;
    bool stopping;
    pthread_cond_t
        stopped; /* whoever waits for the database waits here, not to be woken by every request */
};

void store_queue_init(struct store_queue *q);
void store_queue_fini(struct store_queue *q);
/* Returns CHAT_OK: it is in the queue | CHAT_BUSY, too many are | CHAT_UNAVAILABLE, the queue has been stopped. */
enum chat_error store_queue_put(struct store_queue *q, struct store_lane *lane,
                                struct store_request *r);
/* Back to the front, in their order: they were taken and could not be done yet. */
void store_queue_put_back(struct store_queue *q, struct store_lane *lane,
                          struct store_request *const *list, unsigned n);
/* Take up to max. Waits up to wait_ms (-1: for ever) for the first. Returns 0: none came, or none will: see *ended. */
unsigned store_queue_take(struct store_queue *q, struct store_lane *lane,
                          struct store_request **out, unsigned max, int wait_ms, bool *ended);
/* Wait until there is something to take. Returns false: there is nothing and never will be. */
bool store_queue_await(struct store_queue *q, struct store_lane *lane);
/* Take up to max of those that wait since before_us or longer; all of them when the queue was stopped. */
unsigned store_queue_expire(struct store_queue *q, struct store_lane *lane, int64_t before_us,
                            struct store_request **out, unsigned max);
/* Sleep, but for a stop. */
void store_queue_pause(struct store_queue *q, int ms);
/* Take nothing new; what is there may still be taken. */
void store_queue_stop(struct store_queue *q);
bool store_queue_stopping(struct store_queue *q);
/* How many wait. */
unsigned store_queue_count(struct store_queue *q);
