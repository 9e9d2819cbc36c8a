/* Engine.IO v4 packets and polling payloads. Sans-I/O, no allocation beyond the caller's buffers.
 * Source: Engine.IO protocol revision 4; vectors in tests/vectors/eio.
 */
#pragma once

#include "base64.h"
#include "buf.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

enum eio_type {
    EIO_OPEN = 0,
    EIO_CLOSE,
    EIO_PING,
    EIO_PONG,
    EIO_MESSAGE,
    EIO_UPGRADE,
    EIO_NOOP,
};

struct eio_packet {
    enum eio_type type;
    bool binary;       /* a binary message (type is EIO_MESSAGE) */
    struct slice data; /* without the type digit; decoded when binary */
};

/* Between the packets of a polling payload. */
#define EIO_SEPARATOR '\x1e'

/* Decode one packet that came as text: a WebSocket text frame or one record of a polling payload.
 * Shape:   digit + data, or 'b' + base64: a binary message, decoded into scratch, which is reset
 *          first. That text is UTF-8 the transport has checked: the frame parser, or utf8_valid
 *          over a whole polling body.
 * Returns: ERR_OK | ERR_PROTO, empty, of unknown type or undecodable | ERR_LIMIT or ERR_NOMEM from
 *          scratch.
 * Owns:    nothing; out->data points into text or scratch. */
NODISCARD enum err eio_decode_text(struct slice text, struct buf *scratch, struct eio_packet *out);

/* Append one packet as text (binary data becomes 'b' + base64).
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err eio_encode_text(const struct eio_packet *packet, struct buf *out);

/* Cuts a polling payload into its records. An empty body is one empty record. Counting up to
 * EIO_PAYLOAD_PACKETS_MAX is the server's.
 * Returns: ERR_OK, *record set (possibly empty) | ERR_CLOSED, there is none left. */
struct eio_payload_reader {
    struct slice rest;
    bool done;
};
void eio_payload_init(struct eio_payload_reader *r, struct slice body);
NODISCARD enum err eio_payload_next(struct eio_payload_reader *r, struct slice *record);

/* The handshake. */
struct eio_open {
    struct slice sid;
    bool upgrade_websocket; /* upgrades: ["websocket"], else [] */
    uint32_t ping_interval_ms;
    uint32_t ping_timeout_ms;
    uint32_t max_payload_bytes;
};
/* Append the JSON of an open packet without the '0': exactly these five keys in the reference's
 * order. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err eio_open_encode(const struct eio_open *open, struct buf *out);
/* Read it; unknown keys are ignored, an absent maxPayload is 0. out->sid borrows from json: any
 * string of printable ASCII without quotes and backslashes, up to EIO_PEER_SID_BYTES_MAX.
 * Returns: ERR_OK | ERR_PROTO. */
NODISCARD enum err eio_open_decode(struct slice json, struct eio_open *out);

/* True for EIO_SID_BYTES characters of [A-Za-z0-9_-]. */
bool eio_sid_valid(struct slice sid);
