/* The RFC 6455 parser and writer: one function per state of a frame, a table of them, and a loop
 * that runs them until there is an event or no input.
 */
#include "ws.h"

#include "check.h"
#include <string.h>

/* How a frame is read.
 *
 *     START ──► LENGTH ──► MASK ──► DATA ────► START     a data frame; FIN ends the message
 *       │                   │
 *       │ (7-bit length     ├─────► CONTROL ─► START     ping, pong
 *       │  skips LENGTH,    │            └───► CLOSED    close
 *       │  client role      │
 *       └─ skips MASK) ─────┘          any ──► DEAD      a failure
 *
 * Inv: gather_n is 0 except within START, LENGTH and MASK. control_n is 0 except within CONTROL,
 *      and from the delivery of its frame to the next call. Of DEAD and CLOSED, partial is empty
 *      from the next call on.
 */
enum state {
    STATE_START,   /* FIN, RSV, opcode, MASK, 7-bit length */
    STATE_LENGTH,  /* the 16 or 64 bits behind it */
    STATE_MASK,    /* the masking key */
    STATE_DATA,    /* payload of a text or binary message */
    STATE_CONTROL, /* payload of a control frame */
    STATE_CLOSED,  /* a close frame came: nothing counts any more */
    STATE_DEAD,    /* failed */
    STATE_N,
};

/* What a state asks of the loop. */
enum step {
    STEP_ON,    /* run the state that is set now */
    STEP_EVENT, /* *ev is filled */
    STEP_MORE,  /* input used up */
    STEP_FAIL,  /* close_code and reason are set */
};

/* The input that is left. */
struct cursor {
    char *p;
    size_t n;
};

typedef enum step state_fn(struct ws_parser *p, struct cursor *in, struct ws_event *ev);

#define FIN_BIT        0x80U
#define RSV_BITS       0x70U
#define OPCODE_BITS    0x0FU
#define CONTROL_BIT    0x08U
#define MASK_BIT       0x80U
#define LENGTH_BITS    0x7FU
#define LENGTH_16      126
#define LENGTH_64      127
#define MASK_KEY_BYTES 4

static uint64_t load_be(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

static void store_be(uint8_t *p, size_t n, uint64_t v)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    }
}

static uint32_t mask_load(const uint8_t *key)
{
    uint32_t mask;
    memcpy(&mask, key, sizeof(mask));
    return mask;
}

/* The mask as it is n bytes later. */
static uint32_t mask_rotate(uint32_t mask, size_t n)
{
    uint8_t from[MASK_KEY_BYTES];
    uint8_t to[MASK_KEY_BYTES];
    memcpy(from, &mask, sizeof(from));
    for (size_t i = 0; i < MASK_KEY_BYTES; i++) {
        to[i] = from[(i + n) % MASK_KEY_BYTES];
    }
    return mask_load(to);
}

/* Masking and unmasking (section 5.3) are the same: eight bytes at a time, in memory order, so the
 * byte order of the machine does not matter. */
static void mask_apply(char *p, size_t n, uint32_t mask)
{
    const uint64_t mask8 = (uint64_t)mask << 32 | mask;
    size_t i = 0;
    for (; n - i >= sizeof(mask8); i += sizeof(mask8)) {
        uint64_t word;
        memcpy(&word, p + i, sizeof(word));
        word ^= mask8;
        memcpy(p + i, &word, sizeof(word));
    }
    uint8_t tail[sizeof(mask8)];
    memcpy(tail, &mask8, sizeof(tail));
    for (size_t k = 0; i < n; i++, k++) {
        p[i] = (char)((uint8_t)p[i] ^ tail[k]);
    }
}

static enum step fail(struct ws_parser *p, enum ws_close_code code, const char *reason)
{
    p->close_code = (uint16_t)code;
    p->reason = reason;
    p->state = STATE_DEAD;
    buf_fini(&p->partial);
    return STEP_FAIL;
}

static enum err failure(const struct ws_parser *p)
{
    switch (p->close_code) {
    case WS_CLOSE_POLICY:
    case WS_CLOSE_TOO_BIG:
        return ERR_LIMIT;
    case WS_CLOSE_INTERNAL:
        return ERR_NOMEM;
    default:
        return ERR_PROTO;
    }
}

static void advance(struct cursor *in, size_t n)
{
    if (n > 0) {
        in->p += n;
        in->n -= n;
    }
}

/* The next n bytes in one piece, from the input when it has them all; NULL: more must come. */
static const uint8_t *take(struct ws_parser *p, struct cursor *in, size_t n)
{
    const uint8_t *field = (const uint8_t *)in->p;
    if (p->gather_n == 0 && in->n >= n) {
        advance(in, n);
        return field;
    }
    if (in->n == 0) {
        return NULL;
    }
    const size_t missing_n = n - p->gather_n;
    const size_t copied_n = in->n < missing_n ? in->n : missing_n;
    memcpy(p->gather + p->gather_n, field, copied_n);
    advance(in, copied_n);
    p->gather_n = (uint8_t)(p->gather_n + copied_n);
    if (copied_n < missing_n) {
        return NULL;
    }
    p->gather_n = 0;
    return p->gather;
}

/* Append to the partial message. */
static enum step keep(struct ws_parser *p, const char *payload, size_t n)
{
    if (n > 0 && buf_put(&p->partial, (struct slice){payload, n}) != ERR_OK) {
        return fail(p, WS_CLOSE_INTERNAL, "out of memory");
    }
    return STEP_ON;
}

/* The length of a control frame is known with its second byte. */
static enum step check_control(struct ws_parser *p, size_t length)
{
    if (!p->frame_fin) {
        return fail(p, WS_CLOSE_PROTOCOL, "fragmented control frame");
    }
    if (length > WS_CONTROL_BYTES_MAX) {
        return fail(p, WS_CLOSE_PROTOCOL, "control frame longer than 125 bytes");
    }
    if (p->frame_opcode == WS_CLOSE && length == 1) {
        return fail(p, WS_CLOSE_PROTOCOL, "close frame with half a code");
    }
    return STEP_ON;
}

/* The frame opens or goes on with a message (section 5.4). */
static enum step check_sequence(struct ws_parser *p)
{
    if (p->frame_opcode == WS_CONTINUATION) {
        if (p->message_opcode == 0) {
            return fail(p, WS_CLOSE_PROTOCOL, "continuation of nothing");
        }
        p->fragments_n++;
        return STEP_ON;
    }
    if (p->message_opcode != 0) {
        return fail(p, WS_CLOSE_PROTOCOL, "new message inside a fragmented one");
    }
    p->message_opcode = p->frame_opcode;
    p->fragments_n = 1;
    p->utf8 = (struct utf8_state){0};
    return STEP_ON;
}

/* The caps on a message, from what the header announces. */
static enum step check_size(struct ws_parser *p)
{
    if (p->frame_left > p->message_max_bytes - p->partial.n) {
        return fail(p, WS_CLOSE_TOO_BIG, "message too big");
    }
    const uint64_t earlier_n = p->fragments_n - 1;
    if (earlier_n >= WS_FRAGMENTS_FREE_N && p->partial.n < earlier_n * WS_FRAGMENT_AVERAGE_BYTES) {
        return fail(p, WS_CLOSE_POLICY, "too many tiny fragments");
    }
    return STEP_ON;
}

/* frame_left is known: on to the mask or the payload. */
static enum step length_known(struct ws_parser *p)
{
    const bool control = (p->frame_opcode & CONTROL_BIT) != 0;
    if (!control && check_size(p) == STEP_FAIL) {
        return STEP_FAIL;
    }
    if (p->role == WS_SERVER) {
        p->state = STATE_MASK;
    } else {
        p->state = control ? STATE_CONTROL : STATE_DATA;
    }
    return STEP_ON;
}

static enum step on_start(struct ws_parser *p, struct cursor *in, struct ws_event *ev)
{
    (void)ev;
    const uint8_t *field = take(p, in, 2);
    if (field == NULL) {
        return STEP_MORE;
    }
    const uint8_t opcode = field[0] & OPCODE_BITS;
    const bool masked = (field[1] & MASK_BIT) != 0;
    const uint8_t length = field[1] & LENGTH_BITS;
    const bool control = (opcode & CONTROL_BIT) != 0;
    if ((field[0] & RSV_BITS) != 0) {
        return fail(p, WS_CLOSE_PROTOCOL, "reserved bit set");
    }
    if (control ? opcode > WS_PONG : opcode > WS_BINARY) {
        return fail(p, WS_CLOSE_PROTOCOL, "reserved opcode");
    }
    if (masked != (p->role == WS_SERVER)) {
        return fail(p, WS_CLOSE_PROTOCOL, masked ? "masked frame" : "unmasked frame");
    }
    p->frame_opcode = opcode;
    p->frame_fin = (field[0] & FIN_BIT) != 0;
    p->frame_left = length;
    if ((control ? check_control(p, length) : check_sequence(p)) == STEP_FAIL) {
        return STEP_FAIL;
    }
    if (length >= LENGTH_16) {
        p->length_n = length == LENGTH_16 ? 2 : 8;
        p->state = STATE_LENGTH;
        return STEP_ON;
    }
    return length_known(p);
}

/* "the minimal number of bytes MUST be used to encode the length", "the most significant bit MUST
 * be 0" (5.2). */
static enum step on_length(struct ws_parser *p, struct cursor *in, struct ws_event *ev)
{
    (void)ev;
    const uint8_t *field = take(p, in, p->length_n);
    if (field == NULL) {
        return STEP_MORE;
    }
    p->frame_left = load_be(field, p->length_n);
    if (p->frame_left >> 63 != 0) {
        return fail(p, WS_CLOSE_PROTOCOL, "length with the top bit set");
    }
    if (p->frame_left < (p->length_n == 2 ? LENGTH_16 : UINT16_MAX + 1)) {
        return fail(p, WS_CLOSE_PROTOCOL, "length not in its shortest form");
    }
    return length_known(p);
}

static enum step on_mask(struct ws_parser *p, struct cursor *in, struct ws_event *ev)
{
    (void)ev;
    const uint8_t *field = take(p, in, MASK_KEY_BYTES);
    if (field == NULL) {
        return STEP_MORE;
    }
    p->mask = mask_load(field);
    p->state = (p->frame_opcode & CONTROL_BIT) != 0 ? STATE_CONTROL : STATE_DATA;
    return STEP_ON;
}

/* What has come of this frame's payload, unmasked in place. */
static struct slice take_payload(struct ws_parser *p, struct cursor *in)
{
    char *payload = in->p;
    const size_t n = p->frame_left < in->n ? (size_t)p->frame_left : in->n;
    p->frame_left -= n;
    if (n == 0) {
        return SL("");
    }
    if (p->mask != 0) {
        mask_apply(payload, n, p->mask);
        if (p->frame_left > 0) {
            p->mask = mask_rotate(p->mask, n);
        }
    }
    advance(in, n);
    return (struct slice){payload, n};
}

static enum step deliver_message(struct ws_parser *p, struct slice last, struct ws_event *ev)
{
    struct slice data = last;
    if (p->partial.n > 0) {
        if (keep(p, last.p, last.n) == STEP_FAIL) {
            return STEP_FAIL;
        }
        data = buf_peek(&p->partial);
        p->delivered = true;
    }
    *ev = (struct ws_event){.opcode = (enum ws_opcode)p->message_opcode, .data = data};
    p->message_opcode = 0;
    p->state = STATE_START;
    return STEP_EVENT;
}

static enum step on_data(struct ws_parser *p, struct cursor *in, struct ws_event *ev)
{
    const struct slice payload = take_payload(p, in);
    const bool last = p->frame_left == 0 && p->frame_fin;
    if (p->message_opcode == WS_TEXT) {
        if (!utf8_feed(&p->utf8, payload.p, payload.n) || (last && !utf8_complete(&p->utf8))) {
            return fail(p, WS_CLOSE_BAD_DATA, "text that is not UTF-8");
        }
    }
    if (last) {
        return deliver_message(p, payload, ev);
    }
    if (keep(p, payload.p, payload.n) == STEP_FAIL) {
        return STEP_FAIL;
    }
    if (p->frame_left > 0) {
        return STEP_MORE;
    }
    p->state = STATE_START;
    return STEP_ON;
}

static enum step deliver_close(struct ws_parser *p, struct slice body, struct ws_event *ev)
{
    uint16_t code = WS_CLOSE_NONE;
    struct slice reason = body;
    if (body.n > 0) {
        code = (uint16_t)load_be((const uint8_t *)body.p, 2);
        reason = slice_from(body, 2);
        if (!ws_close_code_valid(code)) {
            return fail(p, WS_CLOSE_PROTOCOL, "invalid close code");
        }
        if (!utf8_valid(reason)) {
            return fail(p, WS_CLOSE_BAD_DATA, "close reason that is not UTF-8");
        }
    }
    *ev = (struct ws_event){.opcode = WS_CLOSE, .close_code = code, .data = reason};
    p->message_opcode = 0;
    p->state = STATE_CLOSED;
    return STEP_EVENT;
}

/* A control frame may come between the fragments of a message, and in pieces itself: then it is
 * gathered behind what there is of the message, and cut off again by the next call. */
static enum step on_control(struct ws_parser *p, struct cursor *in, struct ws_event *ev)
{
    struct slice body = take_payload(p, in);
    if (p->frame_left > 0 || p->control_n > 0) {
        if (keep(p, body.p, body.n) == STEP_FAIL) {
            return STEP_FAIL;
        }
        p->control_n = (uint8_t)(p->control_n + body.n);
        if (p->frame_left > 0) {
            return STEP_MORE;
        }
        body = slice_from(buf_peek(&p->partial), p->partial.n - p->control_n);
        p->delivered = true;
    }
    if (p->frame_opcode == WS_CLOSE) {
        return deliver_close(p, body, ev);
    }
    *ev = (struct ws_event){.opcode = (enum ws_opcode)p->frame_opcode, .data = body};
    p->state = STATE_START;
    return STEP_EVENT;
}

static enum step on_closed(struct ws_parser *p, struct cursor *in, struct ws_event *ev)
{
    (void)ev;
    buf_fini(&p->partial);
    advance(in, in->n);
    return STEP_MORE;
}

static enum step on_dead(struct ws_parser *p, struct cursor *in, struct ws_event *ev)
{
    (void)p;
    (void)in;
    (void)ev;
    return STEP_FAIL;
}

static state_fn *const STATES[STATE_N] = {
    [STATE_START] = on_start, [STATE_LENGTH] = on_length,   [STATE_MASK] = on_mask,
    [STATE_DATA] = on_data,   [STATE_CONTROL] = on_control, [STATE_CLOSED] = on_closed,
    [STATE_DEAD] = on_dead,
};

/* The event of the last call is gone: forget what it pointed to. */
static void forget_delivered(struct ws_parser *p)
{
    p->delivered = false;
    p->partial.n -= p->control_n;
    p->control_n = 0;
    if (p->message_opcode == 0) {
        buf_fini(&p->partial);
    }
}

void ws_parser_init(struct ws_parser *p, enum ws_role role, uint32_t message_max_bytes)
{
    CHECK(message_max_bytes <= UINT32_MAX / 2);
    *p = (struct ws_parser){.role = (uint8_t)role, .message_max_bytes = message_max_bytes};
    buf_init(&p->partial, (size_t)message_max_bytes + WS_CONTROL_BYTES_MAX);
}

void ws_parser_fini(struct ws_parser *p)
{
    buf_fini(&p->partial);
}

enum err ws_parser_feed(struct ws_parser *p, char **in, size_t *in_n, struct ws_event *ev)
{
    struct cursor left = {*in, *in_n};
    enum step step;
    if (p->delivered) {
        forget_delivered(p);
    }
    do {
        step = STATES[p->state](p, &left, ev);
    } while (step == STEP_ON);
    *in = left.p;
    *in_n = left.n;
    switch (step) {
    case STEP_EVENT:
        return ERR_OK;
    case STEP_MORE:
        return ERR_MORE;
    default:
        return failure(p);
    }
}

bool ws_close_code_valid(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

size_t ws_header_write(uint8_t out[WS_HEADER_BYTES_MAX], enum ws_opcode opcode, uint64_t n,
                       const uint8_t mask[4])
{
    const uint8_t mask_bit = mask != NULL ? MASK_BIT : 0;
    size_t length_n = 0;
    uint8_t length = (uint8_t)n;
    if (n > UINT16_MAX) {
        length_n = 8;
        length = LENGTH_64;
    } else if (n >= LENGTH_16) {
        length_n = 2;
        length = LENGTH_16;
    }
    out[0] = (uint8_t)(FIN_BIT | (unsigned)opcode);
    out[1] = mask_bit | length;
    store_be(out + 2, length_n, n);
    if (mask == NULL) {
        return 2 + length_n;
    }
    memcpy(out + 2 + length_n, mask, MASK_KEY_BYTES);
    return 2 + length_n + MASK_KEY_BYTES;
}

enum err ws_frame_put(struct buf *out, enum ws_opcode opcode, struct slice payload,
                      const uint8_t mask[4])
{
    uint8_t header[WS_HEADER_BYTES_MAX];
    const size_t header_n = ws_header_write(header, opcode, payload.n, mask);
    char *to;
    if (payload.n > SIZE_MAX - header_n) {
        return ERR_LIMIT;
    }
    const enum err e = buf_reserve(out, header_n + payload.n, &to);
    if (e != ERR_OK) {
        return e;
    }
    memcpy(to, header, header_n);
    if (payload.n > 0) {
        memcpy(to + header_n, payload.p, payload.n);
    }
    if (mask != NULL) {
        mask_apply(to + header_n, payload.n, mask_load(mask));
    }
    out->n += header_n + payload.n;
    return ERR_OK;
}

enum err ws_close_put(struct buf *out, uint16_t code, struct slice reason, const uint8_t mask[4])
{
    uint8_t body[WS_CONTROL_BYTES_MAX];
    if (code == 0) {
        return ws_frame_put(out, WS_CLOSE, SL(""), mask);
    }
    size_t n = reason.n;
    if (n > WS_CLOSE_REASON_BYTES_MAX) {
        n = WS_CLOSE_REASON_BYTES_MAX;
        while (n > 0 && ((uint8_t)reason.p[n] & 0xC0U) == 0x80U) {
            n--;
        }
    }
    store_be(body, 2, code);
    if (n > 0) {
        memcpy(body + 2, reason.p, n);
    }
    return ws_frame_put(out, WS_CLOSE, (struct slice){(const char *)body, 2 + n}, mask);
}

size_t ws_frame_peek(struct slice frames, enum ws_opcode *opcode, struct slice *payload)
{
    const uint8_t *p = (const uint8_t *)frames.p;
    size_t header_n = 2;
    if (frames.n < header_n) {
        return 0;
    }
    uint64_t n = p[1] & LENGTH_BITS;
    if (n >= LENGTH_16) {
        const size_t length_n = n == LENGTH_16 ? 2 : 8;
        header_n += length_n;
        if (frames.n < header_n) {
            return 0;
        }
        n = load_be(p + 2, length_n);
    }
    if (n > frames.n - header_n) {
        return 0;
    }
    *opcode = (enum ws_opcode)(p[0] & OPCODE_BITS);
    *payload = (struct slice){frames.p + header_n, (size_t)n};
    return header_n + (size_t)n;
}
