/* What lost connections may miss: the events of the last minutes by room, in rings with a limit of bytes each and for all together.
 *
 * An event that went to several rooms is kept once. Whoever comes back names the last number it saw; a ring that had to drop a newer
 * event, for want of space or memory, says so: nothing is ever given back in part. Events that are dropped for their age are not
 * missed by anybody, so that leaves no trace.
 *
 * Inv: numbers only grow; a ring's entries are in their order, and so is the list of all; lost is the number of the newest event
 * that was dropped too early.
 */
#pragma once

#include "err.h"
#include "map.h"
#include "slice.h"
#include <stdint.h>

#define APP_RINGS_ID_BYTES 20

struct app_logged;

struct app_rings {
    struct map rings; /* namespace, NUL, room */
    struct app_logged *oldest, *newest;
    size_t bytes, bytes_max, ring_bytes_max;
    uint64_t lost; /* of all rings */
};

/* An event to be kept. */
struct app_record {
    struct slice nsp;
    const char *const *rooms; /* NULL-terminated; NULL: the whole namespace */
    uint64_t number;
    int64_t at_us;
    const char *except; /* ids of APP_RINGS_ID_BYTES that do not get it */
    size_t except_n;
    struct slice frames;
};

/* Events that somebody missed, oldest first, each once after app_missed_sort. */
struct app_missed {
    struct app_logged **v;
    size_t n, cap;
};

void app_rings_init(struct app_rings *r, size_t ring_bytes_max, size_t bytes_max);
void app_rings_fini(struct app_rings *r);
/* Keep an event. Without memory it is as lost as one that was dropped. */
void app_rings_add(struct app_rings *r, const struct app_record *record);
/* Drop what is older, and rings that are of no use any more. Returns whether anything is left. */
bool app_rings_prune(struct app_rings *r, int64_t before_us);

/* Does a room's ring (NULL: the whole namespace's) have everything after number? */
bool app_rings_complete(const struct app_rings *r, struct slice nsp, const char *room,
                        uint64_t number);
/* Add what it has after number, but for what an id does not get. Returns: ERR_OK | ERR_NOMEM.
 * Owns: out borrows until the next add or prune; app_missed_fini frees the list. */
NODISCARD enum err app_rings_collect(const struct app_rings *r, struct slice nsp, const char *room,
                                     uint64_t number, const char *id, struct app_missed *out);
void app_missed_sort(struct app_missed *m);
struct slice app_missed_frames(const struct app_missed *m, size_t i);
void app_missed_fini(struct app_missed *m);
