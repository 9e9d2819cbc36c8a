/* Files: what is known of them while they are uploaded, until and after they hang on a message. Their content is somebody else's: what
 * an operation has removed is in out.gone, and is removed from the disk when that is committed.
 *
 *   none --FILE_NEW--> not whole --FILE_WHOLE--> whole --SEND--> sent --DELETE--> gone
 *   not whole, whole --FILE_DROP, FILE_SWEEP--> gone
 */
#include "op_file.h"

#include <openssl/rand.h>
#include <string.h>

#define SWEEP_MAX      500
#define GONE_MAX       100
#define TOUCH_EVERY_MS (10 * 60 * 1000LL)

struct store_file op_file_take(struct db *db, struct store_request *r, unsigned first)
{
    return (struct store_file){.file = {.id = db_int(db, first),
                                        .name = op_copy(db, r, db_text(db, first + 1)),
                                        .size = db_int(db, first + 2),
                                        .type = op_copy(db, r, db_text(db, first + 3)),
                                        .width = (uint32_t)db_int(db, first + 4),
                                        .height = (uint32_t)db_int(db, first + 5)},
                               .owner = db_int(db, first + 6),
                               .room = db_int(db, first + 7),
                               .seq = db_int(db, first + 8),
                               .whole = db_int(db, first + 9) != 0};
}

/* The file in r->file as the request's result; false: there is none, refused. */
static bool load(struct db *db, struct store_request *r)
{
    struct store_file *out = op_alloc(db, r, 1, sizeof *out);
    db_query(db, "SELECT " OP_FILE_COLUMNS " FROM file f WHERE f.id = $1", &DB_INT(r->file.file.id),
             1);
    bool found = out && db_next(db);
    if (found) {
        *out = op_file_take(db, r, 0);
        r->out.files = out;
        r->out.files_n = 1;
    }
    db_done(db);
    if (!found) {
        op_refuse(r, CHAT_NOT_FOUND, "file");
    }
    return found;
}

static bool load_own(struct db *db, struct store_request *r)
{
    if (!load(db, r)) {
        return false;
    }
    if (r->out.files[0].owner != r->actor) {
        r->out.files_n = 0;
        op_refuse(r, CHAT_NOT_FOUND, "file");
        return false;
    }
    return true;
}

/* --- gone --- */

/* The ids that the query at hand gives are gone. */
static void take_gone(struct db *db, struct store_request *r, uint32_t max)
{
    r->out.gone = op_alloc(db, r, max, sizeof *r->out.gone);
    while (r->out.gone && db_next(db)) {
        if (r->out.gone_n < max) { /* what is beyond, file_keeper finds */
            r->out.gone[r->out.gone_n++] = db_int(db, 0);
        }
    }
    db_done(db);
}

/* --- new --- */

/* What was given up without a word: by a page that was closed, or that never heard its number. */
static void drop_idle(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->actor), DB_INT(r->now_ms - STORE_FILE_IDLE_MS)};
    db_query(db,
             "DELETE FROM file WHERE owner = $1 AND seq = 0 AND whole = 0 AND created_ms <= $2"
             " RETURNING id",
             params, 2);
    take_gone(db, r, GONE_MAX);
}

/* Has the actor too much that is not sent? */
static bool is_over_limit(struct db *db, struct store_request *r)
{
    db_query(db,
             "SELECT count(*), CAST(COALESCE(sum(size), 0) AS BIGINT) FROM file"
             " WHERE owner = $1 AND seq = 0",
             &DB_INT(r->actor), 1);
    int64_t files_n = 0, bytes = 0;
    if (db_next(db)) {
        files_n = db_int(db, 0);
        bytes = db_int(db, 1);
    }
    db_done(db);
    return files_n >= r->file_limits.files_n || r->file.file.size > r->file_limits.bytes - bytes;
}

static bool is_there(struct db *db, int64_t id)
{
    db_query(db, "SELECT 1 FROM file WHERE id = $1", &DB_INT(id), 1);
    bool found = db_next(db);
    db_done(db);
    return found;
}

/* A number that nobody can guess, and nobody has. */
static int64_t new_id(struct db *db)
{
    uint64_t id = 0;
    do {
        CHECK(RAND_bytes((unsigned char *)&id, sizeof id) == 1);
        id &= CHAT_ID_MAX;
    } while (id == 0 || is_there(db, (int64_t)id));
    return (int64_t)id;
}

void op_file_new(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    if (!op_may(db, r, MAY_SEND, &facts, NULL)) {
        return;
    }
    if (is_over_limit(db, r)) {
        drop_idle(db, r);
    }
    if (is_over_limit(db, r)) {
        op_refuse(r, CHAT_TOO_MANY, "");
        r->out.refusal.message = "You have too many uploads that are not sent; send or cancel some";
        return;
    }
    int64_t id = new_id(db);
    const struct db_value params[] = {DB_INT(id),
                                      DB_INT(r->actor),
                                      DB_INT(r->in.room),
                                      DB_TEXT(r->file.file.name),
                                      DB_INT(r->file.file.size),
                                      DB_INT(r->now_ms)};
    db_exec(db,
            "INSERT INTO file (id, owner, room, name, size, created_ms)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            params, 6);
    r->file.file.id = id;
    (void)load(db, r);
}

/* --- reading --- */

/* Asked for before each piece that comes: created_ms is since when it has been idle, now and then. */
void op_file_mine(struct db *db, struct store_request *r)
{
    if (!load_own(db, r) || r->out.files[0].whole) {
        return;
    }
    const struct db_value params[] = {DB_INT(r->out.files[0].file.id), DB_INT(r->now_ms),
                                      DB_INT(r->now_ms - TOUCH_EVERY_MS)};
    db_exec(db, "UPDATE file SET created_ms = $2 WHERE id = $1 AND created_ms < $3", params, 3);
}

/* Whatever keeps somebody from reading it, the answer is that of a file that is not there. */
void op_file_read(struct db *db, struct store_request *r)
{
    struct may_facts facts;
    if (!load(db, r)) {
        return;
    }
    const struct store_file *f = &r->out.files[0];
    bool allowed = f->whole && (f->seq > 0 || f->owner == r->actor);
    if (allowed && f->seq > 0) {
        op_facts(db, r, f->room, false, &facts, NULL);
        allowed = may(MAY_READ, &facts) == CHAT_OK;
    }
    if (!allowed) {
        r->out.files_n = 0;
        op_refuse(r, CHAT_NOT_FOUND, "file");
    }
}

/* --- whole --- */

void op_file_whole(struct db *db, struct store_request *r)
{
    if (!load_own(db, r) || r->out.files[0].whole) {
        return; /* the answer to the first time was lost: it is given again */
    }
    const struct chat_file *told = &r->file.file;
    struct chat_file *f = &r->out.files[0].file;
    const struct db_value params[] = {DB_INT(f->id), DB_TEXT(told->type), DB_INT(told->width),
                                      DB_INT(told->height)};
    db_exec(db, "UPDATE file SET whole = 1, type = $2, width = $3, height = $4 WHERE id = $1",
            params, 4);
    f->type = told->type;
    f->width = told->width;
    f->height = told->height;
    r->out.files[0].whole = true;
}

void op_files_erase(struct db *db, struct store_request *r, int64_t room, int64_t seq)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(seq)};
    db_query(db, "DELETE FROM file WHERE room = $1 AND seq = $2 RETURNING id", params, 2);
    take_gone(db, r, CHAT_FILES_MAX);
}

void op_file_drop(struct db *db, struct store_request *r)
{
    if (!load_own(db, r)) {
        return;
    }
    /* It may be sent at the same time: the comparison is the statement's. */
    db_query(db, "DELETE FROM file WHERE id = $1 AND seq = 0 RETURNING id",
             &DB_INT(r->file.file.id), 1);
    take_gone(db, r, 1);
    if (r->out.gone_n == 0) {
        op_refuse(r, CHAT_CONFLICT, "file");
        r->out.refusal.message = "is in a message; delete that";
    }
}

void op_file_sweep(struct db *db, struct store_request *r)
{
    const struct db_value params[] = {DB_INT(r->now_ms - STORE_FILE_UNSENT_MS), DB_INT(SWEEP_MAX)};
    db_query(db,
             "DELETE FROM file WHERE seq = 0 AND id IN (SELECT id FROM file"
             " WHERE seq = 0 AND created_ms < $1 ORDER BY created_ms LIMIT $2) RETURNING id",
             params, 2);
    take_gone(db, r, SWEEP_MAX);
    r->out.count = r->out.gone_n == SWEEP_MAX;
}

void op_file_unknown(struct db *db, struct store_request *r)
{
    r->out.gone = op_alloc(db, r, r->in.files_n, sizeof *r->out.gone);
    for (uint32_t i = 0; r->out.gone && i < r->in.files_n; i++) {
        if (!is_there(db, r->in.files[i])) {
            r->out.gone[r->out.gone_n++] = r->in.files[i];
        }
    }
}
