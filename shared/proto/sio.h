/* Socket.IO v5 packets (over Engine.IO 4). Sans-I/O. Payloads stay raw JSON bytes.
 * Source: Socket.IO protocol revision 5, socket.io-parser 4.2.7; vectors in tests/vectors/sio.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "limits.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

enum sio_type {
    SIO_CONNECT = 0,
    SIO_DISCONNECT,
    SIO_EVENT,
    SIO_ACK,
    SIO_CONNECT_ERROR,
    SIO_BINARY_EVENT,
    SIO_BINARY_ACK,
};

struct sio_packet {
    enum sio_type type;
    bool has_id;
    uint8_t attachments_n; /* 1..SIO_ATTACHMENTS_MAX for the binary types, else 0 */
    uint64_t id;           /* ack id, <= SIO_ACK_ID_MAX, when has_id */
    struct slice nsp;      /* "/" when absent on the wire */
    struct slice json;     /* raw payload; empty when absent. Events and acks: the whole array */
    /* Set by sio_decode only: */
    struct slice event; /* events: raw first element, a JSON string with quotes, or a number */
    struct slice args;  /* events: raw elements after the first, as they stand between the commas,
                           without brackets, empty for none; acks: all elements */
};

/* Decode the text of an Engine.IO message, with the validity table of the protocol: type,
 * namespace, ack id, payload shape per type, reserved event names, attachment count, JSON
 * well-formedness within the relay limits, and for the binary types that every placeholder's num is
 * an integer in 0..attachments_n-1. Who may send which type is left to the caller.
 * Shape:   CONNECT: an object or nothing; DISCONNECT: nothing; CONNECT_ERROR: an object or a
 *          string; events: an array from the name on; acks: an array.
 * Returns: ERR_OK | ERR_PROTO | ERR_LIMIT, the payload is too deep or has too many values, or an
 *          id, namespace, event name or attachment count is past its cap.
 * Owns:    nothing; all slices point into text. reason (may be NULL) is set to a static text on
 *          failure.
 * Thread:  any; no allocation. */
NODISCARD enum err sio_decode(struct slice text, struct sio_packet *out, const char **reason);

/* Append a packet's text: type, attachments, namespace, id, json. event and args are not looked at.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err sio_encode(const struct sio_packet *packet, struct buf *out);

/* An event to be written. */
struct sio_event {
    struct slice nsp;   /* empty: "/" */
    struct slice event; /* its plain UTF-8 name, quoted by the writer */
    struct slice args;  /* raw JSON values joined by commas, empty for none */
    bool has_id;
    uint64_t id;
    uint8_t attachments_n; /* makes it a BINARY_EVENT */
};
/* Append its text. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err sio_encode_event(const struct sio_event *event, struct buf *out);

/* True for the names a peer may not emit: connect, connect_error, disconnect, disconnecting,
 * newListener, removeListener. name is a plain UTF-8 name. */
bool sio_event_reserved(struct slice name);

/* Collects the attachments that follow a binary packet. The sequence belongs to the connection: no
 * other text packet may come between.
 *
 *   idle --start(binary packet)--> waiting --add--> ... --add--> complete --reset--> idle
 *
 * A zeroed struct with max_bytes set is idle.
 * Owns: a copy of the packet's text and of the attachments, at most max_bytes together;
 *       sio_assembler_reset frees. */
struct sio_assembler {
    size_t max_bytes;
    struct buf text;
    struct buf data[SIO_ATTACHMENTS_MAX];
    uint8_t expected_n;
    uint8_t have_n;
};
bool sio_assembler_waiting(const struct sio_assembler *a);
/* Begin with the text of a packet that sio_decode accepted with attachments_n > 0.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err sio_assembler_start(struct sio_assembler *a, struct slice text,
                                       uint8_t attachments_n);
/* Add one binary message.
 * Returns: ERR_OK, complete | ERR_MORE, further ones are expected | ERR_PROTO, none was expected |
 *          ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err sio_assembler_add(struct sio_assembler *a, struct slice data);
void sio_assembler_reset(struct sio_assembler *a);
