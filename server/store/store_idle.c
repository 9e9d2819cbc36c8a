/* What the writer does when nobody asks: the search index, forgetting, and SQLite's log. See store_worker.h. */
#include "store_worker.h"

#include "clock.h"

#define S_US                  (1000 * 1000LL)
#define PRUNE_EVERY_US        (600 * S_US)
#define CHECKPOINT_EVERY_US   (30 * S_US)
#define CHECKPOINT_AFTER_N    1000       /* batches */
#define ERASE_EVERY_US        (1 * S_US) /* between attempts, when somebody reads */
#define ERASE_AFTER_US        (5 * S_US) /* at the latest, however busy */
#define ERASE_READERS_WAIT_MS 100
#define TEXT_OF(number)       #number
#define BUSY_TIMEOUT(ms)      "PRAGMA busy_timeout = " TEXT_OF(ms)

/* What fails between batches, the next one need not meet: but it is said, and nothing is built on it. */
static void note_failure(struct store_worker *w)
{
    enum err e = db_failure(w->db)->err;
    if (e != ERR_OK && e != ERR_CONFLICT && e != ERR_TIMEOUT) {
        store_worker_complain(w, db_failure(w->db), 0);
        w->suspect = w->suspect || e != ERR_LIMIT;
    }
    db_rollback(w->db);
}

/* Everything in the log goes to the database. erase: and the log is emptied, which needs a moment without readers. Returns whether it was
 * done. */
static bool checkpoint(struct store_worker *w, bool erase)
{
    bool done = false;
    w->checkpoint_us = clock_now_us();
    if (erase) {
        (void)db_script(w->db, BUSY_TIMEOUT(ERASE_READERS_WAIT_MS));
    }
    db_query(w->db, erase ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(PASSIVE)",
             NULL, 0);
    done = db_next(w->db) && db_int(w->db, 0) == 0;
    done = db_done(w->db) == ERR_OK && done;
    note_failure(w);
    if (erase && !db_lost(w->db)) {
        (void)db_script(w->db, BUSY_TIMEOUT(DB_BUSY_MS));
    }
    if (done) {
        w->written_n = 0;
    }
    return done;
}

static bool is_sqlite(const struct store_worker *w)
{
    return w->db && !db_lost(w->db) && db_kind(w->db) == DB_SQLITE;
}

static void try_erase(struct store_worker *w, int64_t now_us)
{
    if (now_us - w->checkpoint_us >= ERASE_EVERY_US && checkpoint(w, true)) {
        w->erased_us = 0;
    }
}

void store_worker_tidy(struct store_worker *w)
{
    int64_t now_us = clock_now_us();
    if (w->erased_us > 0 && now_us - w->erased_us >= ERASE_AFTER_US && is_sqlite(w)) {
        try_erase(w, now_us);
    }
}

/* Does one of the things there are to do. */
static bool work(struct store_worker *w, int64_t now_us)
{
    bool more = is_sqlite(w) && store_idle_step(w->db);
    note_failure(w);
    if (!more && (w->pruned_us == 0 || now_us - w->pruned_us >= PRUNE_EVERY_US)) {
        more = store_prune(w->db, clock_wall_ms(), w->options->guest_days);
        note_failure(w);
        w->pruned_us = more ? 0 : now_us;
    }
    w->written_n += more;
    return more;
}

bool store_worker_idle(struct store_worker *w)
{
    int64_t now_us = clock_now_us();
    if (!w->db || db_lost(w->db)) {
        return false;
    }
    if (work(w, now_us)) {
        return true;
    }
    if (!is_sqlite(w)) {
        return false;
    }
    if (w->erased_us > 0) {
        try_erase(w, now_us);
    } else if (w->written_n >= CHECKPOINT_AFTER_N ||
               (w->written_n > 0 && now_us - w->checkpoint_us >= CHECKPOINT_EVERY_US)) {
        (void)checkpoint(w, false);
    }
    return false;
}
