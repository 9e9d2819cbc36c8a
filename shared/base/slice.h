/* A borrowed run of bytes: all input text travels as a slice, by value. Never assume a NUL behind
 * it. p may be NULL only when n is 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct slice {
    const char *p;
    size_t n;
};

/* A slice of a string literal. */
#define SL(literal) ((struct slice){"" literal, sizeof(literal) - 1})
/* For printf's "%.*s". */
#define SL_ARG(s) (int)(s).n, (s).p ? (s).p : ""

/* A slice of a NUL-terminated string (NULL gives the empty slice). Borrows s. */
struct slice slice_str(const char *s);
bool slice_eq(struct slice a, struct slice b);
/* ASCII case-insensitive, as HTTP header names and values compare. */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_starts_with(struct slice s, struct slice prefix);
/* Index of the first c in s, or s.n. */
size_t slice_find(struct slice s, char c);
/* s without its first n bytes (n <= s.n). */
struct slice slice_from(struct slice s, size_t n);
/* Parse an unsigned decimal without sign, space or leading-zero rules; false when empty, not digits
 * only, or greater than max. */
bool slice_to_u64(struct slice s, unsigned long long max, unsigned long long *out);
