/* RFC 6455 frames, both roles, sans-I/O. Payloads are unmasked in place in the caller's receive buffer; the parser keeps
 * memory of its own only while a message is incomplete. permessage-deflate is never negotiated: RSV bits fail.
 * Source: RFC 6455 sections 5 to 8; vectors in tests/vectors/ws.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"
#include "utf8.h"
#include <stdbool.h>
#include <stdint.h>

enum ws_role {
    WS_SERVER, /* reads masked frames */
    WS_CLIENT, /* reads unmasked frames */
};

enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xA,
};

/* A whole message, or a control frame. */
struct ws_event {
    enum ws_opcode opcode; /* WS_TEXT, WS_BINARY, WS_CLOSE, WS_PING or WS_PONG */
    uint16_t close_code;   /* WS_CLOSE: as received, 1005 when absent */
    struct slice data;     /* unmasked; of WS_CLOSE the reason */
};

#define WS_HEADER_BYTES_MAX  14
#define WS_CONTROL_BYTES_MAX 125

/* The parser. Its fields are its own, except close_code and reason after a failure.
 * The implementation may reorder and add fields; idle it stays within 96 bytes. */
struct ws_parser {
    struct buf partial; /* the message so far, while it is incomplete or fragmented */
    uint64_t frame_left;
    uint32_t mask;
    uint32_t message_max_bytes;
    uint32_t fragments_n;
    struct utf8_state utf8;
    uint16_t close_code; /* after a failure: what to close with */
    uint8_t header[WS_HEADER_BYTES_MAX];
    uint8_t header_n;
    uint8_t role;
    uint8_t state;
    uint8_t message_opcode;
    uint8_t frame_opcode;
    const char *reason; /* after a failure: what was wrong, static text */
};

void ws_parser_init(struct ws_parser *p, enum ws_role role, uint32_t message_max_bytes);
/* Owns: frees the partial message. */
void ws_parser_fini(struct ws_parser *p);

/* Feed raw socket bytes; at most one event per call.
 * Shape:   *in, *in_n is any split of the stream; it is advanced past what was used, and unmasked in place. ev->data is a
 *          view into *in, or into the parser when the message came in pieces.
 * Returns: ERR_OK, one event | ERR_MORE, input used up | ERR_PROTO, ERR_LIMIT or ERR_NOMEM: the parser is dead, close
 *          with p->close_code (1002, 1007, 1009, 1011).
 * Owns:    nothing; ev is valid until the next call or until the memory behind *in changes.
 * Thread:  the one that owns p. No I/O; allocates only for incomplete messages. */
NODISCARD enum err ws_parser_feed(struct ws_parser *p, char **in, size_t *in_n, struct ws_event *ev);

/* Write a frame header (FIN set) for a payload of n bytes; mask NULL for the server role. Returns its length. */
size_t ws_header_write(uint8_t out[WS_HEADER_BYTES_MAX], enum ws_opcode opcode, uint64_t n, const uint8_t mask[4]);
/* Append a whole frame; masked with mask when not NULL. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err ws_frame_put(struct buf *out, enum ws_opcode opcode, struct slice payload, const uint8_t mask[4]);
/* Append a close frame; code 0 writes one without a body. reason is cut to 123 bytes at a character. */
NODISCARD enum err ws_close_put(struct buf *out, uint16_t code, struct slice reason, const uint8_t mask[4]);

/* Read the frame that starts a run of our own unmasked frames. Returns its whole length in bytes, 0 when frames does not
 * hold a whole frame. */
size_t ws_frame_peek(struct slice frames, enum ws_opcode *opcode, struct slice *payload);
