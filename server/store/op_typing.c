/* May somebody be shown as typing in a room? Nothing is kept of it, but who may not send is not to be seen doing so. */
#include "store_op.h"

void op_typing(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    struct chat_room *room = op_alloc(db, r, 1, sizeof *room);
    if (room && op_may(db, r, MAY_SEND, &facts, room)) {
        r->out.rooms = room;
        r->out.rooms_n = 1;
    }
}
