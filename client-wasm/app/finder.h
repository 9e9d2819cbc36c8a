/* Looking for people by what is typed: asked of the server when the typing rests. */
#pragma once

#include <stdint.h>

#define FINDER_AFTER_MS    150
#define FINDER_QUERY_BYTES 64
#define FINDER_FOUND_MAX   20

struct finder {
    char q[FINDER_QUERY_BYTES];
    uint32_t q_n;
    uint32_t turn;                   /* of the last question */
    int64_t due_ms;                  /* when to ask, host clock; 0: nothing to ask */
    int64_t found[FINDER_FOUND_MAX]; /* users */
    uint32_t found_n;
};
