/* See client_bundle.h. Source: the serving of the client in socket.io 4.8 (lib/index.ts). */
#include "client_bundle.h"

#include "mem.h"
#include "site_read.h"

#include <stdint.h>
#include <stdio.h>

#define VERSION_BYTES_MAX 32

struct client_bundle {
    struct site_files files;
    struct slice path; /* ends with a slash */
    char etag[VERSION_BYTES_MAX + 2 + 1];
};

static _Thread_local char why_text[SITE_WHY_BYTES];

static bool is_bundle_name(struct slice name)
{
    static const struct slice names[] = {
#define NAME(text) {text, sizeof text - 1}
        NAME("socket.io.js"),
        NAME("socket.io.js.map"),
        NAME("socket.io.esm.min.js"),
        NAME("socket.io.esm.min.js.map"),
        NAME("socket.io.min.js"),
        NAME("socket.io.min.js.map"),
        NAME("socket.io.msgpack.min.js"),
        NAME("socket.io.msgpack.min.js.map"),
#undef NAME
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}

static const struct site_file *find(const struct client_bundle *b, struct slice path)
{
    if (!b || !slice_starts_with(path, b->path) || !is_bundle_name(slice_from(path, b->path.n))) {
        return NULL;
    }
    return site_files_find(&b->files, slice_from(path, b->path.n - 1)); /* with its slash */
}

/* The version after "Socket.IO v" in a script's first comment; empty when there is none. */
static struct slice version_of(struct slice script)
{
    const struct slice mark = SL("Socket.IO v");
    for (size_t i = 0; i < 64 && i + mark.n < script.n; i++) {
        struct slice rest = slice_from(script, i);
        if (slice_starts_with(rest, mark)) {
            size_t n = mark.n;
            while (n < rest.n && ((rest.p[n] >= '0' && rest.p[n] <= '9') || rest.p[n] == '.' ||
                                  rest.p[n] == '-' || (rest.p[n] >= 'a' && rest.p[n] <= 'z'))) {
                n++;
            }
            return (struct slice){rest.p + mark.n, n - mark.n};
        }
    }
    return (struct slice){NULL, 0};
}

/* The tag is the version, as the reference's is; of files that do not tell, each one's own. */
static bool look_through(struct client_bundle *b)
{
    bool any = false;
    for (size_t i = 0; i < b->files.n; i++) {
        const struct site_file *f = &b->files.list[i];
        const struct site_variant *v = &f->variants[CODING_IDENTITY];
        struct slice version = version_of((struct slice){v->bytes, v->n});
        bool ours = is_bundle_name(slice_from(slice_str(f->path), 1));
        any = any || ours;
        if (ours && version.n > 0 && version.n <= VERSION_BYTES_MAX) {
            snprintf(b->etag, sizeof b->etag, "\"%.*s\"", SL_ARG(version));
        }
    }
    return any;
}

static enum err read_bundle(struct client_bundle *b, const char *dir, struct slice path)
{
    char *copy = mem_alloc(path.n + 2);
    if (!copy) {
        snprintf(why_text, sizeof why_text, "out of memory");
        return ERR_NOMEM;
    }
    snprintf(copy, path.n + 2, "%.*s/", SL_ARG(path));
    b->path = (struct slice){copy, path.n + 1};
    enum err e = site_files_read(dir, &b->files, why_text);
    if (e == ERR_OK && !look_through(b)) {
        snprintf(why_text, sizeof why_text, "%.1400s contains no socket.io.js and the like", dir);
        e = ERR_NOTFOUND;
    }
    return e;
}

enum err client_bundle_open(const char *dir, struct slice path, struct client_bundle **out,
                            const char **why)
{
    struct client_bundle *b = mem_zalloc(sizeof *b);
    *why = why_text;
    if (!b) {
        snprintf(why_text, sizeof why_text, "out of memory");
        return ERR_NOMEM;
    }
    enum err e = read_bundle(b, dir, path);
    if (e != ERR_OK) {
        client_bundle_close(b);
        return e;
    }
    *out = b;
    return ERR_OK;
}

void client_bundle_close(struct client_bundle *b)
{
    if (b) {
        site_files_fini(&b->files);
        mem_free((char *)(uintptr_t)b->path.p);
        mem_free(b);
    }
}

bool client_bundle_has(const struct client_bundle *b, struct slice path)
{
    return find(b, path) != NULL;
}

static bool is_current(struct slice asked, struct slice etag)
{
    return slice_eq(asked, etag) ||
           (slice_starts_with(asked, SL("W/")) && slice_eq(slice_from(asked, 2), etag));
}

bool client_bundle_reply(const struct client_bundle *b, const struct http_request *request,
                         struct http_reply *reply)
{
    const struct site_file *f = find(b, request->path);
    if (!f) {
        return false;
    }
    const struct site_variant *v = &f->variants[CODING_IDENTITY];
    struct slice path = slice_str(f->path);
    struct slice etag = slice_str(b->etag[0] ? b->etag : v->etag);
    bool is_map = slice_eq(slice_from(path, path.n - 4), SL(".map"));
    *reply = (struct http_reply){.status = 405};
    http_reply_header(reply, SL("X-Content-Type-Options"), SL("nosniff"));
    if (!slice_eq(request->method, SL("GET")) && !slice_eq(request->method, SL("HEAD"))) {
        http_reply_header(reply, SL("Allow"), SL("GET, HEAD"));
        return true;
    }
    http_reply_header(reply, SL("Cross-Origin-Resource-Policy"),
                      SL("cross-origin")); /* for any page that may connect */
    http_reply_header(reply, SL("Cache-Control"), SL("public, max-age=0"));
    http_reply_header(reply, SL("ETag"), etag);
    if (is_current(http_header(request, SL("If-None-Match")), etag)) {
        reply->status = 304;
        return true;
    }
    reply->status = 200;
    reply->content_type = is_map ? SL("application/json; charset=utf-8")
                                 : SL("application/javascript; charset=utf-8");
    reply->body = (struct slice){v->bytes, v->n};
    return true;
}
