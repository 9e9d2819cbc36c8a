/* The answer to an HTTP/1.1 request, parsed as it comes. */
#include "http1_reply.h"

#define WS_PROOF_MAX_BYTES 64

void http1_reply_init(struct http1_reply *r, size_t body_max_bytes)
{
    *r = (struct http1_reply){.state = HTTP1_STATUS};
    buf_init(&r->line, HTTP1_LINE_MAX_BYTES);
    buf_init(&r->ws_proof, WS_PROOF_MAX_BYTES);
    buf_init(&r->body, body_max_bytes);
}

void http1_reply_fini(struct http1_reply *r)
{
    buf_fini(&r->line);
    buf_fini(&r->ws_proof);
    buf_fini(&r->body);
}

static struct slice trim(struct slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = slice_from(s, 1);
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

/* "HTTP/1.x NNN reason" */
static enum err read_status(struct http1_reply *r, struct slice line)
{
    unsigned long long status;
    if (line.n < 12 || !slice_starts_with(line, SL("HTTP/1.")) || line.p[8] != ' ' ||
        !slice_to_u64((struct slice){line.p + 9, 3}, 599, &status) || status < 100 ||
        (line.n > 12 && line.p[12] != ' ')) {
        return ERR_PROTO;
    }
    r->status = (unsigned)status;
    r->keep_alive = line.p[7] != '0';
    r->state = HTTP1_HEADER;
    return ERR_OK;
}

static enum err read_length(struct http1_reply *r, struct slice value)
{
    unsigned long long n;
    if (!slice_to_u64(value, INT64_MAX, &n) || (r->has_length && n != r->left)) {
        return ERR_PROTO;
    }
    r->has_length = true;
    r->left = n;
    return ERR_OK;
}

static enum err read_header(struct http1_reply *r, struct slice line)
{
    size_t colon = slice_find(line, ':');
    if (colon == 0 || colon == line.n) {
        return ERR_PROTO;
    }
    if (++r->headers_n > HTTP1_HEADERS_MAX) {
        return ERR_LIMIT;
    }
    struct slice name = {line.p, colon};
    struct slice value = trim(slice_from(line, colon + 1));
    if (slice_eq_nocase(name, SL("content-length"))) {
        return read_length(r, value);
    }
    if (slice_eq_nocase(name, SL("transfer-encoding"))) {
        r->chunked = true;
        return slice_eq_nocase(value, SL("chunked")) ? ERR_OK : ERR_PROTO;
    }
    if (slice_eq_nocase(name, SL("connection")) && slice_eq_nocase(value, SL("close"))) {
        r->keep_alive = false;
    } else if (slice_eq_nocase(name, SL("upgrade"))) {
        r->upgrade = slice_eq_nocase(value, SL("websocket"));
    } else if (slice_eq_nocase(name, SL("sec-websocket-accept"))) {
        buf_reset(&r->ws_proof);
        return buf_put(&r->ws_proof, value);
    }
    return ERR_OK;
}

static void forget_head(struct http1_reply *r)
{
    r->state = HTTP1_STATUS;
    r->chunked = false;
    r->has_length = false;
    r->headers_n = 0;
    r->left = 0;
}

/* The empty line behind the headers. */
static enum err end_head(struct http1_reply *r)
{
    if (r->chunked && r->has_length) {
        return ERR_PROTO;
    }
    if (r->status < 200 && r->status != 101) {
        forget_head(r); /* an interim answer */
    } else if (r->status == 101 || r->status == 204 || r->status == 304) {
        r->state = HTTP1_DONE;
    } else if (r->chunked) {
        r->state = HTTP1_CHUNK_SIZE;
    } else if (r->has_length) {
        r->state = r->left > 0 ? HTTP1_BODY_LENGTH : HTTP1_DONE;
    } else {
        r->keep_alive = false;
        r->state = HTTP1_BODY_CLOSE;
    }
    return ERR_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err read_chunk_size(struct http1_reply *r, struct slice line)
{
    uint64_t n = 0;
    size_t digits = 0;
    while (digits < line.n && hex_digit(line.p[digits]) >= 0) {
        if (digits == 15) {
            return ERR_LIMIT;
        }
        n = n << 4 | (uint64_t)hex_digit(line.p[digits++]);
    }
    if (digits == 0 || (digits < line.n && line.p[digits] != ';' && line.p[digits] != ' ')) {
        return ERR_PROTO;
    }
    r->left = n;
    r->state = n > 0 ? HTTP1_CHUNK_DATA : HTTP1_TRAILER;
    return ERR_OK;
}

static enum err read_line(struct http1_reply *r, struct slice line)
{
    switch (r->state) {
    case HTTP1_STATUS:
        return read_status(r, line);
    case HTTP1_HEADER:
        return line.n > 0 ? read_header(r, line) : end_head(r);
    case HTTP1_CHUNK_SIZE:
        return read_chunk_size(r, line);
    case HTTP1_CHUNK_END:
        r->state = HTTP1_CHUNK_SIZE;
        return line.n == 0 ? ERR_OK : ERR_PROTO;
    case HTTP1_TRAILER:
        if (line.n == 0) {
            r->state = HTTP1_DONE;
        }
        return ++r->headers_n > HTTP1_HEADERS_MAX ? ERR_LIMIT : ERR_OK;
    default:
        return ERR_INTERNAL;
    }
}

/* Take one line, or what there is of it. */
static enum err feed_line(struct http1_reply *r, struct slice *in)
{
    size_t n = slice_find(*in, '\n');
    bool whole = n < in->n;
    enum err e = buf_put(&r->line, (struct slice){in->p, n});
    *in = slice_from(*in, whole ? n + 1 : n);
    if (e != ERR_OK || !whole) {
        return e;
    }
    struct slice line = buf_peek(&r->line);
    if (line.n > 0 && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    e = read_line(r, line);
    buf_reset(&r->line);
    return e;
}

static enum err feed_body(struct http1_reply *r, struct slice *in)
{
    bool to_close = r->state == HTTP1_BODY_CLOSE;
    size_t n = !to_close && in->n > r->left ? (size_t)r->left : in->n;
    enum err e = buf_put(&r->body, (struct slice){in->p, n});
    *in = slice_from(*in, n);
    if (e != ERR_OK || to_close) {
        return e;
    }
    r->left -= n;
    if (r->left == 0) {
        r->state = r->state == HTTP1_CHUNK_DATA ? HTTP1_CHUNK_END : HTTP1_DONE;
    }
    return ERR_OK;
}

enum err http1_reply_feed(struct http1_reply *r, struct slice in, size_t *used)
{
    size_t all = in.n;
    enum err e = r->state == HTTP1_DEAD ? ERR_PROTO : ERR_OK;
    r->begun = r->begun || in.n > 0;
    while (e == ERR_OK && in.n > 0 && r->state != HTTP1_DONE) {
        bool body = r->state == HTTP1_BODY_LENGTH || r->state == HTTP1_BODY_CLOSE ||
                    r->state == HTTP1_CHUNK_DATA;
        e = body ? feed_body(r, &in) : feed_line(r, &in);
    }
    *used = all - in.n;
    if (e != ERR_OK) {
        r->state = HTTP1_DEAD;
        return e;
    }
    return r->state == HTTP1_DONE ? ERR_OK : ERR_MORE;
}

enum err http1_reply_end(struct http1_reply *r)
{
    if (r->state == HTTP1_BODY_CLOSE) {
        r->state = HTTP1_DONE;
    }
    return r->state == HTTP1_DONE ? ERR_OK : ERR_PROTO;
}
