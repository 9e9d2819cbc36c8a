/* A growable byte buffer with a hard cap given at its birth.
 *
 * Inv: n <= cap <= max; p is NULL exactly when cap is 0. A failed append changes nothing.
 * A zeroed struct buf with max set is a valid empty one; buf_init only says so aloud.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include <stddef.h>

struct buf {
    char *p;
    size_t n;
    size_t cap;
    size_t max;
};

void buf_init(struct buf *b, size_t max_bytes);
/* Owns: frees the memory; b is empty and usable again with the same cap. */
void buf_fini(struct buf *b);
/* Forget the contents, keep the memory. */
void buf_reset(struct buf *b);
/* Append. Returns: ERR_OK | ERR_LIMIT, the cap would be passed | ERR_NOMEM. */
NODISCARD enum err buf_put(struct buf *b, struct slice s);
NODISCARD enum err buf_putc(struct buf *b, char c);
NODISCARD enum err buf_put_u64(struct buf *b, unsigned long long v);
NODISCARD enum err buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Make room for n more bytes and give the place to write them, valid until the next call on b.
 * Commit what was written with b->n += written. */
NODISCARD enum err buf_reserve(struct buf *b, size_t n, char **out);
/* Drop the first n bytes (n <= b->n). */
void buf_consume(struct buf *b, size_t n);
/* Borrow the contents until the next call on b. */
struct slice buf_peek(const struct buf *b);
