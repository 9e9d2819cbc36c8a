/* Ordinary HTTP requests, for the program's on_request. See tincan.h.
 *
 * Thread: CivetWeb's, and of t only what never changes.
 */
#include "app.h"

#include "query.h"

#include <unistd.h>

struct tincan_reply {
    struct http_reply *http;
    bool failed;
};

static struct slice to_slice(struct tincan_slice s)
{
    return (struct slice){s.p, s.n};
}

static struct tincan_slice from_slice(struct slice s)
{
    return (struct tincan_slice){s.p, s.n};
}

struct tincan_slice tincan_request_header(const struct tincan_request *r, const char *name)
{
    return from_slice(http_header(r->inside, slice_str(name)));
}

bool app_query_text(struct slice query, const char *name, char *out, size_t out_bytes)
{
    struct buf value;
    buf_init(&value, out_bytes > 0 ? out_bytes - 1 : 0);
    bool found = out_bytes > 0 && query_get(query, slice_str(name), &value) == ERR_OK &&
                 (value.n == 0 || !memchr(value.p, '\0', value.n));
    if (found) {
        if (value.n > 0) {
            memcpy(out, value.p, value.n);
        }
        out[value.n] = '\0';
    }
    buf_fini(&value);
    return found;
}

bool tincan_request_query(const struct tincan_request *r, const char *name, char *out,
                          size_t out_bytes)
{
    return app_query_text(to_slice(r->query), name, out, out_bytes);
}

bool tincan_request_read(const struct tincan_request *r, char *out, size_t out_bytes, size_t *n)
{
    const struct http_request *request = r->inside;
    *n = 0;
    return request->stream && out_bytes > 0 &&
           request->stream->read(request->stream, out, out_bytes, n) == ERR_OK;
}

/* --- the reply --- */

static bool check(struct tincan_reply *r, bool ok)
{
    r->failed = r->failed || !ok;
    return ok;
}

bool tincan_reply_status(struct tincan_reply *r, int status)
{
    bool ok = status >= 200 && status <= 599;
    if (ok) {
        r->http->status = status;
    }
    return check(r, ok);
}

static bool is_ours(struct slice name)
{
    return slice_eq_nocase(name, SL("Content-Length")) || slice_eq_nocase(name, SL("Connection")) ||
           slice_eq_nocase(name, SL("Transfer-Encoding"));
}

bool tincan_reply_header(struct tincan_reply *r, const char *name, struct tincan_slice value)
{
    struct http_reply *http = r->http;
    struct slice wanted = slice_str(name);
    if (!http_header_valid(wanted, to_slice(value)) || is_ours(wanted) ||
        http->headers_n == HTTP_REPLY_HEADERS_MAX) {
        return check(r, false);
    }
    struct slice kept_name = http_reply_keep(http, wanted);
    struct slice kept_value = http_reply_keep(http, to_slice(value));
    if (!kept_name.p || !kept_value.p) {
        return check(r, false);
    }
    if (slice_eq_nocase(wanted, SL("Content-Type"))) {
        http->content_type = kept_value;
    } else {
        http_reply_header(http, kept_name, kept_value);
    }
    return true;
}

bool tincan_reply_write(struct tincan_reply *r, struct tincan_slice bytes)
{
    return check(r, !r->http->has_file && http_reply_write(r->http, to_slice(bytes)) == ERR_OK);
}

bool tincan_reply_body(struct tincan_reply *r, const char *content_type, struct tincan_slice body)
{
    return tincan_reply_header(r, "Content-Type", tincan_text(content_type)) &&
           tincan_reply_write(r, body);
}

bool tincan_reply_file(struct tincan_reply *r, int fd, uint64_t offset, uint64_t n)
{
    struct http_reply *http = r->http;
    if (http->has_file || http->body.n > 0) {
        close(fd);
        return check(r, false);
    }
    http->has_file = true;
    http->file_fd = fd;
    http->file_offset = offset;
    http->file_n = n;
    return true;
}

static struct tincan_request describe(const struct http_request *request)
{
    return (struct tincan_request){
        .method = from_slice(request->method),
        .path = from_slice(request->path),
        .query = from_slice(request->query),
        .body = from_slice(request->body),
        .address = from_slice(request->remote_address),
        .secure = request->tls,
        .inside = request,
        .body_length = request->stream ? request->stream->length : 0,
    };
}

bool app_http_streams(const struct tincan *t, const struct http_request *request)
{
    const struct tincan_request asked = describe(request);
    return t->options.on_request && t->options.streams_request &&
           t->options.streams_request(t->options.user, &asked);
}

bool app_http_reply(const struct tincan *t, const struct http_request *request,
                    struct http_reply *reply)
{
    const struct tincan_request asked = describe(request);
    struct tincan_reply r = {.http = reply};
    if (!t->options.on_request) {
        return false;
    }
    *reply = (struct http_reply){.status = 200};
    bool mine = t->options.on_request(t->options.user, &asked, &r);
    if (!mine || r.failed) {
        http_reply_fini(reply);
        *reply = (struct http_reply){.status = mine ? 500 : 404};
    }
    return mine;
}
