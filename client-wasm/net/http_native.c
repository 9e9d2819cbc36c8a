/* HTTP/1.1 exchanges over kept-alive native connections. */
#include "http_native.h"

#include "buf.h"
#include "http1_reply.h"
#include "mem.h"
#include "stream_native.h"
#include "url.h"

#include <inttypes.h>

#define REQUEST_MAX_BYTES (65u << 20)
/* Long-polling needs one for its GET and one for its POST. */
#define IDLE_MAX 4

/* A connection kept for the next exchange with the same server. */
struct idle {
    struct stream *stream; /* NULL: a free place */
    bool tls;
    uint16_t port;
    char host[URL_HOST_BYTES_MAX];
    size_t host_n;
};

static struct idle idles[IDLE_MAX];

/* Inv: stream is set until the answer is whole or the exchange failed. */
struct http_call {
    http_done_fn done;
    void *user;
    struct stream *stream;
    struct url to; /* borrows from url_text */
    struct buf url_text;
    struct buf request; /* head and body */
    struct http1_reply reply;
    bool post;   /* or PUT: it has a body */
    bool reused; /* on a kept connection, which the server may be closing just now */
};

/* ---- kept connections ---- */

static void on_idle_data(void *user, char *p, size_t n)
{
    struct idle *idle = user;
    (void)p;
    (void)n;
    stream_close(idle->stream); /* nothing was asked */
    idle->stream = NULL;
}

static void on_idle_close(void *user)
{
    struct idle *idle = user;
    idle->stream = NULL;
}

static void keep(struct stream *stream, const struct url *to)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct idle *idle = &idles[i];
        if (!idle->stream) {
            *idle = (struct idle){
                .stream = stream, .tls = to->tls, .port = to->port, .host_n = to->host.n};
            memcpy(idle->host, to->host.p, to->host.n);
            struct stream_events events = {
                .user = idle, .on_data = on_idle_data, .on_close = on_idle_close};
            stream_set_events(stream, &events);
            return;
        }
    }
    stream_close(stream);
}

static struct stream *take_kept(const struct url *to)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct idle *idle = &idles[i];
        if (idle->stream && idle->tls == to->tls && idle->port == to->port &&
            slice_eq((struct slice){idle->host, idle->host_n}, to->host)) {
            struct stream *stream = idle->stream;
            idle->stream = NULL;
            return stream;
        }
    }
    return NULL;
}

void http_native_drop_kept(void)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        if (idles[i].stream) {
            stream_close(idles[i].stream);
            idles[i].stream = NULL;
        }
    }
}

/* ---- an exchange ---- */

static void call_free(struct http_call *call)
{
    buf_fini(&call->url_text);
    buf_fini(&call->request);
    http1_reply_fini(&call->reply);
    mem_free(call);
}

static void finish(struct http_call *call, unsigned status)
{
    struct slice body = status ? buf_peek(&call->reply.body) : (struct slice){0};
    call->done(call->user, status, body);
    call_free(call);
}

static void on_open(void *user)
{
    struct http_call *call = user;
    if (stream_write(call->stream, buf_peek(&call->request)) != ERR_OK) {
        stream_close(call->stream);
        finish(call, 0);
    }
}

static void on_data(void *user, char *p, size_t n)
{
    struct http_call *call = user;
    size_t used;
    enum err r = http1_reply_feed(&call->reply, (struct slice){p, n}, &used);
    if (r == ERR_MORE) {
        return;
    }
    struct stream *stream = call->stream;
    call->stream = NULL;
    if (r == ERR_OK && used == n && call->reply.keep_alive && call->reply.status != 101) {
        keep(stream, &call->to);
    } else {
        stream_close(stream);
    }
    finish(call, r == ERR_OK ? call->reply.status : 0);
}

static void on_close(void *user);

static enum err connect_new(struct http_call *call)
{
    struct stream_events events = {
        .user = call, .on_open = on_open, .on_data = on_data, .on_close = on_close};
    call->reused = false;
    call->stream = stream_open(&call->to, &events);
    return call->stream ? ERR_OK : ERR_NOMEM;
}

static void on_close(void *user)
{
    struct http_call *call = user;
    call->stream = NULL;
    /* A kept connection that ends before the first byte had been closed by the server: a GET may be
     * asked again. */
    if (call->reused && !call->post && !call->reply.begun && connect_new(call) == ERR_OK) {
        return;
    }
    finish(call, http1_reply_end(&call->reply) == ERR_OK ? call->reply.status : 0);
}

static enum err reuse_or_connect(struct http_call *call)
{
    struct stream *stream = take_kept(&call->to);
    if (!stream) {
        return connect_new(call);
    }
    struct stream_events events = {
        .user = call, .on_open = on_open, .on_data = on_data, .on_close = on_close};
    stream_set_events(stream, &events);
    call->stream = stream;
    call->reused = true;
    if (stream_write(stream, buf_peek(&call->request)) == ERR_OK) {
        return ERR_OK;
    }
    stream_close(stream);
    return connect_new(call);
}

static enum err put_request(struct http_call *call, const struct http_request *request)
{
    const struct url *to = &call->to;
    enum err r =
        buf_printf(&call->request,
                   "%s %.*s HTTP/1.1\r\nHost: %s%.*s%s:%u\r\nUser-Agent: tincan/" TINCAN_VERSION
                   "\r\nAccept: */*\r\n",
                   request->remove  ? "DELETE"
                   : request->put   ? "PUT"
                   : request->patch ? "PATCH"
                   : request->post  ? "POST"
                                    : "GET",
                   SL_ARG(to->target), to->ipv6 ? "[" : "", SL_ARG(to->host), to->ipv6 ? "]" : "",
                   (unsigned)to->port);
    if (r == ERR_OK && call->post) {
        r = buf_printf(&call->request, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                       request->put    ? "application/octet-stream"
                       : request->json ? "application/json"
                                       : "text/plain;charset=UTF-8",
                       request->body.n);
    }
    if (r == ERR_OK && request->range_n > 0) {
        r = buf_printf(&call->request, "Range: bytes=%" PRIu64 "-%" PRIu64 "\r\n",
                       request->range_from, request->range_from + request->range_n - 1);
    }
    if (r == ERR_OK && request->bearer.n > 0) {
        r = buf_printf(&call->request, "Authorization: Bearer %.*s\r\n", SL_ARG(request->bearer));
    }
    if (r == ERR_OK) {
        r = buf_put(&call->request, SL("\r\n"));
    }
    return r == ERR_OK ? buf_put(&call->request, request->body) : r;
}

struct http_call *http_native_start(const struct http_request *request, http_done_fn done,
                                    void *user)
{
    struct http_call *call = mem_zalloc(sizeof *call);
    if (!call) {
        return NULL;
    }
    call->done = done;
    call->user = user;
    call->post = request->post || request->put;
    buf_init(&call->url_text, REQUEST_MAX_BYTES);
    buf_init(&call->request, REQUEST_MAX_BYTES);
    http1_reply_init(&call->reply, TRANSPORT_INPUT_MAX_BYTES);
    if (buf_put(&call->url_text, request->url) != ERR_OK ||
        url_parse(buf_peek(&call->url_text), &call->to) != ERR_OK ||
        put_request(call, request) != ERR_OK || reuse_or_connect(call) != ERR_OK) {
        call_free(call);
        return NULL;
    }
    return call;
}

void http_native_abort(struct http_call *call)
{
    stream_close(call->stream);
    call_free(call);
}
