/* RFC 6455 frames, both roles, sans-I/O. Payloads are unmasked in place in the caller's receive
 * buffer; the parser keeps memory of its own only while a message is incomplete.
 * permessage-deflate is never negotiated: RSV bits fail.
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

/* Status codes of section 7.4.1 that we send or report ourselves. */
enum ws_close_code {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_NONE = 1005, /* reported, never sent: the close frame had no code */
    WS_CLOSE_BAD_DATA = 1007,
    WS_CLOSE_POLICY = 1008,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_INTERNAL = 1011,
};

/* A whole message, or a control frame. */
struct ws_event {
    enum ws_opcode opcode; /* WS_TEXT, WS_BINARY, WS_CLOSE, WS_PING or WS_PONG */
    uint16_t close_code;   /* WS_CLOSE: as received, 1005 when absent; else 0 */
    struct slice data;     /* unmasked; of WS_CLOSE the reason */
};

#define WS_HEADER_BYTES_MAX       14
#define WS_CONTROL_BYTES_MAX      125
#define WS_CLOSE_REASON_BYTES_MAX 123
/* So many fragments may be of any size; a further one comes only after an average of a KiB. */
#define WS_FRAGMENTS_FREE_N       64
#define WS_FRAGMENT_AVERAGE_BYTES 1024

/* The parser. Its fields are its own, except close_code and reason after a failure.
 * Inv: partial holds the payload of the unfinished message, then control_n bytes of an unfinished
 *      or just delivered control frame; it owns no memory when neither is there.
 */
struct ws_parser {
    struct buf partial;
    uint64_t frame_left; /* payload bytes of this frame still to come */
    const char *reason;  /* after a failure: what was wrong, static text */
    uint32_t mask; /* as it lies in memory, rotated to the next payload byte; 0 for unmasked */
    uint32_t message_max_bytes;
    uint32_t fragments_n; /* of this message, this one included */
    struct utf8_state utf8;
    uint16_t close_code; /* after a failure: what to close with */
    uint8_t gather[8];   /* a header field that arrived in pieces */
    uint8_t gather_n;
    uint8_t role;
    uint8_t state;
    uint8_t message_opcode; /* of the unfinished message; 0 between messages */
    uint8_t frame_opcode;
    bool frame_fin;
    uint8_t length_n; /* bytes of the extended length field: 0, 2 or 8 */
    uint8_t control_n;
    bool delivered; /* the last event is a view into partial */
};

/* message_max_bytes caps a whole message. Memory grows with what came, not with what was announced.
 */
void ws_parser_init(struct ws_parser *p, enum ws_role role, uint32_t message_max_bytes);
/* Owns: frees the partial message. */
void ws_parser_fini(struct ws_parser *p);

/* Feed raw socket bytes; at most one event per call. Call until it returns ERR_MORE: that call also
 * frees the memory behind the last event. After a WS_CLOSE event all further input is swallowed.
 * Shape:   *in, *in_n is any split of the stream; it is advanced past what was used, and unmasked
 *          in place. ev->data is a view into *in, or into the parser when it came in pieces.
 * Returns: ERR_OK, one event | ERR_MORE, input used up | ERR_PROTO, ERR_LIMIT or ERR_NOMEM: the
 *          parser is dead, says the same on every further call, and p->close_code is what to close
 *          with: 1002 or 1007 | 1009, or 1008 for too many tiny fragments | 1011.
 * Owns:    nothing; ev is valid until the next call or until the memory behind *in changes.
 * Thread:  the one that owns p. No I/O; allocates only for incomplete messages.
 */
NODISCARD enum err ws_parser_feed(struct ws_parser *p, char **in, size_t *in_n,
                                  struct ws_event *ev);

/* True for the codes an endpoint may put into a close frame: 1000-1003, 1007-1014, 3000-4999. */
bool ws_close_code_valid(uint16_t code);

/* Write a frame header (FIN set) for a payload of n bytes; mask NULL for the server role. Returns
 * its length. */
size_t ws_header_write(uint8_t out[WS_HEADER_BYTES_MAX], enum ws_opcode opcode, uint64_t n,
                       const uint8_t mask[4]);
/* Append a whole frame; masked with mask when not NULL. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err ws_frame_put(struct buf *out, enum ws_opcode opcode, struct slice payload,
                                const uint8_t mask[4]);
/* Append a close frame; code 0 writes one without a body. reason is cut to 123 bytes at a
 * character. */
NODISCARD enum err ws_close_put(struct buf *out, uint16_t code, struct slice reason,
                                const uint8_t mask[4]);

/* Read the frame that starts a run of our own unmasked frames. Returns its whole length in bytes, 0
 * when frames does not hold a whole frame. */
size_t ws_frame_peek(struct slice frames, enum ws_opcode *opcode, struct slice *payload);
