/* Running requests: a batch is one transaction. See store_worker.h.
 *
 *   batch --all ran, COMMIT--> done
 *         --one made the database fail--> rolled back, each alone
 *         --the connection was lost before COMMIT--> again, until its time is over
 *         --COMMIT failed or was not answered--> refused: nobody knows, whoever asks again with the same cid will be told
 */
#include "store_worker.h"

#include "clock.h"
#include "log.h"
#include "migrate.h"

#include <string.h>
#include <time.h>

#define WAIT_FIRST_US  (50 * 1000)
#define WAIT_MAX_US    (2000 * 1000)
#define PAUSE_NS       (20 * 1000 * 1000)
#define PRUNE_EVERY_US (600LL * 1000 * 1000)

static void (*const functions[STORE_OPS_N])(struct db *db, struct store_request *r) = {
#define STORE_OP(id, mode, function) [id] = function,
    STORE_OPS(STORE_OP)
#undef STORE_OP
};

/* --- connecting --- */

static const char *sqlite_path(const char *url)
{
    const char *scheme = "sqlite:";
    return strncmp(url, scheme, strlen(scheme)) == 0 ? url + strlen(scheme) : NULL;
}

enum err store_worker_connect(struct store_worker *w, struct db_failure *failure)
{
    const char *path = sqlite_path(w->url);
    enum err e =
        path ? db_sqlite_open(path, !w->writes, w->options->synchronous_normal, &w->db, failure)
             : db_open(w->url, !w->writes, &w->db, failure);
    if (e == ERR_OK && w->writes && !atomic_load(w->migrated)) {
        e = migrate(w->db, path, failure);
        if (e == ERR_OK) {
            atomic_store(w->migrated, true);
        }
    }
    if (e != ERR_OK && w->db) {
        store_worker_close(w);
    }
    return e;
}

void store_worker_close(struct store_worker *w)
{
    db_close(w->db);
    w->db = NULL;
}

/* Try to connect, not more often than the backoff allows. */
static bool connected(struct store_worker *w)
{
    struct db_failure failure = {.err = ERR_OK};
    if (w->db && db_lost(w->db)) {
        store_worker_close(w);
    }
    if (w->db) {
        return true;
    }
    int64_t now_us = clock_now_us();
    if (now_us < w->next_try_us || (!w->writes && !atomic_load(w->migrated))) {
        return false;
    }
    if (store_worker_connect(w, &failure) == ERR_OK) {
        log_line(w->next_try_us ? LOG_INFO : LOG_DEBUG, L_STORE, "connected", "writes=%d",
                 w->writes);
        w->wait_us = w->next_try_us = 0;
        return true;
    }
    w->wait_us = w->wait_us ? w->wait_us * 2 : WAIT_FIRST_US;
    w->wait_us = w->wait_us < WAIT_MAX_US ? w->wait_us : WAIT_MAX_US;
    w->next_try_us = clock_now_us() + w->wait_us;
    log_peer(LOG_ERROR, L_STORE, "cannot reach the database", "why=\"%s\" again_in_ms=%lld",
             failure.text, (long long)(w->wait_us / 1000));
    return false;
}

/* --- refusing --- */

static enum chat_error error_of(enum err e)
{
    switch (e) {
    case ERR_LIMIT:
        return CHAT_FULL;
    case ERR_IO:
    case ERR_TIMEOUT:
    case ERR_INVALID:
    case ERR_CONFLICT:
        return CHAT_UNAVAILABLE;
    default:
        return CHAT_INTERNAL;
    }
}

static void refuse(struct store_request *r, enum chat_error error)
{
    r->out = (struct store_result){.refusal = {.error = error, .field = ""}};
}

static bool is_over(const struct store_request *r, int64_t now_us)
{
    return now_us - r->queued_us >= (int64_t)STORE_WAIT_MS * 1000;
}

/* --- one attempt --- */

enum attempt { DONE, LOST, FAILED, UNKNOWN };

static void run_ops(struct db *db, struct store_request *const *list, unsigned n)
{
    for (unsigned i = 0; i < n && db_failure(db)->err == ERR_OK;) {
        unsigned sends = 0;
        while (i + sends < n && list[i + sends]->op == STORE_SEND) {
            sends++;
        }
        if (sends > 1) {
            op_send_batch(db, list + i, sends);
            i += sends;
        } else {
            functions[list[i]->op](db, list[i]);
            i++;
        }
    }
}

static enum attempt attempt(struct store_worker *w, struct store_request *const *list, unsigned n,
                            struct db_failure *why)
{
    for (unsigned i = 0; i < n; i++) {
        list[i]->out = (struct store_result){0};
    }
    if (db_begin(w->db, w->writes) == ERR_OK) {
        run_ops(w->db, list, n);
    }
    if (db_failure(w->db)->err != ERR_OK) {
        *why = *db_failure(w->db);
        db_rollback(w->db);
        return db_lost(w->db) || why->err == ERR_IO ? LOST : FAILED;
    }
    if (db_commit(w->db) == ERR_OK) {
        return DONE;
    }
    *why = *db_failure(w->db);
    bool unknown = db_lost(w->db);
    db_rollback(w->db);
    return unknown ? UNKNOWN : FAILED;
}

static void complain(const struct store_worker *w, const struct db_failure *why, unsigned n)
{
    log_peer(LOG_ERROR, L_STORE, "the database failed", "requests=%u writes=%d why=\"%s\"", n,
             w->writes, why->text);
}

static void refuse_all(struct store_request *const *list, unsigned n, enum chat_error error)
{
    for (unsigned i = 0; i < n; i++) {
        refuse(list[i], error);
    }
}

/* --- a batch --- */

static void note_written(struct store_worker *w, struct store_request *const *list, unsigned n)
{
    w->dirty = true;
    for (unsigned i = 0; i < n; i++) {
        w->erased = w->erased || list[i]->op == STORE_DELETE || list[i]->op == STORE_EDIT;
    }
}

static void pause_a_little(void)
{
    const struct timespec pause = {0, PAUSE_NS};
    nanosleep(&pause, NULL);
}

/* Wait until there is a connection. false: the oldest request cannot wait any longer, or the store closes. */
static bool await_connection(struct store_worker *w, const struct store_request *oldest)
{
    while (!connected(w)) {
        if (w->writes) {
            atomic_store(w->ready, false);
        }
        if (is_over(oldest, clock_now_us()) || atomic_load(w->stopping)) {
            return false;
        }
        pause_a_little();
    }
    return true;
}

/* n requests that stand or fall together. Returns FAILED when they are to be tried one by one. */
static enum attempt run_together(struct store_worker *w, struct store_request *const *list,
                                 unsigned n)
{
    struct db_failure why = {.err = ERR_OK};
    enum attempt result = LOST;
    while (result == LOST) {
        if (!await_connection(w, list[0])) {
            refuse_all(list, n, CHAT_UNAVAILABLE);
            return UNKNOWN;
        }
        result = attempt(w, list, n, &why);
        if (result == DONE) {
            if (w->writes) {
                note_written(w, list, n);
                atomic_store(w->ready, true);
            }
            return DONE;
        }
        complain(w, &why, n);
        if (w->writes && (result != FAILED || why.err == ERR_LIMIT)) {
            atomic_store(w->ready, false);
        }
        if (result == LOST && is_over(list[0], clock_now_us())) {
            break;
        }
        if (result == LOST) {
            store_worker_close(w);
            w->next_try_us = clock_now_us() + WAIT_FIRST_US;
        }
    }
    if (result == FAILED && n > 1) {
        return FAILED;
    }
    refuse_all(list, n, error_of(why.err));
    return result;
}

void store_worker_run(struct store_worker *w, struct store_request *const *list, unsigned n)
{
    if (run_together(w, list, n) != FAILED || n == 1) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        (void)run_together(w, &list[i], 1);
    }
}

/* --- idle moments --- */

static void checkpoint(struct store_worker *w)
{
    if (db_kind(w->db) != DB_SQLITE || !w->dirty) {
        return;
    }
    /* TRUNCATE waits for readers; a busy one leaves it for the next moment. */
    db_query(w->db,
             w->erased ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(PASSIVE)", NULL,
             0);
    bool busy = db_next(w->db) && db_int(w->db, 0) != 0;
    if (db_done(w->db) == ERR_OK && !busy) {
        w->dirty = w->erased = false;
    }
    db_rollback(w->db);
}

bool store_worker_idle(struct store_worker *w)
{
    static _Thread_local int64_t pruned_us;
    if (!connected(w)) {
        return false;
    }
    if (store_idle_step(w->db)) {
        w->dirty = true;
        return true;
    }
    db_rollback(w->db);
    int64_t now_us = clock_now_us();
    if (pruned_us == 0 || now_us - pruned_us >= PRUNE_EVERY_US) {
        pruned_us = now_us;
        if (store_prune(w->db, clock_wall_ms())) {
            pruned_us = 0;
            w->dirty = true;
            return true;
        }
        db_rollback(w->db);
    }
    checkpoint(w);
    return false;
}
