/* Memory that is given back all at once: what a request, a packet or a frame needs and its end frees.
 *
 * Inv: used <= max. What was handed out stays where it is until arena_reset or arena_fini.
 * A zeroed struct arena with max set is a valid empty one.
 */
#pragma once

#include "check.h"
#include "slice.h"
#include <stddef.h>

struct arena {
    struct arena_chunk *chunks; /* the newest first */
    char *at;                   /* the free part of the newest */
    size_t left;
    size_t used, max;
};

void arena_init(struct arena *a, size_t max_bytes);
/* n zeroed bytes, aligned for anything; NULL when the cap would be passed or there is no memory. n of 0 gives a pointer, too. */
void *arena_alloc(struct arena *a, size_t n);
/* The same for an array; NULL also when n * size overflows. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of s, with a NUL behind it; p is NULL when there is no memory (an empty s gives an empty copy that is not NULL). */
struct slice arena_copy(struct arena *a, struct slice s);
/* A moment to go back to: what was handed out since is freed, what was before stays. */
struct arena_mark {
    struct arena_chunk *chunks;
    char *at;
    size_t left, used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);
/* Free everything; a is empty and usable again with the same cap. */
void arena_fini(struct arena *a);
