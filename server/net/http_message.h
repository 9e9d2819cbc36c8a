/* HTTP requests and answers as CivetWeb's threads hand them over, and the one writer of answers. */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>

/* A gated request. Everything is borrowed for the time of the callback. */
struct http_request {
    struct slice method;
    struct slice path;           /* decoded once, valid UTF-8, no dot segments */
    struct slice query;          /* raw, without '?' */
    struct slice remote_address; /* numeric */
    bool tls;
    bool keep_alive;
    const struct http_header {
        struct slice name;
        struct slice value;
    } * headers;
    unsigned headers_n;
    struct slice body; /* of an ordinary request: read to the end */
};
/* The value of a header, case-insensitively; the empty slice when absent. */
struct slice http_header(const struct http_request *request, struct slice name);

/* An answer given on CivetWeb's thread. Zero is "200, no body, no extra header". The slices must
 * outlive the callback's return (static, or of an immutable table). */
#define HTTP_REPLY_HEADERS_MAX 24
struct http_reply {
    int status;
    struct slice content_type;
    struct slice body;
    struct http_header
        headers[HTTP_REPLY_HEADERS_MAX]; /* further ones; CR, LF and NUL are refused */
    unsigned headers_n;
};
void http_reply_header(struct http_reply *reply, struct slice name, struct slice value);

/* Append the head of an answer: status line, Content-Type, Content-Length, Connection and the
 * further headers. An error status without a body gets a short JSON one. *body is what has to
 * follow, empty for HEAD, 204 and 304.
 * Returns: ERR_OK | ERR_INVALID, a name or value contains CR,
 * LF or NUL; out is unchanged | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err http_reply_render(const struct http_reply *reply, bool head_only,
                                     bool keep_alive, struct buf *out, struct slice *body);
/* Append a whole answer with the body {"error":{"code","message"}}; both are plain text of ours
 * without quotes. extra is whole header lines, each with CRLF. The connection is announced to be
 * closed.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err http_error_render(int status, const char *code, const char *message,
                                     struct slice extra, struct buf *out);
/* The reason phrase of a status. Never NULL. */
const char *http_reason(int status);
