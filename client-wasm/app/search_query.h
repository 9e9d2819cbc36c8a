/* What is typed into the search: words to be found, and in between "from:name", "in:#room", "before:2026-03-01", "after:2026-03-01". Pure. */
#pragma once

#include "slice.h"
#include <stdint.h>

#define SEARCH_QUERY_BYTES 1024
#define SEARCH_CHARS_MIN   3

/* Inv: text has text_n bytes: the words to be found, single spaces between them. */
struct search_query {
    struct slice from,
        room; /* views into what was typed, without signs; empty: anybody, anywhere */
    int64_t before_ms, after_ms; /* UTC; before that day begins, after it has ended; 0: any time */
    struct slice bad;            /* a date that is none; upd_search_read: or a room */
    char text[SEARCH_QUERY_BYTES];
    uint32_t text_n;
};

/* Read what was typed. offset_min: local minus UTC, for where days begin. */
void search_query_read(struct slice typed, int32_t offset_min, struct search_query *out);
