/* The content of files in a backup: {"file":id,"size":n}, a line break, n bytes, a line break. See backup.h. */
#include "backup_inside.h"

#include "json_out.h"
#include "mem.h"

#include <unistd.h>

#define PIECE_BYTES (64u << 10)

/* --- writing --- */

void backup_list_files(struct backup_writer *w)
{
    if (!w->blobs || w->failed) {
        return;
    }
    db_query(w->db, "SELECT id, size FROM file WHERE whole = 1 ORDER BY id", NULL, 0);
    while (!w->failed && db_next(w->db)) {
        const int64_t file[2] = {db_int(w->db, 0), db_int(w->db, 1)};
        w->failed = buf_put(&w->files, (struct slice){(const char *)file, sizeof file}) != ERR_OK;
    }
    db_done(w->db);
}

static void put_head(struct backup_writer *w, int64_t id, int64_t size)
{
    struct json_out o;
    json_out_start(&o, &w->line);
    json_out_object(&o, NULL);
    json_out_int(&o, "file", id);
    json_out_int(&o, "size", size);
    json_out_object_end(&o);
    w->failed = json_out_end(&o) != ERR_OK || w->failed;
    backup_put_line(w);
}

static void put_content(struct backup_writer *w, int fd, int64_t size, char *piece)
{
    int64_t at = 0;
    while (at < size && !w->failed) {
        size_t wanted = size - at < PIECE_BYTES ? (size_t)(size - at) : PIECE_BYTES;
        ssize_t n = pread(fd, piece, wanted, at);
        w->failed = n <= 0 || fwrite(piece, 1, (size_t)n, w->out) != (size_t)n ||
                    EVP_DigestUpdate(w->hash, piece, (size_t)n) != 1;
        at += n;
    }
    backup_put_line(w);
}

/* One that was deleted since the transaction, or that a disk has lost, is left out. */
static void put_file(struct backup_writer *w, int64_t id, int64_t size, char *piece)
{
    uint64_t there;
    int fd;
    enum err e = blob_read_open(w->blobs, id, &fd, &there);
    if (e == ERR_OK && there == (uint64_t)size) {
        put_head(w, id, size);
        put_content(w, fd, size, piece);
    } else if (w->progress && w->progress->on_missing) {
        w->progress->on_missing(w->progress->user, id);
    }
    if (e == ERR_OK) {
        close(fd);
    }
}

void backup_put_files(struct backup_writer *w)
{
    char *piece = mem_alloc(PIECE_BYTES);
    w->failed = w->failed || !piece;
    for (size_t i = 0; i < w->files.n && !w->failed; i += 2 * sizeof(int64_t)) {
        int64_t file[2];
        memcpy(file, w->files.p + i, sizeof file);
        put_file(w, file[0], file[1], piece);
    }
    mem_free(piece);
}

/* --- reading --- */

static enum err keep_failed(struct backup_reader *r, enum err e)
{
    db_failure_set(r->failure, e, "a file could not be written: %s",
                   e == ERR_LIMIT ? "the disk is full" : "the disk does not work");
    return e;
}

/* fd -1: it is only looked at. */
static enum err read_content(struct backup_reader *r, int fd, char *piece)
{
    uint64_t size = 0;
    for (int64_t left = r->file_bytes; left > 0;) {
        size_t wanted = left < (int64_t)PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        size_t n = fread(piece, 1, wanted, r->in);
        if (n == 0) {
            return backup_damaged(r, "it ends too early");
        }
        CHECK(EVP_DigestUpdate(r->hash, piece, n) == 1);
        enum err e = fd >= 0 ? blob_append(fd, size, (struct slice){piece, n}, &size) : ERR_OK;
        if (e != ERR_OK) {
            return keep_failed(r, e);
        }
        left -= (int64_t)n;
    }
    if (getc(r->in) != '\n') {
        return backup_damaged(r, "a file does not end where it should");
    }
    CHECK(EVP_DigestUpdate(r->hash, "\n", 1) == 1);
    r->line_n++;
    return ERR_OK;
}

enum err backup_read_file(struct backup_reader *r)
{
    char *piece = mem_alloc(PIECE_BYTES);
    int fd = -1;
    enum err e = piece ? ERR_OK : ERR_NOMEM;
    if (e == ERR_OK && r->blobs) {
        blob_remove(r->blobs,
                    r->file); /* a number is never given twice: if there is one, it is the same */
        e = blob_write_open(r->blobs, r->file, &fd);
    }
    e = e == ERR_OK ? read_content(r, fd, piece) : keep_failed(r, e);
    if (fd >= 0) {
        close(fd);
    }
    mem_free(piece);
    return e;
}
