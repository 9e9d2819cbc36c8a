/* Reading a file: whoever may read its room at that moment, the whole or a part; shown by a browser only when nothing in it can run. */
#include "api_call.h"

#include "log.h"
#include "media.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER_BYTES 3000 /* of a name, percent-encoded, and what stands around it */

/* --- ranges --- */

struct range {
    uint64_t from, n;
    bool part, none; /* a part of it; nothing of it is there */
};

/* "5-9", "5-", "-5", of size bytes. What is not understood is the whole. */
static struct range read_range(struct slice text, uint64_t size)
{
    struct range whole = {.n = size}, range = {.part = true};
    struct slice first = {text.p, slice_find(text, '-')};
    unsigned long long from = 0, to = 0;
    if (first.n == text.n) {
        return whole;
    }
    struct slice last = slice_from(text, first.n + 1);
    bool has_from = first.n > 0, has_to = last.n > 0;
    if ((has_from && !slice_to_u64(first, UINT64_MAX, &from)) ||
        (has_to && !slice_to_u64(last, UINT64_MAX, &to)) || (!has_from && !has_to) ||
        (has_from && has_to && to < from)) {
        return whole;
    }
    if (!has_from) {
        range.n = to < size ? to : size;
        range.from = size - range.n;
    } else if (from < size) {
        range.from = from;
        range.n = has_to && to < size ? to - from + 1 : size - from;
    }
    range.none = range.n == 0;
    return range;
}

/* One range; of several, the whole is given, as one may. */
static struct range find_range(const struct api_call *c, const char *etag, uint64_t size)
{
    struct slice header = api_header(c, "Range"), same = api_header(c, "If-Range");
    bool usable = slice_starts_with(header, SL("bytes=")) && slice_find(header, ',') == header.n &&
                  (same.n == 0 || slice_eq(same, slice_str(etag)));
    return usable ? read_range(slice_from(header, 6), size) : (struct range){.n = size};
}

/* --- headers --- */

static bool is_plain(unsigned char ch)
{
    return (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') || ch == '.' ||
           ch == '-' || ch == '_';
}

/* For old programs in ASCII, for all others as it is. */
static void put_disposition(struct api_call *c, const struct chat_file *f, bool shown)
{
    char text[HEADER_BYTES];
    static const char hex[] = "0123456789ABCDEF";
    size_t n =
        (size_t)snprintf(text, sizeof text, "%s; filename=\"", shown ? "inline" : "attachment");
    /* Of the database: it never is longer, but who knows where that has been. */
    struct slice name = {
        f->name.p, f->name.n < CHAT_FILE_NAME_BYTES_MAX ? f->name.n : CHAT_FILE_NAME_BYTES_MAX};
    for (size_t i = 0; i < name.n; i++) {
        unsigned char ch = (unsigned char)name.p[i];
        text[n++] = is_plain(ch) || ch == ' ' ? (char)ch : '_';
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < name.n && n + 4 < sizeof text; i++) {
        unsigned char ch = (unsigned char)name.p[i];
        if (is_plain(ch)) {
            text[n++] = (char)ch;
        } else {
            text[n++] = '%';
            text[n++] = hex[ch >> 4];
            text[n++] = hex[ch & 15];
        }
    }
    text[n] = '\0';
    api_put_header(c, "Content-Disposition", text);
}

static void put_type(struct api_call *c, const struct chat_file *f)
{
    char type[100];
    bool text = slice_eq(f->type, SL("text/plain"));
    snprintf(type, sizeof type, "%.*s%s", f->type.n < 60 ? (int)f->type.n : 0, f->type.p,
             text ? "; charset=utf-8" : "");
    api_put_header(c, "Content-Type", type);
}

static bool wants_download(const struct api_call *c)
{
    char value[8];
    return tincan_request_query(c->q, "download", value, sizeof value);
}

/* What every answer with the file has: it is asked for anew each time, so that who may not read it any more does not. */
static void put_headers(struct api_call *c, const struct chat_file *f, const char *etag)
{
    api_put_passive(c, "private, no-cache", etag);
    api_put_header(c, "Accept-Ranges", "bytes");
    put_type(c, f);
    put_disposition(c, f, media_is_passive(f->type) && !wants_download(c));
}

/* --- the whole --- */

static void put_part(struct api_call *c, const struct range *range, uint64_t size)
{
    char text[80];
    if (range->none) {
        snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)size);
    } else {
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long)range->from,
                 (unsigned long long)(range->from + range->n - 1), (unsigned long long)size);
    }
    api_put_header(c, "Content-Range", text);
    api_set_status(c, range->none ? 416 : 206);
}

/* Owns: fd. */
static void answer(struct api_call *c, const struct chat_file *f, int fd)
{
    char etag[32];
    uint64_t size = (uint64_t)f->size;
    snprintf(etag, sizeof etag, "\"%llx\"", (unsigned long long)f->id);
    put_headers(c, f, etag);
    if (api_has_tag(c, etag)) {
        close(fd);
        api_set_status(c, 304);
        return;
    }
    struct range range = find_range(c, etag, size);
    if (range.part) {
        put_part(c, &range, size);
    }
    tincan_reply_file(c->r, fd, range.from, range.n);
}

void api_file_get(struct api_call *c)
{
    int64_t id;
    uint64_t size;
    int fd;
    struct store_request *r = api_path_id(c, "file", &id) ? api_request(c, STORE_FILE_READ) : NULL;
    if (!r) {
        return;
    }
    r->file.file.id = id;
    if (!api_ask(c, r)) {
        return;
    }
    const struct chat_file *f = &r->out.files[0].file;
    enum err e = blob_read_open(c->api->options.blobs, id, &fd, &size);
    if (e == ERR_OK && size == (uint64_t)f->size) {
        answer(c, f, fd);
    } else {
        if (e == ERR_OK) {
            close(fd);
        }
        log_peer(LOG_ERROR, L_API, "a file is not on the disk as it should be", "file=%lld",
                 (long long)id);
        api_refuse(c, CHAT_NOT_FOUND, "file", NULL);
    }
    store_request_free(r);
}
