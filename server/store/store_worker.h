/* One store thread's connection and how it runs requests: what the writer and the readers have in common. See store.c.
 */
#pragma once

#include "store_op.h"

#include <stdatomic.h>

struct store_worker {
    const struct store_options *options;
    const char *url;
    bool writes;
    struct db *db;          /* NULL: not connected */
    _Atomic bool *migrated; /* shared: the writer has brought the database up to date */
    _Atomic bool *ready;    /* shared: the last attempt to write succeeded */
    _Atomic bool *stopping;
    int64_t next_try_us, wait_us; /* of connecting */
    bool dirty, erased; /* since the last checkpoint: something was written, text was deleted */
};

/* Connect and migrate if need be. Returns: ERR_OK | ERR_IO, not now | ERR_INVALID and others, never, *failure says why. */
NODISCARD enum err store_worker_connect(struct store_worker *w, struct db_failure *failure);
void store_worker_close(struct store_worker *w);
/* Run the requests of one batch to their end: all are done or refused afterwards. Waits for a database that is away, up to STORE_WAIT_MS
 * since each was queued. */
void store_worker_run(struct store_worker *w, struct store_request *const *requests, unsigned n);
/* Something useful for a moment in which nobody asks. Returns whether there is more of it. */
bool store_worker_idle(struct store_worker *w);
