/* See rate.h. */
#include "rate.h"

#define TOKEN_MILLI 1000

uint32_t rate_take(struct rate_bucket *b, const struct rate_limit *limit, int64_t now_us)
{
    if (limit->per_second == 0) {
        return 0;
    }
    /* tokens a second = thousandths a millisecond */
    int64_t elapsed_ms = (now_us - b->updated_us) / 1000;
    int64_t regained = elapsed_ms > INT32_MAX ? INT64_MAX : elapsed_ms * limit->per_second;
    if (regained >= b->spent_milli) {
        b->spent_milli = 0;
        b->updated_us = now_us;
    } else if (elapsed_ms > 0) {
        b->spent_milli -= (uint32_t)regained;
        b->updated_us += elapsed_ms * 1000;
    }
    int64_t over = (int64_t)b->spent_milli + TOKEN_MILLI - (int64_t)limit->burst * TOKEN_MILLI;
    if (over > 0) {
        return (uint32_t)((over + limit->per_second - 1) / limit->per_second);
    }
    b->spent_milli += TOKEN_MILLI;
    return 0;
}
