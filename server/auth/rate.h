/* Token buckets: so much a second, with a burst. Thread: whoever owns the bucket. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rate_limit {
    uint32_t per_second; /* 0: no limit */
    uint32_t burst;      /* >= 1 */
};

/* A zeroed bucket is full. */
struct rate_bucket {
    int64_t updated_us;
    uint32_t spent_milli; /* thousandths of a token */
};

/* Take one token. Returns 0, or after how many milliseconds there will be one. */
uint32_t rate_take(struct rate_bucket *b, const struct rate_limit *limit, int64_t now_us);
