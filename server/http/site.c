/* See site.h. */
#include "site.h"

#include "mem.h"
#include "site_read.h"

#include <stdio.h>

struct site {
    struct site_files files;
    char policy[SITE_POLICY_BYTES]; /* of what is no page */
};

static _Thread_local char why_text[SITE_WHY_BYTES];

enum err site_open(const char *dir, struct site **out, const char **why)
{
    *why = why_text;
    struct site *s = mem_zalloc(sizeof *s);
    if (!s) {
        snprintf(why_text, sizeof why_text, "out of memory");
        return ERR_NOMEM;
    }
    site_policy_write(SL(""), s->policy);
    enum err e = site_files_read(dir, &s->files, why_text);
    if (!e && !site_files_find(&s->files, SL("/index.html"))) {
        snprintf(why_text, sizeof why_text,
                 "public folder %.1400s: contains no index.html; build the site, or name it with "
                 "--public",
                 dir);
        e = ERR_NOTFOUND;
    }
    if (e) {
        site_close(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void site_close(struct site *site)
{
    if (site) {
        site_files_fini(&site->files);
        mem_free(site);
    }
}

/* localhost, 127.0.0.0/8 or [::1], with or without a port. */
static bool is_loopback_host(struct slice host)
{
    struct slice name = {host.p, slice_find(host, ':')};
    return slice_eq_nocase(name, SL("localhost")) || slice_starts_with(name, SL("127.")) ||
           slice_starts_with(host, SL("[::1]"));
}

/* What goes with every answer a browser may show. */
static void security_headers(const struct site *site, const struct site_file *file,
                             const struct http_request *request, struct http_reply *reply)
{
    const char *policy = file && file->policy ? file->policy : site->policy;
    http_reply_header(reply, SL("Content-Security-Policy"), slice_str(policy));
    http_reply_header(reply, SL("X-Content-Type-Options"), SL("nosniff"));
    http_reply_header(reply, SL("Referrer-Policy"), SL("no-referrer"));
    http_reply_header(reply, SL("Cross-Origin-Opener-Policy"), SL("same-origin"));
    http_reply_header(reply, SL("Cross-Origin-Resource-Policy"), SL("same-origin"));
    /* A browser remembers it for the host, whatever the port: other servers on this machine speak
     * plain HTTP. */
    if (request->tls && !is_loopback_host(http_header(request, SL("Host")))) {
        http_reply_header(reply, SL("Strict-Transport-Security"), SL("max-age=31536000"));
    }
}

/* A folder stands for its index.html. */
static const struct site_file *find(const struct site *site, struct slice path)
{
    char memory[SITE_PATH_BYTES_MAX];
    struct slice index = SL("index.html");
    if (path.n == 0 || path.p[path.n - 1] != '/') {
        return site_files_find(&site->files, path);
    }
    if (path.n > sizeof memory - index.n) {
        return NULL;
    }
    memcpy(memory, path.p, path.n);
    memcpy(memory + path.n, index.p, index.n);
    return site_files_find(&site->files, (struct slice){memory, path.n + index.n});
}

static unsigned available_codings(const struct site_file *file)
{
    unsigned bits = 0;
    for (int i = 0; i < CODINGS_N; i++) {
        bits |= file->variants[i].bytes ? 1u << i : 0;
    }
    return bits;
}

/* Does the list of If-None-Match name the tag? Weak comparison (RFC 9110 section 13.1.2). */
static bool names_etag(struct slice list, struct slice etag)
{
    if (slice_eq(list, SL("*"))) {
        return true;
    }
    while (list.n >= etag.n) {
        if (slice_starts_with(list, etag)) {
            return true; /* the quotes make it a whole tag */
        }
        size_t next = slice_find(slice_from(list, 1), '"');
        list = slice_from(list, 1 + next);
    }
    return false;
}

static void reply_text(struct http_reply *reply, int status, struct slice text)
{
    reply->status = status;
    reply->content_type = SL("text/plain; charset=utf-8");
    reply->body = text;
    http_reply_header(reply, SL("Cache-Control"), SL("no-cache"));
}

static void reply_file(const struct site_file *file, const struct http_request *request,
                       struct http_reply *reply)
{
    static const struct slice coding_names[CODINGS_N] = {{NULL, 0}, {"gzip", 4}, {"br", 2}};
    unsigned available = available_codings(file);
    enum coding coding =
        accept_encoding_choose(http_header(request, SL("Accept-Encoding")), available);
    const struct site_variant *v = &file->variants[coding];
    struct slice etag = slice_str(v->etag);
    http_reply_header(reply, SL("ETag"), etag);
    http_reply_header(reply, SL("Cache-Control"),
                      file->hashed ? SL("public, max-age=31536000, immutable") : SL("no-cache"));
    if (available != 1u << CODING_IDENTITY) {
        http_reply_header(reply, SL("Vary"), SL("Accept-Encoding"));
    }
    if (names_etag(http_header(request, SL("If-None-Match")), etag)) {
        reply->status = 304;
        return;
    }
    reply->status = 200;
    reply->content_type = file->type;
    reply->body = (struct slice){v->bytes, v->n};
    if (coding != CODING_IDENTITY) {
        http_reply_header(reply, SL("Content-Encoding"), coding_names[coding]);
    }
}

void site_reply(const struct site *site, const struct http_request *request,
                struct http_reply *reply)
{
    const struct site_file *file = find(site, request->path);
    *reply = (struct http_reply){0};
    security_headers(site, file, request, reply);
    if (!file) {
        reply_text(reply, 404, SL("There is nothing here.\n"));
    } else if (!slice_eq(request->method, SL("GET")) && !slice_eq(request->method, SL("HEAD"))) {
        reply_text(reply, 405, SL("Only GET and HEAD are allowed here.\n"));
        http_reply_header(reply, SL("Allow"), SL("GET, HEAD"));
    } else {
        reply_file(file, request, reply);
    }
}
