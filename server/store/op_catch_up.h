/* What happened in some rooms since their readers' cursors: all of it, or a fresh start.
 *
 * A delta is complete and never partial: applying its events in their order and then jumping to the room's ev is what having heard all
 * of them would have given. Of several changes of one message, or of the room itself, only the last is in it, as it is now; so ev may
 * skip numbers within a delta. Where a delta would be too long, or events of it are forgotten, or the cursor is of another history, the
 * answer is a reset: the latest messages, with everything before to be dropped and read again when it is looked at.
 */
#pragma once

#include "store_op.h"

#define OP_CATCH_UP_EVENTS_MAX 5000 /* of one answer; the rooms beyond are reset */
/* Of one answer, which a slow client must be able to take at once (4 MiB behind, it loses its connection, and would ask for the same
 * again); the rooms beyond are reset, without messages. */
#define OP_CATCH_UP_BYTES_MAX (2u << 20)

struct op_catch_up {
    int64_t room, after;              /* the cursor */
    int64_t seq, ev, min_seq, min_ev; /* the room's */
    struct chat_room *state;          /* the room without the asker's part, for its own events */
    bool reset;                       /* in: whatever the cursor is; out: it is one */
    struct chat_event *events;
    uint32_t events_n;
    struct chat_message *messages; /* of a reset */
    uint32_t messages_n;
};

/* Fill in what n rooms are given; they ascend by id. */
void op_catch_up(struct db *db, struct store_request *r, struct op_catch_up *rooms, uint32_t n);
