/* guard_copy of unit_support.h where there are no guard pages: a copy of exactly its size. */
#include "unit_support.h"

#include "check.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

char *guard_copy_mutable(struct slice s)
{
    static char *copy;
    free(copy); /* not through mem.h, whose failures are the tests' */
    copy = malloc(s.n ? s.n : 1);
    CHECK(copy);
    if (s.n > 0) {
        memcpy(copy, s.p, s.n);
    }
    return copy;
}

struct slice guard_copy(struct slice s)
{
    return (struct slice){guard_copy_mutable(s), s.n};
}
