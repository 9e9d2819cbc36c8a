/* Numbers for things that others refer to from elsewhere: other threads, timers, callbacks. A
 * number is never used twice, so a late answer cannot hit what took the place of the thing it was
 * meant for.
 *
 * Inv: id 0 is never given out; an id holds its slot's generation, which changes with each removal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SLOTMAP_INDEX_BITS 24

struct slotmap {
    struct slotmap_slot {
        void *value; /* NULL: free */
        uint32_t generation;
        uint32_t next_free;
    } * slots;
    uint32_t n, cap;
    uint32_t free_head; /* index + 1; 0: none */
};

/* A zeroed slotmap is empty. Returns the id, 0 when there is no memory or 2^24 values are in. value
 * must not be NULL. */
uint64_t slotmap_put(struct slotmap *m, void *value);
/* The value, or NULL when it was removed. */
void *slotmap_get(const struct slotmap *m, uint64_t id);
void slotmap_remove(struct slotmap *m, uint64_t id);
void slotmap_fini(struct slotmap *m);
