/* Files of messages that are sent: who may send which, and that none is in two messages. See op_send.h. */
#include "op_send.h"

#include "op_file.h"

/* Read what they are and, on PostgreSQL, hold on to them until the commit. In the order of their ids, so that two who send the same ones
 * do not wait for each other. */
static void load(struct send_batch *b, struct send_item *item)
{
    static const char *const sql[] = {
        [DB_SQLITE] = "SELECT " OP_FILE_COLUMNS " FROM json_each($1) AS j CROSS JOIN file f"
                      " WHERE f.id = j.value ORDER BY f.id",
        [DB_POSTGRES] =
            "SELECT " OP_FILE_COLUMNS " FROM file f WHERE f.id IN (SELECT CAST(j.value AS BIGINT)"
            " FROM json_array_elements_text(CAST($1 AS JSON)) AS j (value)) ORDER BY f.id"
            " FOR UPDATE",
    };
    struct store_request *r = item->r;
    struct buf json = {.max = 32 * CHAT_FILES_MAX};
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < r->in.files_n && e == ERR_OK; i++) {
        e = buf_printf(&json, "%c%lld", i == 0 ? '[' : ',', (long long)r->in.files[i]);
    }
    e = e == ERR_OK ? buf_putc(&json, ']') : e;
    item->files = op_alloc(b->db, r, r->in.files_n, sizeof *item->files);
    if (e != ERR_OK || !item->files) {
        db_fail(b->db, ERR_NOMEM, "out of memory");
    }
    db_query(b->db, sql[db_kind(b->db)], &DB_TEXT(buf_peek(&json)), 1);
    while (db_next(b->db)) {
        struct store_file f = op_file_take(b->db, r, 0);
        for (uint32_t i = 0; i < r->in.files_n; i++) {
            if (r->in.files[i] == f.file.id) {
                item->files[i] = f;
            }
        }
    }
    db_done(b->db);
    buf_fini(&json);
}

void send_files_load(struct send_batch *b)
{
    for (unsigned i = 0; i < b->items_n; i++) {
        if (b->items[i].r->in.files_n > 0 && b->items[i].state == SEND_OPEN) {
            load(b, &b->items[i]);
        }
    }
}

/* Does an earlier message of this batch take it? */
static bool is_taken(const struct send_batch *b, unsigned i, int64_t id)
{
    for (unsigned j = 0; j < i; j++) {
        const struct send_item *other = &b->items[j];
        for (uint32_t k = 0; other->state == SEND_NEW && k < other->r->in.files_n; k++) {
            if (other->r->in.files[k] == id) {
                return true;
            }
        }
    }
    return false;
}

const char *send_files_refused(const struct send_batch *b, unsigned i)
{
    const struct send_item *item = &b->items[i];
    const struct store_request *r = item->r;
    for (uint32_t k = 0; k < r->in.files_n; k++) {
        const struct store_file *f = &item->files[k];
        if (f->file.id == 0 || f->owner != r->actor) {
            return "names a file that is not there";
        }
        if (f->room != r->in.room) {
            return "names a file that was uploaded for another room";
        }
        if (!f->whole) {
            return "names a file whose upload is not finished";
        }
        if (f->seq > 0 || is_taken(b, i, f->file.id)) {
            return "names a file that is in another message";
        }
    }
    return NULL;
}

void send_files_attach(struct send_batch *b, struct send_item *item)
{
    struct store_request *r = item->r;
    struct chat_message *m = item->message;
    m->files = r->in.files_n > 0 ? op_alloc(b->db, r, r->in.files_n, sizeof *m->files) : NULL;
    for (uint32_t k = 0; m->files && k < r->in.files_n; k++) {
        m->files[m->files_n] = item->files[k].file;
        m->files[m->files_n++].alt = k < r->in.alts_n ? r->in.alts[k] : SL("");
    }
}

void send_files_write(struct send_batch *b, const struct send_item *item)
{
    for (uint32_t k = 0; k < item->message->files_n; k++) {
        const struct chat_file *f = &item->message->files[k];
        const struct db_value params[] = {DB_INT(f->id), DB_INT(item->message->seq), DB_INT(k)};
        const struct db_value alt[] = {DB_INT(f->id), DB_TEXT(f->alt)};
        db_exec_later(b->db, "UPDATE file SET seq = $2, place = $3 WHERE id = $1", params, 3);
        if (f->alt.n > 0) {
            db_exec_later(b->db, "INSERT INTO file_alt (file, alt) VALUES ($1, $2)", alt, 2);
        }
    }
}
