/* Reference-counted runs of ready-made WebSocket frames, written once and shared by every queue
 * that sends them.
 *
 * Inv: bytes below n never change while anybody but the writer holds a reference; only the writer's
 * thread appends. The count is atomic because frames cross reactors.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include "ws.h"
#include <stdatomic.h>
#include <stdint.h>

struct chunk {
    _Atomic uint32_t refs;
    uint32_t n;
    uint32_t cap;
    char bytes[];
};

/* A run of whole frames within a chunk. */
struct out_slice {
    struct chunk *chunk;
    uint32_t off, end;
};

/* Thread: any. The last unref frees. */
void chunk_ref(struct chunk *c);
void chunk_unref(struct chunk *c);

/* Appends frames to its current chunk and starts another when that is full.
 * Owns: one reference to cur. Thread: one. */
struct chunk_writer {
    struct chunk *cur;
    uint32_t chunk_bytes; /* of an ordinary chunk */
};

void chunk_writer_init(struct chunk_writer *w, uint32_t chunk_bytes);
void chunk_writer_fini(struct chunk_writer *w);
/* Append one unmasked frame whose payload is the concatenation of two slices. *out borrows: take a
 * reference to keep it.
 * Returns: ERR_OK | ERR_LIMIT, longer than a chunk can be | ERR_NOMEM. */
NODISCARD enum err chunk_put_frame(struct chunk_writer *w, enum ws_opcode opcode, struct slice head,
                                   struct slice tail, struct out_slice *out);
/* The same for bytes that are whole frames already. */
NODISCARD enum err chunk_put_raw(struct chunk_writer *w, struct slice bytes, struct out_slice *out);
/* Would n more bytes fit into the current chunk? */
bool chunk_writer_fits(const struct chunk_writer *w, size_t n);
/* Make sure they do, by starting another chunk if need be. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM.
 * */
NODISCARD enum err chunk_writer_reserve(struct chunk_writer *w, size_t n);
/* End of a turn: write over the current chunk when nobody else holds it any more. */
void chunk_writer_recycle(struct chunk_writer *w);
