/* The inside of searching: what the index is told, and what the search asks it.
 *
 * No message is indexed when it is sent: that is done in idle moments, or beside, and what is not in the index yet is looked at one by one,
 * so that sending waits for no index and answers are complete all the same.
 *
 *   SQLite:     message_search, FTS5 by trigrams, rowid is the message's id. Not in it yet: those with ids above meta.indexed_id. Filled by
 *               the writer when nobody asks; when too many wait, sending does help.
 *   PostgreSQL: message_search, a row a message with its spelling, indexed by trigrams. Not in it yet: those in search_queue, which
 *               works with several servers, too. Filled by a thread of its own, as far as the server keeps up.
 */
#pragma once

#include "store_op.h"

#define SEARCH_WAITING_MAX 50000 /* messages that may wait for the index while others are sent */

/* A message is to be in the index no more; before its row changes. */
void op_search_forget(struct db *db, int64_t room, int64_t seq);
/* A message has a new text; before its row changes. */
void op_search_replace(struct db *db, int64_t room, int64_t seq, struct slice text);
/* Within a transaction that sends so many messages: while too many wait for SQLite's index, put in twice as many. */
void op_search_help(struct db *db, unsigned sent_n);
/* Begin anew, with all messages waiting; within a transaction. */
void op_search_reset(struct db *db);
/* SQLite: messages up to this id are in the index. */
int64_t op_search_indexed_id(struct db *db);
