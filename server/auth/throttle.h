/* Token buckets by name (an address, an account at an address): who tries too often waits. Thread: any.
 *
 * At most THROTTLE_KEYS_MAX are remembered; full buckets are forgotten first, and when all are in use, newcomers share one.
 */
#pragma once

#include "rate.h"
#include "slice.h"

#define THROTTLE_KEYS_MAX 65536

struct throttle;

/* limit is copied. tokens come one every every_ms, up to burst. NULL: no memory. Owns: freed with throttle_free. */
struct throttle *throttle_new(uint32_t every_ms, uint32_t burst);
void throttle_free(struct throttle *t);
/* Take a token of key's. Returns 0, or after how many milliseconds there will be one. */
uint32_t throttle_take(struct throttle *t, struct slice key, int64_t now_ms);
/* Is there one? Takes nothing; returns as throttle_take. */
uint32_t throttle_look(struct throttle *t, struct slice key, int64_t now_ms);
