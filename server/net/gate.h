/* The strict gate: what a request head must look like before anything acts on it. Pure functions
 * over bytes: no I/O, no allocation. The gate sees the head as it came, before CivetWeb parses it,
 * because CivetWeb accepts what two parsers could read differently (RFC 9112 section 11.2).
 */
#pragma once

#include "check.h"
#include "err.h"
#include "http_message.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define GATE_HEAD_BYTES_MAX   16384
#define GATE_HEADERS_MAX      64
#define GATE_TARGET_BYTES_MAX 8192
#define GATE_PATH_BYTES_MAX   2048

/* Why a request is refused. */
struct gate_refusal {
    int status;
    const char *code;    /* stable, for programs */
    const char *message; /* says what was wrong; plain text without quotes */
};

enum gate_body { GATE_BODY_NONE, GATE_BODY_LENGTH, GATE_BODY_CHUNKED };

struct gate_request {
    struct slice method;
    struct slice path; /* decoded once, in path_bytes */
    struct slice query;
    bool http_1_0;
    bool keep_alive;
    bool websocket;       /* a complete, valid WebSocket handshake */
    bool expect_continue; /* the peer waits for 100 Continue */
    enum gate_body body;
    uint64_t content_length; /* of GATE_BODY_LENGTH */
    unsigned headers_n;
    struct http_header headers[GATE_HEADERS_MAX]; /* views into the head */
    char path_bytes[GATE_PATH_BYTES_MAX];
};

/* Find the end of the head in bytes that arrived so far.
 * *scanned_n: 0 at the start; where the next call goes on.
 * Returns: ERR_OK, *length is the head's with its empty line | ERR_MORE | ERR_PROTO, a control
 * byte, a bare CR or LF | ERR_LIMIT, longer than GATE_HEAD_BYTES_MAX. *why is set for the last two.
 */
NODISCARD enum err gate_find_end(struct slice bytes, size_t *scanned_n, size_t *length,
                                 struct gate_refusal *why);
/* Check a whole head, as long as gate_find_end said. request views head and its own path_bytes.
 * Returns: ERR_OK | ERR_PROTO, *why says what was wrong. */
NODISCARD enum err gate_check(struct slice head, struct gate_request *request,
                              struct gate_refusal *why);
