/* Decoder for request bodies in chunks (RFC 9112 section 7.1): strict, incremental, no I/O.
 * Extensions are skipped up to a cap; trailers are refused, because nobody sends them on purpose.
 */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdint.h>

#define BODY_CHUNK_LINE_BYTES_MAX 256

struct body_chunks {
    uint64_t left_n; /* of the current chunk */
    uint16_t line_n; /* bytes of the current size line */
    uint8_t state;   /* zero is the start */
};

/* Feed bytes; what is decoded is appended to out, whose cap is the body's.
 * Returns: ERR_OK, the body is complete and *in begins behind it | ERR_MORE, *in used up |
 * ERR_PROTO | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err body_chunks_feed(struct body_chunks *b, struct slice *in, struct buf *out);
