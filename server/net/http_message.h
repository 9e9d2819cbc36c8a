/* HTTP requests and answers as CivetWeb's threads hand them over, and the one writer of answers. */
#pragma once

#include "arena.h"
#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* A body that its receiver reads, piece by piece, instead of having it read before. */
struct http_body {
    uint64_t length;
    /* At most cap (> 0) bytes more. Returns: ERR_OK, and *n is 0 at the end | ERR_IO, cut off or late. May wait. */
    enum err (*read)(struct http_body *body, char *out, size_t cap, size_t *n);
};

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
    struct slice body;        /* of an ordinary request: read to the end */
    struct http_body *stream; /* of one that civet_callbacks.streams claimed; else NULL */
};
/* The value of a header, case-insensitively; the empty slice when absent. */
struct slice http_header(const struct http_request *request, struct slice name);

/* An answer given on CivetWeb's thread. Zero is "200, no body, no extra header". The slices must
 * outlive the callback's return: they are static, of an immutable table, or the reply's own, made by
 * http_reply_keep and http_reply_write. */
#define HTTP_REPLY_HEADERS_MAX    24
#define HTTP_REPLY_KEPT_BYTES_MAX (32u << 10) /* of header texts */
#define HTTP_REPLY_BODY_BYTES_MAX (64u << 20) /* of http_reply_write */
struct http_reply {
    int status;
    struct slice content_type;
    struct slice body;
    struct http_header
        headers[HTTP_REPLY_HEADERS_MAX]; /* further ones; CR, LF and NUL are refused */
    unsigned headers_n;
    struct arena kept;  /* texts of the reply's own */
    struct buf written; /* a body of its own */
    /* Instead of a body: file_n bytes from file_offset on of an open file, which is the reply's own. */
    bool has_file;
    int file_fd;
    uint64_t file_offset, file_n;
};
void http_reply_header(struct http_reply *reply, struct slice name, struct slice value);
/* Is this a header as it may stand in an answer? */
bool http_header_valid(struct slice name, struct slice value);
/* Copy a text to be used in the reply. p is NULL: HTTP_REPLY_KEPT_BYTES_MAX would be passed, or no
 * memory. */
struct slice http_reply_keep(struct http_reply *reply, struct slice text);
/* Append to the body (which must not be somebody else's).
 * Returns: ERR_OK | ERR_LIMIT, HTTP_REPLY_BODY_BYTES_MAX would be passed | ERR_NOMEM; the body is as
 * it was. */
NODISCARD enum err http_reply_write(struct http_reply *reply, struct slice bytes);
/* Free what is the reply's own: who called the callback does it after writing. */
void http_reply_fini(struct http_reply *reply);

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
