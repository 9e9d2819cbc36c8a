/* How long to wait before the next connect. */
#include "backoff.h"

uint32_t backoff_ms(uint32_t first_ms, uint32_t max_ms, uint32_t jitter_percent, uint32_t waits_n,
                    uint32_t random)
{
    uint64_t delay = first_ms;
    for (uint32_t i = 0; i < waits_n && delay < max_ms && i < 32; i++) {
        delay *= 2;
    }
    if (delay > max_ms) {
        delay = max_ms;
    }
    uint64_t low = delay - (delay * jitter_percent + 99) / 100;
    return (uint32_t)(low + (((delay - low + 1) * random) >> 32));
}
