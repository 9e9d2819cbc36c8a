/* See eio_info.h. */
#include "eio_info.h"

#include "check.h"
#include "clock.h"
#include "mem.h"

static bool is_wanted(struct slice name, const struct slice *names, unsigned names_n)
{
    for (unsigned i = 0; names && i < names_n; i++) {
        if (slice_eq_nocase(names[i], name)) {
            return true;
        }
    }
    return !names;
}

static size_t headers_bytes(const struct http_request *request, const struct slice *names,
                            unsigned names_n)
{
    size_t n = 0;
    for (unsigned i = 0; i < request->headers_n; i++) {
        if (is_wanted(request->headers[i].name, names, names_n)) {
            n += request->headers[i].name.n + request->headers[i].value.n + 4;
        }
    }
    return n;
}

static struct slice keep(char **at, struct slice s)
{
    struct slice kept = {*at, s.n};
    if (s.n > 0) {
        memcpy(*at, s.p, s.n);
        *at += s.n;
    }
    return kept;
}

struct eio_info *eio_info_new(const struct http_request *request, const struct slice *names,
                              unsigned names_n)
{
    size_t headers_n = headers_bytes(request, names, names_n);
    size_t n = request->path.n + request->query.n + request->remote_address.n + headers_n;
    struct eio_info *info = mem_alloc(sizeof *info + n);
    if (!info) {
        return NULL;
    }
    char *at = info->bytes;
    *info = (struct eio_info){.refs = 1, .time_ms = clock_wall_ms(), .tls = request->tls};
    info->path = keep(&at, request->path);
    info->query = keep(&at, request->query);
    info->address = keep(&at, request->remote_address);
    info->headers = (struct slice){at, headers_n};
    for (unsigned i = 0; i < request->headers_n; i++) {
        if (is_wanted(request->headers[i].name, names, names_n)) {
            keep(&at, request->headers[i].name);
            keep(&at, SL(": "));
            keep(&at, request->headers[i].value);
            keep(&at, SL("\r\n"));
        }
    }
    return info;
}

void eio_info_ref(struct eio_info *info)
{
    if (info) {
        info->refs++;
    }
}

void eio_info_unref(struct eio_info *info)
{
    if (info && --info->refs == 0) {
        mem_free(info);
    }
}

bool eio_info_next(struct slice *rest, struct slice *name, struct slice *value)
{
    if (rest->n == 0) {
        return false;
    }
    size_t end = slice_find(*rest, '\r');
    struct slice line = {rest->p, end};
    size_t colon = slice_find(line, ':');
    *name = (struct slice){line.p, colon};
    *value = slice_from(line, colon + 2);
    *rest = slice_from(*rest, end + 2);
    return true;
}

struct slice eio_info_header(const struct eio_info *info, struct slice wanted)
{
    struct slice rest = info->headers;
    struct slice name, value;
    while (eio_info_next(&rest, &name, &value)) {
        if (slice_eq_nocase(name, wanted)) {
            return value;
        }
    }
    return (struct slice){NULL, 0};
}
