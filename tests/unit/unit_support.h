/* Help for the unit tests: input that ends at a page nobody may read, and tables of golden vectors. */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stddef.h>

/* A copy of s whose last byte is the last readable one before a guard page: reading one byte too far crashes. Every
 * call gives up the copy of the call before. Owns: nothing to free. */
struct slice guard_copy(struct slice s);
/* The same, writable. */
char *guard_copy_mutable(struct slice s);

/* One case of a vector file. A file is lines of
 *   # comment
 *   name <TAB or spaces> input <TAB or spaces> expected outcome up to the end of the line
 * where input is a JavaScript-like double-quoted string (\xHH, \n, \r, \t, \0, \\, \" are known), or hex digits after
 * "hex:"; "*N" behind either repeats it, and "+" joins further such pieces. */
struct vector {
    struct slice name;
    struct slice input;
    struct slice expected;
    unsigned line_n;
};

/* Call each for every case of TINCAN_VECTORS_DIR/path. The test fails when the file is absent, malformed or empty.
 * The slices are valid during the call. */
void vectors_each(const char *path, void (*each)(const struct vector *v));
