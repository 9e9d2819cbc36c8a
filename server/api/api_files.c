/* Uploads: a file is announced, comes in pieces of up to CHAT_FILE_CHUNK_BYTES, each where the one before ended, and is whole when all of
 * it is on the disk. Whatever breaks off, it goes on where it was. See README.md.
 */
#include "api_call.h"

#include "log.h"
#include "media.h"
#include "mem.h"

#include <string.h>
#include <unistd.h>

#define UNSENT_FILES_MAX 20 /* of one user */
#define UNSENT_TIMES_MAX 5  /* the largest file, in bytes */
#define PIECE_BYTES      (64u << 10)

/* --- answers --- */

static void put_progress(struct api_call *c, uint64_t offset, const struct store_file *whole)
{
    struct buf body;
    struct json_out o;
    api_json_start(c, &body, &o);
    json_out_int(&o, "offset", (int64_t)offset);
    if (whole) {
        chat_json_file(&o, "file", &whole->file);
    }
    api_json_end(c, &body, &o);
}

/* What came is dropped, so that the answer is read. */
static void drain(struct api_call *c)
{
    char piece[4096];
    size_t n = 1;
    while (n > 0 && tincan_request_read(c->q, piece, sizeof piece, &n)) {
    }
}

/* The piece does not begin where the last one ended: offset is there. */
static void refuse_offset(struct api_call *c, uint64_t offset)
{
    struct buf body;
    struct json_out o;
    const struct chat_error_row *row = &chat_error_rows[CHAT_CONFLICT];
    drain(c);
    api_json_start(c, &body, &o);
    json_out_int(&o, "offset", (int64_t)offset);
    json_out_object(&o, "error");
    json_out_text(&o, "code", slice_str(row->code));
    json_out_text(&o, "message", SL("The upload is at another place; go on from offset"));
    json_out_text(&o, "field", SL("offset"));
    json_out_object_end(&o);
    api_json_end(c, &body, &o);
    api_set_status(c, row->http_status);
}

static void refuse_disk(struct api_call *c, enum err e, const char *what)
{
    if (e == ERR_LIMIT) {
        api_refuse(c, CHAT_FULL, NULL, "The server's disk is full; try again later");
    } else {
        log_peer(LOG_ERROR, L_API, "a file cannot be kept", "%s", what);
        api_refuse(c, CHAT_INTERNAL, NULL, "The server could not keep the file");
    }
}

/* --- a new one --- */

static void refuse_size(struct api_call *c)
{
    char words[80];
    uint64_t max = c->api->options.upload_bytes_max;
    if (max >= 1048576) {
        snprintf(words, sizeof words, "is too large: up to %llu MB may be uploaded here",
                 (unsigned long long)(max / 1048576));
    } else {
        snprintf(words, sizeof words, "is too large: up to %llu bytes may be uploaded here",
                 (unsigned long long)max);
    }
    api_refuse_max(c, "size", words, (int64_t)max);
}

/* A number of the body; refused and false when it is missing or none. */
static bool take_int(struct api_call *c, const char *key, int64_t low, int64_t *out)
{
    if (json_in_int(&c->body, key, low, CHAT_ID_MAX, out)) {
        return true;
    }
    api_refuse(c, CHAT_INVALID, key, c->body.err ? "must be a whole number" : "is missing");
    return false;
}

bool api_may_upload(struct api_call *c)
{
    return api_may(c, c->api->uploads);
}

/* May one more be announced? Refused and false when not. */
static bool may_announce(struct api_call *c, int64_t size)
{
    if (c->api->options.upload_bytes_max == 0) {
        api_refuse(c, CHAT_FORBIDDEN, NULL, "Files cannot be uploaded here");
        return false;
    }
    if ((uint64_t)size > c->api->options.upload_bytes_max) {
        refuse_size(c);
        return false;
    }
    if (!api_may_upload(c)) {
        return false;
    }
    if (!blobs_have_room(c->api->options.blobs, (uint64_t)size)) {
        refuse_disk(c, ERR_LIMIT, "");
        return false;
    }
    return true;
}

static void announce(struct api_call *c, struct slice name, int64_t size, int64_t room)
{
    char clean[CHAT_FILE_NAME_BYTES_MAX];
    struct buf body;
    struct json_out o;
    struct store_request *r = api_request(c, STORE_FILE_NEW);
    if (!r) {
        return;
    }
    r->in.room = room;
    r->file.file.name = (struct slice){clean, media_name(name, clean)};
    r->file.file.size = size;
    r->file_limits.files_n = UNSENT_FILES_MAX;
    r->file_limits.bytes = UNSENT_TIMES_MAX * (int64_t)c->api->options.upload_bytes_max;
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    chat_json_file(&o, "file", &r->out.files[0].file);
    json_out_int(&o, "offset", 0);
    json_out_int(&o, "chunk", CHAT_FILE_CHUNK_BYTES);
    api_json_end(c, &body, &o);
    api_set_status(c, 201);
    store_request_free(r);
}

void api_file_new(struct api_call *c)
{
    struct slice name;
    int64_t size = 0, room = 0;
    if (api_text(c, "name", &name) && take_int(c, "size", 0, &size) &&
        take_int(c, "room", 1, &room) && may_announce(c, size)) {
        announce(c, name, size, room);
    }
}

/* --- its content --- */

/* The caller's own file; NULL: refused. */
static struct store_request *find_own(struct api_call *c)
{
    int64_t id;
    struct store_request *r = api_path_id(c, "file", &id) ? api_request(c, STORE_FILE_MINE) : NULL;
    if (!r) {
        return NULL;
    }
    r->file.file.id = id;
    return api_ask(c, r) ? r : NULL;
}

/* All of it is there: see what it is, and to it that it stays. */
static void finish(struct api_call *c, const struct store_file *f, int fd)
{
    const struct blobs *blobs = c->api->options.blobs;
    char *head = mem_alloc(MEDIA_HEAD_BYTES);
    struct store_request *r = head ? api_request(c, STORE_FILE_WHOLE) : NULL;
    enum err e = r ? blob_sync(blobs, f->file.id, fd) : ERR_NOMEM;
    if (r && e == ERR_OK) {
        size_t n = blob_head(fd, head, MEDIA_HEAD_BYTES);
        struct media media = media_of((struct slice){head, n}, (uint64_t)f->file.size);
        r->file.file = (struct chat_file){.id = f->file.id,
                                          .type = slice_str(media.type),
                                          .width = media.width,
                                          .height = media.height};
        if (api_ask(c, r)) {
            put_progress(c, (uint64_t)f->file.size, &r->out.files[0]);
            store_request_free(r);
        }
    } else if (r) {
        blob_remove(blobs,
                    f->file.id); /* nobody knows what of it is on the disk: from the beginning */
        store_request_free(r);
        refuse_disk(c, e, "syncing");
    }
    mem_free(head);
}

/* Take in what comes; *offset is where it has got to. Returns as blob_append; ERR_CLOSED: no more of it comes. */
static enum err take_in(struct api_call *c, int fd, uint64_t *offset)
{
    char *piece = mem_alloc(PIECE_BYTES);
    enum err e = piece ? ERR_OK : ERR_NOMEM;
    for (uint64_t left = c->q->body_length; left > 0 && e == ERR_OK;) {
        size_t n = 0;
        if (!tincan_request_read(c->q, piece, PIECE_BYTES, &n) || n == 0) {
            e = ERR_CLOSED;
            break;
        }
        e = blob_append(fd, *offset, (struct slice){piece, n}, offset);
        left -= n;
    }
    mem_free(piece);
    return e;
}

static void store_piece(struct api_call *c, const struct store_file *f, uint64_t offset)
{
    int fd = -1;
    enum err e = blobs_have_room(c->api->options.blobs, c->q->body_length)
                     ? blob_write_open(c->api->options.blobs, f->file.id, &fd)
                     : ERR_LIMIT;
    e = e ? e : take_in(c, fd, &offset);
    if (e == ERR_CONFLICT) {
        refuse_offset(c, offset);
    } else if (e == ERR_CLOSED) {
        api_refuse(c, CHAT_INVALID, "body", "was cut off");
    } else if (e != ERR_OK) {
        drain(c);
        refuse_disk(c, e, "writing");
    } else if (offset == (uint64_t)f->file.size) {
        finish(c, f, fd);
    } else {
        put_progress(c, offset, NULL);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void put_piece(struct api_call *c, const struct store_file *f, uint64_t offset)
{
    uint64_t size = (uint64_t)f->file.size;
    uint64_t there = f->whole ? size : blob_size(c->api->options.blobs, f->file.id);
    if (offset != there) {
        refuse_offset(c, there);
    } else if (c->q->body_length > size - offset) {
        drain(c);
        api_refuse(c, CHAT_INVALID, "body", "goes beyond the end of the file");
    } else if (f->whole) {
        put_progress(c, size, f); /* the answer to the last piece was lost */
    } else {
        store_piece(c, f, offset);
    }
}

void api_file_put(struct api_call *c)
{
    int64_t offset = -1;
    bool bad = false;
    if (c->q->body_length > CHAT_FILE_CHUNK_BYTES) {
        api_refuse(c, CHAT_TOO_LARGE, "body", "is larger than one piece of an upload may be");
        return;
    }
    if (!api_query_int(c, "offset", 0, CHAT_ID_MAX, &offset, &bad)) {
        if (!bad) {
            api_refuse(c, CHAT_INVALID, "offset", "is missing");
        }
        return;
    }
    struct store_request *r = find_own(c);
    if (r) {
        put_piece(c, &r->out.files[0], (uint64_t)offset);
        store_request_free(r);
    }
}

void api_file_progress(struct api_call *c)
{
    struct store_request *r = find_own(c);
    if (!r) {
        return;
    }
    const struct store_file *f = &r->out.files[0];
    uint64_t there =
        f->whole ? (uint64_t)f->file.size : blob_size(c->api->options.blobs, f->file.id);
    put_progress(c, there, f->whole ? f : NULL);
    store_request_free(r);
}

void api_file_drop(struct api_call *c)
{
    int64_t id;
    struct store_request *r = api_path_id(c, "file", &id) ? api_request(c, STORE_FILE_DROP) : NULL;
    if (!r) {
        return;
    }
    r->file.file.id = id;
    if (api_ask(c, r)) {
        api_put_ok(c);
        store_request_free(r);
    }
}
