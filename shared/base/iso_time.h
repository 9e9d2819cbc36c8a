/* Times as text: ISO 8601 with date, time and zone, as Date.toISOString writes and Date.parse reads
 * them. Milliseconds since 1970 UTC, years 0000 to 9999.
 */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define ISO_TIME_MIN_MS INT64_C(-62167219200000)
#define ISO_TIME_MAX_MS INT64_C(253402300799999)
#define ISO_TIME_BYTES  24

/* Read "2026-11-23T06:41:39.123Z": seconds and their fraction may be left out, digits past the
 * milliseconds are dropped, the zone is Z or an offset like +01:00. False for everything else and
 * outside of the range. */
bool iso_time_parse(struct slice text, int64_t *ms);
/* Write it in UTC with milliseconds; no NUL. ms lies within the range. */
void iso_time_format(int64_t ms, char out[ISO_TIME_BYTES]);
