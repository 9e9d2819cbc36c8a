/* Time. Durations and deadlines use the monotonic clock; the wall clock is only for showing.
 * Thread: any. */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC in microseconds. */
int64_t clock_now_us(void);
/* UTC in milliseconds since 1970. */
int64_t clock_wall_ms(void);
