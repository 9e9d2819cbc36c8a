/* Counting what somebody has not read, as SQL: messages by others and not deleted, and those among them that mention the account. Nothing
 * is counted anywhere else, so no count can drift. Both stop at CHAT_UNREAD_COUNTED_MAX.
 */
#pragma once

#include "store_op.h"

/* Looked at, from the newest on: bounds the work where nearly all are the reader's own, or deleted. */
#define OP_UNREAD_SEEN_MAX 5000

#define OP_SQL_NUMBER_(n) #n
#define OP_SQL_NUMBER(n)  OP_SQL_NUMBER_(n)
#define OP_UNREAD_SQL(account, room, read_seq)                                                     \
    "(SELECT count(*) FROM (SELECT 1 FROM (SELECT ux.sender, ux.deleted FROM message ux"           \
    " WHERE ux.room = " room " AND ux.seq > " read_seq                                             \
    " ORDER BY ux.seq DESC LIMIT " OP_SQL_NUMBER(                                                  \
        OP_UNREAD_SEEN_MAX) ") AS uy"                                                              \
                            " WHERE uy.sender <> " account                                         \
                            " AND uy.deleted = 0 LIMIT " OP_SQL_NUMBER(                            \
                                CHAT_UNREAD_COUNTED_MAX) ") AS uz)"
#define OP_MENTIONS_SQL(account, room, read_seq)                                                   \
    "(SELECT count(*) FROM (SELECT DISTINCT nx.seq FROM mention nx"                                \
    " JOIN message ny ON ny.room = nx.room AND ny.seq = nx.seq"                                    \
    " WHERE nx.account IN (0, " account ") AND nx.room = " room " AND nx.seq > " read_seq          \
    " AND ny.sender <> " account                                                                   \
    " AND NOT EXISTS (SELECT 1 FROM block bx WHERE bx.account = " account                          \
    " AND bx.blocked = ny.sender) LIMIT " OP_SQL_NUMBER(CHAT_UNREAD_COUNTED_MAX) ") AS nz)"
