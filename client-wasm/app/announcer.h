/* What a screen reader is told. */
#pragma once

#include "buf.h"
#include <stdbool.h>
#include <stdint.h>

#define MODEL_SAYS_MAX 5 /* announcements kept */

/* One line. */
struct say {
    uint64_t id;
    struct buf text;
};

struct announcer {
    struct say says[MODEL_SAYS_MAX]; /* the last ones, by id modulo */
    uint64_t next_id;
    int64_t burst_since_ms;
    uint32_t burst_n; /* messages since then */
    uint32_t held_n;  /* of them not announced one by one */
    bool several;     /* the held ones are by more than one person */
    struct buf by;    /* who wrote the first of them */
};
