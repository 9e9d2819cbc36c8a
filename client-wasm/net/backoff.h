/* How long to wait before the next connect. */
#pragma once

#include <stdint.h>

/* The delay doubles with each wait from first_ms up to max_ms; the jitter comes after the cap, so
 * that clients that lost the same server never fall into step: the result is uniform in
 * [delay - jitter_percent of it, delay]. waits_n: how many waits there were since the connection
 * last worked; may grow for ever. jitter_percent: 0..100. random: 32 random bits. */
uint32_t backoff_ms(uint32_t first_ms, uint32_t max_ms, uint32_t jitter_percent, uint32_t waits_n,
                    uint32_t random);
