/* See http_message.h. */
#include "http_message.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct slice http_header(const struct http_request *request, struct slice name)
{
    for (unsigned i = 0; i < request->headers_n; i++) {
        if (slice_eq_nocase(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return (struct slice){0};
}

void http_reply_header(struct http_reply *reply, struct slice name, struct slice value)
{
    CHECK(reply->headers_n < HTTP_REPLY_HEADERS_MAX);
    reply->headers[reply->headers_n++] = (struct http_header){.name = name, .value = value};
}

struct slice http_reply_keep(struct http_reply *reply, struct slice text)
{
    reply->kept.max = HTTP_REPLY_KEPT_BYTES_MAX;
    return arena_copy(&reply->kept, text);
}

enum err http_reply_write(struct http_reply *reply, struct slice bytes)
{
    reply->written.max = HTTP_REPLY_BODY_BYTES_MAX;
    enum err e = buf_put(&reply->written, bytes);
    if (e == ERR_OK) {
        reply->body = buf_peek(&reply->written);
    }
    return e;
}

void http_reply_fini(struct http_reply *reply)
{
    arena_fini(&reply->kept);
    buf_fini(&reply->written);
    if (reply->has_file) {
        close(reply->file_fd);
        reply->has_file = false;
    }
}

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

/* Could s end a header line, or a C string, early? */
static bool is_line_safe(struct slice s)
{
    return slice_find(s, '\r') == s.n && slice_find(s, '\n') == s.n && slice_find(s, '\0') == s.n;
}

bool http_header_valid(struct slice name, struct slice value)
{
    return name.n > 0 && slice_find(name, ':') == name.n && slice_find(name, ' ') == name.n &&
           is_line_safe(name) && is_line_safe(value);
}

static bool are_headers_safe(const struct http_reply *reply)
{
    for (unsigned i = 0; i < reply->headers_n; i++) {
        if (!http_header_valid(reply->headers[i].name, reply->headers[i].value)) {
            return false;
        }
    }
    return is_line_safe(reply->content_type);
}

static enum err render_head(const struct http_reply *reply, bool keep_alive, uint64_t length,
                            struct buf *out)
{
    bool bodiless = reply->status == 204 || reply->status == 304;
    enum err e = buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, http_reason(reply->status));
    if (!e && reply->content_type.n > 0) {
        e = buf_printf(out, "Content-Type: %.*s\r\n", SL_ARG(reply->content_type));
    }
    if (!e && !bodiless) {
        e = buf_printf(out, "Content-Length: %" PRIu64 "\r\n", length);
    }
    for (unsigned i = 0; !e && i < reply->headers_n; i++) {
        e = buf_printf(out, "%.*s: %.*s\r\n", SL_ARG(reply->headers[i].name),
                       SL_ARG(reply->headers[i].value));
    }
    return e ? e : buf_printf(out, "Connection: %s\r\n\r\n", keep_alive ? "keep-alive" : "close");
}

static struct slice default_error_body(int status)
{
    switch (status) {
    case 400:
        return SL("{\"error\":{\"code\":\"bad_request\",\"message\":\"Bad request.\"}}");
    case 401:
        return SL("{\"error\":{\"code\":\"auth\",\"message\":\"Please log in.\"}}");
    case 403:
        return SL("{\"error\":{\"code\":\"forbidden\",\"message\":\"This is not allowed.\"}}");
    case 404:
        return SL("{\"error\":{\"code\":\"not_found\",\"message\":\"There is nothing here.\"}}");
    case 405:
        return SL(
            "{\"error\":{\"code\":\"method\",\"message\":\"This method is not allowed here.\"}}");
    default:
        return status < 500 ? SL("{\"error\":{\"code\":\"refused\",\"message\":\"The request was "
                                 "refused.\"}}")
                            : SL("{\"error\":{\"code\":\"internal\",\"message\":\"The server could "
                                 "not do it.\"}}");
    }
}

enum err http_reply_render(const struct http_reply *reply, bool head_only, bool keep_alive,
                           struct buf *out, struct slice *body)
{
    struct http_reply r = *reply;
    if (r.status == 0) {
        r.status = 200;
    }
    if (!are_headers_safe(&r)) {
        return ERR_INVALID;
    }
    if (r.status >= 400 && r.body.n == 0 && !r.has_file && r.content_type.n == 0) {
        r.content_type = SL("application/json");
        r.body = default_error_body(r.status);
    }
    size_t before_n = out->n;
    enum err e = render_head(&r, keep_alive, r.has_file ? r.file_n : r.body.n, out);
    if (e) {
        out->n = before_n;
        return e;
    }
    *body = head_only || r.status == 204 || r.status == 304 ? (struct slice){0} : r.body;
    return ERR_OK;
}

enum err http_error_render(int status, const char *code, const char *message, struct slice extra,
                           struct buf *out)
{
    static const char frame[] = "{\"error\":{\"code\":\"\",\"message\":\"\"}}";
    size_t length = sizeof frame - 1 + strlen(code) + strlen(message);
    return buf_printf(out,
                      "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                      "Cache-Control: no-store\r\nX-Content-Type-Options: "
                      "nosniff\r\n%.*sConnection: close\r\n\r\n"
                      "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
                      status, http_reason(status), length, SL_ARG(extra), code, message);
}
