/* Any bytes, any split: the parser says the same however the bytes come, and what it understood
 * survives being written and read again. Input: a byte of options, a byte that seeds the splits,
 * then the stream.
 */
#include "ws.h"

#include "check.h"
#include "mem.h"
#include <string.h>

#define OPTION_CLIENT 1U
#define OPTION_TINY   2U /* a cap so low that the limits are met */
#define TINY_BYTES    300
#define MAX_BYTES     65536
#define LOG_BYTES_MAX (64U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint8_t KEY[4] = {0x9a, 0x00, 0xff, 0x41};

static void log_event(struct buf *log, const struct ws_event *ev)
{
    CHECK(buf_printf(log, "%d %u %zu:", (int)ev->opcode, ev->close_code, ev->data.n) == ERR_OK);
    CHECK(buf_put(log, ev->data) == ERR_OK);
}

/* Write ev as the other side would, and read it: it must be the same event. */
static void round_trip(const struct ws_event *ev, enum ws_role role, const struct ws_parser *like)
{
    const uint8_t *mask = role == WS_SERVER ? KEY : NULL;
    struct buf frame = {.max = MAX_BYTES + WS_HEADER_BYTES_MAX};
    struct ws_parser p;
    struct ws_event again;
    if (ev->opcode == WS_CLOSE) {
        const uint16_t code = ev->close_code == WS_CLOSE_NONE ? 0 : ev->close_code;
        CHECK(ws_close_put(&frame, code, ev->data, mask) == ERR_OK);
    } else {
        CHECK(ws_frame_put(&frame, ev->opcode, ev->data, mask) == ERR_OK);
    }
    if (mask == NULL) {
        enum ws_opcode opcode;
        struct slice payload;
        CHECK(ws_frame_peek(buf_peek(&frame), &opcode, &payload) == frame.n);
        CHECK(opcode == ev->opcode && payload.n >= ev->data.n);
    }
    ws_parser_init(&p, role, like->message_max_bytes);
    char *in = frame.p;
    size_t in_n = frame.n;
    CHECK(ws_parser_feed(&p, &in, &in_n, &again) == ERR_OK && in_n == 0);
    CHECK(again.opcode == ev->opcode && again.close_code == ev->close_code);
    CHECK(slice_eq(again.data, ev->data));
    CHECK(p.partial.cap == 0);
    ws_parser_fini(&p);
    buf_fini(&frame);
}

/* Feed one piece from memory of exactly its size. Returns: false when the parser is dead. */
static bool feed(struct ws_parser *p, struct slice piece, bool again, struct buf *log)
{
    char *copy = mem_alloc(piece.n);
    CHECK(copy != NULL);
    memcpy(copy, piece.p, piece.n);
    char *in = copy;
    size_t in_n = piece.n;
    struct ws_event ev;
    enum err e;
    while ((e = ws_parser_feed(p, &in, &in_n, &ev)) == ERR_OK) {
        log_event(log, &ev);
        if (again) {
            round_trip(&ev, (enum ws_role)p->role, p);
        }
    }
    mem_free(copy);
    CHECK(p->partial.n <= (size_t)p->message_max_bytes + WS_CONTROL_BYTES_MAX);
    if (e == ERR_MORE) {
        CHECK(in_n == 0);
        return true;
    }
    CHECK(p->close_code != 0 && p->reason != NULL && p->partial.cap == 0);
    return false;
}

/* Read all in pieces of at most step bytes; seed makes them uneven when not 0. */
static void read_all(struct slice all, uint8_t options, size_t step, uint32_t seed, struct buf *log)
{
    struct ws_parser p;
    ws_parser_init(&p, (options & OPTION_CLIENT) != 0 ? WS_CLIENT : WS_SERVER,
                   (options & OPTION_TINY) != 0 ? TINY_BYTES : MAX_BYTES);
    while (all.n > 0) {
        size_t n = step;
        if (seed != 0) {
            seed = seed * 1664525U + 1013904223U;
            n = 1 + (seed >> 16) % step;
        }
        n = n < all.n ? n : all.n;
        if (!feed(&p, (struct slice){all.p, n}, step == all.n, log)) {
            CHECK(buf_printf(log, "fail %u", p.close_code) == ERR_OK);
            break;
        }
        all = slice_from(all, n);
    }
    ws_parser_fini(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 3) {
        return 0;
    }
    const struct slice stream = {(const char *)data + 2, n - 2};
    struct buf whole = {.max = LOG_BYTES_MAX};
    struct buf pieces = {.max = LOG_BYTES_MAX};
    read_all(stream, data[0], stream.n, 0, &whole);
    read_all(stream, data[0], 1, 0, &pieces);
    CHECK(slice_eq(buf_peek(&whole), buf_peek(&pieces)));
    buf_reset(&pieces);
    read_all(stream, data[0], 40, data[1] + 1U, &pieces);
    CHECK(slice_eq(buf_peek(&whole), buf_peek(&pieces)));
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
