/* Broadcasts: encode once, share the bytes, one send a member a turn.
 *
 * The messages of a turn to one room are appended to one run of frames, the open batch. The batch
 * is sealed, and each member's queue gets its slice of it, when another room is addressed or the
 * turn ends. A member that joined in between, was left out of a message, or got a frame of its own,
 * takes what is before that point first: everybody sees one order. Other reactors get the sealed
 * run by reference and hand it to their own members.
 *
 * Inv: while a batch is open, its frames are start..end of writer.cur, all for target, and epoch is
 * its number. A member whose epoch is the hub's has had that batch up to seen.
 * Thread: everything belongs to the hub's reactor.
 */
#pragma once

#include "eio_session.h"

struct hub;
struct hub_room;

struct hub_member {
    struct eio_session *session;
    struct hub_room *room; /* NULL: in none */
    uint32_t index;
    uint32_t epoch;
    uint32_t seen;
};

/* One reactor's slice of a room. Shared rooms exist on every reactor under one number, and what is
 * broadcast to them reaches all of it; private ones are their owner's business. A zeroed room is an
 * empty private one. */
struct hub_room {
    struct hub_member **members;
    uint32_t members_cap;
    bool shared;
    _Atomic uint32_t members_n; /* written here, read by other reactors */
};

struct hub {
    struct eio_reactor *reactor;
    struct hub *all; /* the hubs of all reactors, an array */
    unsigned all_n;
    struct hub_room *rooms; /* the shared ones, by number */
    unsigned rooms_n;
    struct chunk_writer writer;
    struct hub_room *target; /* of the open batch; NULL: none is open */
    uint32_t start, end;
    uint32_t epoch;
};

/* all: the array h is in. Returns: ERR_OK | ERR_NOMEM. */
enum err hub_init(struct hub *h, struct eio_reactor *reactor, struct hub *all, unsigned all_n,
                  unsigned rooms_n);
void hub_fini(struct hub *h);

/* Returns: ERR_OK | ERR_NOMEM. */
NODISCARD enum err hub_join(struct hub *h, struct hub_room *room, struct hub_member *m,
                            struct eio_session *session);
void hub_room_fini(struct hub_room *room);
/* What was sent to the room before is still delivered. Harmless when in no room. */
void hub_leave(struct hub *h, struct hub_member *m);
/* Forget a member whose session is gone. */
void hub_drop(struct hub_member *m);
/* Let m's queue have what the room got so far; called before anything else is queued for its
 * session. */
void hub_sync(struct hub *h, struct hub_member *m);

struct hub_frame {
    enum ws_opcode opcode;
    struct slice head, tail; /* the payload is both together */
};
/* Send frames, kept together, to everybody in a room, if it is shared on every reactor, but one
 * local member (NULL: to all).
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM, nobody gets them. */
NODISCARD enum err hub_broadcast(struct hub *h, struct hub_room *room, struct hub_member *except,
                                 const struct hub_frame *frames, unsigned frames_n);
/* Hand frames that somebody else made to the room's members here, but one session's (NULL: to all).
 * */
void hub_push(struct hub *h, struct hub_room *room, const struct eio_session *except,
              struct out_slice frames);
/* The end of a turn, or something is to follow everything so far: seal. Returns whether there was
 * anything. */
bool hub_flush(struct hub *h);
