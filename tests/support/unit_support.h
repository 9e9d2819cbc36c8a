/* Help for the unit tests: input that ends at a page nobody may touch, and the golden vectors. */
#pragma once

#include "slice.h"

/* A copy of s whose last byte is the last one before a guard page: touching one byte too far
 * crashes. Owns: every call takes back the copy of the call before. */
struct slice guard_copy(struct slice s);
/* The same, for a codec that writes into its input. */
char *guard_copy_mutable(struct slice s);

/* One case of a vector file (tests/vectors/README.md); borrowed during the callback. */
struct vector {
    struct slice codec; /* "sio/packet" */
    struct slice name;
    struct slice input;
    struct slice outcome;
    unsigned line_n;
};
typedef void (*vector_fn)(const struct vector *v);
/* Call each for every case of tests/vectors/<codec>.txt. Fails the test when the file is absent,
 * empty or malformed. */
void vectors_each(const char *codec, vector_fn each);
