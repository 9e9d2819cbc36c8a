/* Rooms by rows, as somebody sees them: in one statement however many there are.
 */
#pragma once

#include "op_unread.h"

/* The columns that op_room_take reads, and what they come from: room r, the asker's member m, and for a dm the other one's account a.
 * account: the parameter that is the asker, as text ("$1"). Further columns begin at OP_ROOM_COLUMNS_N. */
#define OP_ROOM_COLUMNS(account)                                                                   \
    "r.id, r.kind, r.name, r.topic, r.archived, r.seq, r.ev, r.min_seq, r.members_n,"              \
    " (SELECT s.seconds FROM slow s WHERE s.room = r.id), m.muted_until_ms,"                       \
    " m.joined, m.role, m.read_seq, m.notify,"                                                     \
    " CASE WHEN m.joined = 1 THEN " OP_UNREAD_SQL(                                                 \
        account, "r.id", "m.read_seq") " ELSE 0 END,"                                              \
                                       " CASE WHEN m.joined = 1 THEN " OP_MENTIONS_SQL(            \
                                           account, "r.id",                                        \
                                           "m.read_seq") " ELSE 0 END,"                            \
                                                         " a.id, a.name, a.display, a.status, "    \
                                                         "a.role, a.bot, " OP_AVATAR
#define OP_ROOM_OTHER(account)                                                                     \
    " LEFT JOIN account a ON r.kind = 2"                                                           \
    " AND a.id = CASE WHEN r.dm_low = " account " THEN r.dm_high ELSE r.dm_low END"
#define OP_ROOM_COLUMNS_N 24

/* Take the current row. */
void op_room_take(struct db *db, struct store_request *r, struct chat_room *room);
