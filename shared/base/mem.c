/* The allocator: the C library's, with a switch for tests that lets chosen calls fail. */
#include "mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_ulong countdown; /* calls until the failing one; 0: none is to fail */
static atomic_bool sticky;

/* True when this call is one that a test wants to fail. */
static bool must_fail(void)
{
    unsigned long left = atomic_load_explicit(&countdown, memory_order_relaxed);

    while (left > 0) {
        if (left == 1 && atomic_load(&sticky))
            return true;
        if (atomic_compare_exchange_weak(&countdown, &left, left - 1))
            return left == 1;
    }
    return false;
}

void *mem_alloc(size_t n)
{
    return must_fail() ? NULL : malloc(n ? n : 1);
}

void *mem_zalloc(size_t n)
{
    return must_fail() ? NULL : calloc(1, n ? n : 1);
}

void *mem_realloc(void *p, size_t n)
{
    return must_fail() ? NULL : realloc(p, n ? n : 1);
}

void mem_free(void *p)
{
    free(p);
}

void mem_fail_after(unsigned long calls, int for_ever)
{
    atomic_store(&sticky, for_ever != 0);
    atomic_store(&countdown, calls);
}
