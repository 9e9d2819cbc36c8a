/* Who may write to a PostgreSQL database: two advisory locks of the writer's connection, kept for as long as its process on the server
 * lives, so that whoever gets them knows that the one before has ended, and its transaction with it.
 *
 *   own        this store's, by a number that it made up: a connection that was lost here may live on there, with a COMMIT on its way.
 *              Whoever wants the seat again ends that process. What is looked up from then on cannot change any more.
 *   database   the one seat there is for a server. In a cluster it is shared.
 */
#pragma once

#include "db.h"

/* Take both for the connection. Returns: ERR_OK | ERR_CONFLICT, another server has the database | ERR_TIMEOUT, ERR_IO, not now; *failure
 * says why. */
NODISCARD enum err pg_seat_take(struct db *db, int64_t own, bool shared,
                                struct db_failure *failure);
