/* One store thread's connection and how it runs requests: what the writer and the readers have in common. See store.c.
 *
 *   batch --all ran, COMMIT-----------------------------> done
 *         --one made the database fail------------------> rolled back, each alone
 *         --the database was away before COMMIT---------> again later
 *         --COMMIT failed or was not answered-----------> in doubt: settled on the next connection, before anything else
 *         --the disk is full----------------------------> refused
 *
 * Thread: the worker's own.
 */
#pragma once

#include "store_op.h"

#include <stdatomic.h>

struct store_worker {
    const struct store_options *options;
    const char *url;
    bool writes;
    struct db *db;          /* NULL: not connected */
    int64_t seat;           /* the writer's, made up: see pg_seat.h; and whose traces are whose */
    uint64_t traces_n;      /* batches that left one */
    _Atomic bool *migrated; /* shared: the writer has brought the database up to date */
    const _Atomic bool *hurrying; /* shared: a connection that is lost is not made again */
    _Atomic bool *ready;          /* shared: the last attempt to write succeeded */
    _Atomic uint64_t *batches;    /* shared: of writes, committed */
    int64_t next_try_us, wait_us; /* of connecting */
    int64_t complained_us;        /* that there is none: said now and then */
    bool full;                    /* the last attempt met a full disk */
    bool suspect; /* SQLite: a write has failed since the last checkpoint that succeeded */
    bool fresh;   /* the writer, not connected yet since the start of the process */
    struct store_request *doubt[STORE_BATCH_MAX];
    unsigned doubt_n;
    int64_t doubt_us;   /* since when */
    unsigned written_n; /* batches since the last checkpoint */
    int64_t erased_us;  /* text was deleted and may still be in the log: since when; 0: none */
    int64_t checkpoint_us, pruned_us; /* the last ones */
};

/* Connect and migrate if need be. Returns: ERR_OK | ERR_IO, ERR_TIMEOUT, not now | others, never, *failure says why. */
NODISCARD enum err store_worker_connect(struct store_worker *w, struct db_failure *failure);
void store_worker_close(struct store_worker *w);
/* Is there a connection? Tries to make one, but not more often than is good; after how long to ask again is in *wait_ms. */
bool store_worker_connected(struct store_worker *w, int *wait_ms);

/* Run requests, one batch. The first done_n of list are done or refused, for good; the next doubt_n are in doubt, and the worker keeps
 * them; the rest could not be tried: again later. */
struct store_run {
    unsigned done_n, doubt_n;
};
struct store_run store_worker_run(struct store_worker *w, struct store_request *const *list,
                                  unsigned n);

/* What has become of the batch in doubt, as far as the connection can tell. */
enum store_verdict {
    STORE_OPEN,     /* ask again later */
    STORE_KEPT,     /* it is done: its results are good */
    STORE_NOT_KEPT, /* it is to be run again */
    STORE_UNKNOWN   /* it has done nothing, and its requests have been refused */
};
enum store_verdict store_worker_settle(struct store_worker *w, bool connected);
/* Take the batch in doubt out; returns how many. give_up: refuse it. */
unsigned store_worker_take_doubt(struct store_worker *w, bool give_up, struct store_request **out);

/* Say in the log what the database failed with. */
void store_worker_complain(const struct store_worker *w, const struct db_failure *why, unsigned n);
/* Between batches: what deleted text needs to be gone from the log, too. */
void store_worker_tidy(struct store_worker *w);
/* Something useful for a moment in which nobody asks. Returns whether there is more of it. */
bool store_worker_idle(struct store_worker *w);
