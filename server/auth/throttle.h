/* Token buckets by name (an address, an account at an address): who tries too often waits. Thread: any.
 *
 * At most THROTTLE_KEYS_MAX are remembered; full buckets are forgotten first, and when all are in use, newcomers share one.
 */
#pragma once

#include "rate.h"
#include "slice.h"

#define THROTTLE_KEYS_MAX 65536

struct throttle_limit {
    uint32_t every_ms, burst; /* a token every so often, up to so many; both > 0 */
    /* Whoever fails so many times without a success or a pause in between has to wait for lock_ms. 0: nobody. */
    uint32_t fails_max, lock_ms;
};

struct throttle;

/* limit is copied. NULL: no memory. Owns: freed with throttle_free. */
struct throttle *throttle_new(const struct throttle_limit *limit);
void throttle_free(struct throttle *t);
/* Take a token of key's. Returns 0, or after how many milliseconds there will be one. */
uint32_t throttle_take(struct throttle *t, struct slice key, int64_t now_ms);
/* Is there one? Takes nothing; returns as throttle_take. */
uint32_t throttle_look(struct throttle *t, struct slice key, int64_t now_ms);
/* What a token was taken for has failed, or succeeded: the bucket is full again then. */
void throttle_fail(struct throttle *t, struct slice key, int64_t now_ms);
void throttle_forgive(struct throttle *t, struct slice key);
