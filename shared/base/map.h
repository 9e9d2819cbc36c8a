/* A hash map from byte strings to pointers. Keys are hashed with SipHash-1-3 under a random key of
 * the process, so that peers who choose keys cannot make it slow.
 *
 * Inv: keys are copied; values are not owned and not NULL.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdint.h>

struct map {
    struct map_entry **buckets;
    uint32_t buckets_n; /* a power of two, or 0 */
    uint32_t n;
};

/* Give the process its random key, once, before any map is filled. */
void map_seed(uint64_t k0, uint64_t k1);

/* A zeroed map is empty. Set or replace. Returns: ERR_OK | ERR_NOMEM. */
NODISCARD enum err map_set(struct map *m, struct slice key, void *value);
void *map_get(const struct map *m, struct slice key);
/* Take the value out; NULL when there is none. */
void *map_remove(struct map *m, struct slice key);
/* Free the map's memory, not the values. */
void map_fini(struct map *m);

/* Walk in no order. Between two calls the entry just given may be removed, nothing else may change.
 *   struct map_iter it = {0};
 *   while ((value = map_next(m, &it, &key))) ... */
struct map_iter {
    uint32_t bucket;
    struct map_entry *next;
};
void *map_next(const struct map *m, struct map_iter *it, struct slice *key);
