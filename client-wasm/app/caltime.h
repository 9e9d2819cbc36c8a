/* Dates and clock times as people read them, from UTC milliseconds and an offset in minutes (local
 * minus UTC). Gregorian calendar throughout; a time that iso_time.h cannot write is shown as the
 * nearest it can.
 */
#pragma once

#include "slice.h"
#include "words.h"
#include <stdbool.h>
#include <stdint.h>

#define CALTIME_BYTES_MAX 160

/* Room for every text below; what does not fit is cut off. */
struct caltime_text {
    char p[CALTIME_BYTES_MAX];
    size_t n;
};

/* The text as a slice; borrows t. */
struct slice caltime_slice(const struct caltime_text *t);
/* Days since 1970-01-01 of the local calendar. */
int64_t caltime_day(int64_t utc_ms, int32_t offset_min);
/* "14:05" or "2:05 PM" */
void caltime_clock(int64_t utc_ms, int32_t offset_min, bool hour12, struct caltime_text *out);
/* "Today", "Yesterday", "Tue 3 Mar", "Tue 3 Mar 2025" when not of today's year. */
void caltime_day_label(const struct words *w, int64_t day, int64_t today, struct caltime_text *out);
/* The same within a sentence: "today". */
void caltime_day_within(const struct words *w, int64_t day, int64_t today,
                        struct caltime_text *out);
/* "Tuesday 3 March 2026, 14:05:09 (UTC+01:00)" */
void caltime_full(const struct words *w, int64_t utc_ms, int32_t offset_min, bool hour12,
                  struct caltime_text *out);
