/* What one connection still has to send: slices of shared chunks, in order. Bytes are counted, and
 * the owner judges a slow reader by them (OUTQ_BYTES_MAX) after it tried to write.
 *
 * Inv: bytes is the sum of the slices; each slice holds a reference; slices are whole frames, but
 * the first may be partly sent. Contiguous slices are joined. An empty queue owns no memory.
 */
#pragma once

#include "chunk.h"
#include <stdbool.h>
#include <sys/uio.h>

/* A reader that is this far behind after a write attempt is closed; it comes back and
 * resynchronises. */
#define OUTQ_BYTES_MAX (4u << 20)
/* The same for how many pieces that is: each may keep a whole chunk alive. */
#define OUTQ_SLICES_MAX 1024

struct outq {
    struct out_slice
        *more; /* after first; ring is not needed: advanced by more_head, reset when empty */
    uint32_t more_head, more_n, more_cap;
    uint32_t bytes;
    struct out_slice first; /* chunk NULL: empty queue */
};

static inline bool outq_empty(const struct outq *q)
{
    return q->first.chunk == NULL;
}
/* Is this reader too far behind? */
static inline bool outq_over(const struct outq *q)
{
    return q->bytes > OUTQ_BYTES_MAX || q->more_n - q->more_head >= OUTQ_SLICES_MAX;
}
/* Append, taking references. Returns: ERR_OK | ERR_NOMEM. */
NODISCARD enum err outq_push(struct outq *q, struct out_slice s);
/* Fill iov with at most max pieces from the front. Returns their number; *bytes their sum. */
unsigned outq_iov(const struct outq *q, struct iovec *iov, unsigned max, size_t *bytes);
/* The run of bytes at the front (empty when the queue is). */
struct slice outq_front(const struct outq *q);
/* Drop the first n bytes (n <= bytes). */
void outq_advance(struct outq *q, size_t n);
void outq_clear(struct outq *q);
