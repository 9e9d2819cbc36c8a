/* The answer to an HTTP/1.1 request, parsed as it comes. Sans-I/O. Only what our requests can be
 * answered with: the body by length, chunked, or up to the end of the connection; no compression,
 * which we never ask for. Source: RFC 9112 sections 4 to 7.
 */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define HTTP1_LINE_MAX_BYTES 8192
#define HTTP1_HEADERS_MAX    100

enum http1_state {
    HTTP1_STATUS,
    HTTP1_HEADER,
    HTTP1_BODY_LENGTH,
    HTTP1_BODY_CLOSE,
    HTTP1_CHUNK_SIZE,
    HTTP1_CHUNK_DATA,
    HTTP1_CHUNK_END,
    HTTP1_TRAILER,
    HTTP1_DONE,
    HTTP1_DEAD,
};

struct http1_reply {
    enum http1_state state;
    bool begun; /* at least one byte came */
    unsigned status;
    bool keep_alive; /* the connection may be used again */
    bool upgrade;    /* "Upgrade: websocket" */
    bool chunked;
    bool has_length;
    unsigned headers_n;
    uint64_t left;       /* of the body, or of the chunk */
    struct buf line;     /* an incomplete one */
    struct buf ws_proof; /* Sec-WebSocket-Accept */
    struct buf body;
};

void http1_reply_init(struct http1_reply *r, size_t body_max_bytes);
/* Owns: frees the memory. */
void http1_reply_fini(struct http1_reply *r);
/* Feed bytes; *used says how many belong to this answer. A 101 is complete with its head.
 * Returns: ERR_OK, complete | ERR_MORE | ERR_PROTO, ERR_LIMIT, ERR_NOMEM: r is dead. */
NODISCARD enum err http1_reply_feed(struct http1_reply *r, struct slice in, size_t *used);
/* The connection ended. Returns: ERR_OK, complete by that | ERR_PROTO, cut off. */
NODISCARD enum err http1_reply_end(struct http1_reply *r);
