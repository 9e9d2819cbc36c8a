/* See store_worker.h: connecting, and running a batch. */
#include "store_worker.h"

#include "clock.h"
#include "log.h"
#include "migrate.h"
#include "pg_seat.h"

#include <stdio.h>

#define WAIT_FIRST_US     (50 * 1000)
#define WAIT_MAX_US       (1000 * 1000)
#define COMPLAIN_EVERY_US (10 * 1000 * 1000)
#define ATTEMPTS_MAX      4 /* of a request alone that meets others' writes */

static void (*const functions[STORE_OPS_N])(struct db *db, struct store_request *r) = {
#define STORE_OP(id, mode, function) [id] = function,
    STORE_OPS(STORE_OP)
#undef STORE_OP
};

/* --- connecting --- */

static const char *sqlite_path(const char *url)
{
    struct slice scheme = SL("sqlite:");
    return slice_starts_with(slice_str(url), scheme) ? url + scheme.n : NULL;
}

/* After a write that failed, the log may hold what is in no cache and on no disk: nothing is built on it. What counts is brought into
 * the database, and the log begins anew. A process that has just started cannot know what the one before it met; should somebody read
 * then, an idle moment does it. */
static enum err clear_suspicion(struct store_worker *w, struct db_failure *failure)
{
    if (!(w->suspect || w->fresh) || db_kind(w->db) != DB_SQLITE) {
        return ERR_OK;
    }
    db_query(w->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 0);
    bool busy = db_next(w->db) && db_int(w->db, 0) != 0;
    enum err e = db_done(w->db);
    if (e == ERR_OK && busy && w->suspect) {
        db_failure_set(failure, ERR_TIMEOUT, "somebody reads the database for long");
        return ERR_TIMEOUT;
    }
    if (e != ERR_OK) {
        *failure = *db_failure(w->db);
    }
    return e;
}

struct trace {
    char key[32], value[24];
};

static struct trace trace_of(const struct store_worker *w)
{
    struct trace t;
    CHECK(snprintf(t.key, sizeof t.key, "trace %016llx", (unsigned long long)w->seat) <
              (int)sizeof t.key &&
          snprintf(t.value, sizeof t.value, "%llu", (unsigned long long)w->traces_n) <
              (int)sizeof t.value);
    return t;
}

/* Traces of servers that were here before; whatever comes of it. */
static void sweep_traces(struct store_worker *w)
{
    const struct trace t = trace_of(w);
    (void)db_begin(w->db, true);
    (void)db_exec(w->db, "DELETE FROM meta WHERE key LIKE 'trace %' AND key <> $1",
                  &DB_TEXT(slice_str(t.key)), 1);
    (void)db_commit(w->db);
    db_rollback(w->db);
}

enum err store_worker_connect(struct store_worker *w, struct db_failure *failure)
{
    const char *path = sqlite_path(w->url);
    enum err e =
        path ? db_sqlite_open(path, !w->writes, w->options->synchronous_normal, &w->db, failure)
             : db_open(w->url, !w->writes, &w->db, failure);
    if (e == ERR_OK && w->writes && db_kind(w->db) == DB_POSTGRES) {
        e = pg_seat_take(w->db, w->seat, w->options->shared, failure);
    }
    if (e == ERR_OK && w->writes && !atomic_load(w->migrated)) {
        e = migrate(w->db, path, failure);
        if (e == ERR_OK) {
            atomic_store(w->migrated, true);
        }
    }
    if (e == ERR_OK) {
        e = clear_suspicion(w, failure);
    }
    if (e != ERR_OK) {
        store_worker_close(w);
        return e;
    }
    if (w->fresh && !w->options->shared) {
        sweep_traces(w);
    }
    w->suspect = w->fresh = false;
    return ERR_OK;
}

void store_worker_close(struct store_worker *w)
{
    db_close(w->db);
    w->db = NULL;
}

/* The database is of no use now: the next attempt is later, and the one after it later still. */
static void back_off(struct store_worker *w)
{
    if (w->writes) {
        atomic_store(w->ready, false);
    }
    w->wait_us = w->wait_us ? w->wait_us * 2 : WAIT_FIRST_US;
    w->wait_us = w->wait_us < WAIT_MAX_US ? w->wait_us : WAIT_MAX_US;
    w->next_try_us = clock_now_us() + w->wait_us;
}

bool store_worker_connected(struct store_worker *w, int *wait_ms)
{
    struct db_failure failure = {.err = ERR_OK};
    int64_t now_us = clock_now_us();
    if (w->db && db_lost(w->db)) {
        store_worker_close(w);
    }
    if (w->db) {
        return true;
    }
    *wait_ms = WAIT_FIRST_US / 1000;
    if (atomic_load(w->hurrying)) {
        return false;
    }
    if (!w->writes && !atomic_load(w->migrated)) {
        return false; /* the writer has not been there yet */
    }
    if (now_us < w->next_try_us) {
        *wait_ms = (int)((w->next_try_us - now_us + 999) / 1000);
        return false;
    }
    if (store_worker_connect(w, &failure) == ERR_OK) {
        if (w->wait_us > 0) {
            log_line(LOG_INFO, L_STORE, "connected again", "writes=%d", w->writes);
        }
        w->complained_us = 0;
        return true;
    }
    back_off(w);
    w->full = failure.err == ERR_LIMIT;
    if (w->full) {
        w->next_try_us = clock_now_us() + WAIT_FIRST_US; /* whoever asks is told at once */
    }
    *wait_ms = (int)((w->next_try_us - clock_now_us()) / 1000 + 1);
    if (w->complained_us == 0 || now_us - w->complained_us >= COMPLAIN_EVERY_US) {
        w->complained_us = now_us;
        log_line(LOG_ERROR, L_STORE, "cannot reach the database; trying again and again",
                 "writes=%d why=\"%s\"", w->writes, failure.text);
    }
    return false;
}

/* --- traces --- */

/* A batch can be looked for by an event of it: NULL, it makes none. */
static const struct chat_event *event_of(struct store_request *const *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (list[i]->out.refusal.error == CHAT_OK && list[i]->out.has_event) {
            return &list[i]->out.event;
        }
    }
    return NULL;
}

/* Is there anything to be looked for? A probe is as good as one that failed. */
static bool does_something(struct store_request *const *list, unsigned n)
{
    unsigned i = 0;
    while (i < n && (list[i]->out.refusal.error != CHAT_OK || list[i]->op == STORE_PROBE)) {
        i++;
    }
    return i < n;
}

/* A batch without an event is looked for by a number that it leaves. */
static void leave_trace(struct store_worker *w, struct store_request *const *list, unsigned n)
{
    if (event_of(list, n) || !does_something(list, n)) {
        return;
    }
    w->traces_n++;
    const struct trace t = trace_of(w);
    const struct db_value params[] = {DB_TEXT(slice_str(t.key)), DB_TEXT(slice_str(t.value))};
    db_exec_later(w->db,
                  "INSERT INTO meta (key, value) VALUES ($1, $2)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                  params, 2);
}

/* --- one attempt --- */

enum attempt {
    DONE,
    AWAY,   /* nothing was kept; it is worth trying again */
    FAILED, /* nothing was kept, by a fault of one of the requests, or of ours */
    FULL,
    IN_DOUBT
};

static void refuse_all(struct store_request *const *list, unsigned n, enum chat_error error)
{
    for (unsigned i = 0; i < n; i++) {
        list[i]->out = (struct store_result){.refusal = {.error = error, .field = ""}};
    }
}

/* As if they had not been tried. */
static void reset_all(struct store_request *const *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        list[i]->out = (struct store_result){0};
        arena_rewind(&list[i]->arena, list[i]->before);
    }
}

static void run_ops(struct db *db, struct store_request *const *list, unsigned n, bool write)
{
    if (write) {
        op_lock_rows(db, list, n);
    }
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

static enum attempt judge(const struct store_worker *w, enum err e)
{
    switch (e) {
    case ERR_LIMIT:
        return FULL;
    case ERR_IO:
    case ERR_TIMEOUT:
    case ERR_CLOSED:
    case ERR_NOTFOUND:
    case ERR_AUTH:
        return AWAY;
    default:
        return db_lost(w->db) ? AWAY : FAILED;
    }
}

void store_worker_complain(const struct store_worker *w, const struct db_failure *why, unsigned n)
{
    log_peer(LOG_ERROR, L_STORE,
             why->err == ERR_INVALID ? "the database is damaged: stop the server and restore the "
                                       "last backup (tincand restore FILE)"
                                     : "the database failed",
             "requests=%u writes=%d why=\"%s\"", n, w->writes, why->text);
}

static enum attempt attempt(struct store_worker *w, struct store_request *const *list, unsigned n,
                            enum err *e)
{
    struct db_failure why;
    w->full = false;
    if (db_begin(w->db, w->writes) == ERR_OK) {
        run_ops(w->db, list, n, w->writes);
    }
    if (w->writes && db_failure(w->db)->err == ERR_OK) {
        leave_trace(w, list, n);
    }
    bool committing = db_failure(w->db)->err == ERR_OK;
    if (committing && db_commit(w->db) == ERR_OK) {
        return DONE;
    }
    why = *db_failure(w->db);
    enum attempt result = judge(w, why.err);
    if (committing && result == AWAY && w->writes) {
        result = IN_DOUBT;
    }
    w->suspect = w->suspect || (w->writes && result != FAILED && result != FULL);
    db_rollback(w->db);
    if (result != FAILED || why.err != ERR_CONFLICT) {
        store_worker_complain(w, &why, n);
    }
    *e = why.err;
    return result;
}

/* --- a batch --- */

static void note_written(struct store_worker *w, struct store_request *const *list, unsigned n)
{
    if (!w->writes) {
        return;
    }
    atomic_store(w->ready, true);
    w->written_n++;
    atomic_fetch_add_explicit(w->batches, 1, memory_order_relaxed);
    for (unsigned i = 0; i < n && w->erased_us == 0; i++) {
        if (list[i]->op == STORE_DELETE || list[i]->op == STORE_EDIT) {
            w->erased_us = clock_now_us();
        }
    }
}

/* n requests that stand or fall together. */
static enum attempt run_together(struct store_worker *w, struct store_request *const *list,
                                 unsigned n, enum err *e)
{
    enum attempt result = attempt(w, list, n, e);
    switch (result) {
    case DONE:
        w->wait_us = 0;
        note_written(w, list, n);
        break;
    case AWAY:
        reset_all(list, n);
        if (db_lost(w->db)) {
            store_worker_close(w);
            back_off(w);
        }
        break;
    case FULL:
        refuse_all(list, n, CHAT_FULL);
        atomic_store(w->ready, false);
        break;
    case IN_DOUBT:
        memcpy(w->doubt, list, n * sizeof *list);
        w->doubt_n = n;
        w->doubt_us = clock_now_us();
        store_worker_close(w);
        back_off(w);
        break;
    case FAILED:
        reset_all(list, n);
        break;
    }
    return result;
}

/* One that failed with others, or by itself. */
static enum attempt run_alone(struct store_worker *w, struct store_request *r)
{
    enum err e = ERR_OK;
    enum attempt result = FAILED;
    for (unsigned i = 0; i < ATTEMPTS_MAX && result == FAILED; i++) {
        result = run_together(w, &r, 1, &e);
        if (e != ERR_CONFLICT) { /* which another look may resolve: somebody else was there first */
            break;
        }
    }
    if (result == FAILED) {
        refuse_all(&r, 1, e == ERR_CONFLICT ? CHAT_BUSY : CHAT_INTERNAL);
    }
    return result;
}

struct store_run store_worker_run(struct store_worker *w, struct store_request *const *list,
                                  unsigned n)
{
    struct store_run run = {0};
    enum err e = ERR_OK;
    enum attempt result = FAILED;
    for (unsigned i = 0; i < n; i++) {
        list[i]->before = arena_mark(&list[i]->arena);
    }
    if (n > 1) {
        result = run_together(w, list, n, &e);
    }
    if (result != FAILED) {
        run.done_n = result == DONE || result == FULL ? n : 0;
        run.doubt_n = result == IN_DOUBT ? n : 0;
        return run;
    }
    while (run.done_n < n) {
        result = run_alone(w, list[run.done_n]);
        if (result == AWAY || result == IN_DOUBT) {
            run.doubt_n = result == IN_DOUBT ? 1 : 0;
            break;
        }
        run.done_n++;
    }
    return run;
}

/* --- doubt --- */

/* End what the looking up began. PostgreSQL: by a COMMIT, which is answered when all before it is where it has to be: what was on its way
 * to a standby when its connection was lost is there, too. */
static enum err end_look_up(struct store_worker *w)
{
    enum err e = db_kind(w->db) == DB_POSTGRES ? db_commit(w->db) : db_failure(w->db)->err;
    if (e != ERR_OK) {
        store_worker_complain(w, db_failure(w->db), w->doubt_n);
    }
    db_rollback(w->db);
    return e;
}

/* The row that the batch changed last is written once more, so that there is something for the COMMIT to wait for. */
static bool find_event(struct db *db, const struct chat_event *e)
{
    const struct db_value params[] = {DB_INT(e->room), DB_INT(e->ev),
                                      DB_INT(e->kind), DB_INT(e->actor),
                                      DB_INT(e->ts),   DB_INT(e->message ? e->message->seq : 0)};
    (void)db_exec(db, "UPDATE room SET ev = ev WHERE id = $1", &DB_INT(e->room), 1);
    db_query(db,
             "SELECT count(*) FROM room_event WHERE room = $1 AND ev = $2 AND kind = $3"
             " AND actor = $4 AND ts = $5 AND seq = $6",
             params, 6);
    return db_next(db) && db_int(db, 0) > 0;
}

static bool find_trace(struct store_worker *w)
{
    const struct trace t = trace_of(w);
    const struct db_value params[] = {DB_TEXT(slice_str(t.key)), DB_TEXT(slice_str(t.value))};
    (void)db_exec(w->db, "UPDATE meta SET value = value WHERE key = $1", params, 1);
    db_query(w->db, "SELECT count(*) FROM meta WHERE key = $1 AND value = $2", params, 2);
    return db_next(w->db) && db_int(w->db, 0) > 0;
}

/* Whether an event of the batch is there, or its trace, says it of all: they were one transaction. It cannot come later: whoever has the
 * seat knows that the connection before has ended. */
static enum store_verdict look_up(struct store_worker *w)
{
    const struct chat_event *event = event_of(w->doubt, w->doubt_n);
    (void)db_begin(w->db, true);
    bool kept = event ? find_event(w->db, event) : find_trace(w);
    (void)db_done(w->db);
    bool asked = end_look_up(w) == ERR_OK;
    if (!asked && db_lost(w->db)) {
        store_worker_close(w);
        back_off(w);
    }
    return !asked ? STORE_OPEN : kept ? STORE_KEPT : STORE_NOT_KEPT;
}

enum store_verdict store_worker_settle(struct store_worker *w, bool connected)
{
    if (!does_something(w->doubt, w->doubt_n)) {
        refuse_all(w->doubt, w->doubt_n, CHAT_UNAVAILABLE);
        return STORE_UNKNOWN;
    }
    enum store_verdict verdict = connected ? look_up(w) : STORE_OPEN;
    if (verdict != STORE_OPEN) {
        log_line(LOG_INFO, L_STORE, "a commit without an answer", "requests=%u kept=%d", w->doubt_n,
                 verdict == STORE_KEPT);
    }
    if (verdict == STORE_KEPT) {
        note_written(w, w->doubt, w->doubt_n);
    } else if (verdict == STORE_NOT_KEPT) {
        reset_all(w->doubt, w->doubt_n);
    }
    return verdict;
}

unsigned store_worker_take_doubt(struct store_worker *w, bool give_up, struct store_request **out)
{
    unsigned n = w->doubt_n;
    if (give_up) {
        refuse_all(w->doubt, n, CHAT_UNAVAILABLE);
    }
    memcpy(out, w->doubt, n * sizeof *out);
    w->doubt_n = 0;
    return n;
}
