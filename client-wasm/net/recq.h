/* A capped first-in first-out queue of byte records, kept in one buffer.
 *
 * Inv: buf[head..n) is a run of whole records (header, bytes); head is 0 when the queue is empty.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* What a record costs besides its bytes. */
#define RECQ_OVERHEAD_BYTES 16

struct recq {
    struct buf buf;
    size_t head;
};

struct rec {
    uint64_t tag; /* the caller's */
    bool flag;    /* the caller's */
    bool dead;    /* dropped in place */
    struct slice data;
};

void recq_init(struct recq *q, size_t max_bytes);
/* Owns: frees the memory; q is empty and usable again with the same cap. */
void recq_fini(struct recq *q);
bool recq_empty(const struct recq *q);
/* Bytes in the queue, overhead included. */
size_t recq_bytes(const struct recq *q);
/* Append a record. Returns: ERR_OK | ERR_LIMIT, the cap would be passed | ERR_NOMEM. Owns: copies
 * rec->data. */
NODISCARD enum err recq_push(struct recq *q, const struct rec *rec);
/* The oldest record, borrowed until the next push or pop; false when empty. */
bool recq_peek(const struct recq *q, struct rec *out);
/* Drop the oldest. The queue must not be empty. */
void recq_pop(struct recq *q);
/* Mark the first packet with this tag as dead: the record and those behind it with flag. False when
 * there is none. */
bool recq_kill(struct recq *q, uint64_t tag);

/* A packet is a record without flag and the records with flag behind it, its attachments. */

/* Append a packet, whole or not at all; the flags of the records are set here. Returns: as
 * recq_push. Owns: copies all. */
NODISCARD enum err recq_push_packet(struct recq *q, const struct rec *rec,
                                    const struct slice *attachments, size_t n);
/* The oldest packet and its attachments (up to SIO_ATTACHMENTS_MAX), borrowed until the next push
 * or pop; false when empty. */
bool recq_peek_packet(const struct recq *q, struct rec *out, struct slice *attachments, size_t *n);
/* Drop the oldest packet. The queue must not be empty. */
void recq_pop_packet(struct recq *q);
